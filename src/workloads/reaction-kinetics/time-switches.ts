import {
  assignedExpressions,
  derivative,
  difference,
  type Evaluator,
  type Expression,
  interpreted,
  noRandom,
  partsOf,
  type ReactionNetwork,
  readsOf,
  substitute,
} from "../../network/index.ts";
import { statesOf } from "./states.ts";

/** Where rates and triggers may jump by the time alone: a pulse between two steps is one that no error tells of. */
export interface TimeSwitches {
  /** Of each comparison of the time with what only events change: left less right, and how fast that moves. */
  readonly comparisons: readonly { readonly difference: Evaluator; readonly speed: Evaluator }[];
  /** Whether there are jumps in time of which it is not known beforehand when they come. */
  readonly hasOthers: boolean;
}

const found = new WeakMap<ReactionNetwork, TimeSwitches>();

/** The jumps in time of a network's rates, rate rules and triggers. */
export function timeSwitchesOf(network: ReactionNetwork): TimeSwitches {
  const known = found.get(network);
  if (known !== undefined) return known;
  const made = findSwitches(network);
  found.set(network, made);
  return made;
}

function findSwitches(network: ReactionNetwork): TimeSwitches {
  const states = new Set(statesOf(network));
  const assigned = assignedExpressions(network);
  const comparisons: { difference: Evaluator; speed: Evaluator }[] = [];
  let hasOthers = false;
  const moves = (expression: Expression): boolean => {
    const { values, time } = readsOf(expression);
    return time || [...values].some((value) => states.has(value));
  };
  const visit = (expression: Expression): void => {
    for (const part of partsOf(expression)) visit(part);
    if (!isStep(expression) || !readsOf(expression).time) return;
    if (expression.kind !== "compare") hasOthers = true;
    else
      for (const [at, right] of expression.arguments.entries()) {
        const left = expression.arguments[at - 1];
        if (left === undefined) continue;
        const of = difference(left, right);
        const reads = readsOf(of);
        if (!reads.time) continue;
        const speed = derivative(of, "time");
        if (reads.draws || [...reads.values].some((value) => states.has(value)) || moves(speed)) hasOthers = true;
        else comparisons.push({ difference: interpreted(of), speed: interpreted(speed) });
      }
  };
  for (const { rate } of network.reactions) if (rate.kind === "expression") visit(substitute(rate.rate, assigned));
  for (const { of } of network.rateRules) visit(substitute(of, assigned));
  for (const { trigger } of network.events) visit(substitute(trigger, assigned));
  return { comparisons, hasOthers };
}

function isStep({ kind, ...rest }: Expression): boolean {
  if (kind === "compare") return true;
  const of = "of" in rest ? rest.of : "";
  return of === "floor" || of === "ceiling" || of === "quotient" || of === "remainder";
}

/**
 * The next time to stop at: just before a comparison switches, where it does, or just after, so that no step but one of next to
 * no length has a jump in it. Infinity where no more are to come.
 */
export function nextSwitch({ comparisons }: TimeSwitches, values: Float64Array, time: number): number {
  let next = Number.POSITIVE_INFINITY;
  for (const { difference: of, speed } of comparisons) {
    const at = time - of(values, time, noRandom) / speed(values, time, noRandom);
    const aside = Math.max(Math.abs(at) * 2 ** -48, 1e-30);
    const stop = [at - aside, at, at + aside].find((one) => one > time);
    if (stop !== undefined) next = Math.min(next, stop);
  }
  return next;
}
