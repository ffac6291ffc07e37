import type { StochasticState } from "./input.ts";

/** How a trajectory ended, as stored in `StochasticTrajectories.statuses`. */
export const trajectoryStatus = {
  /** It reached the end. */
  finished: 0,
  /** It used up its budget of events: continue it from its state, or not. */
  exhausted: 1,
  /** `stopWhen` became true. */
  stopped: 2,
  /** A rate is NaN, negative or infinite: that of reaction `culprit`, or their sum where it is -1. */
  badRate: 3,
  /** A reaction took more of value `culprit` than there was. */
  negative: 4,
  /** The delay of event `culprit` is less than 0 or NaN. */
  badDelay: 5,
} as const;

export interface StochasticTrajectories {
  /** One `trajectoryStatus` each. */
  readonly statuses: Uint8Array;
  /** Which reaction, value or event failed; -1 where none did. */
  readonly culprits: Int32Array;
  /** By trajectory, then time, then observed value; NaN after the end of one that did not finish. */
  readonly samples: Float64Array;
  /** Reactions and events (leaps, for tau-leaping) of each in this run. */
  readonly events: Float64Array;
  /** What it was computed in; `single` only where the input accepts that. */
  readonly precision: "double" | "single";
  readonly state: StochasticState;
}
