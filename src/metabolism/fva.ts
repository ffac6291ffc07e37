import { BioXenError, type Dispatcher } from "../contract/index.ts";
import type { MetabolicModel } from "../formats/index.ts";
import type { FluxProblem } from "../workloads/index.ts";
import { extendProblem, holdObjective } from "./extend-problem.ts";
import { fluxRanges } from "./flux-ranges.ts";
import { checkFraction } from "./fraction.ts";
import { loopColumns, looplessRanges, withLoopLaw } from "./loopless.ts";
import { optimalFace } from "./optimal-face.ts";
import { leastTotalFlux, type SplitProblem, withinFraction } from "./pfba.ts";
import { type FluxSetup, problemOf, reactionColumns } from "./problem-of.ts";
import { type Reduction, reduceProblem } from "./reduction.ts";
import { type AlgorithmOptions, type FluxStatus, type Solver, solverOf, statusOf } from "./solver.ts";

export interface FvaOptions extends FluxSetup, AlgorithmOptions {
  /** Of the optimum that every flux must reach, 0 to 1; 1 by default, 0 for no such demand. */
  readonly fraction?: number | undefined;
  /**
   * Limits the sum of absolute fluxes to this multiple, 1 or more, of the least one that reaches the fraction; no limit
   * by default.
   */
  readonly totalFlux?: number | undefined;
  /**
   * Only fluxes that do not run in circles. Exact; an integer problem for each end of a reaction that can be in a loop,
   * so seconds to minutes for large models. Reactions in loops need finite bounds.
   */
  readonly loopless?: boolean | undefined;
  /** Reactions to range over; all by default. */
  readonly reactions?: readonly string[] | undefined;
}

export interface FvaResult {
  /** "optimal" where every range is proven; "failed" where the solver left some open (NaN); else how the model itself ended. */
  readonly status: FluxStatus;
  /** The objective's optimum; null unless there is one. */
  readonly objective: number | null;
  readonly reactions: readonly string[];
  /** Least and largest flux of each reaction, mmol/gDW/h; -Infinity and Infinity where nothing limits it; NaN unless known. */
  readonly minimum: Float64Array;
  readonly maximum: Float64Array;
  readonly solves: number;
}

/**
 * Flux variability analysis: the least and largest flux of each reaction over all steady states that reach `fraction`
 * of the optimum. At fraction 1 these are exactly the optimal ones: columns with a reduced cost are held at their bound
 * and the rest is reduced once more, instead of a limit on the objective that a tolerance would widen.
 * Source: Mahadevan and Schilling 2003, doi:10.1016/j.ymben.2003.09.002.
 * @throws BioXenError `INPUT_INVALID` as `problemOf`, for an unknown reaction, a fraction outside 0 to 1 or a `totalFlux` below 1
 */
export async function fva(model: MetabolicModel, dispatcher: Dispatcher, options: FvaOptions = {}): Promise<FvaResult> {
  const fraction = checkFraction(options.fraction);
  if (options.totalFlux !== undefined && options.loopless === true)
    throw new BioXenError("INPUT_INVALID", "totalFlux and loopless are not for one analysis");
  if (options.totalFlux !== undefined && !(options.totalFlux >= 1))
    throw new BioXenError(
      "INPUT_INVALID",
      `totalFlux is a multiple of 1 or more of the least, not ${options.totalFlux}`,
    );
  const wanted = reactionColumns(model, options.reactions);
  const reactions = Array.from(wanted, (column) => model.reactions[column]?.id ?? "");
  const solver = solverOf(dispatcher, options.dispatch);
  const unknown = (): Float64Array => new Float64Array(wanted.length).fill(Number.NaN);
  const problem = problemOf(model, options);
  const reduction = reduceProblem(problem, { validFor: "these" });
  const ended = (status: FluxStatus, objective: number | null): FvaResult => {
    return { status, objective, reactions, minimum: unknown(), maximum: unknown(), solves: solver.solves };
  };
  if (!reduction.possible) return ended("infeasible", null);
  const best = await solver.solve(reduction.problem, [{}], fraction === 1 ? "duals" : "fluxes");
  const status = statusOf(best, 0);
  // an unbounded objective still has ranges where nothing is demanded of it
  if (status !== "optimal" && !(status === "unbounded" && fraction === 0)) return ended(status, null);
  const loops = options.loopless === true ? await loopColumns(problem, solver) : [];
  let objective = status === "optimal" ? (best.objectives[0] as number) : null;
  let within: Reduction = reduction;
  const witnesses: Float64Array[] = [];
  if (objective !== null && loops.some((column) => problem.objective[column] !== 0)) {
    objective = await looplessOptimum(problem, reduction, loops, solver);
    if (objective === null) return ended("failed", null);
    within = heldAt(reduction, objective, fraction);
  } else if (fraction === 1 && objective !== null && best.fluxes !== null && best.reducedCosts !== null) {
    within = optimalFace(reduction, { objective, fluxes: best.fluxes, reducedCosts: best.reducedCosts });
    if (!within.possible) return ended("failed", objective);
  } else {
    if (best.fluxes !== null) witnesses.push(best.fluxes);
    within = heldAt(reduction, objective, fraction);
  }
  const limited = options.totalFlux === undefined ? null : await limitTotal(within, options.totalFlux, solver);
  if (options.totalFlux !== undefined && limited === null) return ended("failed", objective);
  const needed = new Set<number>();
  for (const column of wanted) if (within.column[column] !== -1) needed.add(within.column[column] as number);
  // the loop law needs the ranges of what is in loops
  for (const column of loops) if (within.column[column] !== -1) needed.add(within.column[column] as number);
  const free = await fluxRanges(
    limited?.problem ?? within.problem,
    [...needed].sort((a, b) => a - b),
    solver,
    {
      witnesses: limited === null ? witnesses : [],
      ...(limited === null ? {} : { backwardOf: limited.backwardOf }),
      onProgress: options.onProgress,
    },
  );
  const ranges = loops.length === 0 ? free : await looplessRanges(problem, within, loops, free, solver);
  const [minimum, maximum] = [new Float64Array(wanted.length), new Float64Array(wanted.length)];
  for (const [at, column] of wanted.entries()) {
    const reduced = within.column[column] as number;
    if (reduced === -1) continue;
    const ratio = within.ratio[column] as number;
    const ends = [ratio * (ranges.minimum[reduced] as number), ratio * (ranges.maximum[reduced] as number)] as const;
    [minimum[at], maximum[at]] = ratio > 0 ? ends : [ends[1], ends[0]];
  }
  const failed = minimum.some(Number.isNaN) || maximum.some(Number.isNaN);
  return { status: failed ? "failed" : "optimal", objective, reactions, minimum, maximum, solves: solver.solves };
}

/**
 * The objective held and kept: every range states its own instead, but starts where the problem as it stands ends. Two joined
 * E. coli iML1515 took a tenth of the time from their optimum that they took from any feasible flux.
 */
function heldAt(reduction: Reduction, optimum: number | null, fraction: number): Reduction {
  const { problem } = reduction;
  if (optimum === null) return { ...reduction, problem: withoutObjective(problem) };
  if (fraction === 0) return reduction;
  const { objective } = problem;
  return {
    ...reduction,
    problem: { ...holdObjective(problem, withinFraction(problem, optimum, fraction)), objective },
  };
}

/** The optimum where no flux runs in a circle; null where the solver finds none. */
async function looplessOptimum(
  problem: FluxProblem,
  reduction: Reduction,
  loops: readonly number[],
  solver: Solver,
): Promise<number | null> {
  const columns = [...new Set(loops.map((column) => reduction.column[column] as number))].filter((one) => one !== -1);
  const ranges = await fluxRanges(withoutObjective(reduction.problem), columns, solver);
  const output = await solver.solve(withLoopLaw(problem, reduction, loops, ranges), [{}], "objective");
  return statusOf(output, 0) === "optimal" ? (output.objectives[0] as number) : null;
}

/** The problem with its total flux limited; null where the least one cannot be found. */
async function limitTotal(within: Reduction, factor: number, solver: Solver): Promise<SplitProblem | null> {
  const split = leastTotalFlux(within, withoutObjective(within.problem));
  const least = await solver.solve(split.problem, [{}], "objective");
  if (statusOf(least, 0) !== "optimal") return null;
  const upper = factor * (least.objectives[0] as number);
  const entries = [...split.problem.objective.entries()].filter(([, weight]) => weight !== 0);
  const problem = extendProblem(split.problem, { rows: [{ entries, lower: -Infinity, upper }] });
  return { ...split, problem: withoutObjective(problem) };
}

function withoutObjective(problem: FluxProblem): FluxProblem {
  return { ...problem, objective: new Float64Array(problem.columns) };
}
