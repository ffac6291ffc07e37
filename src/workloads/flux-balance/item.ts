import type { FluxBalanceInput, FluxProblem } from "./problem.ts";

/** One item of a batch, its changes applied. */
export interface FluxItem {
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  readonly objective: Float64Array;
  /** 1 maximum, -1 minimum. */
  readonly sense: 1 | -1;
}

/** An item written out in full; what it does not change is the problem's own array, not a copy. */
export function fluxItem({ problem, bounds, objectives, senses }: FluxBalanceInput, at: number): FluxItem {
  let { lower, upper, objective } = problem;
  const [from, until] = range(bounds?.offsets, at);
  if (bounds !== null && until > from) {
    lower = lower.slice();
    upper = upper.slice();
    for (let entry = from; entry < until; entry++) {
      const column = bounds.columns[entry] ?? 0;
      lower[column] = bounds.lower[entry] ?? 0;
      upper[column] = bounds.upper[entry] ?? 0;
    }
  }
  if (objectives !== null) {
    const [first, end] = range(objectives.offsets, at);
    objective = new Float64Array(problem.columns);
    for (let entry = first; entry < end; entry++)
      objective[objectives.columns[entry] ?? 0] = objectives.values[entry] ?? 0;
  }
  return { lower, upper, objective, sense: senseOf(problem, senses?.[at]) };
}

function range(offsets: Uint32Array | undefined, at: number): readonly [number, number] {
  return [offsets?.[at] ?? 0, offsets?.[at + 1] ?? 0];
}

function senseOf({ sense }: FluxProblem, own: number | undefined): 1 | -1 {
  if (own === undefined) return sense === "maximum" ? 1 : -1;
  return own > 0 ? 1 : -1;
}

/** c . x */
export function objectiveOf(objective: Float64Array, x: Float64Array): number {
  let sum = 0;
  for (let column = 0; column < objective.length; column++) {
    const cost = objective[column] ?? 0;
    if (cost !== 0) sum += cost * (x[column] ?? 0);
  }
  return sum;
}
