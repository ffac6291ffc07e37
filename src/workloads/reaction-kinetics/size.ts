import type { Work } from "../../contract/index.ts";
import { isBrief } from "./brief.ts";
import type { KineticsInput } from "./input.ts";

/** Steps from one kept time to the next, as far as anyone can tell beforehand. */
export const stepsPerPoint = 100;

/** How big an input is, in rates computed. */
export function sizeOf({ network, count, times, observed, changes, mostSteps }: KineticsInput): Work {
  return {
    units: count * (1 + stepsPerPoint * times.length * (network.reactions.length + network.rateRules.length)),
    bytesIn: 8 * network.values + (changes?.amounts.byteLength ?? 0),
    bytesOut: 8 * count * (times.length * observed.length + network.values),
    // what a run costs beyond its rates is another matter where it needs no thread
    ...(isBrief({ network, count, mostSteps }) ? { sort: "brief" } : {}),
  };
}
