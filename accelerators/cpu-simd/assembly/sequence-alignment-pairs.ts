// As many different pairs as there are lanes, side by side; see sequence-alignment.ts for what a lane is. Floor: 11 vector
// operations a 16 cells (8 bit, DNA with 1 for a match), and half of a 32-byte load and store, 2 columns advance together.
// A core with three vector ports so takes 3.7 cycles: what saves more is not to visit cells that cannot lie on a best way.
import { floor, reset, sub } from "./sequence-alignment/lanes";
import { interleaveAll } from "./sequence-alignment/interleave";
import { ByEquality, ByPair, ByTable, ByUnit, diagonal, gather } from "./sequence-alignment/pair-scores";

export { encode, encodeLetters, interleave } from "./sequence-alignment/interleave";

/** What `linked` is at compile time, told apart by its size. */
type Apart = u8;
type Linked = u16;

/** Bytes of a lane in the table that `groups` takes: addresses and lengths of both sides' codes, and how far it reaches. */
const laneBytes: usize = 20;

/** Each lane's value in the next lane, the floor in the first. */
// @ts-ignore: decorator
@inline
function next<T>(value: v128, zero: v128): v128 {
  if (sizeof<T>() == 1) return i8x16.shuffle(value, zero, 16, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14);
  else if (sizeof<T>() == 2) return i8x16.shuffle(value, zero, 16, 17, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13);
  else return i8x16.shuffle(value, zero, 16, 17, 18, 19, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);
}

/**
 * `queries`: codes, 16 bytes a row; `columns`: target codes, 16 bytes a column, `count` even; `table`: 32 bytes, or what
 * `gather` takes; `scratch`: 32 bytes a row for `gather` alone. Of column j only the rows from j - `above` to j + `below`
 * are visited, which `gather` does not know. `state` and `best` carry over from call to call.
 * Linked: the lanes are successive blocks of one query's rows, each 2 columns behind the one before it, whose last row's
 * H and F it takes over; the edges stand behind `best`.
 */
function pairs<T, By, Links>(
  columns: usize, count: i32, queries: usize, length: i32, state: usize, table: usize, scratch: usize, lanes: i32,
  below: i32, above: i32, gapOpen: i32, gapExtend: i32, best: usize,
): void {
  const zero = floor<T>(), open = v128.splat<T>(<T>gapOpen), extend = v128.splat<T>(<T>gapExtend);
  const low = v128.load(table), high = v128.load(table, 16);
  let most = v128.load(best);
  let d0 = zero, d1 = zero, f0 = zero, f1 = zero, corner = zero;
  if (sizeof<Links>() == 2) {
    d0 = v128.load(best, 16);
    d1 = v128.load(best, 32);
    f0 = v128.load(best, 48);
    f1 = v128.load(best, 64);
    corner = v128.load(best, 80);
  }
  for (let j = 0; j < count; j += 2) {
    const target0 = v128.load(columns), target1 = v128.load(columns, 16);
    if (sizeof<By>() == 4) gather<T>(queries, length, columns, lanes, table, scratch);
    columns += 32;
    let first = 0, last = length;
    if (sizeof<Links>() == 1) {
      first = max(0, j - above);
      last = min(length, j + 2 + below);
      if (first >= last) break; // and so do all columns after it
      d0 = zero;
      // the row above the first has been left after the column before
      if (first > 0) d0 = v128.load(state + (<usize>(first - 1) << 5));
      d1 = zero;
      f0 = zero;
      f1 = zero;
    }
    let at = state + (<usize>first << 5), scores = scratch + (<usize>first << 5);
    for (let row = queries + (<usize>first << 4), end = queries + (<usize>last << 4); row < end; row += 16) {
      const query = v128.load(row), left = v128.load(at);
      let e = v128.load(at, 16), t: v128;

      let h0 = diagonal<T, By>(d0, query, target0, low, high, scores);
      h0 = v128.max<T>(h0, f0);
      h0 = v128.max<T>(h0, e);
      d0 = left;
      t = sub<T>(h0, open);
      most = v128.max<T>(most, h0);
      e = v128.max<T>(sub<T>(e, extend), t);
      f0 = v128.max<T>(sub<T>(f0, extend), t);

      let h1 = diagonal<T, By>(d1, query, target1, low, high, scores + 16);
      h1 = v128.max<T>(h1, f1);
      h1 = v128.max<T>(h1, e);
      d1 = h0;
      t = sub<T>(h1, open);
      most = v128.max<T>(most, h1);
      e = v128.max<T>(sub<T>(e, extend), t);
      f1 = v128.max<T>(sub<T>(f1, extend), t);

      v128.store(at, h1);
      v128.store(at, e, 16);
      at += 32;
      if (sizeof<By>() == 4) scores += 32;
    }
    if (sizeof<Links>() == 2) {
      d0 = corner;
      d1 = next<T>(d1, zero);
      f0 = next<T>(f0, zero);
      f1 = next<T>(f1, zero);
      corner = next<T>(v128.load(at - 32), zero);
    }
  }
  v128.store(best, most);
  if (sizeof<Links>() == 2) {
    v128.store(best, d0, 16);
    v128.store(best, d1, 32);
    v128.store(best, f0, 48);
    v128.store(best, f1, 64);
    v128.store(best, corner, 80);
  }
}

/** More rows than there are. */
const unbounded: i32 = 1 << 30;

function groups<T, By>(
  lanes: usize, count: i32, rows: usize, columns: usize, state: usize, table: usize, scratch: usize,
  queryPadding: i32, targetPadding: i32, gapOpen: i32, gapExtend: i32, results: usize,
): void {
  for (let group = 0; group < count; group++, lanes += 16 * laneBytes, results += 16) {
    let length = 0, longest = 0, below = 0, above = 0;
    for (let lane: usize = 0; lane < 16; lane++) {
      const at = lanes + lane * laneBytes;
      const query = load<i32>(at, 4), target = load<i32>(at, 12), reach = load<i32>(at, 16);
      length = max(length, query);
      longest = max(longest, target);
      below = max(below, max(0, query - target) + reach);
      above = max(above, max(0, target - query) + reach);
    }
    interleaveAll(lanes, laneBytes, length, queryPadding, rows);
    interleaveAll(lanes + 8, laneBytes, longest, targetPadding, columns);
    reset<T>(state, length);
    v128.store(results, floor<T>());
    pairs<T, By, Apart>(
      columns, (longest + 1) & ~1, rows, length, state, table, scratch, 16 / sizeof<T>(), below, above, gapOpen, gapExtend, results,
    );
  }
}

function linkedBy<T>(
  by: i32, columns: usize, count: i32, rows: usize, length: i32, state: usize,
  table: usize, scratch: usize, gapOpen: i32, gapExtend: i32, best: usize,
): void {
  const lanes = 16 / sizeof<T>(), far = unbounded;
  if (by == 0) pairs<T, ByUnit, Linked>(columns, count, rows, length, state, table, scratch, lanes, far, far, gapOpen, gapExtend, best);
  else if (by == 1) pairs<T, ByEquality, Linked>(columns, count, rows, length, state, table, scratch, lanes, far, far, gapOpen, gapExtend, best);
  else if (by == 2) pairs<T, ByPair, Linked>(columns, count, rows, length, state, table, scratch, lanes, far, far, gapOpen, gapExtend, best);
  else pairs<T, ByTable, Linked>(columns, count, rows, length, state, table, scratch, lanes, far, far, gapOpen, gapExtend, best);
}

function groupsBy<T>(
  by: i32, lanes: usize, count: i32, rows: usize, columns: usize, state: usize, table: usize, scratch: usize,
  queryPadding: i32, targetPadding: i32, gapOpen: i32, gapExtend: i32, results: usize,
): void {
  if (by == 0) groups<T, ByUnit>(lanes, count, rows, columns, state, table, scratch, queryPadding, targetPadding, gapOpen, gapExtend, results);
  else if (by == 1) groups<T, ByEquality>(lanes, count, rows, columns, state, table, scratch, queryPadding, targetPadding, gapOpen, gapExtend, results);
  else if (by == 2) groups<T, ByPair>(lanes, count, rows, columns, state, table, scratch, queryPadding, targetPadding, gapOpen, gapExtend, results);
  else groups<T, ByTable>(lanes, count, rows, columns, state, table, scratch, queryPadding, targetPadding, gapOpen, gapExtend, results);
}

/** Before the first columns of a pair: its rows' state, the best scores and the edges behind them. */
export function resetLinked(width: i32, state: usize, rows: i32, best: usize): void {
  if (width == 8) reset<i8>(state, rows);
  else if (width == 16) reset<i16>(state, rows);
  else reset<i32>(state, rows);
  const zero = width == 8 ? floor<i8>() : width == 16 ? floor<i16>() : floor<i32>();
  for (let at = best, end = best + 96; at < end; at += 16) v128.store(at, zero);
}

/** One pair in all lanes, for the columns at hand; `by`: 0 unit, 1 equality, 2 pair, 3 table. */
export function runLinked(
  width: i32, by: i32, columns: usize, count: i32, rows: usize, length: i32, state: usize,
  table: usize, scratch: usize, gapOpen: i32, gapExtend: i32, best: usize,
): void {
  if (width == 8) linkedBy<i8>(by, columns, count, rows, length, state, table, scratch, gapOpen, gapExtend, best);
  else if (width == 16) linkedBy<i16>(by, columns, count, rows, length, state, table, scratch, gapOpen, gapExtend, best);
  else linkedBy<i32>(by, columns, count, rows, length, state, table, scratch, gapOpen, gapExtend, best);
}

/**
 * Whole pairs, `count` vectors of them: `lanes` has 16 lanes a vector, of which a wider score fills the first ones only; of
 * each pair's matrix the diagonals between its corners are visited, and as many beside them as it reaches. Each
 * vector's best scores go to `results`.
 */
export function runGroups(
  width: i32, by: i32, lanes: usize, count: i32, rows: usize, columns: usize, state: usize, table: usize, scratch: usize,
  queryPadding: i32, targetPadding: i32, gapOpen: i32, gapExtend: i32, results: usize,
): void {
  if (width == 8) groupsBy<i8>(by, lanes, count, rows, columns, state, table, scratch, queryPadding, targetPadding, gapOpen, gapExtend, results);
  else if (width == 16) groupsBy<i16>(by, lanes, count, rows, columns, state, table, scratch, queryPadding, targetPadding, gapOpen, gapExtend, results);
  else groupsBy<i32>(by, lanes, count, rows, columns, state, table, scratch, queryPadding, targetPadding, gapOpen, gapExtend, results);
}
