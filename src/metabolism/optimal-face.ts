import type { FluxProblem } from "../workloads/index.ts";
import { holdObjective } from "./extend-problem.ts";
import { type Reduction, reduceProblem } from "./reduction.ts";

/** Reduced costs below this, relative to the largest objective coefficient, are rounding. */
const noCost = 1e-9;

/**
 * The optimal fluxes and no others: a column with a reduced cost sits at its bound in every optimum (complementary
 * slackness), so it is held there, and what follows from that is reduced away. Every row must be a
 * balance. The result maps columns of the original problem, as `reduction` does.
 */
export function optimalFace(
  reduction: Reduction,
  optimum: {
    readonly fluxes: Float64Array;
    readonly reducedCosts: Float64Array;
    readonly objective: number;
  },
): Reduction {
  const { problem } = reduction;
  const scale = problem.objective.reduce((most, cost) => Math.max(most, Math.abs(cost)), 0);
  const [lower, upper] = [problem.lower.slice(), problem.upper.slice()];
  /** What the columns whose reduced cost is too small to tell from rounding could cost all the same. */
  let loss = 0;
  for (let column = 0; column < problem.columns; column++) {
    const gain = (optimum.reducedCosts[column] as number) * (problem.sense === "maximum" ? 1 : -1);
    const [low, high] = [lower[column] as number, upper[column] as number];
    if (Math.abs(gain) <= noCost * scale) loss += gain === 0 ? 0 : Math.abs(gain) * (high - low);
    else if (gain > 0 && Number.isFinite(high)) lower[column] = high;
    else if (gain < 0 && Number.isFinite(low)) upper[column] = low;
  }
  const slack = noCost * Math.max(1, Math.abs(optimum.objective));
  const face: FluxProblem = { ...problem, lower, upper };
  const held =
    loss > slack
      ? holdObjective(face, optimum.objective - (problem.sense === "maximum" ? slack : -slack))
      : { ...face, objective: new Float64Array(problem.columns) };
  const again = reduceProblem(held, { validFor: "these" });
  return composed(reduction, again);
}

/** Two reductions as one: the second is of the first one's reduced problem. */
function composed(first: Reduction, second: Reduction): Reduction {
  const column = first.column.map((at) => (at === -1 ? -1 : (second.column[at] as number)));
  const ratio = first.ratio.map((value, from) => {
    const at = first.column[from] as number;
    return at === -1 ? 1 : value * (second.ratio[at] as number);
  });
  const row = first.row.map((at) => (at === -1 ? -1 : (second.row[at] as number)));
  return { ...second, original: first.original, column, ratio, row };
}
