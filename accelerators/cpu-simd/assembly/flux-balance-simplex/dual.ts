// Dual simplex for bounded variables: steepest-edge weights, Harris ratio test with bound flips (A. Koberstein, The dual
// simplex method, 2005, algorithms 4 and 6.2). Costs that are not dual feasible are shifted until they are; the caller puts
// them back and finishes with the primal method, so any basis will do to start from.
import { F64s, I32s, clearF64s, copyF64s, f64s, i32s } from "./arrays";
import {
  addColumn, btran, computeDual, computePrimal, exchange, exchanges, ftran, price, refactorise, row, rowLength, rowTouched,
} from "./basis";
import {
  AT_LOWER, AT_UPPER, AT_ZERO, DUAL_TOLERANCE, PRIMAL_TOLERANCE, cost, d, head, lower, noise, rows, total, upper, where, x,
} from "./problem";

export const FEASIBLE: i32 = 0;
export const INFEASIBLE: i32 = 1;
export const STUCK: i32 = 2;

const ENTRY: f64 = 1e-9;
const SAFE: f64 = 1e-6;
/** Steps without progress before the costs are perturbed. */
const STALLED: i32 = 20;
const PERTURBATION: f64 = 1e-6;
/** A smaller infeasibility proves nothing. */
const CLEARLY: f64 = 1e-9;

/** Row multipliers that prove infeasibility, after `INFEASIBLE`; of either sign. */
export let ray: F64s = f64s(0);
export let dualSteps: i32 = 0;
/** True where working costs differ from the asked ones. */
export let shifted: bool = false;

let weight: F64s = f64s(0);
let column: F64s = f64s(0);
let tau: F64s = f64s(0);
let flips: F64s = f64s(0);
let candidate: I32s = i32s(0);
let slack: F64s = f64s(0);
let size: F64s = f64s(0);

export function allocateDual(): void {
  ray = f64s(rows);
  weight = f64s(rows);
  column = f64s(rows);
  tau = f64s(rows);
  flips = f64s(rows);
  candidate = i32s(total);
  slack = f64s(total);
  size = f64s(total);
}

/** Flips boxed columns to the bound that suits their reduced cost, and shifts the cost of the others. */
export function makeDualFeasible(): bool {
  let flipped = false;
  shifted = false;
  for (let j = 0; j < total; j++) {
    const state = where[j];
    if (state >= 0) continue;
    const t = d[j];
    if (lower[j] == upper[j]) continue;
    if (state == AT_LOWER ? t >= 0 : state == AT_UPPER ? t <= 0 : t == 0) continue;
    const opposite = state == AT_LOWER ? upper[j] : state == AT_UPPER ? lower[j] : Infinity;
    if (abs(opposite) != Infinity && abs(t) > DUAL_TOLERANCE) {
      where[j] = state == AT_LOWER ? AT_UPPER : AT_LOWER;
      x[j] = opposite;
      flipped = true;
    } else {
      cost[j] -= t;
      d[j] = 0;
      if (abs(t) > DUAL_TOLERANCE) shifted = true;
    }
  }
  return flipped;
}

function perturbCosts(): void {
  shifted = true;
  for (let j = 0; j < total; j++) {
    const state = where[j];
    if (state >= 0 || lower[j] == upper[j] || state == AT_ZERO) continue;
    const by = PERTURBATION * noise[j] * (1 + abs(cost[j]));
    const change = state == AT_LOWER ? by : -by;
    cost[j] += change;
    d[j] += change;
  }
}

function leaving(): i32 {
  let r = -1;
  let best: f64 = 0;
  for (let i = 0, m = rows; i < m; i++) {
    const p = head[i];
    const value = x[p];
    const out = value > upper[p] ? value - upper[p] : lower[p] - value;
    if (out <= PRIMAL_TOLERANCE) continue;
    const merit = (out * out) / weight[i];
    if (merit > best) {
      best = merit;
      r = i;
    }
  }
  return r;
}

function swap(a: i32, b: i32): void {
  const j = candidate[a], s = slack[a], z = size[a];
  candidate[a] = candidate[b];
  slack[a] = slack[b];
  size[a] = size[b];
  candidate[b] = j;
  slack[b] = s;
  size[b] = z;
}

/** Columns before this one among the candidates are flipped by the step. */
let passed: i32 = 0;

/** Index of the entering column among the candidates; -1 where flipping them all leaves the row infeasible. */
function entering(sign: f64, infeasibility: f64): i32 {
  let count = 0;
  for (let k = 0; k < rowLength; k++) {
    const j = rowTouched[k];
    const state = where[j];
    if (state >= 0 || lower[j] == upper[j]) continue;
    const a = sign * row[j];
    if (state == AT_LOWER ? a <= ENTRY : state == AT_UPPER ? a >= -ENTRY : abs(a) <= ENTRY) continue;
    candidate[count] = j;
    size[count] = abs(a);
    slack[count++] = state == AT_ZERO ? 0 : abs(d[j]);
  }
  let slope = infeasibility;
  let from = 0;
  let before = -1, beforeFrom = 0;
  while (from < count) {
    let most = Infinity;
    for (let k = from; k < count; k++) most = min(most, (slack[k] + DUAL_TOLERANCE) / size[k]);
    let end = from;
    let best = -1;
    let drop: f64 = 0;
    for (let k = from; k < count; k++) {
      if (slack[k] > most * size[k]) continue;
      swap(k, end);
      const j = candidate[end];
      drop += size[end] * (upper[j] - lower[j]);
      if (best < 0 || size[end] > size[best]) best = end;
      end++;
    }
    if (slope <= drop + PRIMAL_TOLERANCE) {
      passed = from;
      if (before >= 0 && size[best] < SAFE && size[before] > 100 * size[best]) {
        // a larger pivot a little earlier is worth more than the longer step
        passed = beforeFrom;
        return before;
      }
      return best;
    }
    slope -= drop;
    before = best;
    beforeFrom = from;
    from = end;
  }
  return -1;
}

/** Whether the row proves, with the bounds of all its columns, that its basic column cannot reach its bound. */
function provesInfeasible(r: i32, sign: f64): bool {
  const p = head[r];
  let reach: f64 = 0;
  let scale: f64 = 0;
  for (let k = 0; k < rowLength; k++) {
    const j = rowTouched[k];
    if (where[j] >= 0) continue;
    const a = sign * row[j];
    if (a == 0) continue;
    const best = a * (a > 0 ? upper[j] : lower[j]);
    if (abs(best) == Infinity) {
      if (abs(a) > 1e-12) return false;
      continue;
    }
    reach += best;
    scale += abs(best);
  }
  // the basic column is at least -reach (times sign)
  const gap = sign > 0 ? -reach - upper[p] : lower[p] - reach;
  return gap > CLEARLY && gap > 1e-11 * scale;
}

/** Steps until the basic columns are within their bounds. Needs `x` and `d`, and `d` dual feasible. */
export function dual(limit: i32): i32 {
  const m = rows;
  for (let i = 0; i < m; i++) weight[i] = 1;
  let due = false;
  let stalled = 0;
  let perturbed = false;
  for (let steps = 0; steps < limit; steps++) {
    if (due) {
      due = false;
      refactorise();
      computeDual();
      makeDualFeasible();
      computePrimal();
    }
    const r = leaving();
    if (r < 0) return FEASIBLE;
    const rho = ray;
    clearF64s(rho);
    rho[r] = 1;
    btran(rho);
    price(rho);
    const p = head[r];
    const above = x[p] > upper[p];
    const sign: f64 = above ? 1 : -1;
    const chosen = entering(sign, above ? x[p] - upper[p] : lower[p] - x[p]);
    if (chosen < 0) {
      if (provesInfeasible(r, sign)) return INFEASIBLE;
      if (exchanges() == 0) return STUCK;
      due = true;
      continue;
    }
    const q = candidate[chosen];
    clearF64s(column);
    addColumn(column, q, 1);
    ftran(column);
    const a = column[r];
    const wrong = abs(a - row[q]) > 1e-7 * (1 + abs(a));
    if (wrong || abs(a) < SAFE) {
      if (exchanges() > 0) {
        due = true;
        continue;
      }
      if (wrong) return STUCK;
    }
    dualSteps++;
    if (passed > 0) {
      clearF64s(flips);
      for (let k = 0; k < passed; k++) {
        const j = candidate[k];
        const to = where[j] == AT_LOWER ? upper[j] : lower[j];
        addColumn(flips, j, to - x[j]);
        x[j] = to;
        where[j] = where[j] == AT_LOWER ? AT_UPPER : AT_LOWER;
      }
      ftran(flips);
      for (let i = 0; i < m; i++) if (flips[i] != 0) x[head[i]] -= flips[i];
    }
    // duals
    let step = d[q] / row[q];
    if (step * sign < 0) {
      cost[q] -= d[q];
      if (abs(d[q]) > DUAL_TOLERANCE) shifted = true;
      step = 0;
    }
    if (abs(step) < 1e-12) stalled++;
    else stalled = 0;
    for (let k = 0; k < rowLength; k++) {
      const j = rowTouched[k];
      const state = where[j];
      if (state >= 0) continue;
      const t = d[j] - step * row[j];
      d[j] = t;
      if (lower[j] == upper[j] || (state == AT_LOWER ? t >= 0 : state == AT_UPPER ? t <= 0 : t == 0)) continue;
      cost[j] -= t;
      d[j] = 0;
      if (abs(t) > DUAL_TOLERANCE) shifted = true;
    }
    d[q] = 0;
    d[p] = -step;
    // primals
    const bound = above ? upper[p] : lower[p];
    const move = (x[p] - bound) / a;
    for (let i = 0; i < m; i++) {
      const t = column[i];
      if (t != 0) x[head[i]] -= t * move;
    }
    x[q] += move;
    x[p] = bound;
    where[p] = above ? AT_UPPER : AT_LOWER;
    // weights
    copyF64s(tau, rho, m);
    ftran(tau);
    const own = weight[r];
    for (let i = 0; i < m; i++) {
      const t = column[i];
      if (t == 0 || i == r) continue;
      const k = t / a;
      weight[i] = max(weight[i] - 2 * k * tau[i] + k * k * own, 1e-4);
    }
    weight[r] = max(own / (a * a), 1e-4);
    due = exchange(r, q, column);
    if (stalled > STALLED && !perturbed) {
      perturbed = true;
      perturbCosts();
    }
  }
  return STUCK;
}
