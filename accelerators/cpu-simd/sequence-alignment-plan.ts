// How a run is cut into parts that threads draw one by one, the largest first.
import { pairCellsBetween } from "../../src/workloads/index.ts";
import type { InterleavedDatabase } from "./sequence-alignment-database.ts";
import { groupUnit, longestSpan, type Scoring } from "./sequence-alignment-search.ts";

/** Parts a thread: enough that the last ones end together. */
const unitsPerThread = 64;
/** A part takes at least some 60 us, beside which drawing it is nothing, and at most some 10 ms. */
const leastCells = 1e6;
const mostCells = 2e8;
/** What a worker copies of the database at a time. */
const mostRangeBytes = 2 ** 20;
/** Stretches are at least this often as long as what they overlap by. */
const stretchPerSpan = 4;
const lanes = 16;

/** Letters of both sides of the pairs that are sorted together and held by a worker at a time: some of its last-level cache. */
const mostRangeLetters = 2 ** 22;
/** Pairs that are put into a range in one step where they fit. */
const pairsAtOnce = 64;
/** The share of what a thread would do alone that the last ranges have. */
const leastRange = 1 / 48;

function partCells(cells: number, threads: number): number {
  return Math.min(mostCells, Math.max(leastCells, cells / (unitsPerThread * threads)));
}

/** Units of a search, five numbers each: see `unitFields`. */
export function planUnits(
  { starts, alone, offsets }: InterleavedDatabase,
  queryOffsets: Uint32Array,
  scoring: Scoring,
  cells: number,
  threads: number,
): number[] {
  const units: number[] = [];
  const wanted = partCells(cells, threads);
  const queries = queryOffsets.length - 1;
  const queryResidues = queryOffsets[queries] ?? 0;
  const groups = starts.length - 1;

  /** Cuts the queries where, against so many target residues, each cut has the wanted cells. */
  const byQueries = (residues: number, emit: (first: number, end: number) => void): void => {
    let first = 0;
    for (let query = 0; query < queries; query++) {
      const cut = ((queryOffsets[query + 1] ?? 0) - (queryOffsets[first] ?? 0)) * residues;
      if (cut < wanted && query + 1 < queries) continue;
      emit(first, query + 1);
      first = query + 1;
    }
  };

  for (const target of alone) {
    const length = (offsets[target + 1] ?? 0) - (offsets[target] ?? 0);
    byQueries(length, (first, end) => {
      let longest = 0;
      for (let query = first; query < end; query++)
        longest = Math.max(longest, (queryOffsets[query + 1] ?? 0) - (queryOffsets[query] ?? 0));
      const cut = ((queryOffsets[end] ?? 0) - (queryOffsets[first] ?? 0)) * length;
      const most = Math.floor(length / (lanes * stretchPerSpan * longestSpan(longest, scoring)));
      const slice = Math.ceil(length / Math.max(1, Math.min(Math.ceil(cut / wanted), most)));
      for (let from = 0; from < length; from += slice)
        units.push(target, from, Math.min(length, from + slice), first, end);
    });
  }
  for (let from = 0; from < groups; ) {
    let to = from + 1;
    const bytes = (): number => lanes * ((starts[to] ?? 0) - (starts[from] ?? 0));
    while (to < groups && bytes() * queryResidues < wanted && bytes() < mostRangeBytes) to++;
    byQueries(bytes(), (first, end) => units.push(groupUnit, from, to, first, end));
    from = to;
  }
  return units;
}

/**
 * Ranges of pairs that threads draw, by their cells: each is half of a thread's share of what is left, so that the first
 * ones are large enough to put like beside like and the last ones end together.
 */
export function planRanges(
  queryOffsets: Uint32Array,
  targetOffsets: Uint32Array,
  cells: number,
  threads: number,
): Uint32Array {
  const pairs = queryOffsets.length - 1;
  const least = Math.max(leastCells, (leastRange * cells) / threads);
  const ranges = [0];
  let left = cells;
  let wanted = Math.max(least, left / (2 * threads));
  let sum = 0;
  let firstLetter = 0;
  const lettersTo = (pair: number): number => (queryOffsets[pair] ?? 0) + (targetOffsets[pair] ?? 0);
  let stride = pairsAtOnce;
  for (let pair = 0; pair < pairs; ) {
    // by strides: V8 would take longer to learn a loop over all pairs of a short list than to run it
    const end = Math.min(pair + stride, pairs);
    const many = pairCellsBetween(queryOffsets, targetOffsets, pair, end);
    if (stride > 1 && (sum + many >= wanted || lettersTo(Math.min(end + 1, pairs)) - firstLetter > mostRangeLetters)) {
      stride >>= 1;
      continue;
    }
    sum += many;
    pair = end;
    if (pair < pairs && sum < wanted && lettersTo(pair + 1) - firstLetter <= mostRangeLetters) continue;
    stride = pairsAtOnce;
    ranges.push(pair);
    left -= sum;
    wanted = Math.max(least, left / (2 * threads));
    sum = 0;
    firstLetter = lettersTo(pair);
  }
  return Uint32Array.from(ranges);
}
