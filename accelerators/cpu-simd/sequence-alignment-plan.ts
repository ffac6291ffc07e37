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

const mostChunkPairs = 4096;
const mostChunkBytes = 2 ** 22;

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

/** First pair of each chunk, and one past the last. */
export function planChunks(
  queryOffsets: Uint32Array,
  targetOffsets: Uint32Array,
  cells: number,
  threads: number,
): number[] {
  const chunks = [0];
  const wanted = partCells(cells, threads);
  const pairs = queryOffsets.length - 1;
  let first = 0;
  let sum = 0;
  for (let pair = 0; pair < pairs; pair++) {
    const query = (queryOffsets[pair + 1] ?? 0) - (queryOffsets[pair] ?? 0);
    const target = (targetOffsets[pair + 1] ?? 0) - (targetOffsets[pair] ?? 0);
    sum += query * target;
    const count = pair + 1 - first;
    // a vector is filled at the least
    if (count % lanes !== 0) continue;
    const bytes =
      (queryOffsets[pair + 1] ?? 0) -
      (queryOffsets[first] ?? 0) +
      (targetOffsets[pair + 1] ?? 0) -
      (targetOffsets[first] ?? 0);
    if (sum < wanted && count < mostChunkPairs && bytes < mostChunkBytes) continue;
    first = pair + 1;
    sum = 0;
    chunks.push(first);
  }
  if (first < pairs) chunks.push(pairs);
  return chunks;
}
