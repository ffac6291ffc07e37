import type { StochasticInput } from "./input.ts";

/** Events that take about a millisecond. */
const briefEvents = 2e4;

/** Whether a run cannot be long, as its budget of events forbids it: such runs need no thread of their own. */
export function isBrief({ count, mostEvents }: Pick<StochasticInput, "count" | "mostEvents">): boolean {
  return count * mostEvents <= briefEvents;
}
