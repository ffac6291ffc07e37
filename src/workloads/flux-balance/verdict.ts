import {
  certificateTolerance,
  infeasibleResidual,
  optimalResidual,
  primalResidual,
  reducedCosts,
  unboundedResidual,
} from "./certificate.ts";
import { type FluxItem, objectiveOf } from "./item.ts";
import { type FluxBalanceOutput, type FluxProblem, fluxStatus } from "./problem.ts";

/** What a solver claims of one item, with what it takes to prove it. */
export type FluxClaim =
  /** y: shadow price of each row; null for a problem with integer columns, which has none. */
  | { readonly status: "optimal"; readonly x: Float64Array; readonly y: Float64Array | null }
  /** ray: row multipliers of Farkas' lemma, in either sign; null where there is none. */
  | { readonly status: "infeasible"; readonly ray: Float64Array | null }
  /** From the feasible x on, the ray improves the objective for ever. */
  | { readonly status: "unbounded"; readonly x: Float64Array; readonly ray: Float64Array }
  | { readonly status: "failed" };

/**
 * The residual of a claim, or null where it is not proved. NaN where no proof can be asked for: nothing but a search
 * shows that integrality alone leaves nothing feasible.
 */
export function residualOf(problem: FluxProblem, item: FluxItem, claim: FluxClaim): number | null {
  const residual = measure(problem, item, claim);
  if (residual <= certificateTolerance) return residual;
  return claim.status === "infeasible" && problem.integer !== null ? Number.NaN : null;
}

function measure(problem: FluxProblem, item: FluxItem, claim: FluxClaim): number {
  switch (claim.status) {
    case "optimal":
      if (problem.integer !== null) return primalResidual(problem, item, claim.x);
      return claim.y === null ? Number.NaN : optimalResidual(problem, item, claim.x, claim.y);
    case "infeasible":
      return claim.ray === null ? Number.NaN : infeasibleResidual(problem, item, claim.ray);
    case "unbounded":
      return unboundedResidual(problem, item, claim.x, claim.ray);
    case "failed":
      return Number.NaN;
  }
}

/** Writes a claim that is proved, with its residual, into a batch's answer. */
export function recordClaim(
  output: FluxBalanceOutput,
  at: number,
  problem: FluxProblem,
  item: FluxItem,
  claim: FluxClaim,
  residual: number,
): void {
  output.statuses[at] = fluxStatus[claim.status];
  output.residuals[at] = residual;
  if (claim.status !== "optimal") return;
  output.objectives[at] = objectiveOf(item.objective, claim.x);
  output.fluxes?.set(claim.x, at * problem.columns);
  if (claim.y === null) return;
  output.shadowPrices?.set(claim.y, at * problem.rows);
  output.reducedCosts?.set(reducedCosts(problem, item, claim.y), at * problem.columns);
}
