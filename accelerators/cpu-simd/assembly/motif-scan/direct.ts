// Matrices against the text itself, without an index.
import { SLACK, bases, clean, columnBest, exact, pairs, windows } from "./text";

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

/** Losses are scaled such that a window may lose this much; a byte's saturated sum, 255, is more. */
const ALLOWED: f64 = 250;

/**
 * What each pair of letters loses against the best ones, two columns at a time: u8[(m + 1) / 2][16] at `to`, first letter
 * lowest. Rounded down, so that no hit is lost. Returns false where not even the best word is a hit.
 */
export function pairLosses(matrix: usize, m: u32, threshold: f64, to: usize): bool {
  let best: f64 = 0;
  for (let j: u32 = 0; j < m; j++) best += columnBest(matrix + (<usize>j << 5));
  const allowed = best - threshold + SLACK;
  if (allowed < 0) return false;
  const scale = ALLOWED / allowed;
  for (let j: u32 = 0; j < m; j += 2, matrix += 64, to += 16) {
    const single = j + 1 == m;
    const most = columnBest(matrix) + (single ? 0 : columnBest(matrix + 32));
    for (let pair: usize = 0; pair < 16; pair++) {
      const score = load<f64>(matrix + ((pair & 3) << 3)) + (single ? 0 : load<f64>(matrix + 32 + ((pair >> 2) << 3)));
      store<u8>(to + pair, <u8>min<f64>(255, (most - score) * scale));
    }
  }
  return true;
}

let secondCount: i32 = 0;

/** Hits of the second matrix in the last `scanPairs`; -1 where they did not fit. */
export function pairsSecond(): i32 {
  return secondCount;
}

/**
 * Hits of two matrices of m columns, by their tables of `pairLosses`, each into a list of its own. Sixteen windows to a vector:
 * every two columns cost a look-up in a register and an addition. Returns the hits of the first, -1 where they did not fit.
 */
export function scanPairs(
  m: u32, threshold: f64, capacity: u32,
  one: usize, oneLosses: usize, oneTo: usize, oneScores: usize,
  two: usize, twoLosses: usize, twoTo: usize, twoScores: usize,
): i32 {
  const limit = windows(m), steps = <usize>((m + 1) >> 1) << 4, allowed = i8x16.splat(<i8>ALLOWED);
  let ones: u32 = 0, twos: u32 = 0;
  for (let i: u32 = 0; i < limit; i += 32) {
    let a0 = i8x16.splat(0), a1 = a0, b0 = a0, b1 = a0, x = pairs + <usize>i;
    for (let j: usize = 0; j < steps; j += 16, x += 2) {
      const x0 = v128.load(x), x1 = v128.load(x, 16);
      const a = v128.load(oneLosses + j), b = v128.load(twoLosses + j);
      a0 = i8x16.add_sat_u(a0, i8x16.swizzle(a, x0));
      a1 = i8x16.add_sat_u(a1, i8x16.swizzle(a, x1));
      b0 = i8x16.add_sat_u(b0, i8x16.swizzle(b, x0));
      b1 = i8x16.add_sat_u(b1, i8x16.swizzle(b, x1));
    }
    let left = <u32>i8x16.bitmask(i8x16.le_u(a0, allowed)) | (<u32>i8x16.bitmask(i8x16.le_u(a1, allowed)) << 16);
    if (left != 0) ones = test(left, i, limit, one, m, threshold, oneTo, oneScores, ones);
    left = <u32>i8x16.bitmask(i8x16.le_u(b0, allowed)) | (<u32>i8x16.bitmask(i8x16.le_u(b1, allowed)) << 16);
    if (left != 0) twos = test(left, i, limit, two, m, threshold, twoTo, twoScores, twos);
    if (ones + 32 > capacity || twos + 32 > capacity) {
      secondCount = -1;
      return -1;
    }
  }
  secondCount = twos;
  return ones;
}

/** Exact test of the windows whose bit is set, at `from` on; returns the count with the hits among them. */
function test(
  left: u32, from: u32, limit: u32, matrix: usize, m: u32, threshold: f64, to: usize, scores: usize, count: u32,
): u32 {
  for (; left != 0; left &= left - 1) {
    const p = from + ctz(left);
    if (p >= limit) break;
    const score = exact(p, matrix, m);
    if (score < threshold || !clean(p, m)) continue;
    store<u32>(to + (<usize>count << 2), p);
    store<f64>(scores + (<usize>count << 3), score);
    count++;
  }
  return count;
}
