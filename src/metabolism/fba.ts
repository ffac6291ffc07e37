import type { Dispatcher } from "../contract/index.ts";
import type { MetabolicModel } from "../formats/index.ts";
import { type FluxSetup, problemOf } from "./problem-of.ts";
import { reduceProblem } from "./reduction.ts";
import { restoreOptimum } from "./restore-duals.ts";
import { type AlgorithmOptions, type FluxStatus, solverOf, statusOf } from "./solver.ts";

export interface FbaResult {
  readonly status: FluxStatus;
  /** null unless optimal. */
  readonly objective: number | null;
  /** By reaction in the model's order, mmol/gDW/h; null unless optimal. One optimum of perhaps many. */
  readonly fluxes: Float64Array | null;
  /** By metabolite: change of the objective by unit of its balance; null unless optimal. */
  readonly shadowPrices: Float64Array | null;
  /** By reaction: change of the objective by unit of its bound; null unless optimal. */
  readonly reducedCosts: Float64Array | null;
  readonly solves: number;
}

/**
 * Flux balance analysis: the largest (or smallest) value of the objective over all steady states within the bounds.
 * The objective agrees with other solvers to 1e-9 relative; fluxes and prices may be others of the same optimum.
 * Source: Orth, Thiele and Palsson 2010, doi:10.1038/nbt.1614.
 * @throws BioXenError `INPUT_INVALID` as `problemOf`; what the dispatcher throws
 */
export async function fba(
  model: MetabolicModel,
  dispatcher: Dispatcher,
  options: FluxSetup & AlgorithmOptions = {},
): Promise<FbaResult> {
  const reduction = reduceProblem(problemOf(model, options), { validFor: "knock-outs" });
  const none = { objective: null, fluxes: null, shadowPrices: null, reducedCosts: null };
  if (!reduction.possible) return { status: "infeasible", ...none, solves: 0 };
  const solver = solverOf(dispatcher, options.dispatch);
  const output = await solver.solve(reduction.problem, [{}], "duals");
  options.onProgress?.(1, 1);
  const status = statusOf(output, 0);
  const { fluxes, shadowPrices } = output;
  if (status !== "optimal" || fluxes === null || shadowPrices === null)
    return { status, ...none, solves: solver.solves };
  const objective = output.objectives[0] as number;
  return { status, objective, ...restoreOptimum(reduction, { fluxes, shadowPrices }), solves: solver.solves };
}
