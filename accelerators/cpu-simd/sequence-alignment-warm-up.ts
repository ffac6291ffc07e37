// Small jobs that each thread runs in preparation, so that V8 has optimized the kernels before the first run: it does so
// in the background and only between calls, and a first call may be a vector of the longest proteins.
import { padding } from "./sequence-alignment-lanes.ts";
import type { PairLookup } from "./sequence-alignment-pair-vectors.ts";
import type { PairsJob } from "./sequence-alignment-pairs.ts";
import { groupUnit, type Scoring, type SearchJob } from "./sequence-alignment-search.ts";

/** Some 20 ms in all. */
const residues = 64;
const calls = 600;
/** Few units of many groups: V8 then optimizes the kernel, and not the code around it, which it would do again in mid-run. */
const groups = 100;
const lanes = 16;

/** The given letters against themselves: that saturates where scores allow, and so runs two widths. */
export function warmSearch(letters: Uint8Array, scoring: Scoring): SearchJob {
  const queries = letters.slice(0, residues);
  const { length } = queries;
  const columnCount = 3 * Math.ceil(length / 3);
  const vector = new Uint8Array(lanes * columnCount).fill(padding);
  queries.forEach((letter, at) => {
    vector.fill(scoring.codes[letter] ?? 0, lanes * at, lanes * (at + 1));
  });
  const targets = lanes * groups;
  return {
    database: {
      order: Uint32Array.from({ length: targets }, (_, target) => target),
      starts: Uint32Array.from({ length: groups + 1 }, (_, group) => group * columnCount),
      columns: repeated(vector, groups),
      alone: new Uint32Array(),
      residues: repeated(queries, targets),
      offsets: Uint32Array.from({ length: targets + 1 }, (_, at) => at * length),
      longest: length,
    },
    queries,
    queryOffsets: Uint32Array.of(0, length),
    scoring,
    units: Uint32Array.from(Array.from({ length: calls / groups }, () => [groupUnit, 0, groups, 0, 1]).flat()),
    cursor: new Int32Array(1),
    scores: new Int32Array(targets),
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
    ranges: Uint32Array.of(0, count),
    cursor: new Int32Array(1),
    scores: new Int32Array(count),
  };
}

function repeated(letters: Uint8Array, count: number): Uint8Array {
  const all = new Uint8Array(letters.length * count);
  for (let copy = 0; copy < count; copy++) all.set(letters, copy * letters.length);
  return all;
}
