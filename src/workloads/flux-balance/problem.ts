/**
 * A linear problem, optionally with integer columns: the part that a batch shares. Immutable: devices keep what they
 * prepared of it (a factorised basis, a solver's copy) in a `WeakMap` keyed by this object.
 */
export interface FluxProblem {
  /** Mass balances, and whatever other constraints an algorithm adds. */
  readonly rows: number;
  /** Fluxes, and whatever other variables an algorithm adds. */
  readonly columns: number;
  /** Column `j` holds entries `starts[j]` to `starts[j + 1]` (exclusive) of `indices` and `values`; `columns + 1` long. */
  readonly starts: Int32Array;
  /** Row of each entry, no row twice in a column. */
  readonly indices: Int32Array;
  /** Finite, none of them 0. */
  readonly values: Float64Array;
  /** Bounds of each row's sum; -Infinity and Infinity for none, both 0 for a mass balance. */
  readonly rowLower: Float64Array;
  readonly rowUpper: Float64Array;
  /** Bounds of each column; -Infinity and Infinity for none. */
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  readonly objective: Float64Array;
  readonly sense: "maximum" | "minimum";
  /** 1 where a column must be integer; null for a linear problem. */
  readonly integer: Uint8Array | null;
}

/** Sparse replacements for each item of a batch: item `i` owns entries `offsets[i]` to `offsets[i + 1]` (exclusive). */
export interface BoundChanges {
  readonly offsets: Uint32Array;
  readonly columns: Int32Array;
  readonly lower: Float64Array;
  readonly upper: Float64Array;
}

/** As `BoundChanges`: an item's objective is these entries and 0 elsewhere. */
export interface Objectives {
  readonly offsets: Uint32Array;
  readonly columns: Int32Array;
  readonly values: Float64Array;
}

/** Linear problems over one matrix that differ in bounds and objective, solved each on its own. */
export interface FluxBalanceInput {
  readonly problem: FluxProblem;
  /** Items in the batch. */
  readonly count: number;
  /** null where every item has the problem's own bounds. */
  readonly bounds: BoundChanges | null;
  /** null where every item has the problem's own objective. */
  readonly objectives: Objectives | null;
  /** Sense of each item (1 maximum, -1 minimum); null for the problem's own. */
  readonly senses: Int8Array | null;
  /** What to bring back: `fluxes` and `duals` cost memory of items x columns. `duals` includes the fluxes. */
  readonly wants: "objective" | "fluxes" | "duals";
}

/** How an item ended, as stored in `FluxBalanceOutput.statuses`. A failure of the solver is never an optimum of 0. */
export const fluxStatus = { optimal: 0, infeasible: 1, unbounded: 2, failed: 3 } as const;

export interface FluxBalanceOutput {
  /** Codes of `fluxStatus`. */
  readonly statuses: Uint8Array;
  /** NaN unless optimal. */
  readonly objectives: Float64Array;
  /**
   * The certificate of each item. Optimal: the largest of primal infeasibility, dual infeasibility (both relative to
   * the size of the bounds and costs) and relative duality gap; for integer problems primal infeasibility alone.
   * Infeasible or unbounded: the violation of the Farkas or improving ray that proves it, relative to its size. NaN where
   * failed, and where integrality alone leaves nothing feasible, for which there is no such ray.
   */
  readonly residuals: Float64Array;
  /** Solves that each item took: above 1 where the first did not pass the certificate. */
  readonly attempts: Uint8Array;
  /** count x columns, row-major, NaN unless optimal; null unless asked for. An optimum may be one of many. */
  readonly fluxes: Float64Array | null;
  /** count x rows: change of the objective by unit of a row's bound; null unless asked for, NaN for integer problems. */
  readonly shadowPrices: Float64Array | null;
  /** count x columns: change of the objective by unit of a column's bound; null unless asked for, NaN for integer problems. */
  readonly reducedCosts: Float64Array | null;
}
