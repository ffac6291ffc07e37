import { BioXenError, type Joules, type Seconds } from "../contract/index.ts";
import { EventHeap } from "./event-heap.ts";
import { checkedNoise, type Noise, noiseFactors, noNoise } from "./noise.ts";
import type { Plan } from "./plan.ts";
import { type Problem, transferSeconds } from "./problem.ts";

/** Where a machine's energy went. */
export interface EnergySplit {
  /** Devices while they run tasks, idle power included. */
  readonly busy: Joules;
  /** Devices while they run nothing, with a context open or not. */
  readonly idle: Joules;
  /** Links while data travels. */
  readonly transfer: Joules;
  /** Opening contexts. */
  readonly wake: Joules;
  readonly total: Joules;
}

/** An interval in which a device opens its context. */
export interface WakeUp {
  readonly device: number;
  readonly start: Seconds;
  readonly end: Seconds;
  readonly joules: Joules;
}

/** What became of a plan. */
export interface Simulation {
  readonly problem: Problem;
  readonly plan: Plan;
  /** By task. */
  readonly start: Float64Array;
  readonly end: Float64Array;
  readonly makespan: Seconds;
  /** Until when the machine was paid for: the makespan, or the plan's horizon where that is later. */
  readonly horizon: Seconds;
  readonly energy: EnergySplit;
  /** By edge: when its data came; the end of the parent where both ran on one device. */
  readonly arrival: Float64Array;
  readonly wakeUps: readonly WakeUp[];
  /** By device: seconds with a task running. */
  readonly busySeconds: Float64Array;
  /** By device: seconds with a context open and no task running. */
  readonly contextSeconds: Float64Array;
}

export interface SimulateOptions {
  readonly noise?: Noise | undefined;
  /** Of the noise. */
  readonly seed?: number | undefined;
}

/**
 * Carries a plan out, event by event. A device runs its tasks in the plan's order, each as soon as the device is free, all
 * that it reads has come and the plan holds it back no longer. Data leaves as soon as the parent ends, each edge on its own.
 * @throws BioXenError `INPUT_INVALID` for a plan that cannot go on: an order against the precedence, a task left out.
 */
export function simulate(
  problem: Problem,
  plan: Plan,
  { noise = noNoise, seed = 0 }: SimulateOptions = {},
): Simulation {
  checkedNoise(noise);
  const { tasks, devices, power, seconds, from, to, childStart, childEdges, parentStart } = problem;
  const start = new Float64Array(tasks).fill(Number.NaN);
  const end = new Float64Array(tasks).fill(Number.NaN);
  const arrival = new Float64Array(from.length);
  const durations = noiseFactors(tasks, noise.tasks, seed, taskStream);
  const transfers = noiseFactors(from.length, noise.transfers, seed, transferStream);
  const waiting = new Uint32Array(tasks);
  for (let task = 0; task < tasks; task++) waiting[task] = (parentStart[task + 1] ?? 0) - (parentStart[task] ?? 0);
  const ready = plan.notBefore.slice();
  const next = new Uint32Array(devices);
  const free = Float64Array.from(power, ({ wakeSeconds }) => wakeSeconds);
  const isRunning = new Uint8Array(devices);
  const events = new EventHeap(devices);
  let done = 0;

  const startNext = (device: number): void => {
    const sequence = plan.sequence[device];
    const task = sequence?.[next[device] ?? 0];
    if (isRunning[device] === 1 || task === undefined || waiting[task] !== 0) return;
    isRunning[device] = 1;
    next[device] = (next[device] ?? 0) + 1;
    const begins = Math.max(ready[task] ?? 0, free[device] ?? 0);
    const nominal = seconds[task * devices + device] ?? Number.NaN;
    const state = plan.state[task] ?? 0;
    const planned = state === 0 ? nominal : nominal * (power[device]?.slowdown[state] ?? Number.NaN);
    start[task] = begins;
    // a factor of 1 leaves the planned end to the last bit
    end[task] = begins + planned * (durations[task] ?? 1);
    events.push(end[task] ?? 0, task);
  };

  for (let device = 0; device < devices; device++) startNext(device);
  for (let task = events.pop(); task >= 0; task = events.pop()) {
    const now = events.time;
    const device = plan.device[task] ?? 0;
    done++;
    free[device] = now;
    isRunning[device] = 0;
    for (let at = childStart[task] ?? 0; at < (childStart[task + 1] ?? 0); at++) {
      const edge = childEdges[at] ?? 0;
      const child = to[edge] ?? 0;
      const where = plan.device[child] ?? 0;
      const comes = now + transferSeconds(problem, edge, device, where) * (transfers[edge] ?? 1);
      arrival[edge] = comes;
      if (comes > (ready[child] ?? 0)) ready[child] = comes;
      waiting[child] = (waiting[child] ?? 0) - 1;
      // its device may have waited for this one
      if (waiting[child] === 0) startNext(where);
    }
    startNext(device);
  }
  if (done < tasks) throw stuck(problem, start, done);
  return { problem, plan, start, end, arrival, ...account(problem, plan, start, end, arrival) };
}

const taskStream = 1;
const transferStream = 2;

function stuck({ graph, tasks }: Problem, start: Float64Array, done: number): BioXenError {
  const first = graph.tasks[start.findIndex(Number.isNaN)]?.id ?? "";
  return new BioXenError(
    "INPUT_INVALID",
    `${graph.name}: the plan runs ${done} of ${tasks} tasks; ${first} never starts`,
    {
      context: { workflow: graph.name },
    },
  );
}

type Account = Pick<Simulation, "makespan" | "horizon" | "energy" | "wakeUps" | "busySeconds" | "contextSeconds">;

function account(problem: Problem, plan: Plan, start: Float64Array, end: Float64Array, arrival: Float64Array): Account {
  const { devices, power, from, to, linkWatts } = problem;
  let makespan = 0;
  for (const one of end) if (one > makespan) makespan = one;
  const horizon = Math.max(makespan, plan.horizon);
  let [busy, idle, transfer, wake] = [0, 0, 0, 0];
  const wakeUps: WakeUp[] = [];
  const busySeconds = new Float64Array(devices);
  const contextSeconds = new Float64Array(devices);
  for (const [device, facts] of power.entries()) {
    let [running, open, waking, last] = [0, 0, 0, Number.NEGATIVE_INFINITY];
    for (const task of plan.sequence[device] ?? []) {
      const [begins = 0, ends = 0] = [start[task], end[task]];
      if (begins - last > facts.wakeAfter || last === Number.NEGATIVE_INFINITY) {
        const since = begins - facts.wakeSeconds;
        // a context that closed was open until its time ran out
        if (last !== Number.NEGATIVE_INFINITY) open += Math.min(facts.wakeAfter, since - last);
        if (facts.wakeSeconds > 0 || facts.wakeJoules > 0)
          wakeUps.push({ device, start: since, end: begins, joules: facts.wakeJoules });
        wake += facts.wakeJoules;
        waking += facts.wakeSeconds;
      } else open += begins - last;
      running += ends - begins;
      busy += (ends - begins) * (facts.busy[plan.state[task] ?? 0] ?? Number.NaN);
      last = ends;
    }
    idle += (horizon - running - waking) * facts.idle + open * facts.context;
    busySeconds[device] = running;
    contextSeconds[device] = open;
  }
  for (let edge = 0; edge < from.length; edge++) {
    const [parent = 0, child = 0] = [from[edge], to[edge]];
    const [source = 0, target = 0] = [plan.device[parent], plan.device[child]];
    if (source !== target)
      transfer += ((arrival[edge] ?? 0) - (end[parent] ?? 0)) * (linkWatts[source * devices + target] ?? 0);
  }
  return {
    makespan,
    horizon,
    energy: { busy, idle, transfer, wake, total: busy + idle + transfer + wake },
    wakeUps,
    busySeconds,
    contextSeconds,
  };
}
