import type { Dispatcher } from "../contract/index.ts";
import type { MetabolicModel } from "../formats/index.ts";
import type { FluxProblem } from "../workloads/index.ts";
import { extendProblem, holdObjective, type NewColumn } from "./extend-problem.ts";
import { checkFraction } from "./fraction.ts";
import { type FluxSetup, problemOf } from "./problem-of.ts";
import { type Reduction, reduceProblem, restoreFluxes } from "./reduction.ts";
import { type AlgorithmOptions, type FluxStatus, solverOf, statusOf } from "./solver.ts";

export interface PfbaResult {
  readonly status: FluxStatus;
  /** Value of the model's objective, at `fraction` of its optimum or better; null unless optimal. */
  readonly objective: number | null;
  /** Least sum of absolute fluxes, mmol/gDW/h; null unless optimal. */
  readonly totalFlux: number | null;
  /** By reaction in the model's order; null unless optimal. */
  readonly fluxes: Float64Array | null;
  readonly solves: number;
}

/**
 * Parsimonious FBA: of the fluxes that reach `fraction` of the optimum, those with the least sum of absolute values.
 * The sum is unique, the fluxes need not be. Source: Lewis et al. 2010, doi:10.1038/msb.2010.47.
 * @throws BioXenError `INPUT_INVALID` as `problemOf`, or for a fraction outside 0 to 1
 */
export async function pfba(
  model: MetabolicModel,
  dispatcher: Dispatcher,
  options: FluxSetup & AlgorithmOptions & { readonly fraction?: number } = {},
): Promise<PfbaResult> {
  const fraction = checkFraction(options.fraction);
  const reduction = reduceProblem(problemOf(model, options), { validFor: "knock-outs" });
  const none = { objective: null, totalFlux: null, fluxes: null };
  if (!reduction.possible) return { status: "infeasible", ...none, solves: 0 };
  const solver = solverOf(dispatcher, options.dispatch);
  const best = await solver.solve(reduction.problem, [{}], "objective");
  options.onProgress?.(1, 2);
  if (statusOf(best, 0) !== "optimal") return { status: statusOf(best, 0), ...none, solves: solver.solves };

  const least = withinFraction(reduction.problem, best.objectives[0] as number, fraction);
  const split = leastTotalFlux(reduction, holdObjective(reduction.problem, least));
  const output = await solver.solve(split.problem, [{}], "fluxes");
  options.onProgress?.(2, 2);
  const status = statusOf(output, 0);
  if (status !== "optimal" || output.fluxes === null) return { status, ...none, solves: solver.solves };
  const fluxes = restoreFluxes(reduction, split.join(output.fluxes, 0));
  let objective = 0;
  let totalFlux = 0;
  for (const [column, flux] of fluxes.entries()) {
    objective += (reduction.original.objective[column] as number) * flux;
    totalFlux += Math.abs(flux);
  }
  return { status, objective, totalFlux, fluxes, solves: solver.solves };
}

/** The value that `fraction` of an optimum means: never better than it, whatever its sign and the sense. */
export function withinFraction(problem: FluxProblem, optimum: number, fraction: number): number {
  const worse = (1 - fraction) * Math.abs(optimum);
  return problem.sense === "maximum" ? optimum - worse : optimum + worse;
}

export interface SplitProblem {
  readonly problem: FluxProblem;
  /** Backward column of each reduced one that has one. */
  readonly backwardOf: ReadonlyMap<number, number>;
  /** Reduced fluxes of the answer that starts at `at`. */
  readonly join: (fluxes: Float64Array, at: number) => Float64Array;
}

/**
 * The problem of the least sum of absolute original fluxes over a reduced problem: a column that can carry flux both
 * ways is two, one a direction.
 */
export function leastTotalFlux(reduction: Reduction, held: FluxProblem): SplitProblem {
  const width = reduction.problem.columns;
  const weight = new Float64Array(held.columns);
  for (const [from, to] of reduction.column.entries())
    if (to !== -1) weight[to] = (weight[to] as number) + Math.abs(reduction.ratio[from] as number);
  const backward: NewColumn[] = [];
  const backwardOf: number[] = [];
  const lower = held.lower.slice();
  const objective = new Float64Array(held.columns);
  for (let column = 0; column < width; column++) {
    const [l, u] = [lower[column] as number, held.upper[column] as number];
    const cost = weight[column] as number;
    objective[column] = u <= 0 ? -cost : cost;
    if (l >= 0 || u <= 0) continue;
    const entries: [number, number][] = [];
    for (let at = held.starts[column] as number; at < (held.starts[column + 1] as number); at++)
      entries.push([held.indices[at] as number, -(held.values[at] as number)]);
    backward.push({ entries, lower: 0, upper: -l, objective: cost });
    backwardOf.push(column);
    lower[column] = 0;
  }
  return {
    problem: extendProblem(held, { columns: backward }, { lower, objective, sense: "minimum" }),
    backwardOf: new Map(backwardOf.map((column, at) => [column, held.columns + at])),
    join: (fluxes: Float64Array, at: number): Float64Array => {
      const joined = fluxes.slice(at, at + width);
      for (const [back, column] of backwardOf.entries())
        joined[column] = (joined[column] as number) - (fluxes[at + held.columns + back] as number);
      return joined;
    },
  };
}
