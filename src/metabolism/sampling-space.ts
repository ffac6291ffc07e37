// The affine hull of a problem's fluxes: coordinates of their own for what balances and fixed fluxes leave free.
import type { FluxProblem } from "../workloads/index.ts";
import type { FluxRangesFound, FormRange } from "./sampling-ranges.ts";

/** A range narrower than this, relative to the larger of 1 and its ends, is one value: solvers tell ends apart to about 1e-9. */
const fixedWidth = 1e-7;
/** A bound is one that fluxes reach where the range comes this near. */
const reached = 1e-6;
/** Entries below this are rounding, in units of the ranges and of the largest entry of a row. */
const zero = 1e-12;
/** What is left of two numbers that cancel is 0 below this part of them. */
const cancelled = 1e-13;

/** Fluxes = `offset` + `basis` y, by columns of the problem. y is 0 at the mean of the corners, and of about unit size. */
export interface FluxSpace {
  readonly dimension: number;
  readonly offset: Float64Array;
  /** columns x dimension, row-major. */
  readonly basis: Float64Array;
  /** The columns whose fluxes are y, but for shift and scale, and the widths of their ranges: the scale. */
  readonly free: Int32Array;
  readonly scale: Float64Array;
  /** Constraints that fluxes reach, on y: rows x dimension, row-major, with their bounds. */
  readonly rows: number;
  readonly matrix: Float64Array;
  readonly lower: Float64Array;
  readonly upper: Float64Array;
}

function isFixed({ least, most }: FormRange): boolean {
  return most - least <= fixedWidth * Math.max(1, Math.abs(least), Math.abs(most));
}

/**
 * Removes fixed columns, then the balances and the rows that turned out to hold as equations, by Gauss-Jordan
 * elimination with complete pivoting: dense, but rows without an entry in the pivot's column cost nothing. Each flux is
 * in units of its range, of which a genome-scale model's span nine orders of magnitude: narrow ones stay
 * coordinates, and no wide flux is told by a difference of narrow ones.
 */
export function fluxSpace(problem: FluxProblem, { columns, rows, corners }: FluxRangesFound): FluxSpace {
  const varying = [...columns.keys()].filter((column) => !isFixed(columns[column] as FormRange));
  const width = varying.length;
  const scales = Float64Array.from(varying, (column) => widthOf(columns[column] as FormRange));
  const offset = Float64Array.from(columns, (range) => (range.least + range.most) / 2);
  for (const column of varying) {
    offset[column] = 0;
    for (const corner of corners)
      offset[column] = (offset[column] as number) + (corner[column] as number) / corners.length;
  }
  const { entries, rightSides } = equations(problem, rows, offset, varying, scales);
  const pivots = eliminate(entries, rightSides, width);

  const isPivot = new Uint8Array(width);
  for (const { column } of pivots) isPivot[column] = 1;
  const places = [...varying.keys()].filter((place) => isPivot[place] === 0);
  const dimension = places.length;
  const basis = new Float64Array(problem.columns * dimension);
  for (const [at, place] of places.entries())
    basis[(varying[place] as number) * dimension + at] = scales[place] as number;
  for (const { row, column } of pivots) {
    const flux = varying[column] as number;
    const scale = scales[column] as number;
    offset[flux] = (offset[flux] as number) + scale * (rightSides[row] as number);
    for (const [at, place] of places.entries())
      basis[flux * dimension + at] = -scale * (entries[row * width + place] as number);
  }
  return {
    dimension,
    offset,
    basis,
    free: Int32Array.from(places, (place) => varying[place] as number),
    scale: Float64Array.from(places, (place) => scales[place] as number),
    ...constraints(problem, columns, rows, { dimension, offset, basis }),
  };
}

/** y of fluxes that keep to the balances. */
export function coordinatesOf({ offset, free, scale }: FluxSpace, fluxes: Float64Array): Float64Array {
  const y = new Float64Array(free.length);
  for (let at = 0; at < y.length; at++) {
    const column = free[at] as number;
    y[at] = ((fluxes[column] as number) - (offset[column] as number)) / (scale[at] as number);
  }
  return y;
}

function widthOf({ least, most }: FormRange): number {
  return most - least;
}

/**
 * Balances over the varying columns in units of their ranges, dense by rows, each divided by its largest entry; the
 * right sides are what is missing at the offset.
 */
function equations(
  problem: FluxProblem,
  rows: readonly (FormRange | null)[],
  offset: Float64Array,
  varying: readonly number[],
  scales: Float64Array,
): { readonly entries: Float64Array; readonly rightSides: Float64Array } {
  const width = varying.length;
  const placeOf = new Int32Array(problem.columns).fill(-1);
  for (const [place, column] of varying.entries()) placeOf[column] = place;
  const equationOf = new Int32Array(problem.rows).fill(-1);
  const sides: number[] = [];
  for (const [row, range] of rows.entries()) {
    if (range !== null && !isFixed(range)) continue;
    const side = range === null ? (problem.rowLower[row] as number) : (range.least + range.most) / 2;
    equationOf[row] = sides.push(side) - 1;
  }
  const rightSides = Float64Array.from(sides);
  const entries = new Float64Array(sides.length * width);
  for (let column = 0; column < problem.columns; column++) {
    const place = placeOf[column] as number;
    for (let at = problem.starts[column] as number; at < (problem.starts[column + 1] as number); at++) {
      const equation = equationOf[problem.indices[at] as number] as number;
      if (equation < 0) continue;
      const value = problem.values[at] as number;
      if (place >= 0) entries[equation * width + place] = value * (scales[place] as number);
      rightSides[equation] = (rightSides[equation] as number) - value * (offset[column] as number);
    }
  }
  for (let row = 0; row < rightSides.length; row++) {
    let largest = 0;
    for (let at = row * width; at < (row + 1) * width; at++)
      largest = Math.max(largest, Math.abs(entries[at] as number));
    if (largest === 0) continue;
    for (let at = row * width; at < (row + 1) * width; at++) entries[at] = (entries[at] as number) / largest;
    rightSides[row] = (rightSides[row] as number) / largest;
  }
  return { entries, rightSides };
}

interface Pivot {
  readonly row: number;
  readonly column: number;
}

/** Brings the equations to the form x_pivot + sum of free ones = right side, in place. */
function eliminate(entries: Float64Array, rightSides: Float64Array, width: number): readonly Pivot[] {
  const count = rightSides.length;
  const pivots: Pivot[] = [];
  const used = new Uint8Array(count);
  // of each row that is not used yet, its largest entry: found anew only where the row changed
  const best = new Int32Array(count);
  const find = (row: number): void => {
    let place = row * width;
    for (let at = row * width; at < (row + 1) * width; at++)
      if (Math.abs(entries[at] as number) > Math.abs(entries[place] as number)) place = at;
    best[row] = place;
  };
  if (width > 0) for (let row = 0; row < count; row++) find(row);
  for (let step = 0; step < Math.min(count, width); step++) {
    let row = -1;
    let largest = zero;
    for (let other = 0; other < count; other++) {
      if (used[other] === 1) continue;
      const size = Math.abs(entries[best[other] as number] as number);
      if (size > largest) {
        largest = size;
        row = other;
      }
    }
    if (row < 0) break;
    used[row] = 1;
    const column = (best[row] as number) - row * width;
    pivots.push({ row, column });
    const pivot = entries[row * width + column] as number;
    const filled: number[] = [];
    for (let at = 0; at < width; at++) {
      const entry = (entries[row * width + at] as number) / pivot;
      entries[row * width + at] = entry;
      if (entry !== 0) filled.push(at);
    }
    rightSides[row] = (rightSides[row] as number) / pivot;
    for (let other = 0; other < count; other++) {
      const factor = entries[other * width + column] as number;
      if (other === row || factor === 0) continue;
      for (const at of filled) {
        const before = entries[other * width + at] as number;
        const taken = factor * (entries[row * width + at] as number);
        const left = before - taken;
        entries[other * width + at] = Math.abs(left) < cancelled * Math.abs(taken) ? 0 : left;
      }
      entries[other * width + column] = 0;
      rightSides[other] = (rightSides[other] as number) - factor * (rightSides[row] as number);
      if (used[other] === 0) find(other);
    }
  }
  return pivots;
}

/** Bounds of fluxes and rows that are reached, as constraints on y; what is never reached constrains nothing. */
function constraints(
  problem: FluxProblem,
  columns: readonly FormRange[],
  rows: readonly (FormRange | null)[],
  { dimension, offset, basis }: Pick<FluxSpace, "dimension" | "offset" | "basis">,
): Pick<FluxSpace, "rows" | "matrix" | "lower" | "upper"> {
  const matrix: Float64Array[] = [];
  const lower: number[] = [];
  const upper: number[] = [];
  const add = (range: FormRange, low: number, high: number, constant: number, coefficients: Float64Array): void => {
    const near = (end: number, bound: number): boolean =>
      Math.abs(end - bound) <= reached * Math.max(1, Math.abs(bound)) && Number.isFinite(bound);
    const from = near(range.least, low) ? low - constant : Number.NEGATIVE_INFINITY;
    const to = near(range.most, high) ? high - constant : Number.POSITIVE_INFINITY;
    if (from === Number.NEGATIVE_INFINITY && to === Number.POSITIVE_INFINITY) return;
    const width = widthOf(range);
    matrix.push(coefficients.map((coefficient) => coefficient / width));
    lower.push(from / width);
    upper.push(to / width);
  };
  for (const [column, range] of columns.entries())
    if (!isFixed(range))
      add(
        range,
        problem.lower[column] as number,
        problem.upper[column] as number,
        offset[column] as number,
        basis.subarray(column * dimension, (column + 1) * dimension),
      );
  const open = [...rows.keys()].filter((row) => rows[row] !== null && !isFixed(rows[row] as FormRange));
  const sums = new Map(open.map((row) => [row, { constant: 0, coefficients: new Float64Array(dimension) }]));
  if (open.length > 0)
    for (let column = 0; column < problem.columns; column++)
      for (let at = problem.starts[column] as number; at < (problem.starts[column + 1] as number); at++) {
        const sum = sums.get(problem.indices[at] as number);
        if (sum === undefined) continue;
        const value = problem.values[at] as number;
        sum.constant += value * (offset[column] as number);
        for (let free = 0; free < dimension; free++)
          sum.coefficients[free] =
            (sum.coefficients[free] as number) + value * (basis[column * dimension + free] as number);
      }
  for (const [row, { constant, coefficients }] of sums)
    add(
      rows[row] as FormRange,
      problem.rowLower[row] as number,
      problem.rowUpper[row] as number,
      constant,
      coefficients,
    );
  const joined = new Float64Array(matrix.length * dimension);
  for (let row = 0; row < matrix.length; row++) joined.set(matrix[row] ?? [], row * dimension);
  return {
    rows: matrix.length,
    matrix: joined,
    lower: Float64Array.from(lower),
    upper: Float64Array.from(upper),
  };
}
