// Small jobs that each thread runs in preparation, so that V8 has optimized the kernels before the first run: it does so
// in the background and only between calls, and a first call may be a vector of the longest proteins.
import { padding } from "./sequence-alignment-lanes.ts";
import type { PairLookup, PairsJob } from "./sequence-alignment-pairs.ts";
import { groupUnit, type Scoring, type SearchJob } from "./sequence-alignment-search.ts";

/** Some 20 ms in all. */
const residues = 64;
const calls = 600;
/** Few units of many groups: V8 then optimizes the kernel, and not the code around it, which it would do again in mid-run. */
const groups = 100;
const lanes = 16;
/**
 * Pairs that each thread warms with, cut from so many letters, and how far targets go beyond their queries. Of each range
 * one is left over by the vectors of 16, and some by those of 8.
 */
const warmedRanges = 16;
const warmedPairs = warmedRanges * 129;
const warmText = 600;
const flank = 10;
/** Residues that saturate 8 bits where a match scores 1. */
const saturating = 300;

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

/** Pairs as lists have them, so that V8 need not learn anew: alike ones, strangers, and some that saturate. */
export function warmPairs(letters: Uint8Array, scoring: Scoring, lookup: PairLookup): PairsJob {
  const text = repeated(letters.slice(0, warmText), Math.ceil((3 * warmText) / Math.max(1, letters.length)));
  const queries: Uint8Array[] = [];
  const targets: Uint8Array[] = [];
  for (let pair = 0; pair < warmedPairs; pair++) {
    const start = flank + ((37 * pair) % warmText);
    const end = start + (pair % 12 === 0 ? saturating : residues + ((7 * pair) % residues));
    queries.push(text.subarray(start, end));
    targets.push(
      pair % 8 === 1 ? text.slice(start, end).reverse() : withChanges(text.slice(start - flank, end + flank), pair),
    );
  }
  const [query, target] = [joined(queries), joined(targets)];
  return {
    queries: query.letters,
    queryOffsets: query.offsets,
    targets: target.letters,
    targetOffsets: target.offsets,
    scoring,
    lookup,
    ranges: Uint32Array.from({ length: warmedRanges + 1 }, (_, range) => (range * warmedPairs) / warmedRanges),
    cursor: new Int32Array(1),
    scores: new Int32Array(warmedPairs),
  };
}

function withChanges(letters: Uint8Array, pair: number): Uint8Array {
  if (pair % 12 > 0)
    for (let at = 10 + (pair % 20); at + 1 < letters.length; at += 30) letters.copyWithin(at, at + 1, at + 2);
  return letters;
}

function joined(parts: readonly Uint8Array[]): { readonly letters: Uint8Array; readonly offsets: Uint32Array } {
  const offsets = new Uint32Array(parts.length + 1);
  parts.forEach((part, at) => {
    offsets[at + 1] = (offsets[at] ?? 0) + part.length;
  });
  const letters = new Uint8Array(offsets[parts.length] ?? 0);
  parts.forEach((part, at) => {
    letters.set(part, offsets[at]);
  });
  return { letters, offsets };
}

function repeated(letters: Uint8Array, count: number): Uint8Array {
  const all = new Uint8Array(letters.length * count);
  for (let copy = 0; copy < count; copy++) all.set(letters, copy * letters.length);
  return all;
}
