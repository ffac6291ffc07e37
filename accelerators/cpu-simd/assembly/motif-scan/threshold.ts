// Least score whose tail probability is at most p, by the very sums of the workload's own rule.

let bestSteps: i32 = 0;

/**
 * Scores f64[m][4] in steps of 1/precision, halves away from zero, as losses i32[m][4] against each column's best. Returns
 * the best sum; `lossSpan` has the greatest loss.
 */
export function lossTable(scores: usize, m: u32, precision: f64, losses: usize): i32 {
  bestSteps = 0;
  span = 0;
  for (let j: u32 = 0; j < m; j++, scores += 32, losses += 16) {
    let most = i32.MIN_VALUE, least = i32.MAX_VALUE;
    for (let c: usize = 0; c < 4; c++) {
      const x = load<f64>(scores + (c << 3));
      const v = <i32>(x > 0 ? precision * x + 0.5 : precision * x - 0.5);
      store<i32>(losses + (c << 2), v);
      most = max(most, v);
      least = min(least, v);
    }
    for (let c: usize = 0; c < 4; c++) store<i32>(losses + (c << 2), most - load<i32>(losses + (c << 2)));
    bestSteps += most;
    span += most - least;
  }
  return bestSteps;
}

let span: i32 = 0;
export function lossSpan(): i32 {
  return span;
}

/**
 * The least loss x such that losing at most x is likelier than p, or -1 where no loss up to `width` is. Cells 0 to `width` alone
 * are kept, which changes none of them: a loss never shrinks. Letters are added in the order A C G T into a cell,
 * so every cell is equal to the workload's own to the last bit. `tables` is f64[2][width + 4].
 */
export function thresholdTail(losses: usize, m: u32, background: usize, p: f64, width: i32, tables: usize): i32 {
  let now = tables, after = tables + (<usize>(width + 4) << 3);
  store<f64>(now, 1);
  let top: i32 = 0;
  for (let j: u32 = 0; j < m; j++, losses += 16) {
    let far: i32 = 0;
    for (let c: usize = 0; c < 4; c++) far = max(far, load<i32>(losses + (c << 2)));
    const reach = min(width, top + far);
    memory.fill(after, 0, <usize>(reach + 1) << 3);
    for (let c: usize = 0; c < 4; c++) {
      const loss = load<i32>(losses + (c << 2)), b = load<f64>(background + (c << 3)), n = min(top, reach - loss) + 1;
      if (n <= 0) continue;
      const bb = f64x2.splat(b);
      let to = after + (<usize>loss << 3), from = now;
      const end = now + (<usize>n << 3);
      for (; from + 16 <= end; from += 16, to += 16) v128.store(to, f64x2.add(v128.load(to), f64x2.mul(bb, v128.load(from))));
      for (; from < end; from += 8, to += 8) store<f64>(to, load<f64>(to) + b * load<f64>(from));
    }
    top = reach;
    const other = now;
    now = after;
    after = other;
  }
  let tail: f64 = 0;
  for (let x: i32 = 0; x <= top; x++) {
    tail += load<f64>(now + (<usize>x << 3));
    if (tail > p) return x;
  }
  return -1;
}
