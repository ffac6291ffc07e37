import { gunzipSync } from "node:zlib";
import { corrupt } from "./file-chunks.ts";
import { formatError, quote } from "./format-error.ts";
import { lineFeedsIn, validLength } from "./utf8-text.ts";

/** What reads SBML as text that comes in chunks. */
export interface SbmlReader<T> {
  readonly push: (text: string) => void;
  readonly finish: () => T;
}

/** A file of SBML on its way, from bytes to text. */
export class SbmlInput<T> {
  readonly #reader: SbmlReader<T>;
  readonly #decoder: TextDecoder;
  readonly #file: string;
  #line = 1;

  /** @param start Enough of the file to hold its XML declaration; it is still to be pushed. */
  constructor(start: Uint8Array, file: string, reader: SbmlReader<T>) {
    this.#file = file;
    this.#reader = reader;
    const declaration = Buffer.from(start.subarray(0, 200)).toString("latin1");
    const [, encoding = "utf-8"] = /^[^>]*?\sencoding\s*=\s*["']([^"']*)["']/.exec(declaration) ?? [];
    // legacy files are in Latin-1 and say so
    if (!/^(utf-?8|us-ascii|iso-8859-1|windows-1252)$/i.test(encoding))
      throw formatError({ file, line: 1 }, `the encoding ${quote(encoding)}`, "UTF-8 or ISO-8859-1");
    this.#decoder = new TextDecoder(/^u/i.test(encoding) ? "utf-8" : "windows-1252", { fatal: true });
  }

  push(chunk: Uint8Array): void {
    this.#reader.push(this.#decoded(chunk, true));
    this.#line += lineFeedsIn(chunk);
  }

  finish(): T {
    this.#reader.push(this.#decoded(new Uint8Array(0), false));
    return this.#reader.finish();
  }

  #decoded(chunk: Uint8Array, stream: boolean): string {
    try {
      return this.#decoder.decode(chunk, { stream });
    } catch (error) {
      // a character that a chunk's end cut in two continues with bytes that are none by themselves
      const start = chunk.findIndex((byte) => byte >> 6 !== 0b10);
      const rest = chunk.subarray(Math.max(start, 0));
      const line = this.#line + lineFeedsIn(rest.subarray(0, validLength(rest)));
      throw formatError({ file: this.#file, line }, "bytes that are no UTF-8", "UTF-8 text", error);
    }
  }
}

/** The bytes of a model, inflated where they are gzip. */
export function plainBytes(bytes: Uint8Array, file: string): Uint8Array {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  const most = Math.max(64 * 2 ** 20, 200 * bytes.length);
  try {
    return gunzipSync(bytes, { maxOutputLength: most });
  } catch (error) {
    if ((error as { code?: unknown }).code !== "ERR_BUFFER_TOO_LARGE") throw corrupt(file, error);
    const found = `gzip data that inflates ${bytes.length} bytes to more than ${most}`;
    throw formatError(
      { file, line: null },
      found,
      "at most 200 times the compressed size beyond the first 64 MiB",
      error,
    );
  }
}
