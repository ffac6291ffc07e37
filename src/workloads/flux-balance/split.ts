import type { Split } from "../../contract/index.ts";
import { emptyOutput } from "./output.ts";
import type { BoundChanges, FluxBalanceInput, FluxBalanceOutput, Objectives } from "./problem.ts";

/** Items `first` to `end` (exclusive) as a batch of their own, over the same problem. */
export function sliceFluxBalance(input: FluxBalanceInput, first: number, end: number): FluxBalanceInput {
  const { bounds, objectives, senses } = input;
  return {
    ...input,
    count: end - first,
    bounds: bounds === null ? null : sliceBounds(bounds, first, end),
    objectives: objectives === null ? null : sliceObjectives(objectives, first, end),
    senses: senses === null ? null : senses.slice(first, end),
  };
}

function sliceBounds({ offsets, columns, lower, upper }: BoundChanges, first: number, end: number): BoundChanges {
  const from = offsets[first] ?? 0;
  const until = offsets[end] ?? 0;
  return {
    offsets: offsets.slice(first, end + 1).map((offset) => offset - from),
    columns: columns.slice(from, until),
    lower: lower.slice(from, until),
    upper: upper.slice(from, until),
  };
}

function sliceObjectives({ offsets, columns, values }: Objectives, first: number, end: number): Objectives {
  const from = offsets[first] ?? 0;
  const until = offsets[end] ?? 0;
  return {
    offsets: offsets.slice(first, end + 1).map((offset) => offset - from),
    columns: columns.slice(from, until),
    values: values.slice(from, until),
  };
}

/** By items: each is solved on its own. */
export const splitFluxBalance: Split<FluxBalanceInput, FluxBalanceOutput> = {
  parts: (input, shares) => {
    const { count } = input;
    if (count < shares.length) return null;
    let first = 0;
    let until = 0;
    return shares.map((share, at) => {
      until += share;
      const left = shares.length - at - 1;
      const end = left === 0 ? count : Math.min(count - left, Math.max(first + 1, Math.round(until * count)));
      const part = sliceFluxBalance(input, first, end);
      first = end;
      return part;
    });
  },
  join: joinFluxBalance,
};

/** The answer to a batch from those to its parts, in order. */
function joinFluxBalance(outputs: readonly FluxBalanceOutput[], input: FluxBalanceInput): FluxBalanceOutput {
  const whole = emptyOutput(input);
  const { rows, columns } = input.problem;
  let item = 0;
  for (const part of outputs) {
    whole.statuses.set(part.statuses, item);
    whole.objectives.set(part.objectives, item);
    whole.residuals.set(part.residuals, item);
    whole.attempts.set(part.attempts, item);
    if (part.fluxes !== null) whole.fluxes?.set(part.fluxes, item * columns);
    if (part.shadowPrices !== null) whole.shadowPrices?.set(part.shadowPrices, item * rows);
    if (part.reducedCosts !== null) whole.reducedCosts?.set(part.reducedCosts, item * columns);
    item += part.statuses.length;
  }
  return whole;
}
