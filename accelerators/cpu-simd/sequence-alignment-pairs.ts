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
  /** The pairs, like beside like in both lengths; those of one window after those of the one before. */
  readonly order: Uint32Array;
  /** First pair of each window, and one past the last: pairs whose letters are held at a time. */
  readonly windows: Uint32Array;
  /** First place in the order of each chunk, and one past the last. */
  readonly chunks: Uint32Array;
  /** The window of each chunk. */
  readonly windowOf: Uint32Array;
  /** One shared number: the next chunk that nobody has drawn. */
  readonly cursor: Int32Array;
  /** Shared, one a pair. */
  readonly scores: Int32Array;
}

/** Rows whose state, 32 bytes each, fits a first-level cache of 48 KiB: beyond, side by side takes some 1.2 times as long. */
const cachedRows = 1536;
/** Vectors of cells that laying out one more pair takes as long as. */
const callCells = 1000;
const queryLetters = 256;
const targetLetters = 512;
const sameCodes = 768;

/** Draws chunks until none is left and writes their scores. */
export function alignPairs(job: PairsJob): void {
  const { scoring, lookup, queryOffsets, targetOffsets, order, windows, chunks, windowOf, cursor, scores } = job;
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
  const windowAt = (at: number): [number, number] => [windows[at] ?? 0, windows[at + 1] ?? 0];
  const longestQuery = most(queryOffsets, single, pairs);
  const longestTarget = most(targetOffsets, single, pairs);
  const at = place({
    letterCodes: sameCodes + 256,
    queryLetters: most(queryOffsets, windowAt, windows.length - 1) + 16,
    targetLetters: most(targetOffsets, windowAt, windows.length - 1) + 16,
    rows: 16 * (longestQuery + 16),
    state: 32 * longestQuery,
    gathered: lookup.by === "Table" ? 32 * longestQuery : 0,
    columns: 16 * (Math.min(columnsAtOnce, longestTarget + 34) + 16),
  });
  const bytes = new Uint8Array(memory.buffer);
  const laneScore = laneScores(memory);
  bytes.set(lookup.table, layout.pairTable);
  bytes.set(lookup.queryCodes, at.letterCodes + queryLetters);
  bytes.set(lookup.targetCodes, at.letterCodes + targetLetters);
  for (let code = 0; code < 256; code++) bytes[at.letterCodes + sameCodes + code] = code;
  const lanesOfAll = new Uint32Array(memory.buffer, layout.lanes, 32);

  let firstPair = 0;
  let held = -1;
  /** Brings a window's letters, as codes. */
  const hold = (window: number): void => {
    if (window === held) return;
    held = window;
    const [first, end] = windowAt(window);
    firstPair = first;
    const bring = (from: Uint8Array, offsets: Uint32Array, codes: number, to: number): void => {
      const letters = from.subarray(offsets[first], offsets[end]);
      bytes.set(letters, to);
      exports.encode(to, letters.length, at.letterCodes + codes);
    };
    bring(job.queries, queryOffsets, queryLetters, at.queryLetters);
    bring(job.targets, targetOffsets, targetLetters, at.targetLetters);
  };

  /** Where the letters of a lane come from and stand: `length` of them, the first in row or column `put`. */
  const fill = (to: number, lane: number, letters: number, length: number, put: number): void => {
    if (length > 0) exports.interleave(letters, length, at.letterCodes + sameCodes, to + 16 * put + lane);
  };
  const advance = (width: Width, columnCount: number, rows: number, lanes: number, linked: boolean): void =>
    exports[`pairsBy${lookup.by}${width}`](
      at.columns,
      columnCount,
      at.rows,
      rows,
      at.state,
      layout.pairTable,
      at.gathered,
      lanes,
      linked ? 1 : 0,
      scoring.gapOpen,
      scoring.gapExtend,
      layout.best,
    );
  const queryAt = (pair: number): number =>
    at.queryLetters + (queryOffsets[pair] ?? 0) - (queryOffsets[firstPair] ?? 0);
  const targetAt = (pair: number): number =>
    at.targetLetters + (targetOffsets[pair] ?? 0) - (targetOffsets[firstPair] ?? 0);
  /** Runs over `longest` columns, a few at a time; a lane's target starts `delay` columns later than the one before. */
  const sweep = (
    width: Width,
    rows: number,
    longest: number,
    lanes: readonly { readonly from: number; readonly length: number }[],
    delay: number,
  ): void => {
    exports[`reset${width}`](at.state, rows, layout.best);
    for (let done = 0; done < longest; done += columnsAtOnce) {
      const columnCount = 2 * Math.ceil(Math.min(columnsAtOnce, longest - done) / 2);
      bytes.fill(lookup.targetPadding, at.columns, at.columns + 16 * columnCount);
      lanes.forEach(({ from, length }, lane) => {
        const behind = delay * lane;
        const start = Math.max(0, done - behind);
        const end = Math.min(length, done + columnCount - behind);
        fill(at.columns, lane, from + start, end - start, start + behind - done);
      });
      advance(width, columnCount, rows, lanes.length, delay > 0);
    }
  };

  /** Aligns as many pairs as there are lanes; -1 where a lane has saturated. */
  const sideBySide = (width: Width, batch: Uint32Array): number[] => {
    let rows = 0;
    let longest = 0;
    for (let lane = 0; lane < 16; lane++) {
      const pair = batch[lane];
      const length = pair === undefined ? 0 : lengthOf(queryOffsets, pair);
      lanesOfAll[2 * lane] = pair === undefined ? 0 : queryAt(pair);
      lanesOfAll[2 * lane + 1] = length;
      rows = Math.max(rows, length);
      if (pair !== undefined) longest = Math.max(longest, lengthOf(targetOffsets, pair));
    }
    exports.interleaveAll(layout.lanes, rows, lookup.queryPadding, at.rows);
    exports[`reset${width}`](at.state, rows, layout.best);
    for (let done = 0; done < longest; done += columnsAtOnce) {
      const columnCount = 2 * Math.ceil(Math.min(columnsAtOnce, longest - done) / 2);
      for (let lane = 0; lane < 16; lane++) {
        const pair = batch[lane];
        lanesOfAll[2 * lane] = pair === undefined ? 0 : targetAt(pair) + done;
        lanesOfAll[2 * lane + 1] = pair === undefined ? 0 : Math.max(0, lengthOf(targetOffsets, pair) - done);
      }
      exports.interleaveAll(layout.lanes, columnCount, lookup.targetPadding, at.columns);
      advance(width, columnCount, rows, batch.length, false);
    }
    return Array.from(batch, (_, lane) => laneScore(width, lane));
  };

  /** Aligns one pair in all lanes, each a block of its query's rows. */
  const linked = (width: Width, pair: number): number => {
    const count = lanesOf(width);
    const length = lengthOf(queryOffsets, pair);
    const target = { from: targetAt(pair), length: lengthOf(targetOffsets, pair) };
    if (length === 0) return 0;
    const rows = Math.ceil(length / count);
    bytes.fill(lookup.queryPadding, at.rows, at.rows + 16 * rows);
    for (let lane = 0; lane < count; lane++) {
      const start = lane * rows;
      fill(at.rows, lane, queryAt(pair) + start, Math.min(rows, length - start), 0);
    }
    sweep(width, rows, target.length + 2 * (count - 1), Array(count).fill(target), 2);
    let best = 0;
    for (let lane = 0; lane < count; lane++) {
      const score = laneScore(width, lane);
      if (score < 0) return -1;
      best = Math.max(best, score);
    }
    return best;
  };

  /** Side by side or one by one, whichever takes fewer vectors; -1 where a pair has saturated. */
  const align = (width: Width, batch: Uint32Array): number[] => {
    const count = lanesOf(width);
    let rows = 0;
    let columns = 0;
    let oneByOne = callCells * batch.length;
    for (const pair of batch) {
      const query = lengthOf(queryOffsets, pair);
      const target = lengthOf(targetOffsets, pair);
      rows = Math.max(rows, query);
      columns = Math.max(columns, target);
      oneByOne += Math.ceil(query / count) * (target + 2 * count);
    }
    const uncached = rows > cachedRows ? 1.2 : 1;
    if (rows === 0 || oneByOne > uncached * rows * columns) return sideBySide(width, batch);
    return Array.from(batch, (pair) => linked(width, pair));
  };

  /** By width, the length from which on every lane of a vector has saturated: longer pairs start wider. */
  const hopeless = new Map<Width, number>();
  for (let drawn = Atomics.add(cursor, 0, 1); drawn < chunkCount; drawn = Atomics.add(cursor, 0, 1)) {
    hold(windowOf[drawn] ?? 0);
    let left = order.subarray(chunks[drawn], chunks[drawn + 1]);
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
        const found = align(width, batch);
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
