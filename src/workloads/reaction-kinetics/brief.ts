import type { KineticsInput } from "./input.ts";

/** Rates that take some milliseconds. */
const briefRates = 1e6;

/** Whether a run cannot be long, as its budget of steps forbids it: such runs need no thread of their own. */
export function isBrief({
  network,
  count,
  mostSteps,
}: Pick<KineticsInput, "network" | "count" | "mostSteps">): boolean {
  return count * mostSteps * (1 + network.reactions.length + network.rateRules.length) <= briefRates;
}
