import type { Dispatcher } from "../contract/index.ts";
import type { MetabolicModel } from "../formats/index.ts";
import { type FluxSetup, problemOf } from "./problem-of.ts";
import { reduceProblem } from "./reduction.ts";
import { type AlgorithmOptions, type SolverItem, solverOf, statusOf } from "./solver.ts";

/** A reaction whose bounds exclude 0, in a model that no flux satisfies. */
export interface UnsatisfiedDemand {
  readonly reaction: string;
  readonly lower: number;
  readonly upper: number;
  /**
   * The flux nearest to its bounds that the model can carry where no other reaction demands anything; null where the
   * demand alone could be met, so that it is several together that cannot.
   */
  readonly reachable: number | null;
}

/** A demand that is missed by less, relative to its size, is met: the solver's own tolerance. */
const met = 1e-7;

/**
 * What makes a model infeasible. Balances alone always allow that nothing flows, so it is reactions that must carry flux:
 * those that cannot even with every other one released are named; where each could, all that demand something are.
 * @returns empty where the model is feasible as far as its demands go
 * @throws BioXenError `INPUT_INVALID` as `problemOf`; what the dispatcher throws
 */
export async function unsatisfiedDemands(
  model: MetabolicModel,
  dispatcher: Dispatcher,
  options: FluxSetup & AlgorithmOptions = {},
): Promise<readonly UnsatisfiedDemand[]> {
  const problem = problemOf(model, options);
  const lower = problem.lower.map((bound) => Math.min(bound, 0));
  const upper = problem.upper.map((bound) => Math.max(bound, 0));
  const demands = model.reactions.flatMap(({ id }, column) => {
    const [low, high] = [problem.lower[column] as number, problem.upper[column] as number];
    return low > 0 || high < 0 ? [{ reaction: id, column, lower: low, upper: high }] : [];
  });
  if (demands.length === 0) return [];
  const reduction = reduceProblem({ ...problem, lower, upper }, { validFor: "these" });
  const solver = solverOf(dispatcher, options.dispatch);
  /** Where each demand stands in the batch; one that carries no flux at all needs no problem. */
  const items: SolverItem[] = [];
  const asked = demands.map(({ column, lower: low }) => {
    const reduced = reduction.column[column] as number;
    if (reduced === -1) return null;
    const up = low > 0 === (reduction.ratio[column] as number) > 0;
    items.push({ objective: { columns: [reduced], values: [1] }, sense: up ? "maximum" : "minimum" });
    return items.length - 1;
  });
  const output = items.length === 0 ? null : await solver.solve(reduction.problem, items, "objective");
  const judged = demands.map(({ reaction, column, lower: low, upper: high }, at): UnsatisfiedDemand => {
    const item = asked[at] ?? null;
    const demand = { reaction, lower: low, upper: high };
    if (item === null || output === null) return { ...demand, reachable: 0 };
    if (statusOf(output, item) !== "optimal") return { ...demand, reachable: null };
    const flux = (reduction.ratio[column] as number) * (output.objectives[item] as number);
    const short = low > 0 ? low - flux : flux - high;
    return { ...demand, reachable: short > met * Math.max(1, Math.abs(low > 0 ? low : high)) ? flux : null };
  });
  const alone = judged.filter(({ reachable }) => reachable !== null);
  return alone.length > 0 ? alone : judged;
}
