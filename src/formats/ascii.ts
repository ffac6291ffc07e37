/** The byte of an ASCII character. */
export function byteOf(character: string): number {
  return character.charCodeAt(0);
}

export const tab = 9;
export const lineFeed = 10;
export const carriageReturn = 13;
export const space = 32;
