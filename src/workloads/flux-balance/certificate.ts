import { type FluxItem, objectiveOf } from "./item.ts";
import type { FluxProblem } from "./problem.ts";

/**
 * Residual up to which an answer counts as proved. Each violation is taken relative to the size of the bound or cost
 * and of the terms it was summed from, and never to less than 1, so 1e-7 is what solvers in double precision promise.
 */
export const certificateTolerance = 1e-7;

/** What lies within this share of the terms it was summed from is rounding: multipliers come from a solved system. */
const rounding = 1e-11;

/** By how much of its terms a Farkas combination must miss: less is rounding, not proof. */
const leastMargin = 1e-9;

/**
 * Largest violation of a row, a column's bounds or a column's integrality by x; each relative to the largest of 1, the
 * violated bound and, for a row, its terms. NaN where x is not finite.
 */
export function primalResidual(problem: FluxProblem, item: FluxItem, x: Float64Array): number {
  const { rows, columns, starts, indices, values, rowLower, rowUpper, integer } = problem;
  const sums = new Float64Array(rows);
  const sizes = new Float64Array(rows);
  let worst = 0;
  for (let column = 0; column < columns; column++) {
    const flux = x[column] ?? Number.NaN;
    if (!Number.isFinite(flux)) return Number.NaN;
    worst = Math.max(worst, outside(flux, item.lower[column] ?? 0, item.upper[column] ?? 0, 1));
    if (integer !== null && integer[column] === 1) worst = Math.max(worst, Math.abs(flux - Math.round(flux)));
    if (flux === 0) continue;
    const end = starts[column + 1] ?? 0;
    for (let entry = starts[column] ?? 0; entry < end; entry++) {
      const row = indices[entry] ?? 0;
      const term = (values[entry] ?? 0) * flux;
      sums[row] = (sums[row] ?? 0) + term;
      if (Math.abs(term) > (sizes[row] ?? 0)) sizes[row] = Math.abs(term);
    }
  }
  for (let row = 0; row < rows; row++)
    worst = Math.max(worst, outside(sums[row] ?? 0, rowLower[row] ?? 0, rowUpper[row] ?? 0, sizes[row] ?? 0));
  return worst;
}

function outside(value: number, lower: number, upper: number, size: number): number {
  if (value < lower) return (lower - value) / Math.max(1, Math.abs(lower), size);
  if (value > upper) return (value - upper) / Math.max(1, Math.abs(upper), size);
  return 0;
}

/** Reduced costs c - A'y. */
export function reducedCosts(problem: FluxProblem, { objective }: FluxItem, y: Float64Array): Float64Array {
  const { columns, starts, indices, values } = problem;
  const costs = new Float64Array(columns);
  for (let column = 0; column < columns; column++) {
    let cost = objective[column] ?? 0;
    const end = starts[column + 1] ?? 0;
    for (let entry = starts[column] ?? 0; entry < end; entry++)
      cost -= (values[entry] ?? 0) * (y[indices[entry] ?? 0] ?? 0);
    costs[column] = cost;
  }
  return costs;
}

/**
 * How far x and the shadow prices y are from proving each other optimal: the largest of `primalResidual`, the dual
 * infeasibility (a reduced cost or shadow price that pulls towards a bound that is not there, relative to its terms) and the
 * duality gap relative to the objective. By weak duality the gap bounds what any other x could gain. NaN where
 * a number is not finite.
 */
export function optimalResidual(problem: FluxProblem, item: FluxItem, x: Float64Array, y: Float64Array): number {
  const { rows, columns, starts, indices, values, rowLower, rowUpper } = problem;
  const { lower, upper, objective, sense } = item;
  const attained = objectiveOf(objective, x);
  let worst = primalResidual(problem, item, x);
  let bound = 0;
  const weigh = (price: number, size: number, low: number, high: number): void => {
    const towards = price * sense > 0 ? high : low;
    if (Number.isFinite(towards)) bound += Math.abs(price) <= rounding * size ? 0 : price * towards;
    else worst = Math.max(worst, Math.abs(price) / Math.max(1, size));
  };
  for (let column = 0; column < columns; column++) {
    let cost = objective[column] ?? 0;
    let size = Math.abs(cost);
    const end = starts[column + 1] ?? 0;
    for (let entry = starts[column] ?? 0; entry < end; entry++) {
      const term = (values[entry] ?? 0) * (y[indices[entry] ?? 0] ?? 0);
      cost -= term;
      size += Math.abs(term);
    }
    if (!Number.isFinite(cost)) return Number.NaN;
    if (cost !== 0) weigh(cost, size, lower[column] ?? 0, upper[column] ?? 0);
  }
  for (let row = 0; row < rows; row++) {
    const price = y[row] ?? Number.NaN;
    if (!Number.isFinite(price)) return Number.NaN;
    if (price !== 0) weigh(price, 0, rowLower[row] ?? 0, rowUpper[row] ?? 0);
  }
  return Math.max(worst, Math.abs(bound - attained) / Math.max(1, Math.abs(attained)));
}

/**
 * How far the row multipliers y are from proving that nothing is feasible (Farkas): with z = A'y, the most that z.x can
 * be within the columns' bounds must stay below the least that y.r can be within the rows'. The residual is the
 * largest part of z or y that pulls towards a missing bound, relative to its terms; Infinity where the sums do not miss.
 * The opposite sign of y is tried too, for solvers do not agree on it.
 */
export function infeasibleResidual(problem: FluxProblem, item: FluxItem, y: Float64Array): number {
  return Math.min(farkas(problem, item, y, 1), farkas(problem, item, y, -1));
}

function farkas(problem: FluxProblem, { lower, upper }: FluxItem, y: Float64Array, sign: 1 | -1): number {
  const { rows, columns, starts, indices, values, rowLower, rowUpper } = problem;
  const largest = y.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  // an empty row or column is proof in itself, even without multipliers: handled by those that solve
  if (!(largest > 0 && Number.isFinite(largest))) return Number.POSITIVE_INFINITY;
  let worst = 0;
  let most = 0;
  let terms = 0;
  for (let column = 0; column < columns; column++) {
    let z = 0;
    let size = 0;
    const end = starts[column + 1] ?? 0;
    for (let entry = starts[column] ?? 0; entry < end; entry++) {
      const term = ((values[entry] ?? 0) * sign * (y[indices[entry] ?? 0] ?? 0)) / largest;
      z += term;
      size += Math.abs(term);
    }
    if (z === 0) continue;
    const at = z > 0 ? (upper[column] ?? 0) : (lower[column] ?? 0);
    if (Number.isFinite(at)) {
      most += z * at;
      terms += Math.abs(z * at);
    } else worst = Math.max(worst, Math.abs(z) / Math.max(1, size));
  }
  let least = 0;
  for (let row = 0; row < rows; row++) {
    const weight = (sign * (y[row] ?? 0)) / largest;
    if (weight === 0) continue;
    const at = weight > 0 ? (rowLower[row] ?? 0) : (rowUpper[row] ?? 0);
    if (Number.isFinite(at)) {
      least += weight * at;
      terms += Math.abs(weight * at);
    } else worst = Math.max(worst, Math.abs(weight));
  }
  return least - most > leastMargin * terms ? worst : Number.POSITIVE_INFINITY;
}

/**
 * How far a feasible x and a direction are from proving that the objective has no bound: the largest of
 * `primalResidual` and, relative to their terms, the parts of the direction that run into a bound; Infinity where
 * the direction does not improve.
 */
export function unboundedResidual(
  problem: FluxProblem,
  item: FluxItem,
  x: Float64Array,
  direction: Float64Array,
): number {
  const largest = direction.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const size = item.objective.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  if (!(largest > 0 && Number.isFinite(largest))) return Number.POSITIVE_INFINITY;
  const ray = direction.map((value) => value / largest);
  if (!(item.sense * objectiveOf(item.objective, ray) > leastMargin * size)) return Number.POSITIVE_INFINITY;
  const cone = (bound: number): number => (Number.isFinite(bound) ? 0 : bound);
  const along: FluxItem = { ...item, lower: item.lower.map(cone), upper: item.upper.map(cone) };
  const rays = {
    ...problem,
    rowLower: problem.rowLower.map(cone),
    rowUpper: problem.rowUpper.map(cone),
    integer: null,
  };
  return Math.max(primalResidual(problem, item, x), primalResidual(rays, along, ray));
}
