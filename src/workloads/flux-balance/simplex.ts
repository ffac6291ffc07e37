import type { FluxItem } from "./item.ts";
import type { FluxProblem } from "./problem.ts";
import type { FluxClaim } from "./verdict.ts";

/** A reduced cost, pivot or violation up to this is taken for 0: far above rounding in a small problem. */
const tiny = 1e-9;

/** Steps after which the tableau is made afresh, so that its rounding errors do not grow. */
const refreshed = 50;

interface Tableau {
  readonly rows: number;
  /** The problem's columns, then one for the sum of each row: A x - s = 0. */
  readonly width: number;
  /** rows x width: the inverse of the basis times [A, -I]. */
  readonly cells: Float64Array;
  /** The variable that is basic in each row. */
  readonly basis: Int32Array;
  readonly basic: Uint8Array;
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  readonly x: Float64Array;
}

/**
 * The simplex method on a dense tableau with bounded variables: as long as a basic variable violates its bounds the
 * cost is the sum of violations, after that the item's own (Chvatal, Linear Programming, 1983, chapter 8). The variable
 * of least index enters and, among equals, leaves (Bland, Math. Oper. Res. 2:103, 1977, doi 10.1287/moor.2.2.103): it cannot cycle.
 */
export function simplex(problem: FluxProblem, item: FluxItem): FluxClaim {
  const { columns } = problem;
  const tableau = firstTableau(problem, item);
  // so that one tolerance fits costs of any size
  const largest = item.objective.reduce((most, cost) => Math.max(most, Math.abs(cost)), 0) || 1;
  const own = new Float64Array(tableau.width);
  item.objective.forEach((cost, column) => {
    own[column] = (-item.sense * cost) / largest;
  });

  const limit = 20_000 + 200 * tableau.width;
  let sinceRefresh = 0;
  for (let steps = 0; steps < limit; steps++) {
    const violations = violationCosts(tableau);
    const costs = violations ?? own;
    const prices = pricesOf(tableau, costs);
    const step = nextStep(tableau, prices);
    if (step !== null && step.length < Number.POSITIVE_INFINITY) {
      take(tableau, step);
      if (++sinceRefresh < refreshed) continue;
      if (!refresh(problem, tableau)) return { status: "failed" };
      sinceRefresh = 0;
      continue;
    }
    // an end is believed only where a fresh tableau says so too
    if (sinceRefresh > 0) {
      if (!refresh(problem, tableau)) return { status: "failed" };
      sinceRefresh = 0;
      continue;
    }
    // the column of row i's sum is -e_i: its price is its own cost and the row's multiplier
    const multipliers = prices.slice(columns).map((price, row) => price - (costs[columns + row] ?? 0));
    if (violations !== null) return step === null ? { status: "infeasible", ray: multipliers } : { status: "failed" };
    const x = tableau.x.slice(0, columns);
    if (step !== null) return { status: "unbounded", x, ray: rayOf(tableau, step).slice(0, columns) };
    return { status: "optimal", x, y: multipliers.map((price) => -item.sense * largest * price) };
  }
  return { status: "failed" };
}

/** Every row's sum is basic; every column stands at its bound nearest to 0. */
function firstTableau(problem: FluxProblem, item: FluxItem): Tableau {
  const { rows, columns, rowLower, rowUpper } = problem;
  const width = columns + rows;
  const both = (first: Float64Array, second: Float64Array): Float64Array => Float64Array.of(...first, ...second);
  const lower = both(item.lower, rowLower);
  const upper = both(item.upper, rowUpper);
  const tableau: Tableau = {
    rows,
    width,
    cells: new Float64Array(rows * width),
    basis: Int32Array.from({ length: rows }, (_, row) => columns + row),
    basic: new Uint8Array(width).fill(1, columns),
    lower,
    upper,
    x: lower.map((low, variable) => Math.max(low, Math.min(upper[variable] ?? 0, 0))),
  };
  refresh(problem, tableau);
  return tableau;
}

/** Makes cells and x from the problem and the basis, by Gauss-Jordan elimination; false where the basis is singular. */
function refresh(problem: FluxProblem, { rows, width, cells, basis, basic, x }: Tableau): boolean {
  const { columns, starts, indices, values } = problem;
  cells.fill(0);
  for (let column = 0; column < columns; column++)
    for (let entry = starts[column] ?? 0; entry < (starts[column + 1] ?? 0); entry++)
      cells[(indices[entry] ?? 0) * width + column] = values[entry] ?? 0;
  for (let row = 0; row < rows; row++) cells[row * width + columns + row] = -1;
  const done = new Uint8Array(rows);
  for (const variable of [...basis].sort((a, b) => b - a)) {
    let pivot = -1;
    for (let row = 0; row < rows; row++)
      if (done[row] === 0 && (pivot < 0 || at(cells, row * width + variable) > at(cells, pivot * width + variable)))
        pivot = row;
    if (pivot < 0 || at(cells, pivot * width + variable) <= tiny * tiny) return false;
    eliminate(cells, rows, width, pivot, variable);
    done[pivot] = 1;
    basis[pivot] = variable;
  }
  for (let row = 0; row < rows; row++) {
    let value = 0;
    for (let other = 0; other < width; other++)
      if (basic[other] === 0) value -= (cells[row * width + other] ?? 0) * (x[other] ?? 0);
    x[basis[row] ?? 0] = value;
  }
  return true;
}

function at(cells: Float64Array, index: number): number {
  return Math.abs(cells[index] ?? 0);
}

/** Makes the column of a variable a unit vector with its 1 in this row. */
function eliminate(cells: Float64Array, rows: number, width: number, pivot: number, variable: number): void {
  const scale = cells[pivot * width + variable] ?? 1;
  for (let other = 0; other < width; other++)
    cells[pivot * width + other] = (cells[pivot * width + other] ?? 0) / scale;
  for (let row = 0; row < rows; row++) {
    const factor = cells[row * width + variable] ?? 0;
    if (row === pivot || factor === 0) continue;
    for (let other = 0; other < width; other++)
      cells[row * width + other] = (cells[row * width + other] ?? 0) - factor * (cells[pivot * width + other] ?? 0);
  }
}

/** -1 for each basic variable below its bounds, 1 for each above; null where there is none. */
function violationCosts({ rows, width, basis, lower, upper, x }: Tableau): Float64Array | null {
  const costs = new Float64Array(width);
  let any = false;
  for (let row = 0; row < rows; row++) {
    const variable = basis[row] ?? 0;
    const side = sideOf(x[variable] ?? 0, lower[variable] ?? 0, upper[variable] ?? 0);
    costs[variable] = side;
    any ||= side !== 0;
  }
  return any ? costs : null;
}

function sideOf(value: number, lower: number, upper: number): -1 | 0 | 1 {
  if (value < lower - tiny * Math.max(1, Math.abs(lower))) return -1;
  return value > upper + tiny * Math.max(1, Math.abs(upper)) ? 1 : 0;
}

/** Reduced cost of each variable. */
function pricesOf({ rows, width, cells, basis, basic }: Tableau, costs: Float64Array): Float64Array {
  const prices = costs.slice();
  for (let row = 0; row < rows; row++) {
    const cost = costs[basis[row] ?? 0] ?? 0;
    if (cost === 0) continue;
    for (let other = 0; other < width; other++)
      prices[other] = (prices[other] ?? 0) - cost * (cells[row * width + other] ?? 0);
  }
  return prices.map((price, variable) => (basic[variable] === 1 ? 0 : price));
}

interface Step {
  readonly entering: number;
  readonly direction: 1 | -1;
  /** How far the entering variable moves; Infinity where nothing stops it. */
  readonly length: number;
  /** Row whose variable leaves; -1 where the entering one reaches its other bound. */
  readonly row: number;
  /** The bound that the leaving variable reaches. */
  readonly bound: number;
}

/** null where no variable can lower the cost. */
function nextStep(tableau: Tableau, prices: Float64Array): Step | null {
  const { rows, width, cells, basis, basic, lower, upper, x } = tableau;
  for (let entering = 0; entering < width; entering++) {
    const price = prices[entering] ?? 0;
    if (basic[entering] === 1 || Math.abs(price) <= tiny) continue;
    const direction = price < 0 ? 1 : -1;
    const value = x[entering] ?? 0;
    const until = (direction > 0 ? upper[entering] : lower[entering]) ?? 0;
    if (value === until) continue;
    let step: Step = { entering, direction, length: Math.abs(until - value), row: -1, bound: until };
    for (let row = 0; row < rows; row++) {
      const rate = -(cells[row * width + entering] ?? 0) * direction;
      if (Math.abs(rate) <= tiny) continue;
      const variable = basis[row] ?? 0;
      const bound = stopOf(x[variable] ?? 0, lower[variable] ?? 0, upper[variable] ?? 0, rate);
      const length = Math.max(0, (bound - (x[variable] ?? 0)) / rate);
      const leastIndex = step.row >= 0 && length === step.length && variable < (basis[step.row] ?? 0);
      if (length < step.length || leastIndex) step = { entering, direction, length, row, bound };
    }
    return step;
  }
  return null;
}

/** The bound at which a basic variable that changes at this rate stops; one that violates its bounds may not pass them. */
function stopOf(value: number, lower: number, upper: number, rate: number): number {
  const side = sideOf(value, lower, upper);
  if (rate > 0) return side < 0 ? lower : side > 0 ? Number.POSITIVE_INFINITY : upper;
  return side > 0 ? upper : side < 0 ? Number.NEGATIVE_INFINITY : lower;
}

function take(tableau: Tableau, { entering, direction, length, row, bound }: Step): void {
  const { rows, width, cells, basis, basic, x } = tableau;
  for (let other = 0; other < rows; other++) {
    const variable = basis[other] ?? 0;
    x[variable] = (x[variable] ?? 0) - (cells[other * width + entering] ?? 0) * direction * length;
  }
  if (row < 0) {
    x[entering] = bound;
    return;
  }
  x[entering] = (x[entering] ?? 0) + direction * length;
  const leaving = basis[row] ?? 0;
  x[leaving] = bound;
  basic[leaving] = 0;
  basic[entering] = 1;
  basis[row] = entering;
  eliminate(cells, rows, width, row, entering);
}

function rayOf({ rows, width, cells, basis }: Tableau, { entering, direction }: Step): Float64Array {
  const ray = new Float64Array(width);
  ray[entering] = direction;
  for (let row = 0; row < rows; row++) ray[basis[row] ?? 0] = -(cells[row * width + entering] ?? 0) * direction;
  return ray;
}
