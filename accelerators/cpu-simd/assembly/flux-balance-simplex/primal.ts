// Primal simplex for bounded variables from a feasible basis: Devex pricing (J. J. Forrest and D. Goldfarb, Mathematical
// Programming 57 (1992), 341-374), Harris ratio test, bounds perturbed where it stalls.
import { F64s, clearF64s, f64s } from "./arrays";
import {
  addColumn, btran, computeDual, computePrimal, exchange, exchanges, ftran, price, refactorise, row, rowLength, rowTouched,
} from "./basis";
import {
  AT_LOWER, AT_UPPER, AT_ZERO, PRIMAL_TOLERANCE, cost, d, head, lower, noise, rows, total, upper, where, x,
} from "./problem";

export const OPTIMAL: i32 = 0;
export const UNBOUNDED: i32 = 1;
export const GAVE_UP: i32 = 2;

const ENTRY: f64 = 1e-9;
const SAFE: f64 = 1e-6;
const STALLED: i32 = 20;
const PERTURBATION: f64 = 1e-6;

export let primalSteps: i32 = 0;
/** True where the working bounds are wider than the asked ones. */
export let widened: bool = false;
/** After `UNBOUNDED`: the entering column and its direction; the ray is -direction times `direction` on the basic columns. */
export let rayColumn: i32 = -1;
export let rayDirection: f64 = 0;
export let direction: F64s = f64s(0);

let weight: F64s = f64s(0);
let rho: F64s = f64s(0);

export function allocatePrimal(): void {
  direction = f64s(rows);
  rho = f64s(rows);
  weight = f64s(total);
}

function widenBounds(): void {
  widened = true;
  for (let j = 0; j < total; j++) {
    const lo = lower[j], up = upper[j];
    if (lo != -Infinity) lower[j] = lo - PERTURBATION * noise[j] * max(1, abs(lo) * 1e-3);
    if (up != Infinity) upper[j] = up + PERTURBATION * noise[total - 1 - j] * max(1, abs(up) * 1e-3);
  }
}

function entering(tolerance: f64): i32 {
  let q = -1;
  let best: f64 = 0;
  for (let j = 0, N = total; j < N; j++) {
    const t = d[j];
    if (abs(t) <= tolerance) continue;
    const state = where[j];
    if (state >= 0 || lower[j] == upper[j] || (state == AT_LOWER ? t > 0 : state == AT_UPPER && t < 0)) continue;
    const merit = (t * t) / weight[j];
    if (merit > best) {
      best = merit;
      q = j;
    }
  }
  return q;
}

/** Position of the leaving column; -1 where none limits the step. */
function leaving(way: f64): i32 {
  const m = rows;
  let most = Infinity;
  for (let i = 0; i < m; i++) {
    const a = way * direction[i];
    if (abs(a) <= ENTRY) continue;
    const p = head[i];
    const room = a > 0 ? x[p] - lower[p] : upper[p] - x[p];
    most = min(most, (room + PRIMAL_TOLERANCE) / abs(a));
  }
  if (most == Infinity) return -1;
  let r = -1;
  let best: f64 = 0;
  for (let i = 0; i < m; i++) {
    const a = way * direction[i];
    const s = abs(a);
    if (s <= ENTRY || s <= best) continue;
    const p = head[i];
    const room = a > 0 ? x[p] - lower[p] : upper[p] - x[p];
    if (room > most * s) continue;
    best = s;
    r = i;
  }
  return r;
}

/** Steps until no reduced cost is of the wrong sign. Needs `x` feasible, and `d`. */
export function primal(limit: i32, tolerance: f64): i32 {
  const m = rows, N = total;
  widened = false;
  for (let j = 0; j < N; j++) weight[j] = 1;
  let due = false;
  let stalled = 0;
  for (let steps = 0; steps < limit; steps++) {
    if (due) {
      due = false;
      refactorise();
      computePrimal();
      computeDual();
    }
    const q = entering(tolerance);
    if (q < 0) return OPTIMAL;
    const way: f64 = d[q] < 0 ? 1 : -1;
    clearF64s(direction);
    addColumn(direction, q, 1);
    ftran(direction);
    // the reduced cost as it is, not as it was carried along
    let exact = cost[q];
    for (let i = 0; i < m; i++) exact -= cost[head[i]] * direction[i];
    if (exact * -way <= tolerance) {
      d[q] = 0;
      continue;
    }
    d[q] = exact;
    const r = leaving(way);
    const across = way > 0 ? upper[q] - x[q] : x[q] - lower[q];
    let step = Infinity;
    if (r >= 0) {
      const p = head[r];
      const a = way * direction[r];
      step = max(0, (a > 0 ? x[p] - lower[p] : upper[p] - x[p]) / abs(a));
    }
    if (r < 0 && across == Infinity) {
      if (exchanges() > 0) {
        due = true;
        continue;
      }
      rayColumn = q;
      rayDirection = way;
      return UNBOUNDED;
    }
    if (across <= step) {
      primalSteps++;
      for (let i = 0; i < m; i++) {
        const t = direction[i];
        if (t != 0) x[head[i]] -= way * across * t;
      }
      x[q] = way > 0 ? upper[q] : lower[q];
      where[q] = way > 0 ? AT_UPPER : AT_LOWER;
      continue;
    }
    const a = direction[r];
    if (abs(a) < SAFE && exchanges() > 0) {
      due = true;
      continue;
    }
    clearF64s(rho);
    rho[r] = 1;
    btran(rho);
    price(rho);
    if (abs(a - row[q]) > 1e-7 * (1 + abs(a))) {
      if (exchanges() == 0) return GAVE_UP;
      due = true;
      continue;
    }
    primalSteps++;
    const p = head[r];
    for (let i = 0; i < m; i++) {
      const t = direction[i];
      if (t != 0) x[head[i]] -= way * step * t;
    }
    x[q] += way * step;
    const down = way * a > 0;
    x[p] = down ? lower[p] : upper[p];
    where[p] = down ? AT_LOWER : AT_UPPER;
    const change = d[q] / a;
    const own = weight[q] / (a * a);
    for (let k = 0; k < rowLength; k++) {
      const j = rowTouched[k];
      if (where[j] >= 0) continue;
      const t = row[j];
      d[j] -= change * t;
      weight[j] = max(weight[j], t * t * own);
    }
    d[p] = -change;
    weight[p] = max(own, 1);
    d[q] = 0;
    due = exchange(r, q, direction);
    if (step < 1e-12) stalled++;
    else stalled = 0;
    if (stalled > STALLED && !widened) widenBounds();
  }
  return GAVE_UP;
}
