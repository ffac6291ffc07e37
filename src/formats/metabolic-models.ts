import { gunzipSync } from "node:zlib";
import type { BioXenError } from "../contract/index.ts";
import { byteOf, carriageReturn, space, tab } from "./ascii.ts";
import { parseBiggModel } from "./bigg-model.ts";
import { corrupt, fileChunks, type InflateLimits } from "./file-chunks.ts";
import { describeByte, formatError, quote } from "./format-error.ts";
import type { MetabolicModel } from "./metabolic-model.ts";
import { SbmlModelReader } from "./sbml-model.ts";
import { lineFeedsIn, validLength } from "./utf8-text.ts";

const expected = "a metabolic model: BiGG JSON ('{') or SBML ('<')";
/** Above the largest published reconstructions (Recon3D: 30 MB of SBML), below what one text can be in memory. */
const mostBytes = 400 * 2 ** 20;
/** White space that may come before a model; it is read anew with every chunk until something else comes. */
const mostSpaceBytes = 2 ** 20;

/**
 * Reads a metabolic model, plain or gzip, told apart by content: BiGG JSON as `parseBiggModel`, or SBML (level 3 with
 * fbc version 2 or 1, or COBRA's level 2). In SBML, ids lose the prefixes `M_`, `R_`, `G_` and `__45__` becomes the
 * character of that code; species with a boundary condition are no metabolites; a bound left out is none, or 0 below
 * for an irreversible reaction; units, rules and events are passed over, so amounts are taken for mmol/gDW/h.
 * @throws BioXenError `FORMAT_INVALID` that names file, line, element, what was found and what was expected: also for
 *   ids that come twice, references to nothing, crossed or NaN bounds, a document type, and nesting beyond any model's.
 * @example
 * const { reactions, objectives, activeObjective } = await readMetabolicModel("iML1515.xml.gz");
 */
export async function readMetabolicModel(path: string, limits: InflateLimits = {}): Promise<MetabolicModel> {
  const input = new ModelInput(path);
  for await (const chunk of fileChunks(path, limits)) input.push(chunk);
  return input.finish();
}

/**
 * Reads a model from the bytes of a file, as `readMetabolicModel` does.
 * @param name What errors call the input.
 * @throws BioXenError `FORMAT_INVALID`.
 */
export function parseMetabolicModel(bytes: Uint8Array, name = "(model)"): MetabolicModel {
  const input = new ModelInput(name);
  input.push(bytes[0] === 0x1f && bytes[1] === 0x8b ? inflated(bytes, name) : bytes);
  return input.finish();
}

function inflated(bytes: Uint8Array, file: string): Uint8Array {
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

/** A file of SBML on its way. */
class SbmlInput {
  readonly #reader: SbmlModelReader;
  readonly #decoder: TextDecoder;
  readonly #file: string;
  #line = 1;

  constructor(start: Uint8Array, file: string) {
    this.#file = file;
    this.#reader = new SbmlModelReader(file);
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

  finish(): MetabolicModel {
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

/** The bytes of a model as they come: SBML is read on the way, JSON at the end. */
class ModelInput {
  readonly #file: string;
  #chunks: Uint8Array[] = [];
  #bytes = 0;
  #sbml: SbmlInput | null = null;
  #isJson = false;

  constructor(file: string) {
    this.#file = file;
  }

  push(chunk: Uint8Array): void {
    this.#bytes += chunk.length;
    if (this.#bytes > mostBytes) throw this.#error(`more than ${mostBytes} bytes`, "a model, which is smaller");
    if (this.#sbml !== null) {
      this.#sbml.push(chunk);
      return;
    }
    this.#chunks.push(chunk);
    if (!this.#isJson) this.#recognise(Buffer.concat(this.#chunks));
  }

  finish(): MetabolicModel {
    if (this.#sbml !== null) return this.#sbml.finish();
    if (this.#isJson) return parseBiggModel(Buffer.concat(this.#chunks), this.#file);
    throw this.#error(this.#bytes === 0 ? "an empty file" : "nothing but white space", expected);
  }

  /** By the first byte that is no white space and no byte order mark. */
  #recognise(start: Uint8Array): void {
    const mark = start[0] === 0xef && start[1] === 0xbb && start[2] === 0xbf ? 3 : 0;
    const first = start.subarray(mark).find((byte) => byte !== space && !(byte >= tab && byte <= carriageReturn));
    this.#chunks = [start];
    if (first === byteOf("{")) this.#isJson = true;
    else if (first === byteOf("<")) {
      this.#sbml = new SbmlInput(start, this.#file);
      this.#chunks = [];
      this.#sbml.push(start);
    } else if (first !== undefined) throw this.#error(describeByte(first), expected);
    else if (start.length > mostSpaceBytes) throw this.#error("nothing but white space at the start", expected);
  }

  #error(found: string, wanted: string): BioXenError {
    return formatError({ file: this.#file, line: 1 }, found, wanted);
  }
}
