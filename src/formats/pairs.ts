import type { BioXenError, Sequences } from "../contract/index.ts";
import { byteOf, byteOrderMark, carriageReturn, lineFeed, space, tab } from "./ascii.ts";
import { fileChunks, type InflateLimits } from "./file-chunks.ts";
import { describeByte, formatError } from "./format-error.ts";
import { copyResidues, SequenceBuilder } from "./sequence-builder.ts";

/** Sequences to be aligned two by two: query `i` with target `i`. */
export interface SequencePairs {
  readonly queries: Sequences;
  readonly targets: Sequences;
}

/** `unknown`: no residue read yet; `marked`: `>` before a query and `<` before a target; `columns`: query, tab, target. */
type Layout = "unknown" | "marked" | "columns";

const greater = byteOf(">");
const less = byteOf("<");

/**
 * Reads pairs of sequences, plain or gzip, in either of two forms told apart by the first character: lines `>QUERY` and
 * `<TARGET` in turn (as the wavefront alignment tools have it), or a line `QUERY<tab>TARGET` for each pair. Pairs are
 * named `pair-0`, `pair-1` and so on; blank lines are read over.
 * @throws BioXenError `FORMAT_INVALID` that names file, line, what was found and what was expected.
 */
export async function readPairs(path: string, options: InflateLimits = {}): Promise<SequencePairs> {
  const parser = new PairsParser(path);
  for await (const chunk of fileChunks(path, options)) parser.push(chunk);
  return parser.finish();
}

class PairsParser {
  readonly #file: string;
  readonly #queries: SequenceBuilder = new SequenceBuilder();
  readonly #targets: SequenceBuilder = new SequenceBuilder();
  #pairs = 0;
  #layout: Layout = "unknown";
  /** The side that the next residues belong to. */
  #side: "query" | "target" = "query";
  #place: "line-start" | "residues" | "line-end" = "line-start";
  #line = 1;
  #empty = true;
  #afterReturn = false;

  constructor(file: string) {
    this.#file = file;
  }

  push(chunk: Uint8Array): void {
    let here = this.#empty ? byteOrderMark(chunk) : 0;
    if (chunk.length > 0) this.#empty = false;
    while (here < chunk.length) here = this.#step(chunk, here);
  }

  finish(): SequencePairs {
    if (this.#place !== "line-start") this.#endLine();
    const queries = this.#queries.take();
    const targets = this.#targets.take();
    if (this.#side === "target")
      throw this.#error("the end of the file", "a line of '<' and the target of the last query");
    if (queries === null || targets === null)
      throw this.#error(this.#empty ? "an empty file" : "nothing but white space", firstExpected);
    return { queries, targets };
  }

  get #builder(): SequenceBuilder {
    return this.#side === "query" ? this.#queries : this.#targets;
  }

  #step(chunk: Uint8Array, here: number): number {
    const byte = chunk[here] as number;
    if (byte === lineFeed || byte === carriageReturn) {
      if (!(byte === lineFeed && this.#afterReturn)) {
        this.#endLine();
        this.#line++;
      }
      this.#afterReturn = byte === carriageReturn;
      return here + 1;
    }
    this.#afterReturn = false;
    if (this.#place === "line-start") return this.#startLine(byte, here);
    if (this.#place === "residues") {
      const builder = this.#builder;
      const stop = here + builder.room(chunk.length - here);
      const end = copyResidues(chunk, here, stop, builder);
      if (end > here) return end;
      if (here === stop) throw this.#error(`more than ${builder.length} residues`, "2^32 - 1 at most on either side");
    }
    return this.#between(byte, here);
  }

  #startLine(byte: number, here: number): number {
    if (byte === space) return here + 1;
    if (this.#layout === "unknown") this.#layout = byte === greater ? "marked" : "columns";
    this.#place = "residues";
    if (this.#layout === "columns") return here;
    const expected = this.#side === "query" ? greater : less;
    if (byte !== expected)
      throw this.#error(describeByte(byte), `'${String.fromCharCode(expected)}' and a ${this.#side}`);
    return here + 1;
  }

  /** A byte that is no residue, and no line end. */
  #between(byte: number, here: number): number {
    const some = this.#builder.recordLength > 0;
    if (byte === tab && this.#layout === "columns" && this.#side === "query" && some) {
      this.#queries.endRecord(this.#name);
      this.#side = "target";
      this.#place = "residues";
      return here + 1;
    }
    if (byte === space || (byte === tab && (this.#layout === "marked" || this.#side === "target"))) {
      if (some) this.#place = "line-end";
      return here + 1;
    }
    const first = this.#pairs === 0 && this.#side === "query" && this.#layout === "columns" && !some;
    const gap = byte === byteOf("-") || byte === byteOf(".");
    throw this.#error(
      describeByte(byte),
      first ? firstExpected : gap ? "residues only; aligned pairs with gaps: remove the gaps" : this.#lineExpected,
    );
  }

  #endLine(): void {
    if (this.#place === "line-start") return;
    if (this.#builder.recordLength === 0 || (this.#layout === "columns" && this.#side === "query"))
      throw this.#error(
        `a line without a ${this.#builder.recordLength === 0 ? this.#side : "target"}`,
        this.#lineExpected,
      );
    this.#builder.endRecord(this.#name);
    if (this.#side === "target") this.#pairs++;
    this.#side = this.#side === "target" ? "query" : "target";
    this.#place = "line-start";
  }

  get #name(): string {
    return `pair-${this.#pairs}`;
  }

  get #lineExpected(): string {
    return this.#layout === "columns"
      ? "a query, a tab and a target of letters"
      : `a ${this.#side} of letters, then a line end`;
  }

  #error(found: string, expected: string): BioXenError {
    return formatError({ file: this.#file, line: this.#line }, found, expected);
  }
}

const firstExpected = "pairs: lines of '>' and a query, '<' and a target in turn, or a query, a tab and a target";
