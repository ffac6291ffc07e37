import {
  assignedExpressions,
  derivative,
  difference,
  type Evaluator,
  type Expression,
  noRandom,
  number,
  partsOf,
  product,
  type ReactionNetwork,
  rateReads,
  readsOf,
  substitute,
  sum,
} from "../../network/index.ts";

/** What moves between two reactions: time, values under rate rules, and the comparisons of triggers that these cross. */
export interface Flow {
  readonly targets: readonly number[];
  /** Constant until the next reaction or event. */
  readonly slopes: readonly Evaluator[];
  readonly crossings: readonly { readonly difference: Evaluator; readonly slope: Evaluator }[];
}

/**
 * Why a network cannot be simulated exactly, or null. Between two reactions rates must stay as they are, values under rate
 * rules must move in straight lines, and so must what triggers compare.
 */
export function whyNotExact(network: ReactionNetwork): string | null {
  const asked = reasons.get(network);
  if (asked !== undefined) return asked;
  const reason = findReason(network);
  reasons.set(network, reason);
  return reason;
}

/** Cells ask again every simulated second. */
const reasons = new WeakMap<ReactionNetwork, string | null>();

function findReason(network: ReactionNetwork): string | null {
  const known = assignedExpressions(network);
  const moving = new Set(network.rateRules.map(({ value }) => value));
  const moves = (expression: Expression): boolean => {
    const { values, time } = readsOf(substitute(expression, known));
    return time || [...values].some((value) => moving.has(value));
  };
  for (const { value, of } of network.assignments)
    if (readsOf(of).draws) return `the assignment of value ${value} draws random numbers`;
  for (const [at, reaction] of network.reactions.entries()) {
    const rate: Expression[] = reaction.rate.kind === "expression" ? [reaction.rate.rate] : [];
    const read = [...rateReads(reaction).values].map((index): Expression => ({ kind: "value", index }));
    if ([...rate, ...read].some(moves)) return `the rate of reaction ${at} changes between reactions`;
    if (rate.some((one) => readsOf(one).draws)) return `the rate of reaction ${at} draws random numbers`;
  }
  for (const { value, of } of network.rateRules)
    if (moves(of) || readsOf(of).draws) return `value ${value} moves in no straight line under its rate rule`;
  for (const [at, { trigger }] of network.events.entries())
    if (comparisonsOf(network, trigger).some(({ slope }) => moves(slope)))
      return `the trigger of event ${at} compares what moves in no straight line`;
  return null;
}

/** The flow of a network that can be simulated exactly. */
export function flowOf(network: ReactionNetwork, make: (expression: Expression) => Evaluator): Flow {
  const known = assignedExpressions(network);
  return {
    targets: network.rateRules.map(({ value }) => value),
    slopes: network.rateRules.map(({ of }) => make(substitute(of, known))),
    crossings: network.events
      .flatMap(({ trigger }) => comparisonsOf(network, trigger))
      .filter(({ slope }) => !(slope.kind === "number" && slope.value === 0))
      .map(({ difference: of, slope }) => ({ difference: make(of), slope: make(slope) })),
  };
}

/** The differences that a trigger's comparisons look at, and how fast each moves. */
function comparisonsOf(
  network: ReactionNetwork,
  trigger: Expression,
): readonly { readonly difference: Expression; readonly slope: Expression }[] {
  const known = assignedExpressions(network);
  const found: { difference: Expression; slope: Expression }[] = [];
  const visit = (expression: Expression): void => {
    for (const part of partsOf(expression)) visit(part);
    if (expression.kind !== "compare") return;
    for (const [at, right] of expression.arguments.entries()) {
      const left = expression.arguments[at - 1];
      if (left === undefined) continue;
      const of = difference(left, right);
      const slope = network.rateRules.reduce(
        (total, rule) => sum(total, product(substitute(rule.of, known), derivative(of, rule.value))),
        derivative(of, "time"),
      );
      found.push({ difference: of, slope: slope.kind === "number" ? number(slope.value) : slope });
    }
  };
  visit(substitute(trigger, known));
  return found;
}

/** The next time after `time` at which a comparison is crossed; Infinity where none is. */
export function nextCrossing({ crossings }: Flow, values: Float64Array, time: number): number {
  let next = Number.POSITIVE_INFINITY;
  for (const { difference: of, slope } of crossings) {
    const distance = of(values, time, noRandom);
    const speed = slope(values, time, noRandom);
    if (distance * speed < 0) next = Math.min(next, Math.max(time, time - distance / speed));
  }
  return next;
}

/** Moves values along the flow, in place. */
export function flow({ targets, slopes }: Flow, values: Float64Array, from: number, to: number): void {
  const speeds = slopes.map((slope) => slope(values, from, noRandom));
  for (const [at, target] of targets.entries())
    values[target] = (values[target] ?? Number.NaN) + (speeds[at] ?? Number.NaN) * (to - from);
}
