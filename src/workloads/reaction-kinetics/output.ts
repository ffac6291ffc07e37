import type { ReactionNetwork } from "../../network/index.ts";
import type { KineticsState } from "./input.ts";

/** How an item ended, as stored in `KineticsSolutions.statuses`. */
export const kineticsStatus = {
  finished: 0,
  /** It used up its steps: continue it from its state, or not. */
  exhausted: 1,
  /** The rate of reaction `culprit` is not a finite number, or something else is where it is -1: no step is short enough. */
  stuck: 2,
  /** The delay of event `culprit` is less than 0 or NaN. */
  badDelay: 3,
} as const;

export interface KineticsSolutions {
  /** One `kineticsStatus` each. */
  readonly statuses: Uint8Array;
  /** Which reaction or event failed; -1 where none did. */
  readonly culprits: Int32Array;
  /** By item, then time, then observed value; NaN after the end of one that did not finish. */
  readonly samples: Float64Array;
  /** Steps that each tried in this run. */
  readonly steps: Float64Array;
  readonly state: KineticsState;
}

/** An answer that is being written, all but its events' states. */
export type KineticsRoom = Omit<KineticsSolutions, "state"> & { readonly state: Omit<KineticsState, "events"> };

/** Room for the answer of so many items, shared between threads or not. */
export function emptySolutions(network: ReactionNetwork, count: number, points: number, shared: boolean): KineticsRoom {
  const buffer = (bytes: number): ArrayBufferLike => (shared ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes));
  const doubles = (length: number): Float64Array => new Float64Array(buffer(8 * length));
  return {
    statuses: new Uint8Array(buffer(count)),
    culprits: new Int32Array(buffer(4 * count)),
    samples: doubles(count * points),
    steps: doubles(count),
    state: {
      values: doubles(count * network.values),
      times: doubles(count),
      steps: doubles(count),
      draws: doubles(count),
    },
  };
}
