import type { FluxClaim } from "../../src/workloads/flux-balance/verdict.ts";

/** What one item changes of the problem that a solver was opened on. */
export interface ItemChanges {
  /** Columns whose bounds differ from the problem's, none twice; `lower` and `upper` are as long. */
  readonly columns: Int32Array;
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  /** These coefficients and 0 elsewhere; null for the problem's own objective. */
  readonly objective: { readonly columns: Int32Array; readonly values: Float64Array } | null;
  /** 1 maximum, -1 minimum. */
  readonly sense: 1 | -1;
}

/**
 * Solves items of one problem, one after the other, each as if it were the first: the answer to an item does not depend
 * on those before it. What it claims is checked by the kernel, which then tries the next way or the next solver.
 */
export interface LinearSolver {
  /** Ways to solve an item: 0 is the usual one, each further one slower and surer. */
  readonly ways: number;
  /** `failed` where this way does not lead to an answer; never throws for a hard problem. */
  readonly solve: (item: ItemChanges, way: number) => FluxClaim;
  readonly dispose: () => void;
}
