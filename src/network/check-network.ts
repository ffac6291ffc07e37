import { readsOf } from "./dependencies.ts";
import type { Expression } from "./expression.ts";
import { codeOf } from "./generate-code.ts";
import type { ReactionNetwork } from "./network.ts";

/** Networks are immutable: one needs looking at once. */
const wellFormed = new WeakSet<ReactionNetwork>();

/** The first complaint about a network as data (numbers out of range, unknown functions), or null. */
export function faultOfNetwork(network: ReactionNetwork): string | null {
  if (wellFormed.has(network)) return null;
  const fault = findFault(network);
  if (fault === null) wellFormed.add(network);
  return fault;
}

function findFault(network: ReactionNetwork): string | null {
  const { values, names, initial, reactions, assignments, rateRules, events } = network;
  if (!Number.isSafeInteger(values) || values < 0) return `a network has ${values} values`;
  if (names.length !== values) return `${names.length} names for ${values} values`;
  if (!(initial instanceof Float64Array) || initial.length !== values)
    return `${initial.length} initial values for ${values} values`;
  const inRange = (value: number): boolean => Number.isInteger(value) && value >= 0 && value < values;
  const wrongIn = (expression: Expression): string | null => {
    const { values: read } = readsOf(expression);
    const wrong = [...read].find((value) => !inRange(value));
    if (wrong !== undefined) return `reads value ${String(wrong)} of ${values}`;
    try {
      codeOf(expression, String);
      return null;
    } catch (error) {
      return (error as Error).message;
    }
  };
  for (const [at, { reactants, changes, rate }] of reactions.entries()) {
    const wrong = [...reactants, ...changes].find(([value]) => !inRange(value));
    if (wrong !== undefined) return `reaction ${at} has value ${wrong[0]} of ${values}`;
    const order = reactants.find(([, one]) => !Number.isInteger(one) || one < 1);
    if (order !== undefined) return `reaction ${at} has an order of ${order[1]}`;
    const change = changes.find(([, amount]) => !Number.isFinite(amount));
    if (change !== undefined) return `reaction ${at} changes value ${change[0]} by ${change[1]}`;
    if (rate.kind === "mass-action") {
      if (!inRange(rate.constant)) return `reaction ${at} has constant ${rate.constant} of ${values} values`;
    } else {
      const fault = wrongIn(rate.rate);
      if (fault !== null) return `the rate of reaction ${at} ${fault}`;
    }
  }
  for (const [what, rules] of [
    ["assignment", assignments],
    ["rate rule", rateRules],
  ] as const)
    for (const [at, { value, of }] of rules.entries()) {
      if (!inRange(value)) return `${what} ${at} is for value ${value} of ${values}`;
      const fault = wrongIn(of);
      if (fault !== null) return `${what} ${at} ${fault}`;
    }
  for (const [at, { trigger, delay, priority, assignments: all }] of events.entries()) {
    const target = all.find(({ value }) => !inRange(value));
    if (target !== undefined) return `event ${at} assigns value ${target.value} of ${values}`;
    const factor = all.find(({ times }) => times !== undefined && !inRange(times));
    if (factor !== undefined) return `event ${at} multiplies by value ${factor.times} of ${values}`;
    for (const expression of [trigger, delay, priority, ...all.map(({ of }) => of)]) {
      const fault = expression === null ? null : wrongIn(expression);
      if (fault !== null) return `event ${at} ${fault}`;
    }
  }
  return null;
}
