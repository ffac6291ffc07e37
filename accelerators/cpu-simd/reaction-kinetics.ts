import { type KineticsInput, type KineticsSolutions, reactionKinetics } from "../../src/workloads/index.ts";
import { isBrief } from "../../src/workloads/reaction-kinetics/brief.ts";
import { emptySolutions, type KineticsRoom } from "../../src/workloads/reaction-kinetics/output.ts";
import { type SimdKernel, threadsOf } from "./kernel.ts";
import { type ItemsJob, type SolvedEvents, solveItems } from "./reaction-kinetics.worker.ts";
import { sharedNetwork } from "./shared-network.ts";

/**
 * RODAS4 with a generated right-hand side and Jacobian, and a sparse factorization whose every write is known beforehand;
 * items are shared out over the threads. Floor of a step: six evaluations, six sparse solutions, one factorization.
 */
export const reactionKineticsKernel: SimdKernel<KineticsInput, KineticsSolutions> = {
  workload: reactionKinetics,
  supports: () => ({ ok: true }),
  prior: ({ units, bytesOut }) => ({
    seconds: 2e-5 + units / 2e7 + bytesOut / 2e9,
    joules: null,
    energySource: null,
    basis: "guess",
  }),
  prepare: async (pool, input, context) => {
    sharedNetwork(input.network);
    if (isBrief(input)) return;
    await pool.start(threadsOf(pool, context), "reaction-kinetics", jobOf({ ...input, count: 0 }), context);
  },
  run: async (pool, input, context) => {
    const { network, count, times, observed } = input;
    if (isBrief(input)) {
      const room = emptySolutions(network, count, times.length * observed.length, false);
      let next = 0;
      return answerOf(
        input,
        room,
        solveItems(input, () => next++, room),
        false,
      );
    }
    const job = jobOf(input);
    const threads = Math.min(threadsOf(pool, context), count);
    try {
      const states = await Promise.all(
        Array.from({ length: threads }, () => pool.run("reaction-kinetics", job, context)),
      );
      return answerOf(input, job.room, states.flat(), true);
    } catch (error) {
      // nobody will read what the other threads have yet to do
      Atomics.store(job.cursor, 0, count);
      throw error;
    }
  },
};

function jobOf(input: KineticsInput): ItemsJob {
  const { network, ...rest } = input;
  return {
    network: sharedNetwork(network),
    input: rest,
    cursor: new Int32Array(new SharedArrayBuffer(4)),
    room: emptySolutions(network, input.count, input.times.length * input.observed.length, true),
  };
}

/** The answer over memory of its own. */
function answerOf(
  { network }: KineticsInput,
  { statuses, culprits, samples, steps, state }: KineticsRoom,
  events: SolvedEvents,
  shared: boolean,
): KineticsSolutions {
  const own = <T extends Float64Array | Int32Array | Uint8Array>(all: T): T => (shared ? (all.slice() as T) : all);
  const ordered = [...events].sort(([a], [b]) => a - b).map(([, one]) => one);
  return {
    statuses: own(statuses),
    culprits: own(culprits),
    samples: own(samples),
    steps: own(steps),
    state: {
      values: own(state.values),
      times: own(state.times),
      steps: own(state.steps),
      draws: own(state.draws),
      events: network.events.length > 0 ? ordered : null,
    },
  };
}
