// From samples of a space to fluxes of the whole problem, and what is to be said of them.
import type { Dispatcher, DispatchOptions } from "../contract/index.ts";
import { type FluxProblem, sparseMultiply } from "../workloads/index.ts";
import { multiply } from "./dense-matrix.ts";
import type { Reduction } from "./reduction.ts";
import { mixingOf } from "./sampling-diagnostics.ts";
import type { Rounding } from "./sampling-rounding.ts";
import type { FluxSpace } from "./sampling-space.ts";

export interface ColumnStatistics {
  /** By column. */
  readonly mean: Float64Array;
  readonly deviation: Float64Array;
  /** By column: see `Mixing`. NaN where the flux is fixed. */
  readonly effectiveSize: Float64Array;
  readonly rHat: Float64Array;
}

/** Products of so many samples at once. */
const together = 512;

/** Fluxes of the original problem, `count` x columns, and what each of its columns does over the samples. */
export function fluxesOf(
  points: Float64Array,
  count: number,
  chains: number,
  space: FluxSpace,
  rounding: Rounding | null,
  reduction: Reduction,
): { readonly fluxes: Float64Array; readonly statistics: ColumnStatistics } {
  const { dimension, offset, basis } = space;
  const { columns } = reduction.original;
  const directions = rounding === null ? basis : multiply(basis, rounding.axes, offset.length, dimension, dimension);
  const shift = rounding === null ? offset : multiply(basis, rounding.centre, offset.length, dimension, 1);
  const fluxes = new Float64Array(count * columns);
  const statistics: ColumnStatistics = {
    mean: new Float64Array(columns),
    deviation: new Float64Array(columns),
    effectiveSize: new Float64Array(columns).fill(Number.NaN),
    rHat: new Float64Array(columns).fill(Number.NaN),
  };
  const draws = new Float64Array(count);
  for (let reduced = 0; reduced < offset.length; reduced++) {
    const constant = (offset[reduced] as number) + (rounding === null ? 0 : (shift[reduced] as number));
    draws.fill(constant);
    const from = reduced * dimension;
    for (let sample = 0; sample < count; sample++) {
      let sum = constant;
      for (let at = 0; at < dimension; at++)
        sum += (directions[from + at] as number) * (points[sample * dimension + at] as number);
      draws[sample] = sum;
    }
    let mean = 0;
    for (const draw of draws) mean += draw / count;
    let square = 0;
    for (const draw of draws) square += (draw - mean) ** 2;
    const deviation = Math.sqrt(square / Math.max(1, count - 1));
    const mixing = mixingOf(draws, chains);
    const first = reduction.starts[reduced] as number;
    for (const column of reduction.members.subarray(first, reduction.starts[reduced + 1] as number)) {
      const ratio = reduction.ratio[column] as number;
      statistics.mean[column] = ratio * mean;
      statistics.deviation[column] = Math.abs(ratio) * deviation;
      statistics.effectiveSize[column] = mixing.effectiveSize;
      statistics.rHat[column] = mixing.rHat;
      for (let sample = 0; sample < count; sample++)
        fluxes[sample * columns + column] = ratio * (draws[sample] as number);
    }
  }
  return { fluxes, statistics };
}

/** How far any sample is beyond a balance or another row, and beyond a bound. */
export async function violationsOf(
  problem: FluxProblem,
  fluxes: Float64Array,
  dispatcher: Dispatcher,
  dispatch: DispatchOptions = {},
): Promise<{ readonly residual: number; readonly violation: number }> {
  const { rows, columns, rowLower, rowUpper, lower, upper } = problem;
  let violation = 0;
  for (let first = 0; first < fluxes.length; first += columns)
    for (let column = 0; column < columns; column++) {
      const flux = fluxes[first + column] as number;
      violation = Math.max(violation, (lower[column] as number) - flux, flux - (upper[column] as number));
    }
  let residual = 0;
  const count = fluxes.length / columns;
  for (let first = 0; first < count; first += together) {
    const many = Math.min(together, count - first);
    const vectors = fluxes.slice(first * columns, (first + many) * columns);
    const { output } = await dispatcher.run(sparseMultiply, { matrix: problem, count: many, vectors }, dispatch);
    for (let sample = 0; sample < output.length; sample += rows)
      for (let row = 0; row < rows; row++) {
        const sum = output[sample + row] as number;
        residual = Math.max(residual, (rowLower[row] as number) - sum, sum - (rowUpper[row] as number));
      }
  }
  return { residual, violation };
}
