// How a run is cut into parts that threads draw one by one, the largest first.
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

/** Letters that a worker holds at a time: of both sides of the pairs that are sorted together. */
const mostWindowLetters = 2 ** 25;

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

/** Pairs in the order they are aligned in, and how threads draw them; see `PairsJob`. */
export interface PairPlan {
  readonly order: Uint32Array;
  readonly windows: Uint32Array;
  readonly chunks: Uint32Array;
  readonly windowOf: Uint32Array;
}

/** Sorts pairs within windows of letters, so that vectors hold like pairs, and cuts them where the cells are as wanted. */
export function planPairs(
  queryOffsets: Uint32Array,
  targetOffsets: Uint32Array,
  cells: number,
  threads: number,
): PairPlan {
  const pairs = queryOffsets.length - 1;
  const wanted = partCells(cells, threads);
  const order = new Uint32Array(pairs);
  const windows = [0];
  const chunks = [0];
  const windowOf: number[] = [];
  const lettersTo = (pair: number): number => (queryOffsets[pair] ?? 0) + (targetOffsets[pair] ?? 0);
  for (let first = 0; first < pairs; ) {
    let end = first + 1;
    while (end < pairs && lettersTo(end + 1) - lettersTo(first) <= mostWindowLetters) end++;
    order.set(sortedInStrips(first, end, queryOffsets, targetOffsets), first);
    let sum = 0;
    for (let place = first; place < end; place++) {
      const pair = order[place] ?? 0;
      sum +=
        ((queryOffsets[pair + 1] ?? 0) - (queryOffsets[pair] ?? 0)) *
        ((targetOffsets[pair + 1] ?? 0) - (targetOffsets[pair] ?? 0));
      // a vector is filled at the least
      if (place + 1 < end && ((place + 1 - first) % lanes !== 0 || sum < wanted)) continue;
      chunks.push(place + 1);
      windowOf.push(windows.length - 1);
      sum = 0;
    }
    windows.push(end);
    first = end;
  }
  return {
    order,
    windows: Uint32Array.from(windows),
    chunks: Uint32Array.from(chunks),
    windowOf: Uint32Array.from(windowOf),
  };
}

/**
 * Pairs in an order that puts like beside like in both lengths: by query, cut into strips of about the square root of
 * their number (in vectors of 16), each strip by target.
 */
function sortedInStrips(
  first: number,
  end: number,
  queryOffsets: Uint32Array,
  targetOffsets: Uint32Array,
): Uint32Array {
  const count = end - first;
  const order = Uint32Array.from({ length: count }, (_, at) => first + at);
  if (count <= 16) return order;
  longestFirst(order, queryOffsets);
  const strip = 16 * Math.ceil(Math.sqrt(count / 16));
  for (let from = 0; from < count; from += strip) longestFirst(order.subarray(from, from + strip), targetOffsets);
  return order;
}

/** Lengths up to which counting them is quicker than comparing. */
const mostCounted = 2 ** 14;

/** Sorts in place, by counting where lengths allow. */
function longestFirst(pairs: Uint32Array, offsets: Uint32Array): void {
  const { length } = pairs;
  const lengths = new Uint32Array(length);
  let longest = 0;
  for (let at = 0; at < length; at++) {
    const pair = pairs[at] ?? 0;
    const of = (offsets[pair + 1] ?? 0) - (offsets[pair] ?? 0);
    lengths[at] = of;
    if (of > longest) longest = of;
  }
  const sorted = new Uint32Array(length);
  if (longest > mostCounted) {
    const keys = Float64Array.from(lengths, (of, at) => of * length + at).sort();
    keys.forEach((key, at) => {
      sorted[length - 1 - at] = pairs[key % length] ?? 0;
    });
  } else {
    const starts = new Uint32Array(longest + 2);
    for (let at = 0; at < length; at++)
      starts[longest - (lengths[at] ?? 0) + 1] = (starts[longest - (lengths[at] ?? 0) + 1] ?? 0) + 1;
    for (let at = 0; at <= longest; at++) starts[at + 1] = (starts[at + 1] ?? 0) + (starts[at] ?? 0);
    for (let at = 0; at < length; at++) {
      const bin = longest - (lengths[at] ?? 0);
      const to = starts[bin] ?? 0;
      starts[bin] = to + 1;
      sorted[to] = pairs[at] ?? 0;
    }
  }
  pairs.set(sorted);
}
