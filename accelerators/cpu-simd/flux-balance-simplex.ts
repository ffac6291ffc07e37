import { BioXenError } from "../../src/contract/index.ts";
import type { FluxProblem } from "../../src/workloads/flux-balance/problem.ts";
import type { FluxClaim } from "../../src/workloads/flux-balance/verdict.ts";
import type { HighsBasis } from "./flux-balance-highs.ts";
import type { LinearSolver } from "./flux-balance-solver.ts";
import { instantiate } from "./wasm.ts";

interface Simplex {
  open(rows: number, columns: number, entries: number): void;
  startsAt(): number;
  indicesAt(): number;
  valuesAt(): number;
  scale(): void;
  rowScalesAt(): number;
  columnScalesAt(): number;
  lowerAt(): number;
  upperAt(): number;
  costsAt(): number;
  statesAt(): number;
  fluxesAt(): number;
  reducedCostsAt(): number;
  rayAt(): number;
  steps(): number;
  allow(steps: number): void;
  load(): void;
  keep(): void;
  reset(): void;
  solve(movedCosts: boolean): number;
  layRay(): void;
}

const ends = ["optimal", "infeasible", "unbounded", "failed"] as const;

// How the assembly and HiGHS number the places of a column: at its lower bound -1 and 0, basic 0 and 1, at its upper -2 and 2,
// free at 0 -3 and 3.
const stateByHighs = Int32Array.of(-1, 0, -2, -3);
const highsByMinusState = Int32Array.of(1, 0, 2, 3);

export interface SimplexSolver extends LinearSolver {
  /** The basis that each item starts from; null where the problem as it stands was too hard. */
  readonly base: HighsBasis | null;
  /** Exchanges and bound flips so far. */
  readonly steps: () => number;
}

/**
 * Loads a problem without integer columns into a bounded-variable simplex of our own (WebAssembly, one thread) and solves it
 * from a basis that is known, or anew. Items start from the basis that this ends in, factorised once: by dual steps where
 * bounds move, by primal steps where the objective does. Answers hold to 1e-9 in the scaled problem; a
 * problem too hard for that ends in `failed`.
 *
 * @param mostSteps Steps after which a round of the method gives up: a caller who cannot be interrupted has little
 *   patience. 0, the default, for as many as hard problems may take.
 * @throws BioXenError `OUT_OF_MEMORY` where the problem does not fit a WebAssembly memory.
 */
export function openSimplex(problem: FluxProblem, known: HighsBasis | null, mostSteps = 0): SimplexSolver {
  const { rows, columns, starts, indices, values } = problem;
  const total = rows + columns;
  const entries = starts[columns] ?? 0;
  const { memory, exports } = instantiate<Simplex>("flux-balance-simplex");
  try {
    exports.open(rows, columns, entries);
    exports.allow(mostSteps);
  } catch (cause) {
    throw new BioXenError("OUT_OF_MEMORY", `no memory for a simplex over ${entries} entries`, { cause });
  }
  const floats = (at: number, length: number): Float64Array => new Float64Array(memory.buffer, at, length);
  const integers = (at: number, length: number): Int32Array => new Int32Array(memory.buffer, at, length);
  integers(exports.startsAt(), columns + 1).set(starts);
  integers(exports.indicesAt(), entries).set(indices.subarray(0, entries));
  floats(exports.valuesAt(), entries).set(values.subarray(0, entries));
  exports.scale();
  const rowScales = floats(exports.rowScalesAt(), rows).slice();
  const columnScales = floats(exports.columnScalesAt(), columns).slice();

  let lowerBounds = floats(exports.lowerAt(), total);
  let upperBounds = floats(exports.upperAt(), total);
  const setBounds = (column: number, lower: number, upper: number): void => {
    // a view of a memory that has grown since is one of nothing
    if (lowerBounds.length === 0) {
      lowerBounds = floats(exports.lowerAt(), total);
      upperBounds = floats(exports.upperAt(), total);
    }
    const scale = columnScales[column] as number;
    lowerBounds[column] = lower / scale;
    upperBounds[column] = upper / scale;
  };
  for (let column = 0; column < columns; column++)
    setBounds(column, problem.lower[column] ?? 0, problem.upper[column] ?? 0);
  for (let row = 0; row < rows; row++) {
    const scale = rowScales[row] ?? 1;
    floats(exports.lowerAt(), total)[columns + row] = (problem.rowLower[row] ?? 0) * scale;
    floats(exports.upperAt(), total)[columns + row] = (problem.rowUpper[row] ?? 0) * scale;
  }

  // costs are scaled to about 1 at most, so that one tolerance fits every objective
  let costScale = 1;
  let costColumns: ArrayLike<number> = [];
  const setCosts = (list: ArrayLike<number>, costs: ArrayLike<number>, sense: 1 | -1): void => {
    const into = floats(exports.costsAt(), total);
    for (let at = 0; at < costColumns.length; at++) into[costColumns[at] ?? 0] = 0;
    let most = 0;
    for (let at = 0; at < list.length; at++)
      most = Math.max(most, Math.abs((costs[at] ?? 0) * (columnScales[list[at] ?? 0] ?? 1)));
    costScale = most > 0 ? 2 ** Math.round(Math.log2(most)) : 1;
    for (let at = 0; at < list.length; at++) {
      const column = list[at] ?? 0;
      into[column] = ((-sense * (costs[at] ?? 0)) / costScale) * (columnScales[column] ?? 1);
    }
    costColumns = list;
  };
  const ownColumns = [...problem.objective.keys()].filter((column) => problem.objective[column] !== 0);
  const ownCosts = ownColumns.map((column) => problem.objective[column] ?? 0);
  const ownSense = problem.sense === "maximum" ? 1 : -1;

  const start = (basis: HighsBasis | null): (typeof ends)[number] | undefined => {
    const states = integers(exports.statesAt(), total);
    for (let column = 0; column < total; column++) states[column] = startOf(problem, basis, column);
    exports.load();
    return ends[exports.solve(true)];
  };
  setCosts(ownColumns, ownCosts, ownSense);
  let base = known;
  if (base === null) {
    // without the bounds that stand for none, columns that may run both ways start from 0 and not from one end
    const farthest = farthestBound(problem) || Number.NaN;
    const open = (bound: number): number =>
      Math.abs(bound) === farthest ? Math.sign(bound) * Number.POSITIVE_INFINITY : bound;
    for (let column = 0; column < columns; column++)
      setBounds(column, open(problem.lower[column] ?? 0), open(problem.upper[column] ?? 0));
    start(null);
    base = basisOf(integers(exports.statesAt(), total), columns);
    for (let column = 0; column < columns; column++)
      setBounds(column, problem.lower[column] ?? 0, problem.upper[column] ?? 0);
    if (start(base) === "failed") base = null;
    else base = basisOf(integers(exports.statesAt(), total), columns);
  }
  // from the basis alone, so that every thread has the same factors, whether it found the basis or was told
  start(base);
  exports.keep();

  // plain loops: the first items of a thread run uncompiled
  const fluxes = (): Float64Array => {
    const found = floats(exports.fluxesAt(), columns).slice();
    for (let at = 0; at < columns; at++) found[at] = (found[at] ?? 0) * (columnScales[at] ?? 1);
    return found;
  };
  const multipliers = (at: number, factor: number): Float64Array => {
    const found = floats(at, rows).slice();
    for (let row = 0; row < rows; row++) found[row] = (found[row] ?? 0) * factor * (rowScales[row] ?? 1);
    return found;
  };
  const claim = (end: (typeof ends)[number] | undefined, sense: 1 | -1, way: number): FluxClaim => {
    switch (end) {
      case "optimal": {
        const y = multipliers(exports.reducedCostsAt() + 8 * columns, -sense * costScale);
        return { status: "optimal", x: fluxes(), y: way === 0 ? y : withoutNoise(y) };
      }
      case "infeasible":
        return { status: "infeasible", ray: multipliers(exports.rayAt(), 1) };
      case "unbounded": {
        const x = fluxes();
        exports.layRay();
        return { status: "unbounded", x, ray: fluxes() };
      }
      default:
        return { status: "failed" };
    }
  };

  let ownObjective = true;
  return {
    base,
    ways: 2,
    steps: () => exports.steps(),
    solve: (item, way) => {
      exports.reset();
      const { columns: changed, objective, sense } = item;
      for (let at = 0; at < changed.length; at++) setBounds(changed[at] ?? 0, item.lower[at] ?? 0, item.upper[at] ?? 0);
      const own = objective === null && sense === ownSense;
      if (!(own && ownObjective)) setCosts(objective?.columns ?? ownColumns, objective?.values ?? ownCosts, sense);
      ownObjective = own;
      const end = ends[exports.solve(!own)];
      for (let at = 0; at < changed.length; at++) {
        const column = changed[at] ?? 0;
        setBounds(column, problem.lower[column] ?? 0, problem.upper[column] ?? 0);
      }
      return claim(end, sense, way);
    },
    dispose: () => {},
  };
}

/** Multipliers below this share of the largest are what rounding left of 0. */
const noise = 1e-11;

/**
 * Multipliers with 0 where they ought to be: one of 1e-13 prices a flux that may run to 1e6 at 1e-7, and the proof is lost.
 * A claim is checked with the multipliers that it comes with, so that leaving some out cannot make it pass wrongly.
 */
function withoutNoise(multipliers: Float64Array): Float64Array {
  let most = 0;
  for (const value of multipliers) most = Math.max(most, Math.abs(value));
  return multipliers.map((value) => (Math.abs(value) < noise * most ? 0 : value));
}

/** The largest finite bound of a column; 0 where there is none. */
function farthestBound({ lower, upper }: FluxProblem): number {
  let most = 0;
  for (const bounds of [lower, upper])
    for (const bound of bounds) if (Number.isFinite(bound)) most = Math.max(most, Math.abs(bound));
  return most;
}

function startOf(problem: FluxProblem, known: HighsBasis | null, column: number): number {
  const { columns, lower, upper } = problem;
  if (known !== null) {
    const status = column < columns ? known.colStatus[column] : known.rowStatus[column - columns];
    return stateByHighs[status ?? 0] ?? -1;
  }
  if (column >= columns) return 0;
  return Math.abs(upper[column] ?? 0) < Math.abs(lower[column] ?? 0) ? -2 : -1;
}

function basisOf(states: Int32Array, columns: number): HighsBasis {
  const statuses = new Int32Array(states.length);
  for (let at = 0; at < states.length; at++) statuses[at] = highsByMinusState[-Math.min(states[at] ?? 0, 0)] ?? 0;
  return { colStatus: statuses.slice(0, columns), rowStatus: statuses.slice(columns) };
}
