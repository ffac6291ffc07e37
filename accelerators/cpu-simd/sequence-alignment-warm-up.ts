// Small jobs that each thread runs in preparation, so that V8 has optimized the kernels before the first run: it does so
// in the background and only between calls, and a first call may be a vector of the longest proteins.
import { padding } from "./sequence-alignment-lanes.ts";
import type { PairLookup, PairsJob } from "./sequence-alignment-pairs.ts";
import { groupUnit, type Scoring, type SearchJob } from "./sequence-alignment-search.ts";

/** Many small calls rather than a few large ones, some 20 ms: what calls the kernels is optimized too. */
const residues = 64;
const calls = 600;
const lanes = 16;

/** The given letters against themselves: that saturates where scores allow, and so runs two widths. */
export function warmSearch(letters: Uint8Array, scoring: Scoring): SearchJob {
  const queries = letters.slice(0, residues);
  const { length } = queries;
  const columnCount = 3 * Math.ceil(length / 3);
  const columns = new Uint8Array(lanes * columnCount).fill(padding);
  queries.forEach((letter, at) => {
    columns.fill(scoring.codes[letter] ?? 0, lanes * at, lanes * (at + 1));
  });
  return {
    database: {
      order: Uint32Array.from({ length: lanes }, (_, lane) => lane),
      starts: Uint32Array.of(0, columnCount),
      columns,
      alone: new Uint32Array(),
      residues: repeated(queries, lanes),
      offsets: Uint32Array.from({ length: lanes + 1 }, (_, at) => at * length),
    },
    queries,
    queryOffsets: Uint32Array.of(0, length),
    scoring,
    units: Uint32Array.from(Array.from({ length: calls }, () => [groupUnit, 0, 1, 0, 1]).flat()),
    cursor: new Int32Array(1),
    scores: new Int32Array(lanes),
  };
}

export function warmPairs(letters: Uint8Array, scoring: Scoring, lookup: PairLookup): PairsJob {
  const one = letters.slice(0, residues);
  const count = lanes * calls;
  const queries = repeated(one, count);
  const offsets = Uint32Array.from({ length: count + 1 }, (_, at) => at * one.length);
  return {
    queries,
    queryOffsets: offsets,
    targets: queries,
    targetOffsets: offsets,
    scoring,
    lookup,
    chunks: Uint32Array.from({ length: calls + 1 }, (_, at) => lanes * at),
    cursor: new Int32Array(1),
    scores: new Int32Array(count),
  };
}

function repeated(letters: Uint8Array, count: number): Uint8Array {
  const all = new Uint8Array(letters.length * count);
  for (let copy = 0; copy < count; copy++) all.set(letters, copy * letters.length);
  return all;
}
