import type { FluxProblem } from "bioxen";
import type { LinearSolver } from "../../dist/accelerators/cpu-simd/flux-balance-solver.js";
import { objectiveOf } from "../../dist/src/workloads/flux-balance/item.js";
import { residualOf } from "../../dist/src/workloads/flux-balance/verdict.js";
import type { ItemChange } from "./flux-problems.ts";

export interface Claimed {
  readonly status: string;
  /** NaN unless optimal. */
  readonly objective: number;
  /** null where the claim is not proved. */
  readonly residual: number | null;
}

/** What one way of a solver claims of an item, and whether the certificate holds. */
export function claimed(problem: FluxProblem, solver: LinearSolver, change: ItemChange, way = 0): Claimed {
  const bounds = change.bounds ?? [];
  const sense = change.sense ?? (problem.sense === "maximum" ? 1 : -1);
  const lower = problem.lower.slice();
  const upper = problem.upper.slice();
  for (const [column, low, high] of bounds) {
    lower[column] = low;
    upper[column] = high;
  }
  const costs = change.objective ?? null;
  const objective = costs === null ? problem.objective : new Float64Array(problem.columns);
  for (const [column, cost] of costs ?? []) objective[column] = cost;
  const claim = solver.solve(
    {
      columns: Int32Array.from(bounds, ([column]) => column),
      lower: Float64Array.from(bounds, ([, low]) => low),
      upper: Float64Array.from(bounds, ([, , high]) => high),
      objective:
        costs === null
          ? null
          : {
              columns: Int32Array.from(costs, ([column]) => column),
              values: Float64Array.from(costs, ([, cost]) => cost),
            },
      sense,
    },
    way,
  );
  return {
    status: claim.status,
    objective: claim.status === "optimal" ? objectiveOf(objective, claim.x) : Number.NaN,
    residual: residualOf(problem, { lower, upper, objective, sense }, claim),
  };
}
