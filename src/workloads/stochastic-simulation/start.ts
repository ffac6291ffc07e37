import type { ReactionNetwork } from "../../network/index.ts";
import type { StochasticInput } from "./input.ts";
import type { StochasticTrajectories } from "./output.ts";

/** Values, time and draws with which one trajectory starts, `values` being its place in the state to come. */
export function startTrajectory(
  { network, from, changes, state }: Pick<StochasticInput, "network" | "from" | "changes" | "state">,
  item: number,
  values: Float64Array,
): { readonly time: number; readonly draws: number } {
  const size = network.values;
  values.set(state === null ? network.initial : state.values.subarray(item * size, (item + 1) * size));
  for (let at = changes?.offsets[item] ?? 0; at < (changes?.offsets[item + 1] ?? 0); at++)
    values[changes?.values[at] ?? 0] = changes?.amounts[at] ?? Number.NaN;
  return { time: state?.times[item] ?? from, draws: state?.draws[item] ?? 0 };
}

/** An answer that is being written, all but its events' states. */
export type TrajectoryRoom = Omit<StochasticTrajectories, "state"> & {
  readonly state: Omit<StochasticTrajectories["state"], "events">;
};

/** Room for the answer of so many trajectories, shared between threads or not. */
export function emptyTrajectories(
  network: ReactionNetwork,
  count: number,
  points: number,
  shared: boolean,
): TrajectoryRoom {
  const buffer = (bytes: number): ArrayBufferLike => (shared ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes));
  return {
    statuses: new Uint8Array(buffer(count)),
    culprits: new Int32Array(buffer(4 * count)),
    samples: new Float64Array(buffer(8 * count * points)),
    events: new Float64Array(buffer(8 * count)),
    precision: "double",
    state: {
      values: new Float64Array(buffer(8 * count * network.values)),
      times: new Float64Array(buffer(8 * count)),
      draws: new Float64Array(buffer(8 * count)),
    },
  };
}
