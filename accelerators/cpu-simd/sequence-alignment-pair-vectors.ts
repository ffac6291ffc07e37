// The WebAssembly side of pairs: letters held as codes, vectors of different pairs, and one pair in all lanes of a vector.
import { columnsAtOnce, lanesOf, layout, place, type Width } from "./sequence-alignment-lanes.ts";
import type { PairsJob } from "./sequence-alignment-pairs.ts";
import { instantiate, type WasmInstance } from "./wasm.ts";

/** How different pairs side by side look up their scores; see `diagonal` in the assembly. */
export interface PairLookup {
  readonly by: "unit" | "equality" | "pair" | "table";
  /** Where there is one score for equal letters and one for all others. */
  readonly equality: { readonly match: number; readonly different: number } | null;
  /** From ASCII to a row's and a column's code. */
  readonly queryCodes: Uint8Array;
  readonly targetCodes: Uint8Array;
  /** The same by a letter's last five bits, where those tell the letters apart. */
  readonly queryLetters: Uint8Array | null;
  readonly targetLetters: Uint8Array | null;
  readonly queryPadding: number;
  readonly targetPadding: number;
  readonly table: Uint8Array;
}

interface PairExports {
  readonly encode: (letters: number, length: number, codes: number) => void;
  readonly encodeLetters: (letters: number, length: number, codes: number) => void;
  readonly interleave: (letters: number, length: number, codes: number, to: number) => void;
  readonly resetLinked: (width: Width, state: number, rows: number, best: number) => void;
  readonly runLinked: (
    width: Width,
    by: number,
    columns: number,
    count: number,
    rows: number,
    length: number,
    state: number,
    table: number,
    scratch: number,
    gapOpen: number,
    gapExtend: number,
    best: number,
  ) => void;
  readonly runGroups: (
    width: Width,
    by: number,
    lanes: number,
    count: number,
    rows: number,
    columns: number,
    state: number,
    table: number,
    scratch: number,
    queryPadding: number,
    targetPadding: number,
    gapOpen: number,
    gapExtend: number,
    results: number,
  ) => void;
}

/** Vectors of pairs in one call. */
export const vectorsAtOnce = 64;
/** Columns of a vector of pairs: 1 MiB of them. Longer targets are aligned one by one. */
export const mostVectorColumns: number = 2 ** 16;
/** Words of a lane: address and length of the query, of the target, and how far the pair reaches. */
const laneWords = 5;
const ways = { unit: 0, equality: 1, pair: 2, table: 3 } as const;

/** Scores less `scoreZero`. */
type LaneScores = Int8Array | Int16Array | Int32Array;

/** What is added to a lane of this width for its score. */
export function scoreZero(width: Width): number {
  return width === 32 ? 0 : 2 ** (width - 1);
}

/** The score of a lane of this width that has saturated, which is the least that the true one can be; of 32 bits none does. */
export function saturation(width: Width): number {
  return width === 32 ? Number.POSITIVE_INFINITY : 2 ** width - 1;
}

let opened: WasmInstance<PairExports> | null = null;

function pairInstance(): WasmInstance<PairExports> {
  opened ??= instantiate<PairExports>("sequence-alignment-pairs");
  return opened;
}

/** One job's pairs in this thread's WebAssembly memory. */
export class PairVectors {
  readonly #job: PairsJob;
  readonly #exports: PairExports;
  readonly #bytes: Uint8Array;
  readonly #words: Uint32Array;
  readonly #memory: WebAssembly.Memory;
  readonly #at: Readonly<
    Record<
      "codes" | "table" | "queries" | "targets" | "lanes" | "results" | "rows" | "state" | "gathered" | "columns",
      number
    >
  >;
  readonly #by: number;
  #firstPair = 0;
  #vectors = 0;

  constructor(job: PairsJob) {
    const { lookup, queryOffsets, targetOffsets, ranges } = job;
    const instance = pairInstance();
    const longest = (offsets: Uint32Array): number => {
      let most = 0;
      for (let at = 0; at + 1 < offsets.length; at++)
        most = Math.max(most, (offsets[at + 1] ?? 0) - (offsets[at] ?? 0));
      return most;
    };
    const letters = (offsets: Uint32Array): number => {
      let most = 0;
      for (let at = 0; at + 1 < ranges.length; at++)
        most = Math.max(most, (offsets[ranges[at + 1] ?? 0] ?? 0) - (offsets[ranges[at] ?? 0] ?? 0));
      return most;
    };
    const longestQuery = longest(queryOffsets);
    const held = Math.max(columnsAtOnce, Math.min(longest(targetOffsets), mostVectorColumns));
    this.#job = job;
    this.#at = place(instance, {
      codes: 3 * 256,
      table: lookup.table.length,
      // codes are read and made 16 at a time
      queries: letters(queryOffsets) + 16,
      targets: letters(targetOffsets) + 16,
      lanes: 4 * laneWords * 16 * vectorsAtOnce,
      results: 16 * vectorsAtOnce,
      rows: 16 * (longestQuery + 16),
      state: 32 * longestQuery,
      gathered: lookup.by === "table" ? 32 * longestQuery : 0,
      columns: 16 * (Math.min(held, longest(targetOffsets) + 34) + 16),
    });
    this.#exports = instance.exports;
    this.#bytes = new Uint8Array(instance.memory.buffer);
    this.#words = new Uint32Array(instance.memory.buffer);
    this.#memory = instance.memory;
    this.#by = ways[lookup.by];
    this.#bytes.set(lookup.table, this.#at.table);
    this.#bytes.set(lookup.queryLetters ?? lookup.queryCodes, this.#at.codes);
    this.#bytes.set(lookup.targetLetters ?? lookup.targetCodes, this.#at.codes + 256);
    for (let code = 0; code < 256; code++) this.#bytes[this.#at.codes + 512 + code] = code;
  }

  /** Brings the letters of the pairs from `first` to `end` (exclusive), as codes. */
  hold(first: number, end: number): void {
    const { lookup, queries, queryOffsets, targets, targetOffsets } = this.#job;
    this.#firstPair = first;
    const bring = (from: Uint8Array, offsets: Uint32Array, short: boolean, codes: number, to: number): void => {
      const letters = from.subarray(offsets[first], offsets[end]);
      this.#bytes.set(letters, to);
      if (short) this.#exports.encodeLetters(to, letters.length, codes);
      else this.#exports.encode(to, letters.length, codes);
    };
    bring(queries, queryOffsets, lookup.queryLetters !== null, this.#at.codes, this.#at.queries);
    bring(targets, targetOffsets, lookup.targetLetters !== null, this.#at.codes + 256, this.#at.targets);
  }

  #queryAt(pair: number): number {
    const { queryOffsets } = this.#job;
    return this.#at.queries + (queryOffsets[pair] ?? 0) - (queryOffsets[this.#firstPair] ?? 0);
  }

  #targetAt(pair: number): number {
    const { targetOffsets } = this.#job;
    return this.#at.targets + (targetOffsets[pair] ?? 0) - (targetOffsets[this.#firstPair] ?? 0);
  }

  /** Vectors that wait to be run. */
  get waiting(): number {
    return this.#vectors;
  }

  /** Puts held pairs, as many as there are lanes at most, into one vector; `reaches[i]` is that of pair `first + i`. */
  add(pairs: Uint32Array, reaches: Int32Array): void {
    const { queryOffsets, targetOffsets } = this.#job;
    const words = this.#words;
    const firstPair = this.#firstPair;
    const queries = this.#at.queries - (queryOffsets[firstPair] ?? 0);
    const targets = this.#at.targets - (targetOffsets[firstPair] ?? 0);
    let to = this.#at.lanes / 4 + this.#vectors * 16 * laneWords;
    for (let lane = 0; lane < 16; lane++, to += laneWords) {
      if (lane >= pairs.length) {
        words.fill(0, to, to + laneWords);
        continue;
      }
      const pair = pairs[lane] ?? 0;
      const query = queryOffsets[pair] ?? 0;
      const target = targetOffsets[pair] ?? 0;
      words[to] = queries + query;
      words[to + 1] = (queryOffsets[pair + 1] ?? 0) - query;
      words[to + 2] = targets + target;
      words[to + 3] = (targetOffsets[pair + 1] ?? 0) - target;
      words[to + 4] = reaches[pair - firstPair] ?? 0;
    }
    this.#vectors++;
  }

  /** Runs the waiting vectors; the scores of their lanes, as `scoreZero` has them, until the next run. */
  run(width: Width): LaneScores {
    const { lookup, scoring } = this.#job;
    const at = this.#at;
    this.#exports.runGroups(
      width,
      this.#by,
      at.lanes,
      this.#vectors,
      at.rows,
      at.columns,
      at.state,
      at.table,
      at.gathered,
      lookup.queryPadding,
      lookup.targetPadding,
      scoring.gapOpen,
      scoring.gapExtend,
      at.results,
    );
    const lanes = this.#vectors * lanesOf(width);
    this.#vectors = 0;
    return this.#lanes(width, at.results, lanes);
  }

  #lanes(width: Width, at: number, lanes: number): LaneScores {
    const { buffer } = this.#memory;
    if (width === 8) return new Int8Array(buffer, at, lanes);
    return width === 16 ? new Int16Array(buffer, at, lanes) : new Int32Array(buffer, at, lanes);
  }

  /** Aligns one held pair in all lanes, each a block of its query's rows; -1 where it has saturated. */
  linked(width: Width, pair: number): number {
    const { lookup, scoring, queryOffsets, targetOffsets } = this.#job;
    const at = this.#at;
    const count = lanesOf(width);
    const length = (queryOffsets[pair + 1] ?? 0) - (queryOffsets[pair] ?? 0);
    const targetLength = (targetOffsets[pair + 1] ?? 0) - (targetOffsets[pair] ?? 0);
    if (length === 0) return 0;
    const rows = Math.ceil(length / count);
    /** Puts codes into a lane, the first in row or column `put`. */
    const fill = (to: number, lane: number, codes: number, many: number, put: number): void => {
      if (many > 0) this.#exports.interleave(codes, many, at.codes + 512, to + 16 * put + lane);
    };
    this.#bytes.fill(lookup.queryPadding, at.rows, at.rows + 16 * rows);
    for (let lane = 0; lane < count; lane++) {
      const start = lane * rows;
      fill(at.rows, lane, this.#queryAt(pair) + start, Math.min(rows, length - start), 0);
    }
    this.#exports.resetLinked(width, at.state, rows, layout.best);
    // each lane is 2 columns behind the one before it
    const longest = targetLength + 2 * (count - 1);
    for (let done = 0; done < longest; done += columnsAtOnce) {
      const columns = 2 * Math.ceil(Math.min(columnsAtOnce, longest - done) / 2);
      this.#bytes.fill(lookup.targetPadding, at.columns, at.columns + 16 * columns);
      for (let lane = 0; lane < count; lane++) {
        const start = Math.max(0, done - 2 * lane);
        const end = Math.min(targetLength, done + columns - 2 * lane);
        fill(at.columns, lane, this.#targetAt(pair) + start, end - start, start + 2 * lane - done);
      }
      this.#exports.runLinked(
        width,
        this.#by,
        at.columns,
        columns,
        at.rows,
        rows,
        at.state,
        at.table,
        at.gathered,
        scoring.gapOpen,
        scoring.gapExtend,
        layout.best,
      );
    }
    const best = Math.max(...this.#lanes(width, layout.best, count)) + scoreZero(width);
    return best === saturation(width) ? -1 : best;
  }
}
