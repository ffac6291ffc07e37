import type { BioXenError } from "../contract/index.ts";
import { byteOf, byteOrderMark, carriageReturn, space, tab } from "./ascii.ts";
import { parseBiggModel } from "./bigg-model.ts";
import { fileChunks, type InflateLimits } from "./file-chunks.ts";
import { describeByte, formatError } from "./format-error.ts";
import type { MetabolicModel } from "./metabolic-model.ts";
import { plainBytes, SbmlInput } from "./sbml-input.ts";
import { SbmlModelReader } from "./sbml-model.ts";

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
  input.push(plainBytes(bytes, name));
  return input.finish();
}

/** The bytes of a model as they come: SBML is read on the way, JSON at the end. */
class ModelInput {
  readonly #file: string;
  #chunks: Uint8Array[] = [];
  #bytes = 0;
  #sbml: SbmlInput<MetabolicModel> | null = null;
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
    if (!this.#isJson) this.#recognise(joined(this.#chunks));
  }

  finish(): MetabolicModel {
    if (this.#sbml !== null) return this.#sbml.finish();
    if (this.#isJson) return parseBiggModel(joined(this.#chunks), this.#file);
    throw this.#error(this.#bytes === 0 ? "an empty file" : "nothing but white space", expected);
  }

  /** By the first byte that is no white space and no byte order mark. */
  #recognise(start: Uint8Array): void {
    const first = start
      .subarray(byteOrderMark(start))
      .find((byte) => byte !== space && !(byte >= tab && byte <= carriageReturn));
    this.#chunks = [start];
    if (first === byteOf("{")) this.#isJson = true;
    else if (first === byteOf("<")) {
      this.#sbml = new SbmlInput(start, this.#file, new SbmlModelReader(this.#file));
      this.#chunks = [];
      this.#sbml.push(start);
    } else if (first !== undefined) throw this.#error(describeByte(first), expected);
    else if (start.length > mostSpaceBytes) throw this.#error("nothing but white space at the start", expected);
  }

  #error(found: string, wanted: string): BioXenError {
    return formatError({ file: this.#file, line: 1 }, found, wanted);
  }
}

function joined(chunks: readonly Uint8Array[]): Uint8Array {
  const [only] = chunks;
  return only !== undefined && chunks.length === 1 ? only : Buffer.concat(chunks);
}
