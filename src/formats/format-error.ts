import { BioXenError } from "../contract/index.ts";

/** Where in a file something stands; `line` counts from 1, and is null where the file as a whole is meant. */
export interface Place {
  readonly file: string;
  readonly line: number | null;
}

/** The error of every parser here: `FILE:LINE: found X, expected Y`. */
export function formatError({ file, line }: Place, found: string, expected: string, cause?: unknown): BioXenError {
  const message = `${file}${line === null ? "" : `:${line}`}: found ${found}, expected ${expected}`;
  const context = line === null ? { file } : { file, line };
  return new BioXenError("FORMAT_INVALID", message, cause === undefined ? { context } : { context, cause });
}

/** Letters of a line that an error quotes at most: enough to find it, short enough for a terminal. */
const quoted = 24;
const longestId = 120;

/** Some text of a file as an error quotes it: short, and with control characters spelled out. */
export function quote(text: string): string {
  return JSON.stringify(text.length > quoted ? `${text.slice(0, quoted)}…` : text);
}

/** An id as an error names it: whole, unless it is so long that nobody reads it. */
export function quoteId(id: string): string {
  return JSON.stringify(id.length > longestId ? `${id.slice(0, longestId)}…` : id);
}

/** One byte of a file as an error names it. */
export function describeByte(byte: number): string {
  return byte > 0x20 && byte < 0x7f
    ? JSON.stringify(String.fromCharCode(byte))
    : `byte 0x${byte.toString(16).padStart(2, "0")}`;
}
