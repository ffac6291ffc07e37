// Ranges of different pairs, as many side by side as there are lanes; see sequence-alignment.ts for what a lane is. Floor:
// 11 vector operations a 16 cells (8 bit, DNA with 1 for a match), and half of a 32-byte load and store, 2 columns advance
// together. A core with three vector ports so takes 3.7 cycles: what saves more is not to visit cells that cannot lie on a
// best way. All that is done for each pair is done here: V8 runs a script's first thousands of pairs many times slower.
import { ByEquality, ByPair, ByTable, ByUnit, diagonal, gather } from "./sequence-alignment/pair-scores";
import { floor, reset, sub } from "./sequence-alignment/lanes";
import { interleave, interleaveAll } from "./sequence-alignment/interleave";
import { sortByKeys, sortInStrips } from "./sequence-alignment/order";
import { UNLIMITED, cellsWithin, forget, guessed, learn, neededReach, note } from "./sequence-alignment/reach";

export { encode, encodeLetters } from "./sequence-alignment/interleave";
// for tests
export { sortByKeys, sortInStrips } from "./sequence-alignment/order";
export { cellsWithin, forget, guessed, learn, neededReach, note } from "./sequence-alignment/reach";

/** What `linked` is at compile time, told apart by its size. */
type Apart = u8;
type Linked = u16;

/** Of a vector's table: a lane's address and length of the query's codes, and of the target's. */
const laneBytes: usize = 16;
/** Rows whose state, 32 bytes each, fits a first-level cache of 48 KiB: beyond, side by side takes some 1.2 times as long. */
const cachedRows: i32 = 1536;
/** Columns of a vector of pairs: 1 MiB of them. Longer targets are aligned one by one. */
const mostVectorColumns: i32 = 1 << 16;
/** Columns that a pair in linked lanes has at a time: 256 KiB. */
const columnsAtOnce: i32 = 16380;
/** Vectors of cells that laying out one more pair takes as long as. */
const callCells: f64 = 1000;
/** A reach that has yet to be guessed. */
const UNKNOWN: i32 = -1;

// What `open` is told: how scores are found, the costs, and where the host has room for what.
let by: i32, most: i32, gapOpen: i32, gapExtend: i32, queryPadding: i32, targetPadding: i32;
let table: usize, identity: usize, rows: usize, columns: usize, state: usize, scratch: usize, best: usize, lanesAt: usize;
// What `alignRange` is told: codes and offsets of both sides, and room for numbers of its pairs: their scores, how far they
// reach and score at least, lists of them, and for sorting.
let queries: usize, targets: usize, queryOffsets: usize, targetOffsets: usize;
let scores: usize, reaches: usize, least: usize, list: usize, keys: usize, further: usize, saturated: usize, room: usize;
let furtherCount: i32 = 0;
let saturatedCount: i32 = 0;
/** By width, the length from which on every lane of a vector has saturated: longer pairs start wider. */
let hopeless8: i32 = UNLIMITED, hopeless16: i32 = UNLIMITED;

/** Each lane's value in the next lane, the floor in the first. */
// @ts-ignore: decorator
@inline
function next<T>(value: v128, zero: v128): v128 {
  if (sizeof<T>() == 1) return i8x16.shuffle(value, zero, 16, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14);
  else if (sizeof<T>() == 2) return i8x16.shuffle(value, zero, 16, 17, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13);
  else return i8x16.shuffle(value, zero, 16, 17, 18, 19, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);
}

/**
 * `rows`: query codes, 16 bytes a row; `columns`: target codes, 16 bytes a column, `count` even; `scratch`: 32 bytes a row for
 * `gather` alone. Of column j only the rows from j - `above` to j + `below`
 * are visited, which `gather` does not know. `state` and `best` carry over from call to call.
 * Linked: the lanes are successive blocks of one query's rows, each 2 columns behind the one before it, whose last row's
 * H and F it takes over; the edges stand behind `best`.
 */
function pairs<T, By, Links>(
  columns: usize, count: i32, rows: usize, length: i32, state: usize, scratch: usize, below: i32, above: i32, best: usize,
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
    if (sizeof<By>() == 4) gather<T>(rows, length, columns, 16 / sizeof<T>(), table, scratch);
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
    for (let row = rows + (<usize>first << 4), end = rows + (<usize>last << 4); row < end; row += 16) {
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

// @ts-ignore: decorator
@inline
function lengthOf(offsets: usize, pair: i32): i32 {
  const at = offsets + (<usize>pair << 2);
  return <i32>(load<u32>(at, 4) - load<u32>(at));
}

function addressOf(codes: usize, offsets: usize, pair: i32): usize {
  return codes + <usize>(load<u32>(offsets + (<usize>pair << 2)) - load<u32>(offsets));
}

// @ts-ignore: decorator
@inline
function itemOf(items: usize, at: i32): i32 {
  return load<i32>(items + (<usize>at << 2));
}

// @ts-ignore: decorator
@inline
function setItem(items: usize, at: i32, value: i32): void {
  store<i32>(items + (<usize>at << 2), value);
}

function shorterOf(pair: i32): i32 {
  return min(lengthOf(queryOffsets, pair), lengthOf(targetOffsets, pair));
}

/** What a saturated lane holds, and so the least that the score then is; of 32 bits none saturates. */
// @ts-ignore: decorator
@inline
function saturation<T>(): i32 {
  return sizeof<T>() == 1 ? 255 : sizeof<T>() == 2 ? 65535 : i32.MAX_VALUE;
}

// @ts-ignore: decorator
@inline
function laneScore<T>(lane: i32): i32 {
  const value = <i32>load<T>(best + <usize>lane * sizeof<T>());
  return sizeof<T>() == 1 ? value + 128 : sizeof<T>() == 2 ? value + 32768 : value;
}

// @ts-ignore: decorator
@inline
function hopeless<T>(): i32 {
  return sizeof<T>() == 1 ? hopeless8 : sizeof<T>() == 2 ? hopeless16 : UNLIMITED;
}

function setHopeless<T>(length: i32): void {
  if (sizeof<T>() == 1) hopeless8 = length;
  else if (sizeof<T>() == 2) hopeless16 = length;
}

/** The pair is run again wider; how far is known where its score is, at least. */
function widen(pair: i32): void {
  const score = itemOf(least, pair);
  // what gathers its scores one by one does so for whole columns
  if (by != 3) setItem(reaches, pair, score == 0 ? UNKNOWN : neededReach(shorterOf(pair), score, most));
  setItem(saturated, saturatedCount++, pair);
}

/** Keeps a score, or finds that it is only the least that the true one can be: there may be a better one further away. */
function take<T>(pair: i32, found: i32): void {
  const before = itemOf(least, pair), score = max(before, found);
  setItem(least, pair, score);
  if (found == saturation<T>()) {
    widen(pair);
    return;
  }
  const shorter = shorterOf(pair), needed = neededReach(shorter, score, most);
  if (before == 0) note(shorter, max(lengthOf(queryOffsets, pair), lengthOf(targetOffsets, pair)), needed);
  if (needed <= itemOf(reaches, pair)) {
    setItem(scores, pair, score);
    return;
  }
  setItem(reaches, pair, needed);
  setItem(further, furtherCount++, pair);
}

/** The best scores of whole pairs, one a lane: of each vector's matrix the diagonals that any of them reaches. */
function sideBySide<T, By>(from: i32, count: i32): void {
  let length = 0, longest = 0, below = 0, above = 0;
  memory.fill(lanesAt, 0, 16 * laneBytes);
  for (let lane = 0; lane < count; lane++) {
    const pair = itemOf(list, from + lane), at = lanesAt + <usize>lane * laneBytes, reach = itemOf(reaches, pair);
    const query = lengthOf(queryOffsets, pair), target = lengthOf(targetOffsets, pair);
    store<u32>(at, <u32>addressOf(queries, queryOffsets, pair));
    store<i32>(at, query, 4);
    store<u32>(at, <u32>addressOf(targets, targetOffsets, pair), 8);
    store<i32>(at, target, 12);
    length = max(length, query);
    longest = max(longest, target);
    below = max(below, max(0, query - target) + reach);
    above = max(above, max(0, target - query) + reach);
  }
  interleaveAll(lanesAt, laneBytes, length, queryPadding, rows);
  interleaveAll(lanesAt + 8, laneBytes, longest, targetPadding, columns);
  reset<T>(state, length);
  v128.store(best, floor<T>());
  pairs<T, By, Apart>(columns, (longest + 1) & ~1, rows, length, state, scratch, below, above, best);
}

/** The best score of one pair in all lanes, each a block of its query's rows. */
function linked<T, By>(pair: i32): i32 {
  const lanes = 16 / sizeof<T>();
  const length = lengthOf(queryOffsets, pair), target = lengthOf(targetOffsets, pair);
  if (length == 0) return 0;
  const query = addressOf(queries, queryOffsets, pair), letters = addressOf(targets, targetOffsets, pair);
  const block = (length + lanes - 1) / lanes;
  memory.fill(rows, <u8>queryPadding, <usize>block << 4);
  for (let lane = 0; lane < lanes; lane++) {
    const start = lane * block;
    if (start < length) interleave(query + <usize>start, min(block, length - start), identity, rows + lane);
  }
  reset<T>(state, block);
  const zero = floor<T>();
  for (let at = best, end = best + 96; at < end; at += 16) v128.store(at, zero);
  // each lane is 2 columns behind the one before it
  const longest = target + 2 * (lanes - 1);
  for (let done = 0; done < longest; done += columnsAtOnce) {
    const count = (min(columnsAtOnce, longest - done) + 1) & ~1;
    memory.fill(columns, <u8>targetPadding, <usize>count << 4);
    for (let lane = 0; lane < lanes; lane++) {
      const start = max(0, done - 2 * lane), end = min(target, done + count - 2 * lane);
      if (start < end) interleave(letters + <usize>start, end - start, identity, columns + (<usize>(start + 2 * lane - done) << 4) + lane);
    }
    pairs<T, By, Linked>(columns, count, rows, block, state, scratch, 0, 0, best);
  }
  let most = 0;
  for (let lane = 0; lane < lanes; lane++) most = max(most, laneScore<T>(lane));
  return most;
}

function sideBySideBy<T>(from: i32, count: i32): void {
  if (by == 0) sideBySide<T, ByUnit>(from, count);
  else if (by == 1) sideBySide<T, ByEquality>(from, count);
  else if (by == 2) sideBySide<T, ByPair>(from, count);
  else sideBySide<T, ByTable>(from, count);
}

function linkedBy<T>(pair: i32): i32 {
  if (by == 0) return linked<T, ByUnit>(pair);
  if (by == 1) return linked<T, ByEquality>(pair);
  return by == 2 ? linked<T, ByPair>(pair) : linked<T, ByTable>(pair);
}

/** Side by side or one by one, whichever takes fewer vectors of cells. */
function fitsVector<T>(from: i32, count: i32): bool {
  const lanes = 16 / sizeof<T>();
  let length = 0, longest = 0, reach = 0, oneByOne = callCells * <f64>count;
  for (let lane = 0; lane < count; lane++) {
    const pair = itemOf(list, from + lane), query = lengthOf(queryOffsets, pair), target = lengthOf(targetOffsets, pair);
    length = max(length, query);
    longest = max(longest, target);
    reach = max(reach, itemOf(reaches, pair));
    oneByOne += <f64>((query + lanes - 1) / lanes) * <f64>(target + 2 * lanes);
  }
  const uncached = length > cachedRows ? 1.2 : 1.0;
  return longest <= mostVectorColumns && (length == 0 || oneByOne > uncached * cellsWithin(min(length, longest), max(length, longest), reach));
}

/** A look at as many pairs of the list as there are lanes. */
function lookAt<T>(from: i32, count: i32): void {
  let shortest = UNLIMITED;
  for (let lane = 0; lane < count; lane++) {
    const pair = itemOf(list, from + lane);
    shortest = min(shortest, shorterOf(pair));
    if (itemOf(reaches, pair) == UNKNOWN) setItem(reaches, pair, guessed());
  }
  if (shortest >= hopeless<T>()) {
    for (let lane = 0; lane < count; lane++) widen(itemOf(list, from + lane));
    return;
  }
  let all = true;
  if (fitsVector<T>(from, count)) {
    sideBySideBy<T>(from, count);
    for (let lane = 0; lane < count; lane++) {
      const found = laneScore<T>(lane);
      if (found != saturation<T>()) all = false;
      take<T>(itemOf(list, from + lane), found);
    }
  } else
    for (let lane = 0; lane < count; lane++) {
      const pair = itemOf(list, from + lane), found = linkedBy<T>(pair);
      if (found != saturation<T>()) all = false;
      setItem(reaches, pair, UNLIMITED);
      take<T>(pair, found);
    }
  // a few that happen to be alike say nothing about the others
  if (all && count == 16 / sizeof<T>()) setHopeless<T>(shortest);
  learn();
}

/** All pairs of the list at one width, each as often as it takes; then the list holds those that have saturated. */
function look<T>(count: i32): i32 {
  const lanes = 16 / sizeof<T>();
  saturatedCount = 0;
  while (count > 0) {
    furtherCount = 0;
    for (let from = 0; from < count; from += lanes) lookAt<T>(from, min(lanes, count - from));
    count = furtherCount;
    memory.copy(list, further, <usize>count << 2);
    for (let at = 0; at < count; at++) setItem(keys, at, itemOf(reaches, itemOf(list, at)));
    sortByKeys(list, keys, count, room);
  }
  memory.copy(list, saturated, <usize>saturatedCount << 2);
  return saturatedCount;
}

/** The greatest step from one of `count` + 1 offsets to the next. */
export function longest(offsets: usize, count: i32): u32 {
  let most: u32 = 0;
  for (const end = offsets + (<usize>count << 2); offsets < end; offsets += 4)
    most = max(most, load<u32>(offsets, 4) - load<u32>(offsets));
  return most;
}

/**
 * Before the ranges of a job. `way`: 0 unit, 1 equality, 2 pair, 3 table; `greatest`: of the matrix' scores; `scoreTable`: 32
 * bytes, or what `gather` takes; `same`: 256 bytes, each its own place; then room for the rows, columns, states and gathered
 * scores of the longest pairs, for 96 bytes of best scores and for a vector's table.
 */
export function open(
  way: i32, greatest: i32, openCost: i32, extendCost: i32, paddedQuery: i32, paddedTarget: i32,
  scoreTable: usize, same: usize, rowsAt: usize, columnsAt: usize, statesAt: usize, gatheredAt: usize, bestAt: usize, vectorAt: usize,
): void {
  by = way;
  most = greatest;
  gapOpen = openCost;
  gapExtend = extendCost;
  queryPadding = paddedQuery;
  targetPadding = paddedTarget;
  table = scoreTable;
  identity = same;
  rows = rowsAt;
  columns = columnsAt;
  state = statesAt;
  scratch = gatheredAt;
  best = bestAt;
  lanesAt = vectorAt;
  hopeless8 = UNLIMITED;
  hopeless16 = UNLIMITED;
  forget();
}

/**
 * The scores of `count` pairs, from the narrowest width that holds all costs on. Codes of both sides follow one another
 * without a gap, offsets are one more than pairs and may start anywhere; `numbers` has room for 9 a pair, the scores first.
 */
export function alignRange(
  width: i32, count: i32, queriesAt: usize, queryOffsetsAt: usize, targetsAt: usize, targetOffsetsAt: usize, numbers: usize,
): void {
  queries = queriesAt;
  queryOffsets = queryOffsetsAt;
  targets = targetsAt;
  targetOffsets = targetOffsetsAt;
  const bytes = <usize>count << 2;
  scores = numbers;
  reaches = scores + bytes;
  least = reaches + bytes;
  list = least + bytes;
  keys = list + bytes;
  further = keys + bytes;
  saturated = further + bytes;
  room = saturated + bytes;
  for (let pair = 0; pair < count; pair++) setItem(reaches, pair, by == 3 ? UNLIMITED : UNKNOWN);
  memory.fill(least, 0, bytes);
  sortInStrips(list, keys, count, queryOffsets, targetOffsets, room);
  if (width == 8) count = look<i8>(count);
  if (width <= 16) count = look<i16>(count);
  look<i32>(count);
}
