/** The byte of an ASCII character. */
export function byteOf(character: string): number {
  return character.charCodeAt(0);
}

export const tab = 9;
export const lineFeed = 10;
export const carriageReturn = 13;
export const space = 32;

/** Bytes of a UTF-8 byte order mark at a file's start, as some editors put it: 3 or 0. */
export function byteOrderMark(start: Uint8Array): number {
  return start[0] === 0xef && start[1] === 0xbb && start[2] === 0xbf ? 3 : 0;
}
