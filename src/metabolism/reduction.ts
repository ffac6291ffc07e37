import type { FluxProblem } from "../workloads/index.ts";
import { type ReductionStep, simplify } from "./reduction-steps.ts";

/**
 * A problem made smaller without a change to any answer, and the way back. Every feasible flux of the original is
 * `ratio[j]` times the flux of `column[j]` of one feasible flux of the reduced problem, and the other way round.
 */
export interface Reduction {
  readonly original: FluxProblem;
  readonly problem: FluxProblem;
  /** Reduced column of each original one; -1 where its flux is 0. */
  readonly column: Int32Array;
  /** Flux of an original column per flux of its reduced one. */
  readonly ratio: Float64Array;
  /** Reduced row of each original one, -1 where it went away. */
  readonly row: Int32Array;
  /** Original columns of reduced column `r`: `members[starts[r]]` to `members[starts[r + 1]]` (exclusive). */
  readonly starts: Int32Array;
  readonly members: Int32Array;
  /** Members of each reduced column whose own bounds exclude 0. */
  readonly forcing: Uint16Array;
  /** false where the bounds alone contradict each other: there is no feasible flux, and `problem` must not be solved. */
  readonly possible: boolean;
  readonly steps: readonly ReductionStep[];
}

export interface ReductionOptions {
  /**
   * "knock-outs": the reduction stays valid under any bounds within the problem's or between them and 0, so for every
   * tightening and for every knock-out, a forced flux included. "these": valid within the problem's own bounds only;
   * columns that these fix become one constant column of value 1. Neither is valid for wider bounds, as of a richer
   * medium: reduce again.
   */
  readonly validFor: "knock-outs" | "these";
}

/**
 * Makes a problem smaller by what its balances alone imply: columns that can never carry flux go, rows with two
 * columns make them one. Exact up to rounding; deterministic; linear in the entries but for dense merged columns.
 */
export function reduceProblem(original: FluxProblem, options: ReductionOptions): Reduction {
  const { rows, columns } = original;
  const hull = options.validFor === "knock-outs";
  const lower = hull ? original.lower.map((bound) => Math.min(bound, 0)) : original.lower;
  const upper = hull ? original.upper.map((bound) => Math.max(bound, 0)) : original.upper;
  const simplified = simplify(original, lower, upper, !hull);
  const { into, ratio: step, cost } = simplified;

  // the constant column, last, is there only where something became part of it
  const stays: number[] = [];
  const reducedOf = new Int32Array(columns + 1).fill(-1);
  const constantUsed = into.some((target, column) => column < columns && target === columns);
  for (let column = 0; column < columns + (constantUsed ? 1 : 0); column++)
    if (into[column] === column) reducedOf[column] = stays.push(column) - 1;

  const column = new Int32Array(columns).fill(-1);
  const ratio = new Float64Array(columns).fill(1);
  const sizes = new Int32Array(stays.length + 1);
  for (let from = 0; from < columns; from++) {
    let at = from;
    let product = 1;
    while (at !== -1 && into[at] !== at) {
      product *= step[at] as number;
      at = into[at] as number;
    }
    if (at === -1) continue;
    const reduced = reducedOf[at] as number;
    column[from] = reduced;
    ratio[from] = product;
    sizes[reduced + 1] = (sizes[reduced + 1] as number) + 1;
  }
  for (let reduced = 0; reduced < stays.length; reduced++)
    sizes[reduced + 1] = (sizes[reduced + 1] as number) + (sizes[reduced] as number);
  const members = new Int32Array(sizes[stays.length] as number);
  const forcing = new Uint16Array(stays.length);
  const next = sizes.slice();
  for (let from = 0; from < columns; from++) {
    const reduced = column[from] as number;
    if (reduced === -1) continue;
    members[next[reduced] as number] = from;
    next[reduced] = (next[reduced] as number) + 1;
    if ((original.lower[from] as number) > 0 || (original.upper[from] as number) < 0)
      forcing[reduced] = (forcing[reduced] as number) + 1;
  }

  const row = new Int32Array(rows).fill(-1);
  const keptRows: number[] = [];
  for (let at = 0; at < rows; at++) if (simplified.rowStays[at] === 1) row[at] = keptRows.push(at) - 1;
  const starts = new Int32Array(stays.length + 1);
  const indices: number[] = [];
  const values: number[] = [];
  for (const [reduced, from] of stays.entries()) {
    for (const [at, value] of simplified.columns[from] ?? []) {
      indices.push(row[at] as number);
      values.push(value);
    }
    starts[reduced + 1] = indices.length;
  }
  const pick = (of: Float64Array, at: readonly number[]): Float64Array => Float64Array.from(at, (i) => of[i] as number);
  const bounds = boundsWithin({ column, ratio, width: stays.length }, original.lower, original.upper);
  if (constantUsed) {
    // members of the constant column agreed with its value when they became part of it
    bounds.lower[stays.length - 1] = 1;
    bounds.upper[stays.length - 1] = 1;
  }
  const problem: FluxProblem = {
    rows: keptRows.length,
    columns: stays.length,
    starts,
    indices: Int32Array.from(indices),
    values: Float64Array.from(values),
    rowLower: pick(original.rowLower, keptRows),
    rowUpper: pick(original.rowUpper, keptRows),
    lower: bounds.lower,
    upper: bounds.upper,
    objective: pick(cost, stays),
    sense: original.sense,
    integer:
      original.integer === null
        ? null
        : Uint8Array.from(stays, (from) => (from < columns ? (original.integer?.[from] ?? 0) : 0)),
  };
  const possible = !simplified.contradiction && bounds.possible;
  const { steps } = simplified;
  return { original, problem, column, ratio, row, starts: sizes, members, forcing, possible, steps };
}

/** Bounds of the reduced columns that say what these of the original ones say; `possible` is false where they contradict each other. */
export function reducedBounds(
  reduction: Reduction,
  lower: Float64Array,
  upper: Float64Array,
): { readonly lower: Float64Array; readonly upper: Float64Array; readonly possible: boolean } {
  const { column, ratio, problem } = reduction;
  return boundsWithin({ column, ratio, width: problem.columns }, lower, upper);
}

/**
 * The reduced columns to hold at 0, in ascending order, for original columns held at 0: none where these carry no flux
 * anyway; null where the bounds that stay then contradict each other, so that no flux is feasible.
 */
export function reducedKnockOut(reduction: Reduction, knockedOut: readonly number[]): readonly number[] | null {
  const { column, forcing, original } = reduction;
  const held = new Map<number, number>();
  for (const from of knockedOut) {
    const reduced = column[from] as number;
    if (reduced === -1) continue;
    const forced = (original.lower[from] as number) > 0 || (original.upper[from] as number) < 0;
    held.set(reduced, (held.get(reduced) ?? 0) + Number(forced));
  }
  if (!reduction.possible) {
    // rare: only a knock-out of what contradicts makes such a model feasible
    const [lower, upper] = [original.lower.slice(), original.upper.slice()];
    for (const from of knockedOut) lower[from] = upper[from] = 0;
    if (!reducedBounds(reduction, lower, upper).possible) return null;
  }
  // a tied column with a flux of its own to keep up forbids the knock-out of its partners
  for (const [reduced, forced] of held) if (forced < (forcing[reduced] as number)) return null;
  return [...held.keys()].sort((a, b) => a - b);
}

/** Fluxes of the original problem; `at` is where those of the reduced one start. */
export function restoreFluxes(reduction: Reduction, reduced: Float64Array, at = 0): Float64Array {
  const { column, ratio } = reduction;
  const fluxes = new Float64Array(column.length);
  for (let to = 0; to < fluxes.length; to++) {
    const from = column[to] as number;
    if (from !== -1) fluxes[to] = (ratio[to] as number) * (reduced[at + from] as number);
  }
  return fluxes;
}

function boundsWithin(
  map: { readonly column: Int32Array; readonly ratio: Float64Array; readonly width: number },
  lower: Float64Array,
  upper: Float64Array,
): { readonly lower: Float64Array; readonly upper: Float64Array; readonly possible: boolean } {
  const low = new Float64Array(map.width).fill(-Infinity);
  const high = new Float64Array(map.width).fill(Infinity);
  let possible = true;
  for (let from = 0; from < map.column.length; from++) {
    const to = map.column[from] as number;
    const [l, u] = [lower[from] as number, upper[from] as number];
    if (to === -1) {
      if (l > 1e-9 || u < -1e-9) possible = false;
      continue;
    }
    const factor = map.ratio[from] as number;
    low[to] = Math.max(low[to] as number, factor > 0 ? l / factor : u / factor);
    high[to] = Math.min(high[to] as number, factor > 0 ? u / factor : l / factor);
  }
  for (let to = 0; to < map.width; to++) {
    const [l, u] = [low[to] as number, high[to] as number];
    if (l <= u) continue;
    if (l - u > 1e-9 * Math.max(1, Math.abs(l))) possible = false;
    low[to] = high[to] = (l + u) / 2;
  }
  return { lower: low, upper: high, possible };
}
