import { lineFeed } from "./ascii.ts";
import { formatError } from "./format-error.ts";

/**
 * The text of bytes that must be UTF-8, without a byte order mark.
 * @throws BioXenError `FORMAT_INVALID` with the line of the first byte that is not.
 */
export function utf8Text(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    const line = 1 + lineFeedsIn(bytes.subarray(0, validLength(bytes)));
    throw formatError({ file, line }, "bytes that are no UTF-8", "UTF-8 text", error);
  }
}

/** How many bytes come before the first that is no UTF-8. */
export function validLength(bytes: Uint8Array): number {
  // a lenient reading, written again, is the same up to there
  const again = Buffer.from(new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes));
  let length = 0;
  while (length < bytes.length && bytes[length] === again[length]) length++;
  return length;
}

export function lineFeedsIn(bytes: Uint8Array): number {
  let count = 0;
  for (let at = bytes.indexOf(lineFeed); at !== -1; at = bytes.indexOf(lineFeed, at + 1)) count++;
  return count;
}
