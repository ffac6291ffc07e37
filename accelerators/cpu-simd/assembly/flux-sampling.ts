// Hit-and-run on a polytope lower <= A x <= upper in doubles, two constraints a vector. The host lays out all memory:
// columns of A and of its inverses are padded to an even number of rows, the padding bounded by -Infinity and Infinity
// with coefficient 0. The inverse of 0 is NaN, which no comparison of pmin and pmax ever picks.

/** Status codes of the workload. */
const SAMPLED: i32 = 0;
const UNBOUNDED: i32 = 2;

/** Steps, in dimensions, after which the constraints' sums are computed anew, so that rounding does not add up. */
const REFRESH: i32 = 4;

let rows: i32, dimension: i32;
let coefficients: usize, inverses: usize, lower: usize, upper: usize, sums: usize;

let least: f64, most: f64;
let word0: u32, word1: u32, word2: u32, word3: u32;

/** Rows are padded to an even number; `at` is where coefficients, inverses, bounds and the sums of the current point lie. */
export function open(padded: i32, size: i32, a: usize, inverse: usize, low: usize, high: usize, scratch: usize): void {
  rows = padded, dimension = size;
  coefficients = a, inverses = inverse, lower = low, upper = high, sums = scratch;
}

/** Coordinate hit-and-run from `point`, which moves; keeps every `thinning`th point. */
export function walkCoordinates(point: usize, kept: usize, samples: i32, thinning: i32, seed: u32, chain: u32): i32 {
  const steps = <i64>samples * <i64>thinning;
  const refresh = REFRESH * dimension;
  let untilKept = thinning, untilRefresh = 0;
  for (let step: i64 = 0; step < steps; step++) {
    if (untilRefresh-- == 0) {
      sum(point);
      untilRefresh = refresh - 1;
    }
    let choice: u32, place: u32;
    if ((step & 1) == 0) {
      philox(<u32>(step >> 1), seed, chain);
      choice = word0, place = word1;
    } else choice = word2, place = word3;
    const at = <usize>((<u64>choice * <u64>dimension) >> 32);
    const column = (at * <usize>rows) << 3;
    chord(inverses + column);
    if (least < most) {
      const length = least + (<f64>place + 0.5) * (1.0 / 4294967296.0) * (most - least);
      if (!isFinite(length)) return UNBOUNDED;
      const here = point + (at << 3);
      store<f64>(here, load<f64>(here) + length);
      move(coefficients + column, length);
    }
    if (--untilKept == 0) {
      memory.copy(kept, point, <usize>dimension << 3);
      kept += <usize>dimension << 3;
      untilKept = thinning;
    }
  }
  return SAMPLED;
}

/**
 * Artificial centering: directions are warm-up points less the centre, the mean of
 * the warm-up points and of all points kept so far. `slopes` holds the warm-up points'
 * sums of every constraint; `centreSums` those of the centre, followed by room for as many slopes and inverses.
 */
export function walkCentering(
  point: usize, kept: usize, samples: i32, thinning: i32, seed: u32, chain: u32,
  warmUp: usize, slopes: usize, count: i32, centre: usize, centreSums: usize,
): i32 {
  const steps = <i64>samples * <i64>thinning;
  const refresh = REFRESH * dimension;
  const width = <usize>rows << 3;
  const slope = centreSums + width, inverse = slope + width;
  let untilKept = thinning, untilRefresh = 0, known = count;
  sumPoints(centre, 1, centreSums);
  for (let step: i64 = 0; step < steps; step++) {
    if (untilRefresh-- == 0) {
      sum(point);
      untilRefresh = refresh - 1;
    }
    let choice: u32, place: u32;
    if ((step & 1) == 0) {
      philox(<u32>(step >> 1), seed, chain);
      choice = word0, place = word1;
    } else choice = word2, place = word3;
    const at = <usize>((<u64>choice * <u64>count) >> 32);
    direct(slopes + at * width, centreSums, slope, inverse);
    chord(inverse);
    const target = warmUp + ((at * <usize>dimension) << 3);
    if (least < most) {
      const length = least + (<f64>place + 0.5) * (1.0 / 4294967296.0) * (most - least);
      if (isFinite(length)) {
        move(slope, length);
        for (let from: usize = 0, end = <usize>dimension << 3; from < end; from += 8)
          store<f64>(point + from, load<f64>(point + from) + length * (load<f64>(target + from) - load<f64>(centre + from)));
      } else if (!equal(target, centre)) return UNBOUNDED;
    }
    if (--untilKept == 0) {
      memory.copy(kept, point, <usize>dimension << 3);
      kept += <usize>dimension << 3;
      untilKept = thinning;
      known++;
      for (let from: usize = 0, end = <usize>dimension << 3; from < end; from += 8) {
        const middle = load<f64>(centre + from);
        store<f64>(centre + from, middle + (load<f64>(point + from) - middle) / <f64>known);
      }
      sumPoints(centre, 1, centreSums);
    }
  }
  return SAMPLED;
}

/** The sums of all constraints at each of some points, one padded row of sums after the other. */
export function sumPoints(points: usize, count: i32, to: usize): void {
  const own = sums;
  for (let at = 0; at < count; at++) {
    sums = to + ((<usize>at * <usize>rows) << 3);
    sum(points + ((<usize>at * <usize>dimension) << 3));
  }
  sums = own;
}

function sum(point: usize): void {
  const width = <usize>rows << 3;
  memory.fill(sums, 0, width);
  for (let at = 0; at < dimension; at++)
    move(coefficients + <usize>at * width, load<f64>(point + (<usize>at << 3)));
}

/** Adds a multiple of a column to the sums. */
function move(column: usize, length: f64): void {
  const times = f64x2.splat(length);
  for (let at: usize = 0, end = <usize>rows << 3; at < end; at += 16)
    v128.store(sums + at, f64x2.add(v128.load(sums + at), f64x2.mul(times, v128.load(column + at))));
}

/** Slopes of the direction from the centre to a warm-up point, and their inverses. */
function direct(target: usize, centreSums: usize, slope: usize, inverse: usize): void {
  const one = f64x2.splat(1), zero = f64x2.splat(0), none = f64x2.splat(NaN);
  for (let at: usize = 0, end = <usize>rows << 3; at < end; at += 16) {
    const difference = f64x2.sub(v128.load(target + at), v128.load(centreSums + at));
    v128.store(slope + at, difference);
    v128.store(inverse + at, v128.bitselect(f64x2.div(one, difference), none, f64x2.ne(difference, zero)));
  }
}

/** Sets `least` and `most` to how far one can go along a direction given by the inverses of its slopes. */
function chord(inverse: usize): void {
  let low0 = f64x2.splat(-Infinity), low1 = low0;
  let high0 = f64x2.splat(Infinity), high1 = high0;
  const end = <usize>rows << 3, pairs = end & ~31;
  let at: usize = 0;
  for (; at < pairs; at += 32) {
    const here0 = v128.load(sums + at), here1 = v128.load(sums + at, 16);
    const inverse0 = v128.load(inverse + at), inverse1 = v128.load(inverse + at, 16);
    const one0 = f64x2.mul(f64x2.sub(v128.load(lower + at), here0), inverse0);
    const one1 = f64x2.mul(f64x2.sub(v128.load(lower + at, 16), here1), inverse1);
    const other0 = f64x2.mul(f64x2.sub(v128.load(upper + at), here0), inverse0);
    const other1 = f64x2.mul(f64x2.sub(v128.load(upper + at, 16), here1), inverse1);
    low0 = f64x2.pmax(low0, f64x2.pmin(one0, other0));
    low1 = f64x2.pmax(low1, f64x2.pmin(one1, other1));
    high0 = f64x2.pmin(high0, f64x2.pmax(one0, other0));
    high1 = f64x2.pmin(high1, f64x2.pmax(one1, other1));
  }
  if (at < end) {
    const here = v128.load(sums + at), factor = v128.load(inverse + at);
    const one = f64x2.mul(f64x2.sub(v128.load(lower + at), here), factor);
    const other = f64x2.mul(f64x2.sub(v128.load(upper + at), here), factor);
    low0 = f64x2.pmax(low0, f64x2.pmin(one, other));
    high0 = f64x2.pmin(high0, f64x2.pmax(one, other));
  }
  low0 = f64x2.pmax(low0, low1);
  high0 = f64x2.pmin(high0, high1);
  least = max(f64x2.extract_lane(low0, 0), f64x2.extract_lane(low0, 1));
  most = min(f64x2.extract_lane(high0, 0), f64x2.extract_lane(high0, 1));
}

function equal(a: usize, b: usize): bool {
  for (let at: usize = 0, end = <usize>dimension << 3; at < end; at += 8)
    if (load<f64>(a + at) != load<f64>(b + at)) return false;
  return true;
}

/** Philox4x32-10 (Salmon et al. 2011) of one counter word and two key words. */
function philox(counter: u32, key0: u32, key1: u32): void {
  let c0 = counter, c1: u32 = 0, c2: u32 = 0, c3: u32 = 0, k0 = key0, k1 = key1;
  for (let round = 0; round < 10; round++) {
    const p0 = <u64>0xd2511f53 * <u64>c0, p1 = <u64>0xcd9e8d57 * <u64>c2;
    c0 = <u32>(p1 >> 32) ^ c1 ^ k0;
    c1 = <u32>p1;
    c2 = <u32>(p0 >> 32) ^ c3 ^ k1;
    c3 = <u32>p0;
    k0 += 0x9e3779b9;
    k1 += 0xbb67ae85;
  }
  word0 = c0, word1 = c1, word2 = c2, word3 = c3;
}
