// A sparse matrix by rows times 8 dense vectors at once: their elements lie side by side, so that an entry of the matrix
// is read once for 8 products, four vector registers hold a row's sums, and nothing is scattered. The host lays out all memory.

/** Vectors side by side. */
const LANES: i32 = 8;

/**
 * `starts` and `indices` are 32-bit, `values` doubles. Vectors lie one after the other in `vectors`, products likewise
 * in `products`; `work` has room for 8 vectors. The last group of fewer than 8 is filled up with the vector before.
 */
export function multiply(
  rows: i32, columns: i32, starts: usize, indices: usize, values: usize,
  vectors: usize, count: i32, products: usize, work: usize,
): void {
  for (let first = 0; first < count; first += LANES) {
    const lanes = min(LANES, count - first);
    const from = vectors + ((<usize>first * <usize>columns) << 3);
    interleave(from, columns, lanes, work);
    let to = products + ((<usize>first * <usize>rows) << 3);
    for (let row = 0; row < rows; row++, to += 8) {
      let at = load<u32>(starts + (<usize>row << 2)), end = load<u32>(starts + (<usize>row << 2), 4);
      let sum0 = f64x2.splat(0), sum1 = sum0, sum2 = sum0, sum3 = sum0;
      for (; at < end; at++) {
        const value = f64x2.splat(load<f64>(values + (<usize>at << 3)));
        const x = work + (<usize>load<u32>(indices + (<usize>at << 2)) << 6);
        sum0 = f64x2.add(sum0, f64x2.mul(value, v128.load(x)));
        sum1 = f64x2.add(sum1, f64x2.mul(value, v128.load(x, 16)));
        sum2 = f64x2.add(sum2, f64x2.mul(value, v128.load(x, 32)));
        sum3 = f64x2.add(sum3, f64x2.mul(value, v128.load(x, 48)));
      }
      const width = <usize>rows << 3;
      store<f64>(to, f64x2.extract_lane(sum0, 0));
      if (lanes > 1) store<f64>(to + width, f64x2.extract_lane(sum0, 1));
      if (lanes > 2) store<f64>(to + 2 * width, f64x2.extract_lane(sum1, 0));
      if (lanes > 3) store<f64>(to + 3 * width, f64x2.extract_lane(sum1, 1));
      if (lanes > 4) store<f64>(to + 4 * width, f64x2.extract_lane(sum2, 0));
      if (lanes > 5) store<f64>(to + 5 * width, f64x2.extract_lane(sum2, 1));
      if (lanes > 6) store<f64>(to + 6 * width, f64x2.extract_lane(sum3, 0));
      if (lanes > 7) store<f64>(to + 7 * width, f64x2.extract_lane(sum3, 1));
    }
  }
}

function interleave(from: usize, columns: i32, lanes: i32, work: usize): void {
  const width = <usize>columns << 3;
  for (let lane = 0; lane < LANES; lane++) {
    let at = from + <usize>min(lane, lanes - 1) * width;
    let to = work + (<usize>lane << 3);
    for (const end = at + width; at < end; at += 8, to += 64) store<f64>(to, load<f64>(at));
  }
}
