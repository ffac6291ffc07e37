import { compiled, type EventState, networkFunctions, type ReactionNetwork, readsOf } from "../../src/network/index.ts";
import type { StochasticInput } from "../../src/workloads/index.ts";
import { simulatorOf } from "../../src/workloads/stochastic-simulation/ensemble.ts";
import { trajectoryStatus } from "../../src/workloads/stochastic-simulation/output.ts";
import { startTrajectory, type TrajectoryRoom } from "../../src/workloads/stochastic-simulation/start.ts";
import { simulateTrajectory } from "../../src/workloads/stochastic-simulation/trajectory.ts";
import { receivedNetwork, type SharedNetwork } from "./shared-network.ts";
import { type Advance, directMethod, fitsLocals, slot } from "./stochastic-simulation-direct.ts";
import { BlockBuffer } from "./stochastic-simulation-draws.ts";
import { massActionTree } from "./stochastic-simulation-mass-action.ts";
import { treeMethod } from "./stochastic-simulation-tree.ts";

export interface TrajectoriesJob {
  readonly network: SharedNetwork;
  readonly input: Omit<StochasticInput, "network">;
  /** Trajectories that are drawn at once, and the next one to draw. */
  readonly stretch: number;
  readonly cursor: Int32Array;
  /** What the threads write to. */
  readonly room: TrajectoryRoom;
}

/** Events' states of the trajectories that a thread simulated. */
export type EventStates = readonly (readonly [item: number, state: EventState])[];

/** Simulates trajectories, drawing from the list, until there are none. */
export function simulateStretches({ network, input, stretch, cursor, room }: TrajectoriesJob): EventStates {
  const whole: StochasticInput = { ...input, network: receivedNetwork(network) };
  return simulateDrawn(whole, () => Atomics.add(cursor, 0, stretch), stretch, room);
}

/** Simulates the trajectories from each number that `draw` gives on, `stretch` of them. */
export function simulateDrawn(
  input: StochasticInput,
  draw: () => number,
  stretch: number,
  room: TrajectoryRoom,
): EventStates {
  const simulate = simulationOf(input, room);
  const states: [number, EventState][] = [];
  for (let first = draw(); first < input.count; first = draw())
    for (let item = first; item < Math.min(input.count, first + stretch); item++) {
      const state = simulate(item);
      if (state !== null) states.push([item, state]);
    }
  return states;
}

/** Methods that generated code or a sum tree serves, by network. */
const methods = new WeakMap<ReactionNetwork, { readonly advance: Advance; readonly assign: Assign }>();
type Assign = (values: Float64Array, time: number) => void;

/** Whether nothing happens between two reactions and all that follows one is known beforehand. */
function isPlain({ network: { events, rateRules, assignments }, method }: StochasticInput): boolean {
  if (method !== "exact" || events.length > 0 || rateRules.length > 0) return false;
  return assignments.every(({ of }) => !readsOf(of).time);
}

function simulationOf(input: StochasticInput, room: TrajectoryRoom): (item: number) => EventState | null {
  const { network, stopWhen } = input;
  const plain = isPlain(input);
  let method = plain && stopWhen === null ? methods.get(network) : undefined;
  // refuses what cannot be simulated; what has a method was looked at when that was made
  const simulator = method === undefined ? simulatorOf(input, compiled) : null;
  if (simulator !== null && !plain) return (item) => simulateTrajectory(simulator, input, item, room);
  if (method === undefined) {
    const advance =
      stopWhen === null && fitsLocals(network)
        ? directMethod(network)
        : ((stopWhen === null ? massActionTree(network) : null) ??
          treeMethod(network, stopWhen === null ? null : compiled(stopWhen)));
    method = { advance, assign: networkFunctions(network, compiled, true).assign };
    if (stopWhen === null) methods.set(network, method);
  }
  const { advance, assign } = method;
  const buffer = new BlockBuffer();
  const slots = new Float64Array(slot.count);
  const refill = (): number => buffer.refill();
  return (item) => {
    simulatePlain(input, item, room, advance, assign, buffer, slots, refill);
    return null;
  };
}

function simulatePlain(
  input: StochasticInput,
  item: number,
  room: TrajectoryRoom,
  advance: Advance,
  assign: Assign,
  buffer: BlockBuffer,
  slots: Float64Array,
  refill: () => number,
): void {
  const { network, times, observed, seed, firstTrajectory, mostEvents } = input;
  const values = room.state.values.subarray(item * network.values, (item + 1) * network.values);
  const { time, draws } = startTrajectory(input, item, values);
  assign(values, time);
  buffer.open(seed, firstTrajectory + item, draws);
  slots.fill(0);
  slots[slot.time] = time;
  slots[slot.mostEvents] = mostEvents;
  slots[slot.culprit] = -1;
  const width = observed.length;
  const first = item * times.length * width;
  let status: number = trajectoryStatus.finished;
  for (let at = 0; at < times.length; at++) {
    slots[slot.until] = times[at] as number;
    if (status === trajectoryStatus.finished) status = advance(values, slots, buffer.numbers, refill);
    for (let place = 0; place < width; place++)
      room.samples[first + at * width + place] =
        status === trajectoryStatus.finished ? (values[observed[place] as number] as number) : Number.NaN;
  }
  const events = slots[slot.events] as number;
  room.statuses[item] = status;
  room.culprits[item] = slots[slot.culprit] as number;
  room.events[item] = events;
  room.state.times[item] = slots[slot.time] as number;
  room.state.draws[item] = draws + events;
}
