// From samples of a space to fluxes of the whole problem, and what is to be said of them.
import type { Dispatcher, DispatchOptions } from "../contract/index.ts";
import { type FluxProblem, type SparseMatrix, sparseMultiply } from "../workloads/index.ts";
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

/** Fluxes of the original problem, `count` x columns. */
export async function fluxesOf(
  points: Float64Array,
  count: number,
  space: FluxSpace,
  rounding: Rounding | null,
  reduction: Reduction,
  dispatcher: Dispatcher,
  dispatch: DispatchOptions = {},
): Promise<Float64Array> {
  const { dimension, offset, basis } = space;
  const { columns } = reduction.original;
  const width = offset.length;
  const constants = offset.slice();
  const fluxes = new Float64Array(count * columns);
  if (rounding === null)
    for (let first = 0; first < fluxes.length; first += columns) spread(constants, reduction, fluxes, first);
  else {
    const shift = multiply(basis, rounding.centre, width, dimension, 1);
    for (let column = 0; column < width; column++)
      constants[column] = (constants[column] as number) + (shift[column] as number);
    const matrix = byColumns(multiply(basis, rounding.axes, width, dimension, dimension), width, dimension);
    for (let first = 0; first < count; first += together) {
      const many = Math.min(together, count - first);
      const vectors = points.slice(first * dimension, (first + many) * dimension);
      const { output } = await dispatcher.run(sparseMultiply, { matrix, count: many, vectors }, dispatch);
      for (let sample = 0; sample < many; sample++) {
        const reduced = output.subarray(sample * width, (sample + 1) * width);
        for (let column = 0; column < width; column++)
          reduced[column] = (reduced[column] as number) + (constants[column] as number);
        spread(reduced, reduction, fluxes, (first + sample) * columns);
      }
    }
  }
  return fluxes;
}

/** A dense matrix, row-major, as a sparse one without its zeros. */
function byColumns(dense: Float64Array, rows: number, columns: number): SparseMatrix {
  const starts = new Int32Array(columns + 1);
  const indices: number[] = [];
  const values: number[] = [];
  for (let column = 0; column < columns; column++) {
    for (let row = 0; row < rows; row++) {
      const value = dense[row * columns + column] as number;
      if (value === 0) continue;
      indices.push(row);
      values.push(value);
    }
    starts[column + 1] = indices.length;
  }
  return { rows, columns, starts, indices: Int32Array.from(indices), values: Float64Array.from(values) };
}

// Plain loops, one a function: what a first sampling runs uncompiled is then compiled while it runs.

/** Writes one sample's fluxes, of which `reduced` are those of the reduced problem. */
function spread(reduced: Float64Array, { column, ratio }: Reduction, fluxes: Float64Array, first: number): void {
  for (let to = 0; to < column.length; to++) {
    const from = column[to] as number;
    if (from !== -1) fluxes[first + to] = (ratio[to] as number) * (reduced[from] as number);
  }
}

/**
 * What each column does over the samples, found when it is first asked for: on a small model it takes as long as the
 * samples, and many have no use for it.
 */
export function lazyStatistics(fluxes: Float64Array, chains: number, reduction: Reduction): () => ColumnStatistics {
  let found: ColumnStatistics | null = null;
  return () => {
    found ??= statisticsOf(fluxes, chains, reduction);
    return found;
  };
}

/** Columns of the original problem that are one in the reduced problem share what is said of their mixing. */
function statisticsOf(fluxes: Float64Array, chains: number, reduction: Reduction): ColumnStatistics {
  const { columns } = reduction.original;
  const count = fluxes.length / columns;
  const statistics: ColumnStatistics = {
    mean: new Float64Array(columns),
    deviation: new Float64Array(columns),
    effectiveSize: new Float64Array(columns).fill(Number.NaN),
    rHat: new Float64Array(columns).fill(Number.NaN),
  };
  const draws = new Float64Array(count);
  for (let reduced = 0; reduced + 1 < reduction.starts.length; reduced++) {
    const members = reduction.members.subarray(reduction.starts[reduced], reduction.starts[reduced + 1]);
    const [lead] = members;
    if (lead === undefined) continue;
    for (let sample = 0, at = lead; sample < count; sample++, at += columns) draws[sample] = fluxes[at] as number;
    const { mean, deviation } = momentsOf(draws);
    const { effectiveSize, rHat } = mixingOf(draws, chains);
    for (const column of members) {
      const ratio = (reduction.ratio[column] as number) / (reduction.ratio[lead] as number);
      statistics.mean[column] = ratio * mean;
      statistics.deviation[column] = Math.abs(ratio) * deviation;
      statistics.effectiveSize[column] = effectiveSize;
      statistics.rHat[column] = rHat;
    }
  }
  return statistics;
}

function momentsOf(draws: Float64Array): { readonly mean: number; readonly deviation: number } {
  const { length } = draws;
  let mean = 0;
  for (let at = 0; at < length; at++) mean += (draws[at] as number) / length;
  let square = 0;
  for (let at = 0; at < length; at++) square += ((draws[at] as number) - mean) ** 2;
  return { mean, deviation: Math.sqrt(square / Math.max(1, length - 1)) };
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
    violation = beyondBounds(fluxes, first, lower, upper, violation);
  let residual = 0;
  const count = fluxes.length / columns;
  for (let first = 0; first < count; first += together) {
    const many = Math.min(together, count - first);
    const vectors = fluxes.slice(first * columns, (first + many) * columns);
    const { output } = await dispatcher.run(sparseMultiply, { matrix: problem, count: many, vectors }, dispatch);
    for (let sample = 0; sample < output.length; sample += rows)
      residual = beyondBounds(output, sample, rowLower, rowUpper, residual);
  }
  return { residual, violation };
}

/** How far values from a place on are beyond their bounds at most, or `most` where that is more. */
function beyondBounds(
  values: Float64Array,
  first: number,
  lower: Float64Array,
  upper: Float64Array,
  most: number,
): number {
  let worst = most;
  for (let at = 0; at < lower.length; at++) {
    const value = values[first + at] as number;
    const below = (lower[at] as number) - value;
    const above = value - (upper[at] as number);
    if (below > worst) worst = below;
    if (above > worst) worst = above;
  }
  return worst;
}
