import type { Seconds } from "../contract/index.ts";
import type { Plan } from "./plan.ts";
import { type Problem, transferSeconds } from "./problem.ts";
import { ReadyQueue } from "./ready-queue.ts";
import { Timeline } from "./timeline.ts";

/** A plan in the making: tasks are placed one by one, every task after its parents. */
export class Placement {
  readonly problem: Problem;
  readonly start: Float64Array;
  readonly end: Float64Array;
  readonly #device: Int32Array;
  readonly #state: Uint8Array;
  readonly #notBefore: Float64Array;
  readonly #timelines: readonly Timeline[];
  /** When the last task placed so far ends. */
  makespan: Seconds = 0;

  constructor(problem: Problem) {
    const { tasks, power } = problem;
    this.problem = problem;
    this.start = new Float64Array(tasks);
    this.end = new Float64Array(tasks);
    this.#device = new Int32Array(tasks).fill(-1);
    this.#state = new Uint8Array(tasks);
    this.#notBefore = new Float64Array(tasks);
    this.#timelines = power.map(({ wakeSeconds }) => new Timeline(wakeSeconds));
  }

  deviceOf(task: number): number {
    return this.#device[task] ?? -1;
  }

  /** When the last task of a device ends. */
  lastEnd(device: number): Seconds {
    return this.#timelines[device]?.lastEnd ?? 0;
  }

  /** When all that a task reads is on a device. */
  readyAt(task: number, device: number): Seconds {
    const { problem, end } = this;
    const { parentStart, parentEdges, from } = problem;
    let ready = 0;
    for (let at = parentStart[task] ?? 0; at < (parentStart[task + 1] ?? 0); at++) {
      const edge = parentEdges[at] ?? 0;
      const parent = from[edge] ?? 0;
      const arrives = (end[parent] ?? 0) + transferSeconds(problem, edge, this.#device[parent] ?? 0, device);
      if (arrives > ready) ready = arrives;
    }
    return ready;
  }

  /** How long a task takes on a device, in a state of it; Infinity where it cannot run. */
  duration(task: number, device: number, state = 0): Seconds {
    const { seconds, devices, power } = this.problem;
    const nominal = seconds[task * devices + device] ?? Number.POSITIVE_INFINITY;
    return state === 0 ? nominal : nominal * (power[device]?.slowdown[state] ?? 1);
  }

  /** The first start in a gap that is long enough, or behind the last task; Infinity where it cannot run. */
  earliestStart(task: number, device: number, state = 0, notBefore: Seconds = 0): Seconds {
    return this.startFrom(Math.max(notBefore, this.readyAt(task, device)), task, device, state);
  }

  /** The same for a ready time that is known. */
  startFrom(ready: Seconds, task: number, device: number, state = 0): Seconds {
    const duration = this.duration(task, device, state);
    if (duration === Number.POSITIVE_INFINITY) return duration;
    return this.#timelines[device]?.earliest(ready, duration) ?? 0;
  }

  /** Earliest finish time, in the nominal state. */
  earliestEnd(task: number, device: number): Seconds {
    return this.earliestStart(task, device) + this.duration(task, device);
  }

  /** Places a task at a start that one of the above gave. */
  place(task: number, device: number, start: Seconds, state = 0, heldUntil: Seconds = 0): void {
    const end = start + this.duration(task, device, state);
    this.#timelines[device]?.insert(task, start, end);
    this.start[task] = start;
    this.end[task] = end;
    this.#device[task] = device;
    this.#state[task] = state;
    this.#notBefore[task] = heldUntil;
    if (end > this.makespan) this.makespan = end;
  }

  /** Places a task where it ends first; of equal devices on the lowest. Returns the device. */
  placeEarliest(task: number): number {
    let [best, bestStart, bestEnd] = [0, 0, Number.POSITIVE_INFINITY];
    for (let device = 0; device < this.problem.devices; device++) {
      const start = this.earliestStart(task, device);
      const end = start + this.duration(task, device);
      if (end < bestEnd) [best, bestStart, bestEnd] = [device, start, end];
    }
    this.place(task, best, bestStart);
    return best;
  }

  plan(more: { readonly horizon?: Seconds; readonly note?: string } = {}): Plan {
    return {
      device: Uint32Array.from(this.#device),
      state: this.#state.slice(),
      sequence: this.#timelines.map(({ tasks }) => tasks),
      start: this.start.slice(),
      end: this.end.slice(),
      notBefore: this.#notBefore.slice(),
      horizon: more.horizon ?? 0,
      note: more.note ?? null,
    };
  }
}

/** Tasks by priority, each as soon as all its parents were given; of equal ones the lowest index. */
export function* byPriority(problem: Problem, priority: Float64Array): Generator<number, void, void> {
  const { tasks, parentStart } = problem;
  const waiting = Uint32Array.from(
    { length: tasks },
    (_, task) => (parentStart[task + 1] ?? 0) - (parentStart[task] ?? 0),
  );
  const ready = new ReadyQueue(priority);
  for (let task = 0; task < tasks; task++) if (waiting[task] === 0) ready.push(task);
  for (let task = ready.pop(); task !== null; task = ready.pop()) {
    yield task;
    for (const child of freedBy(problem, task, waiting)) ready.push(child);
  }
}

/** The tasks that waited for this one alone, by edge; `waiting` counts the parents that each task still misses. */
export function freedBy(
  { childStart, childEdges, to }: Problem,
  task: number,
  waiting: Uint32Array,
): readonly number[] {
  const freed: number[] = [];
  for (let at = childStart[task] ?? 0; at < (childStart[task + 1] ?? 0); at++) {
    const child = to[childEdges[at] ?? 0] ?? 0;
    const left = (waiting[child] ?? 0) - 1;
    waiting[child] = left;
    if (left === 0) freed.push(child);
  }
  return freed;
}
