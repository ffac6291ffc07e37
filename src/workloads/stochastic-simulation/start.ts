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
  // shared, all of it is one piece of memory: each piece has to be handed to each thread in every run
  const whole = shared
    ? new SharedArrayBuffer(8 * (3 * count + count * points + count * network.values) + 5 * count)
    : null;
  let end = 0;
  const piece = (bytes: number): readonly [ArrayBufferLike, number] => {
    if (whole === null) return [new ArrayBuffer(bytes), 0];
    end += bytes;
    return [whole, end - bytes];
  };
  const doubles = (length: number): Float64Array => {
    const [buffer, from] = piece(8 * length);
    return new Float64Array(buffer, from, length);
  };
  const [samples, events, values, times, draws] = [
    doubles(count * points),
    doubles(count),
    doubles(count * network.values),
    doubles(count),
    doubles(count),
  ];
  const culprits = new Int32Array(...piece(4 * count), count);
  const statuses = new Uint8Array(...piece(count), count);
  return { statuses, culprits, samples, events, precision: "double", state: { values, times, draws } };
}
