import type { EventState, ReactionNetwork } from "../../src/network/index.ts";
import {
  type StochasticInput,
  type StochasticState,
  type StochasticTrajectories,
  stochasticSimulation,
} from "../../src/workloads/index.ts";
import { isBrief } from "../../src/workloads/stochastic-simulation/brief.ts";
import { whyUnsupported } from "../../src/workloads/stochastic-simulation/ensemble.ts";
import { emptyTrajectories } from "../../src/workloads/stochastic-simulation/start.ts";
import { type SimdKernel, threadsOf } from "./kernel.ts";
import { sharedNetwork } from "./shared-network.ts";
import { type EventStates, simulateDrawn, type TrajectoriesJob } from "./stochastic-simulation.worker.ts";

/** Events of a stretch of trajectories that a thread draws at once: some 0.1 ms. */
const stretchEvents = 3e3;

/**
 * Small networks by generated code with all state in locals, large ones by a sum tree, both over random numbers that SIMD makes eight
 * blocks at a time; tau-leaping, events and rate rules by the oracle's own steps with compiled expressions. Trajectories are shared out
 * over the threads. Floor of an event: 40 vector instructions for its block and logarithm, a descent and an ascent of the tree.
 */
export const stochasticSimulationKernel: SimdKernel<StochasticInput, StochasticTrajectories> = {
  workload: stochasticSimulation,
  supports: (input) => {
    const reason = whyUnsupported(input);
    return reason === null ? { ok: true } : { ok: false, reason };
  },
  prior: ({ units, bytesOut }) => ({
    seconds: 2e-5 + units / 3e7 + bytesOut / 2e9,
    joules: null,
    energySource: null,
    basis: "guess",
  }),
  prepare: async (pool, input, context) => {
    sharedNetwork(input.network);
    if (isBrief(input)) return;
    await pool.start(threadsOf(pool, context), "stochastic-simulation", jobOf({ ...input, count: 0 }), context);
  },
  run: async (pool, input, context) => {
    const { network, count } = input;
    // quicker here than the way to a worker and back
    if (isBrief(input)) {
      const room = emptyTrajectories(network, count, pointsOf(input), false);
      let next = 0;
      const draw = (): number => next++;
      return answerOf(input, room, simulateDrawn(input, draw, 1, room), false);
    }
    const job = jobOf(input);
    const threads = Math.min(threadsOf(pool, context), Math.ceil(count / job.stretch));
    try {
      const states = await Promise.all(
        Array.from({ length: threads }, () => pool.run("stochastic-simulation", job, context)),
      );
      const answer = answerOf(input, job.room, states.flat(), true);
      // no thread writes to it any more
      rooms.set(network, { points: pointsOf(input), count, room: job.room });
      return answer;
    } catch (error) {
      // nobody will read what the other threads have yet to do
      Atomics.store(job.cursor, 0, count);
      throw error;
    }
  },
};

/**
 * Shared memory of the last run over a network: callers that advance an ensemble step by step ask for the same again. It
 * is taken away while a run writes to it.
 */
const rooms = new WeakMap<ReactionNetwork, { points: number; count: number; room: TrajectoriesJob["room"] }>();

function roomFor(input: StochasticInput): TrajectoriesJob["room"] {
  const { network, count } = input;
  const kept = rooms.get(network);
  rooms.delete(network);
  return kept?.count === count && kept.points === pointsOf(input)
    ? kept.room
    : emptyTrajectories(network, count, pointsOf(input), true);
}

/** A state whose values threads share instead of getting a copy each. */
function sharedState(state: StochasticState | null): StochasticState | null {
  if (state === null || state.values.buffer instanceof SharedArrayBuffer) return state;
  const values = new Float64Array(new SharedArrayBuffer(state.values.byteLength));
  values.set(state.values);
  return { ...state, values };
}

function pointsOf({ times, observed }: StochasticInput): number {
  return times.length * observed.length;
}

function jobOf(input: StochasticInput): TrajectoriesJob {
  const { network, ...rest } = input;
  const { count } = input;
  const each = stochasticSimulation.size(input).units / Math.max(1, count);
  return {
    network: sharedNetwork(network),
    input: { ...rest, state: sharedState(rest.state) },
    stretch: Math.max(1, Math.min(Math.ceil(count / 16), Math.floor(stretchEvents / each))),
    cursor: new Int32Array(new SharedArrayBuffer(4)),
    room: roomFor(input),
  };
}

/** The answer over memory of its own. */
function answerOf(
  { network }: StochasticInput,
  { statuses, culprits, samples, events, state }: TrajectoriesJob["room"],
  states: EventStates,
  shared: boolean,
): StochasticTrajectories {
  const own = <T extends Float64Array | Int32Array | Uint8Array>(all: T): T => (shared ? (all.slice() as T) : all);
  const ordered: EventState[] = [...states].sort(([a], [b]) => a - b).map(([, one]) => one);
  return {
    statuses: own(statuses),
    culprits: own(culprits),
    samples: own(samples),
    events: own(events),
    precision: "double",
    state: {
      values: own(state.values),
      times: own(state.times),
      draws: own(state.draws),
      events: network.events.length > 0 ? ordered : null,
    },
  };
}
