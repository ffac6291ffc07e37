import { branchAndBound } from "./branch-and-bound.ts";
import { fluxItem } from "./item.ts";
import { emptyOutput } from "./output.ts";
import type { FluxBalanceInput, FluxBalanceOutput } from "./problem.ts";
import { simplex } from "./simplex.ts";
import { recordClaim, residualOf } from "./verdict.ts";

/** Solves each item on its own from nothing, and proves what it found. */
export function solveFluxBalance(input: FluxBalanceInput): FluxBalanceOutput {
  const { problem, count } = input;
  const output = emptyOutput(input);
  for (let at = 0; at < count; at++) {
    const item = fluxItem(input, at);
    const claim = problem.integer === null ? simplex(problem, item) : branchAndBound(problem, item);
    const residual = residualOf(problem, item, claim);
    output.attempts[at] = 1;
    if (residual !== null) recordClaim(output, at, problem, item, claim, residual);
  }
  return output;
}
