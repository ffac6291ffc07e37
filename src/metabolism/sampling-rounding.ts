// Affine rounding: coordinates in which a polytope is about as wide in every direction, so that steps along them go far.
import type { Polytope } from "../workloads/index.ts";
import { addOuter, cholesky, inverseTransposed, multiply, solveLower, solveLowerTransposed } from "./dense-matrix.ts";
import type { FluxSpace } from "./sampling-space.ts";

/** y = centre + axes z. */
export interface Rounding {
  readonly dimension: number;
  readonly centre: Float64Array;
  /** dimension x dimension, row-major. */
  readonly axes: Float64Array;
}

/** Newton decrement at which a point is near enough to the analytic centre: the ellipsoids there are alike. */
const nearCentre = 0.3;
const mostIterations = 100;

/**
 * The analytic centre, found by Newton's method with a line search from the mean of the corners, and the axes of the Dikin
 * ellipsoid around it: it lies in the polytope, and as many times as large as there are constraints it holds it (Nesterov
 * and Nemirovskii 1994). rows x dimension^2 / 2 + dimension^3 / 3 multiply-adds an iteration. Null where that mean is not inside.
 */
export function roundAtAnalyticCentre(space: FluxSpace): Rounding | null {
  const { dimension, rows, matrix, lower, upper } = space;
  const point = new Float64Array(dimension);
  const sums = new Float64Array(rows);
  const slopes = new Float64Array(rows);
  const gradient = new Float64Array(dimension);
  for (let iteration = 0; ; iteration++) {
    const hessian = new Float64Array(dimension * dimension);
    gradient.fill(0);
    for (let row = 0; row < rows; row++) {
      const form = matrix.subarray(row * dimension, (row + 1) * dimension);
      const sum = dot(form, point);
      sums[row] = sum;
      const below = sum - (lower[row] as number);
      const above = (upper[row] as number) - sum;
      if (!(below > 0 && above > 0)) return null;
      addOuter(hessian, dimension, form, 1 / below ** 2 + 1 / above ** 2);
      const push = 1 / above - 1 / below;
      for (let at = 0; at < dimension; at++) gradient[at] = (gradient[at] as number) + push * (form[at] as number);
    }
    const factor = cholesky(hessian, dimension);
    if (factor === null) return null;
    const step = gradient.slice();
    solveLower(factor, dimension, step);
    const decrement = Math.sqrt(dot(step, step));
    if (decrement < nearCentre || iteration === mostIterations)
      return { dimension, centre: point, axes: inverseTransposed(factor, dimension) };
    solveLowerTransposed(factor, dimension, step);
    for (let row = 0; row < rows; row++)
      slopes[row] = -dot(matrix.subarray(row * dimension, (row + 1) * dimension), step);
    const length = bestLength(sums, slopes, lower, upper);
    for (let at = 0; at < dimension; at++) point[at] = (point[at] as number) - length * (step[at] as number);
  }
}

/**
 * Where the barrier is least along a line: its slope, which grows all the way to the wall, is bisected. Plain loops, as in
 * all that a first sampling runs before it is compiled.
 */
function bestLength(sums: Float64Array, slopes: Float64Array, lower: Float64Array, upper: Float64Array): number {
  const rows = slopes.length;
  let wall = Number.POSITIVE_INFINITY;
  for (let row = 0; row < rows; row++) {
    const slope = slopes[row] as number;
    if (slope > 0) wall = Math.min(wall, ((upper[row] as number) - (sums[row] as number)) / slope);
    if (slope < 0) wall = Math.min(wall, ((lower[row] as number) - (sums[row] as number)) / slope);
  }
  let from = 0;
  let to = Number.isFinite(wall) ? wall : 1e3;
  for (let bisection = 0; bisection < 50; bisection++) {
    const middle = (from + to) / 2;
    if (riseAt(middle, sums, slopes, lower, upper) > 0) to = middle;
    else from = middle;
  }
  return from;
}

/** The barrier's slope at a place of the line. */
function riseAt(
  place: number,
  sums: Float64Array,
  slopes: Float64Array,
  lower: Float64Array,
  upper: Float64Array,
): number {
  let rise = 0;
  for (let row = 0; row < slopes.length; row++) {
    const slope = slopes[row] as number;
    const sum = (sums[row] as number) + place * slope;
    rise += slope / ((upper[row] as number) - sum) - slope / (sum - (lower[row] as number));
  }
  return rise;
}

/** The polytope in the rounding's coordinates. */
export function roundedPolytope(space: FluxSpace, { centre, axes, dimension }: Rounding): Polytope {
  const { rows, matrix, lower, upper } = space;
  const rounded = multiply(matrix, axes, rows, dimension, dimension);
  const coefficients = new Float64Array(rows * dimension);
  for (let row = 0; row < rows; row++)
    for (let at = 0; at < dimension; at++) coefficients[at * rows + row] = rounded[row * dimension + at] as number;
  const shift = Float64Array.from({ length: rows }, (_, row) =>
    dot(matrix.subarray(row * dimension, (row + 1) * dimension), centre),
  );
  return {
    dimension,
    rows,
    coefficients,
    lower: lower.map((bound, row) => bound - (shift[row] as number)),
    upper: upper.map((bound, row) => bound - (shift[row] as number)),
  };
}

export interface Reshaped {
  readonly rounding: Rounding;
  /** The points that were given, in the new coordinates. */
  readonly points: Float64Array;
  /** How unlike the spreads along the old axes were: the largest over the smallest, each given those before it. */
  readonly unevenness: number;
}

/** Mean and covariance of samples that come some at a time, so that not all of them need be kept. */
export class Moments {
  readonly #dimension: number;
  /** What squares are taken around, so that they stay small: the mean of the first samples. */
  readonly #around: Float64Array;
  readonly #sum: Float64Array;
  readonly #squares: Float64Array;
  #count = 0;

  constructor(dimension: number) {
    this.#dimension = dimension;
    this.#around = new Float64Array(dimension);
    this.#sum = new Float64Array(dimension);
    this.#squares = new Float64Array(dimension * dimension);
  }

  get count(): number {
    return this.#count;
  }

  add(samples: Float64Array): void {
    const dimension = this.#dimension;
    const around = this.#around;
    const count = samples.length / dimension;
    if (this.#count === 0)
      for (let at = 0; at < samples.length; at++)
        around[at % dimension] = (around[at % dimension] as number) + (samples[at] as number) / count;
    this.#count += count;
    const from = new Float64Array(dimension);
    for (let first = 0; first < samples.length; first += dimension) {
      for (let at = 0; at < dimension; at++) {
        from[at] = (samples[first + at] as number) - (around[at] as number);
        this.#sum[at] = (this.#sum[at] as number) + (from[at] as number);
      }
      addOuter(this.#squares, dimension, from, 1);
    }
  }

  mean(): Float64Array {
    return this.#around.map((value, at) => value + (this.#sum[at] as number) / this.#count);
  }

  /** Its lower triangle. */
  covariance(): Float64Array {
    const covariance = this.#squares.map((square) => square / this.#count);
    const shift = this.#sum.map((sum) => sum / this.#count);
    addOuter(covariance, this.#dimension, shift, -1);
    return covariance;
  }
}

/** Coordinates in which samples have the mean 0 and the covariance 1 (Lovász and Vempala 2006: isotropic position). */
export function roundBySamples(rounding: Rounding, samples: Moments, points: Float64Array): Reshaped {
  const { dimension, centre, axes } = rounding;
  const { count } = samples;
  const mean = samples.mean();
  const covariance = samples.covariance();
  const from = new Float64Array(dimension);
  // some weight on the spreads alone keeps a direction that few samples went along from vanishing
  const shrink = dimension / (dimension + count);
  for (let row = 0; row < dimension; row++)
    for (let column = 0; column < row; column++)
      covariance[row * dimension + column] = (covariance[row * dimension + column] as number) * (1 - shrink);
  const factor = cholesky(covariance, dimension);
  if (factor === null) return { rounding, points, unevenness: Number.POSITIVE_INFINITY };
  const moved = new Float64Array(points.length);
  for (let point = 0; point < points.length / dimension; point++) {
    for (let at = 0; at < dimension; at++) from[at] = (points[point * dimension + at] as number) - (mean[at] as number);
    solveLower(factor, dimension, from);
    moved.set(from, point * dimension);
  }
  const shift = multiply(axes, mean, dimension, dimension, 1);
  let [least, most] = [Number.POSITIVE_INFINITY, 0];
  for (let at = 0; at < dimension; at++) {
    const spread = factor[at * dimension + at] as number;
    least = Math.min(least, spread);
    most = Math.max(most, spread);
  }
  return {
    rounding: {
      dimension,
      centre: centre.map((value, at) => value + (shift[at] as number)),
      axes: multiply(axes, factor, dimension, dimension, dimension),
    },
    points: moved,
    unevenness: most / least,
  };
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let at = 0; at < a.length; at++) sum += (a[at] as number) * (b[at] as number);
  return sum;
}
