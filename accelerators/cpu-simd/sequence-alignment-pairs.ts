// Query i against target i, one pair a lane, on one thread: chunks of pairs are drawn from a shared cursor.
import {
  alignmentInstance,
  columnsAtOnce,
  laneScores,
  lanesOf,
  layout,
  place,
  type Width,
  wider,
} from "./sequence-alignment-lanes.ts";
import type { Scoring } from "./sequence-alignment-search.ts";

/** How different pairs side by side look up their scores; see `pairScores` in the assembly. */
export interface PairLookup {
  readonly by: "Equal" | "Pair" | "Table";
  /** From ASCII to a row's and a column's code. */
  readonly queryCodes: Uint8Array;
  readonly targetCodes: Uint8Array;
  readonly queryPadding: number;
  readonly targetPadding: number;
  readonly table: Uint8Array;
}

export interface PairsJob {
  readonly queries: Uint8Array;
  readonly queryOffsets: Uint32Array;
  readonly targets: Uint8Array;
  readonly targetOffsets: Uint32Array;
  readonly scoring: Scoring;
  readonly lookup: PairLookup;
  /** First pair of each chunk, and one past the last. */
  readonly chunks: Uint32Array;
  /** One shared number: the next chunk that nobody has drawn. */
  readonly cursor: Int32Array;
  /** Shared, one a pair. */
  readonly scores: Int32Array;
}

const queryLetters = 256;
const targetLetters = 512;

/** Draws chunks until none is left and writes their scores. */
export function alignPairs(job: PairsJob): void {
  const { scoring, lookup, queryOffsets, targetOffsets, chunks, cursor, scores } = job;
  const { exports, memory } = alignmentInstance();
  const lengthOf = (offsets: Uint32Array, at: number): number => (offsets[at + 1] ?? 0) - (offsets[at] ?? 0);
  const most = (offsets: Uint32Array, step: (at: number) => [number, number], count: number): number => {
    let found = 0;
    for (let at = 0; at < count; at++) {
      const [from, to] = step(at);
      found = Math.max(found, (offsets[to] ?? 0) - (offsets[from] ?? 0));
    }
    return found;
  };
  const pairs = scores.length;
  const chunkCount = chunks.length - 1;
  const single = (at: number): [number, number] => [at, at + 1];
  const chunk = (at: number): [number, number] => [chunks[at] ?? 0, chunks[at + 1] ?? 0];
  const longestQuery = most(queryOffsets, single, pairs);
  const longestTarget = most(targetOffsets, single, pairs);
  const at = place({
    letterCodes: targetLetters + 256,
    queryLetters: most(queryOffsets, chunk, chunkCount),
    targetLetters: most(targetOffsets, chunk, chunkCount),
    rows: 16 * longestQuery,
    state: 32 * longestQuery,
    gathered: lookup.by === "Table" ? 32 * longestQuery : 0,
    columns: 16 * Math.min(columnsAtOnce, longestTarget + 2),
  });
  const bytes = new Uint8Array(memory.buffer);
  const laneScore = laneScores(memory);
  bytes.set(lookup.table, layout.pairTable);
  bytes.set(lookup.queryCodes, at.letterCodes + queryLetters);
  bytes.set(lookup.targetCodes, at.letterCodes + targetLetters);

  /** Aligns as many pairs as there are lanes; -1 where a lane has saturated. */
  const align = (width: Width, batch: Uint32Array, firstPair: number): number[] => {
    let rows = 0;
    let longest = 0;
    for (const pair of batch) {
      rows = Math.max(rows, lengthOf(queryOffsets, pair));
      longest = Math.max(longest, lengthOf(targetOffsets, pair));
    }
    bytes.fill(lookup.queryPadding, at.rows, at.rows + 16 * rows);
    batch.forEach((pair, lane) => {
      const from = at.queryLetters + (queryOffsets[pair] ?? 0) - (queryOffsets[firstPair] ?? 0);
      exports.interleave(from, lengthOf(queryOffsets, pair), at.letterCodes + queryLetters, at.rows + lane);
    });
    exports[`reset${width}`](at.state, rows, layout.best);
    for (let done = 0; done < longest; done += columnsAtOnce) {
      const columnCount = 2 * Math.ceil(Math.min(columnsAtOnce, longest - done) / 2);
      bytes.fill(lookup.targetPadding, at.columns, at.columns + 16 * columnCount);
      batch.forEach((pair, lane) => {
        const from = at.targetLetters + (targetOffsets[pair] ?? 0) - (targetOffsets[firstPair] ?? 0) + done;
        const length = Math.min(columnsAtOnce, lengthOf(targetOffsets, pair) - done);
        if (length > 0) exports.interleave(from, length, at.letterCodes + targetLetters, at.columns + lane);
      });
      exports[`pairsBy${lookup.by}${width}`](
        at.columns,
        columnCount,
        at.rows,
        rows,
        at.state,
        layout.pairTable,
        at.gathered,
        batch.length,
        scoring.gapOpen,
        scoring.gapExtend,
        layout.best,
      );
    }
    return Array.from(batch, (_, lane) => laneScore(width, lane));
  };

  /** By width, the length from which on every lane of a vector has saturated: longer pairs start wider. */
  const hopeless = new Map<Width, number>();
  for (let drawn = Atomics.add(cursor, 0, 1); drawn < chunkCount; drawn = Atomics.add(cursor, 0, 1)) {
    const [first, end] = chunk(drawn);
    bytes.set(job.queries.subarray(queryOffsets[first], queryOffsets[end]), at.queryLetters);
    bytes.set(job.targets.subarray(targetOffsets[first], targetOffsets[end]), at.targetLetters);
    let left = sortedInStrips(first, end, queryOffsets, targetOffsets);
    for (let width: Width = scoring.width; left.length > 0; width = wider(width)) {
      const saturated: number[] = [];
      const lanes = lanesOf(width);
      for (let from = 0; from < left.length; from += lanes) {
        const batch = left.subarray(from, from + lanes);
        const shortest = batch.reduce(
          (least, pair) => Math.min(least, lengthOf(queryOffsets, pair), lengthOf(targetOffsets, pair)),
          Number.POSITIVE_INFINITY,
        );
        if (shortest >= (hopeless.get(width) ?? Number.POSITIVE_INFINITY)) {
          saturated.push(...batch);
          continue;
        }
        const found = align(width, batch, first);
        if (found.every((score) => score < 0)) hopeless.set(width, shortest);
        batch.forEach((pair, lane) => {
          const score = found[lane] ?? 0;
          if (score < 0) saturated.push(pair);
          else scores[pair] = score;
        });
      }
      left = Uint32Array.from(saturated);
    }
  }
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
  const sortBy = (pairs: Uint32Array, offsets: Uint32Array): void => {
    const keys = Float64Array.from(
      pairs,
      (pair) => ((offsets[pair + 1] ?? 0) - (offsets[pair] ?? 0)) * count + (pair - first),
    ).sort();
    keys.forEach((key, at) => {
      pairs[pairs.length - 1 - at] = first + (key % count);
    });
  };
  const order = Uint32Array.from({ length: count }, (_, at) => first + at);
  if (count <= 16) return order;
  sortBy(order, queryOffsets);
  const strip = 16 * Math.ceil(Math.sqrt(count / 16));
  for (let from = 0; from < count; from += strip) sortBy(order.subarray(from, from + strip), targetOffsets);
  return order;
}
