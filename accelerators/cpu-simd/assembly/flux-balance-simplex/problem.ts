// The problem in computational form: minimise cost.x with [A -I] x = 0 and lower <= x <= upper. Column n + i is the logical
// of row i: its value is the row's sum, its reduced cost the row's dual.
import { F64s, I32s, copyF64s, f64s, i32s } from "./arrays";

export let rows: i32 = 0;
export let columns: i32 = 0;
/** Columns and logicals. */
export let total: i32 = 0;

export let colStart: I32s = i32s(0);
export let colRow: I32s = i32s(0);
export let colValue: F64s = f64s(0);
/** The same by rows. */
export let rowStart: I32s = i32s(0);
export let rowCol: I32s = i32s(0);
export let rowValue: F64s = f64s(0);

/** As asked; `lower`, `upper` and `cost` may be perturbed copies for a while. */
export let askedLower: F64s = f64s(0);
export let askedUpper: F64s = f64s(0);
export let askedCost: F64s = f64s(0);
export let lower: F64s = f64s(0);
export let upper: F64s = f64s(0);
export let cost: F64s = f64s(0);

/** Column that is basic in each row position. */
export let head: I32s = i32s(0);
/** Position of a basic column, or one of the states below. */
export let where: I32s = i32s(0);
export const AT_LOWER: i32 = -1;
export const AT_UPPER: i32 = -2;
export const AT_ZERO: i32 = -3;

export let x: F64s = f64s(0);
/** Reduced costs, 0 for basic columns. */
export let d: F64s = f64s(0);
/** A fixed number in [0.5, 1) a column, for perturbations that are the same in every run. */
export let noise: F64s = f64s(0);

export const PRIMAL_TOLERANCE: f64 = 1e-9;
export const DUAL_TOLERANCE: f64 = 1e-9;
/** What is tried for first: a reduced cost of 1e-9 on a column that may move by 1000 is an objective out by 1e-6. */
export const DUAL_AIM: f64 = 1e-12;

export function allocateProblem(m: i32, n: i32, entries: i32): void {
  rows = m;
  columns = n;
  total = m + n;
  colStart = i32s(n + 1);
  colRow = i32s(entries);
  colValue = f64s(entries);
  rowStart = i32s(m + 1);
  rowCol = i32s(entries);
  rowValue = f64s(entries);
  askedLower = f64s(total);
  askedUpper = f64s(total);
  askedCost = f64s(total);
  lower = f64s(total);
  upper = f64s(total);
  cost = f64s(total);
  head = i32s(m);
  where = i32s(total);
  x = f64s(total);
  d = f64s(total);
  noise = f64s(total);
}

/** Transposes the columns that the host wrote, and draws the noise (xorshift32, G. Marsaglia 2003). */
export function indexRows(): void {
  const m = rows, n = columns;
  for (let i = 0; i <= m; i++) rowStart[i] = 0;
  const end = colStart[n];
  for (let e = 0; e < end; e++) rowStart[colRow[e] + 1] += 1;
  for (let i = 0; i < m; i++) rowStart[i + 1] += rowStart[i];
  const next = i32s(m);
  for (let i = 0; i < m; i++) next[i] = rowStart[i];
  for (let j = 0; j < n; j++) {
    for (let e = colStart[j]; e < colStart[j + 1]; e++) {
      const at = next[colRow[e]]++;
      rowCol[at] = j;
      rowValue[at] = colValue[e];
    }
  }
  let state: u32 = 2463534242;
  for (let j = 0; j < total; j++) {
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    noise[j] = 0.5 + <f64>(state >> 1) / 4294967296.0;
  }
}

export function restoreBounds(): void {
  copyF64s(lower, askedLower, total);
  copyF64s(upper, askedUpper, total);
}

export function restoreCosts(): void {
  copyF64s(cost, askedCost, total);
}

/** Puts a nonbasic column where its state says, or at the bound that it has. True when it was elsewhere. */
export function placeNonbasic(j: i32): bool {
  const lo = lower[j], up = upper[j];
  let state = where[j];
  if (state == AT_LOWER && lo == -Infinity) state = up == Infinity ? AT_ZERO : AT_UPPER;
  else if (state == AT_UPPER && up == Infinity) state = lo == -Infinity ? AT_ZERO : AT_LOWER;
  else if (state == AT_ZERO && lo != -Infinity) state = AT_LOWER;
  else if (state == AT_ZERO && up != Infinity) state = AT_UPPER;
  where[j] = state;
  const value = state == AT_LOWER ? lo : state == AT_UPPER ? up : 0;
  const moved = x[j] != value;
  x[j] = value;
  return moved;
}

export function placeAll(): bool {
  let moved = false;
  for (let j = 0; j < total; j++) if (where[j] < 0 && placeNonbasic(j)) moved = true;
  return moved;
}

/** By how much the basic columns are outside their bounds, at most. */
export function primalError(): f64 {
  let most: f64 = 0;
  for (let i = 0; i < rows; i++) {
    const p = head[i];
    most = max(most, max(lower[p] - x[p], x[p] - upper[p]));
  }
  return most;
}

/** By how much a reduced cost is of the wrong sign, at most. */
export function dualError(): f64 {
  let most: f64 = 0;
  for (let j = 0; j < total; j++) {
    const state = where[j];
    if (state >= 0 || lower[j] == upper[j]) continue;
    const t = d[j];
    most = max(most, state == AT_LOWER ? -t : state == AT_UPPER ? t : abs(t));
  }
  return most;
}
