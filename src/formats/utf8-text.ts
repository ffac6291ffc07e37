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
    const lenient = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
    // up to the first place where the lenient reading differs, both are the same bytes
    const same = Buffer.from(lenient);
    let at = 0;
    while (at < bytes.length && bytes[at] === same[at]) at++;
    let line = 1;
    for (let i = 0; i < at; i++) if (bytes[i] === lineFeed) line++;
    throw formatError({ file, line }, "bytes that are no UTF-8", "UTF-8 text", error);
  }
}
