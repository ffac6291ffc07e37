import { fileChunks } from "./file-chunks.ts";
import { formatError, quote } from "./format-error.ts";

/** Largest text file read whole: all of JASPAR is 2 MB. */
const mostTextBytes = 64 * 2 ** 20;

/**
 * The lines of a text file, plain or gzip, trimmed; line `i` of the file is entry `i - 1`.
 * @throws BioXenError `FORMAT_INVALID` for what `fileChunks` refuses, and for an empty, a too large and a binary file.
 */
export async function readLines(file: string, expected: string): Promise<string[]> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of fileChunks(file)) {
    bytes += chunk.length;
    if (bytes > mostTextBytes)
      throw formatError(
        { file, line: null },
        `more than ${mostTextBytes} bytes of text`,
        `${expected}, which is small`,
      );
    chunks.push(chunk);
  }
  if (bytes === 0) throw formatError({ file, line: 1 }, "an empty file", expected);
  const lines = new TextDecoder().decode(Buffer.concat(chunks)).split(/\r\n|\r|\n/);
  lines.forEach((line, index) => {
    if (line.includes("\0")) throw formatError({ file, line: index + 1 }, "byte 0x00 (binary data?)", expected);
    lines[index] = line.trim();
  });
  if (lines.every((line) => line === "")) throw formatError({ file, line: 1 }, "nothing but white space", expected);
  return lines;
}

/** Fields of a line that white space parts. */
export function fields(line: string): string[] {
  return line.split(/\s+/).filter((field) => field !== "");
}

/**
 * A number as these formats write them: decimal, perhaps with an exponent; null for all else ("", "0x1", "inf", "nan").
 */
export function decimal(field: string): number | null {
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(field)) return null;
  const value = Number(field);
  return Number.isFinite(value) ? value : null;
}

/** A field that must be a number of zero or more: what is wrong with it, else the number. */
export function nonNegative(field: string): number | string {
  const value = decimal(field);
  if (value === null) return `${quote(field)}, which is no number`;
  return value < 0 ? `the negative number ${quote(field)}` : value;
}

/** A file's name without folder and endings, as the name of what an unnamed file holds. */
export function baseName(file: string): string {
  const last = file.slice(Math.max(file.lastIndexOf("/"), file.lastIndexOf("\\")) + 1);
  return last.replace(/\.gz$/i, "").replace(/(?<=.)\.[^.]*$/, "");
}
