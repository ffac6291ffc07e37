import type { RunContext, Seconds } from "../../src/contract/index.ts";
import { emptyOutput } from "../../src/workloads/flux-balance/output.ts";
import { sliceFluxBalance } from "../../src/workloads/flux-balance/split.ts";
import {
  type FluxBalanceInput,
  type FluxBalanceOutput,
  type FluxProblem,
  fluxBalance,
} from "../../src/workloads/index.ts";
import { fluxSolver, prepareFluxBalance, solveFluxItems } from "./flux-balance.worker.ts";
import type { HighsBasis } from "./flux-balance-highs.ts";
import type { FluxBalanceTask } from "./flux-balance-items.ts";
import { type SimdKernel, type SimdPool, threadsOf } from "./kernel.ts";

/**
 * Measured with knock-outs and flux ranges of networks of 58 to 2712 columns on one core of an AMD EPYC: 0.04 to 0.3 ms an
 * item at 266 entries, 0.2 to 3.5 ms at 5,912, 2 to 8 ms at 10,575.
 */
const secondsPerItem = 0.05e-3;
const secondsPerEntry = 0.2e-6;
/** Work below which a further thread costs more to start than it saves. */
const secondsPerThread = 0.02;
/** A run expected to be shorter is done at once on the calling thread. */
const inlineSeconds = 0.02;
/** A larger matrix may take longer to solve for the first time. */
const inlineEntries = 2000;
/** A HiGHS instance has 2 GiB; an entry of the matrix takes some 100 bytes there, with what a factor fills in. */
const mostEntries = 10e6;

/** What the workers need of a problem, over memory that they share. */
interface Resident {
  readonly id: number;
  readonly problem: FluxProblem;
  readonly base: HighsBasis | null;
}

const residents = new WeakMap<FluxProblem, Resident>();
/** Numbers of the problems that are still there. */
const live = new Set<number>();
const collected = new FinalizationRegistry<number>((id) => {
  live.delete(id);
  // the workers learn it with their next task
  fluxSolver.keepOnly([...live]);
});
let numbered = 0;

export const fluxBalanceKernel: SimdKernel<FluxBalanceInput, FluxBalanceOutput> = {
  workload: fluxBalance,
  supports: (input, { memory }) => {
    const entries = input.problem.values.length;
    if (entries > mostEntries) return { ok: false, reason: `a matrix of ${entries} entries may not fit WebAssembly` };
    // once as the workers' parts, once joined
    const bytes = 2 * fluxBalance.size(input).bytesOut;
    return memory === null || bytes <= memory
      ? { ok: true }
      : { ok: false, reason: `the answer takes ${bytes} bytes of ${memory}` };
  },
  prior: ({ units }) => ({
    seconds: 1e-3 + units / 1e9,
    joules: null,
    energySource: null,
    basis: "guess",
  }),
  prepare: async (pool, input, context) => {
    const prepared = await resident(pool, input, context);
    if (isInline(input)) return;
    const { id, problem, base } = prepared;
    const items = { ...sliceFluxBalance(input, 0, 0), problem };
    const task: FluxBalanceTask = { id, problem, base, live: [...live], items };
    const lanes = lanesOf(threadsOf(pool, context), input);
    await Promise.all(Array.from({ length: lanes }, () => pool.run("flux-balance", task, context)));
  },
  run: async (pool, input, context) => {
    const { id, problem, base } = await resident(pool, input, context);
    const task = { id, problem, base, live: [...live] };
    if (isInline(input)) return solveFluxItems({ ...task, items: input });
    const lanes = lanesOf(threadsOf(pool, context), input);
    // items differ a hundredfold in the time they take: threads draw them one by one, and write into one answer
    const cursor = new Int32Array(new SharedArrayBuffer(4));
    const answer = emptyOutput(input, (bytes) => new SharedArrayBuffer(bytes));
    // a slice, for a view would travel with the whole buffer under it
    const items = { ...sliceFluxBalance(input, 0, input.count), problem };
    try {
      const drawn = { ...task, items, cursor, answer };
      await Promise.all(Array.from({ length: lanes }, () => pool.run("flux-balance-drawn", drawn, context)));
    } catch (error) {
      // nobody will read what the other threads have yet to do
      Atomics.store(cursor, 0, input.count);
      throw error;
    }
    return {
      statuses: answer.statuses.slice(),
      objectives: answer.objectives.slice(),
      residuals: answer.residuals.slice(),
      attempts: answer.attempts.slice(),
      fluxes: answer.fluxes?.slice() ?? null,
      shadowPrices: answer.shadowPrices?.slice() ?? null,
      reducedCosts: answer.reducedCosts?.slice() ?? null,
    };
  },
};

/**
 * What is kept of a problem, made now where need be. The base solve of a large problem goes to a worker, where an abort
 * ends it; that of a small one is over before a worker has started.
 */
async function resident(pool: SimdPool, input: FluxBalanceInput, context: RunContext): Promise<Resident> {
  const { problem } = input;
  const found = residents.get(problem);
  if (found !== undefined) return found;
  numbered += 1;
  const id = numbered;
  const sharing = shared(problem);
  const task = { id, problem: sharing, live: [...live, id] };
  const base = await (isInline(input) ? prepareFluxBalance(task) : pool.run("flux-balance-prepare", task, context));
  // of two runs at once that both made it, the first counts
  const made = residents.get(problem) ?? { id, problem: sharing, base };
  if (made.id !== id) return made;
  residents.set(problem, made);
  live.add(id);
  collected.register(problem, id);
  return made;
}

function secondsOf({ problem, count }: FluxBalanceInput): Seconds {
  return count * (secondsPerItem + problem.values.length * secondsPerEntry);
}

/** Integer columns may take any time, and only a worker can be stopped. */
function isInline(input: FluxBalanceInput): boolean {
  return (
    input.problem.integer === null && secondsOf(input) <= inlineSeconds && input.problem.values.length <= inlineEntries
  );
}

function lanesOf(threads: number, input: FluxBalanceInput): number {
  return Math.max(1, Math.min(threads, input.count, Math.floor(secondsOf(input) / secondsPerThread)));
}

/** The problem over shared memory, so that it reaches each worker without another copy. */
function shared(problem: FluxProblem): FluxProblem {
  const floats = (values: Float64Array): Float64Array => {
    const copy = new Float64Array(new SharedArrayBuffer(values.byteLength));
    copy.set(values);
    return copy;
  };
  const integers = (values: Int32Array): Int32Array => {
    const copy = new Int32Array(new SharedArrayBuffer(values.byteLength));
    copy.set(values);
    return copy;
  };
  return {
    ...problem,
    starts: integers(problem.starts),
    indices: integers(problem.indices),
    values: floats(problem.values),
    rowLower: floats(problem.rowLower),
    rowUpper: floats(problem.rowUpper),
    lower: floats(problem.lower),
    upper: floats(problem.upper),
    objective: floats(problem.objective),
  };
}
