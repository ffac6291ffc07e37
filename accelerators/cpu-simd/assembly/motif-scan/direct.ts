// Matrices against the text itself, without an index: window by window, or up to eight at once through a table of 8-mers.
import { SLACK, bases, clean, columnBest, columnSpread, exact, packed, windows } from "./text";

/** Hits among the windows that start at `from` to `until` (exclusive), ascending; returns how many. */
export function scanDense(matrix: usize, m: u32, threshold: f64, from: u32, until: u32, to: usize, scores: usize): u32 {
  const end = min(until, windows(m));
  let kept: u32 = 0;
  for (let p = from; p < end; p++) {
    const score = exact(p, matrix, m);
    if (!(score >= threshold) || !clean(p, m)) continue;
    store<u32>(to + (<usize>kept << 2), p);
    store<f64>(scores + (<usize>kept << 3), score);
    kept++;
  }
  return kept;
}

/**
 * Adds a matrix as one bit of a table u8[65536]: the bit is set for an 8-mer (first base lowest) that the most telling
 * eight columns let through. `scratch` is f64[65536]. Returns the first of those columns.
 */
export function addToTable(matrix: usize, m: u32, threshold: f64, bit: u32, table: usize, scratch: usize): u32 {
  const width = min(m, 8);
  let first: u32 = 0, best: f64 = -1;
  for (let start: u32 = 0; start + width <= m; start++) {
    let spread: f64 = 0;
    for (let j = start; j < start + width; j++) spread += columnSpread(matrix + (<usize>j << 5));
    if (spread > best) {
      best = spread;
      first = start;
    }
  }
  let outside: f64 = 0;
  for (let j: u32 = 0; j < m; j++) if (j < first || j >= first + width) outside += columnBest(matrix + (<usize>j << 5));
  store<f64>(scratch, outside);
  let size: usize = 1;
  for (let d: u32 = 0; d < 7; d++, size <<= 2) {
    for (let c: i32 = 3; c >= 0; c--) {
      const score = d < width ? load<f64>(matrix + (<usize>(first + d) << 5) + (<usize>c << 3)) : 0;
      for (let x: usize = 0; x < size; x++) store<f64>(scratch + ((x + <usize>c * size) << 3), load<f64>(scratch + (x << 3)) + score);
    }
  }
  // the eighth letter only shifts what the other seven need, so its four quarters are compared, never stored
  for (let c: usize = 0; c < 4; c++) {
    const need = threshold - SLACK - (width == 8 ? load<f64>(matrix + (<usize>(first + 7) << 5) + (c << 3)) : 0);
    const quarter = table + (c << 14), flag = <u8>bit;
    for (let x: usize = 0; x < size; x++)
      store<u8>(quarter + x, load<u8>(quarter + x) | (<u8>(load<f64>(scratch + (x << 3)) >= need) << flag));
  }
  return first;
}

let queuedCount: u32 = 0;

/** How many candidates the last `passTable` left. */
export function queued(): u32 {
  return queuedCount;
}

/**
 * Looks up the 8-mer at each start from `from` (a multiple of 4) on; candidates {u32 start, u32 bits} go to `queue` while
 * there is room for `capacity`. Returns where it stopped, at or past the end when done.
 */
export function passTable(table: usize, from: u32, queue: usize, capacity: u32): u32 {
  let to = queue, i = from;
  const last = queue + (<usize>(capacity - 4) << 3);
  for (; i < bases && to <= last; i += 4) {
    const w = load<u32>(packed + (i >> 2)); // one load serves four starts
    const a = <u32>load<u8>(table + <usize>(w & 0xffff)), b = <u32>load<u8>(table + <usize>((w >> 2) & 0xffff));
    const c = <u32>load<u8>(table + <usize>((w >> 4) & 0xffff)), d = <u32>load<u8>(table + <usize>((w >> 6) & 0xffff));
    if ((a | b | c | d) == 0) continue;
    store<u32>(to, i);
    store<u32>(to, a, 4);
    to += <usize>(a != 0) << 3;
    store<u32>(to, i + 1);
    store<u32>(to, b, 4);
    to += <usize>(b != 0) << 3;
    store<u32>(to, i + 2);
    store<u32>(to, c, 4);
    to += <usize>(c != 0) << 3;
    store<u32>(to, i + 3);
    store<u32>(to, d, 4);
    to += <usize>(d != 0) << 3;
  }
  queuedCount = <u32>((to - queue) >> 3);
  return i;
}

/**
 * Exact test of one bit's candidates, `first` as `addToTable` returned it; hits are written at `to` and `scores`. Returns how
 * many, or -1 where there are more than `room`.
 */
export function collect(
  matrix: usize, m: u32, threshold: f64, bit: u32, first: u32, queue: usize, to: usize, scores: usize, room: u32,
): i32 {
  const limit = windows(m);
  let kept: u32 = 0;
  for (const end = queue + (<usize>queuedCount << 3); queue < end; queue += 8) {
    if (((load<u32>(queue, 4) >> bit) & 1) == 0) continue;
    const p = load<u32>(queue) - first;
    if (p >= limit) continue;
    const score = exact(p, matrix, m);
    if (score < threshold || !clean(p, m)) continue;
    if (kept == room) return -1;
    store<u32>(to + (<usize>kept << 2), p);
    store<f64>(scores + (<usize>kept << 3), score);
    kept++;
  }
  return kept;
}
