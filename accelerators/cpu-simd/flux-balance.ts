import { setImmediate } from "node:timers/promises";
import type { RunContext, Seconds } from "../../src/contract/index.ts";
import { refuseAborted } from "../../src/host/own-kernel.ts";
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
import type { DrawnFluxBalanceTask, FluxBalanceTask } from "./flux-balance-items.ts";
import { lanesUntil, overdue } from "./flux-balance-lanes.ts";
import { openQuickSolver } from "./flux-balance-quick.ts";
import { type SimdKernel, type SimdPool, threadsOf } from "./kernel.ts";

/**
 * Measured with knock-outs and flux ranges of networks of 58 to 2712 columns on one core of an AMD EPYC: 0.04 to 0.3 ms an
 * item at 266 entries, 0.2 to 3.5 ms at 5,912, 2 to 8 ms at 10,575. A guess until items of the problem were timed.
 */
const secondsPerItem = 0.05e-3;
const secondsPerEntry = 0.2e-6;
/** Of fewer items the first, which nothing is compiled for yet, takes most of the time. */
const fewItems = 16;
/**
 * Work of a problem from which a further thread is started. Its start takes 0.08 s of its own core (modules, the matrix, its
 * factors) and some of the calling thread's time: what all single knock-outs of E. coli iML1515 take is over sooner without.
 */
const secondsToStart = 0.25;
/** Work below which a further thread, started already, is not worth telling. */
const secondsPerThread = 4e-3;
/** A run of a small problem expected to be shorter is done at once on the calling thread, by whatever method it takes. */
const inlineSeconds = 0.02;
/** The matrix of a small problem, which even HiGHS solves in some 10 ms. */
const inlineEntries = 2000;
/** The calling thread draws items too where its share is expected to be shorter, and lets others have it in between. */
const hereSeconds = 0.1;
const sliceSeconds = 0.01;
/** A matrix up to this the calling thread solves first, and sooner than a worker starts: 0.07 s at 5,912 entries. */
const hereEntries = 8000;
/** A HiGHS instance has 2 GiB; an entry of the matrix takes some 100 bytes there, with what a factor fills in. */
const mostEntries = 10e6;

/** What the workers need of a problem, over memory that they share. */
interface Resident {
  readonly id: number;
  readonly problem: FluxProblem;
  readonly base: HighsBasis | null;
  /** What its items took so far, of one thread: in all, and an item of the quickest batch. */
  readonly spent: { all: Seconds; item: Seconds };
}

/** Lanes of a pool whose run was over before they came to it: they are about to start, and others would start more threads. */
const late = new WeakMap<SimdPool, Set<Promise<unknown>>>();
const residents = new WeakMap<FluxProblem, Resident>();
/** Numbers of the problems that are still there. */
const live = new Set<number>();
const quick = openQuickSolver();
const collected = new FinalizationRegistry<number>((id) => {
  live.delete(id);
  // the workers learn it with their next task
  fluxSolver.keepOnly([...live]);
  quick.keepOnly(live);
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
    seconds: 1e-4 + units / 1e9,
    joules: null,
    energySource: null,
    basis: "guess",
  }),
  prepare: async (pool, input, context) => {
    const prepared = await resident(pool, input, context);
    const { here, workers } = lanesOf(pool, input, prepared, context);
    // the calling thread begins alone, and others join it as they have started
    if (here) return;
    const items = { ...sliceFluxBalance(input, 0, 0), problem: prepared.problem };
    const task = { ...taskOf(prepared), items };
    await Promise.all(Array.from({ length: workers }, () => pool.run("flux-balance", task, context)));
  },
  run: async (pool, input, context) => {
    const prepared = await resident(pool, input, context);
    const { problem } = prepared;
    if (isInline(input)) return solveFluxItems({ ...taskOf(prepared), items: input });
    const { here, workers } = lanesOf(pool, input, prepared, context);
    // items differ a hundredfold in the time they take: threads draw them one by one, and write into one answer
    const cursor = new Int32Array(new SharedArrayBuffer(12));
    const answer = emptyOutput(input, (bytes) => new SharedArrayBuffer(bytes));
    // a slice, for a view would travel with the whole buffer under it
    const items = { ...sliceFluxBalance(input, 0, input.count), problem };
    const drawn = { ...taskOf(prepared), items, cursor, order: null, answer };
    const startedAt = performance.now();
    const cpuBefore = process.cpuUsage();
    const batch = { count: input.count, drawn: () => Atomics.load(cursor, 0), done: () => Atomics.load(cursor, 1) };
    const lanes = lanesUntil(() => batch.done() >= batch.count);
    const bringIn = (asked: number): boolean => {
      // of the threads that are about to start for another batch none is left over for this one
      const starting = here ? (late.get(pool)?.size ?? 0) : 0;
      const count = Math.min(asked - starting, batch.count - batch.drawn());
      const elsewhere = Array.from({ length: Math.max(0, count) }, () =>
        pool.run("flux-balance-drawn", drawn, context),
      );
      watchLate(pool, elsewhere);
      for (const lane of elsewhere) lanes.join(lane);
      return elsewhere.length > 0;
    };
    const slow = overdue(batch, secondsToStart, () => bringIn(threadsOf(pool, context) - Number(here) - workers));
    const watch = here ? undefined : setInterval(slow.ask, 1000 * sliceSeconds);
    try {
      bringIn(workers);
      const hard = here ? drawHere(drawn, context, slow.ask) : Promise.resolve([]);
      lanes.join(hard);
      await lanes.done;
      // of a machine with much else to do threads wait for a core, and of a process that does more its CPU time tells too much
      const { user, system } = process.cpuUsage(cpuBefore);
      const elapsed = ((performance.now() - startedAt) / 1000) * (Atomics.load(cursor, 2) + Number(here));
      const seconds = Math.min(elapsed, (user + system) / 1e6);
      prepared.spent.all += seconds;
      if (input.count >= fewItems) prepared.spent.item = Math.min(prepared.spent.item, seconds / input.count);
      const order = Int32Array.from(await hard);
      if (order.length > 0)
        await pool.run("flux-balance-drawn", { ...drawn, cursor: new Int32Array(3), order }, context);
    } catch (error) {
      // nobody will read what the other threads have yet to do
      Atomics.store(cursor, 0, input.count);
      throw error;
    } finally {
      clearInterval(watch);
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

function watchLate(pool: SimdPool, lanes: readonly Promise<unknown>[]): void {
  const known = late.get(pool) ?? new Set();
  late.set(pool, known);
  for (const lane of lanes) {
    known.add(lane);
    const ended = (): boolean => known.delete(lane);
    lane.then(ended, ended);
  }
}

/** Solves items on the calling thread until none is left to draw, and tells those that need a surer method than it may use. */
async function drawHere(
  task: DrawnFluxBalanceTask,
  context: RunContext,
  onSlice: () => void,
): Promise<readonly number[]> {
  const { base, items, cursor, answer } = task;
  if (base === null) return [];
  const known = { id: task.id, base };
  const hard: number[] = [];
  let until = performance.now() + 1000 * sliceSeconds;
  for (let at = Atomics.add(cursor, 0, 1); at < items.count; at = Atomics.add(cursor, 0, 1)) {
    if (!quick.solve(known, items, at, answer)) hard.push(at);
    Atomics.add(cursor, 1, 1);
    if (performance.now() < until) continue;
    onSlice();
    await setImmediate();
    refuseAborted(context, fluxBalance.id);
    until = performance.now() + 1000 * sliceSeconds;
  }
  return hard;
}

/**
 * What is kept of a problem, made now where need be. The base solve of a large or hard problem goes to a worker, where an
 * abort ends it; that of another is over before a worker has started.
 */
async function resident(pool: SimdPool, input: FluxBalanceInput, context: RunContext): Promise<Resident> {
  const { problem } = input;
  const found = residents.get(problem);
  if (found !== undefined) return found;
  numbered += 1;
  const id = numbered;
  const sharing = shared(problem);
  const task = { id, problem: sharing, live: [...live, id] };
  const base = isInline(input)
    ? await prepareFluxBalance(task)
    : ((mayBeHere(problem) ? quick.prepare(id, sharing) : null) ??
      (await pool.run("flux-balance-prepare", task, context)));
  // of two runs at once that both made it, the first counts
  const made = residents.get(problem) ?? {
    id,
    problem: sharing,
    base,
    spent: { all: 0, item: Number.POSITIVE_INFINITY },
  };
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

/** Integer columns may take any time, and so may the base of a large matrix. */
function mayBeHere({ integer, values }: FluxProblem): boolean {
  return integer === null && values.length <= hereEntries;
}

/**
 * Who draws items: the calling thread, and how many workers. A further thread comes in once a problem's items have taken
 * as long as its start does, or are expected to: what ends before is over sooner without.
 */
function lanesOf(
  pool: SimdPool,
  input: FluxBalanceInput,
  { base, spent }: Resident,
  context: RunContext,
): { readonly here: boolean; readonly workers: number } {
  if (isInline(input)) return { here: true, workers: 0 };
  const seconds = Math.min(secondsOf(input), input.count * spent.item);
  const threads = Math.min(threadsOf(pool, context), input.count, Math.floor(seconds / secondsPerThread));
  const lanes = spent.all + seconds < secondsToStart ? 1 : Math.max(1, threads);
  const here = base !== null && mayBeHere(input.problem) && seconds / lanes <= hereSeconds;
  return { here, workers: here ? lanes - 1 : lanes };
}

function taskOf({ id, problem, base }: Resident): Omit<FluxBalanceTask, "items"> {
  return { id, problem, base, live: [...live] };
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
