// Goes from one time to the next with whatever method makes the steps: their length, events and what is kept.
import {
  EventQueue,
  type EventState,
  type NetworkFunctions,
  noRandom,
  philox,
  type Random,
  type ReactionNetwork,
} from "../../network/index.ts";
import type { KineticsInput } from "./input.ts";
import { type KineticsRoom, kineticsStatus } from "./output.ts";
import { nextSwitch, type TimeSwitches, timeSwitchesOf } from "./time-switches.ts";

/** A one-step method on one network. */
export interface StepMethod {
  readonly network: ReactionNetwork;
  readonly functions: NetworkFunctions;
  /** Order of the error that `attempt` estimates: it goes with the step's length to this power. */
  readonly order: number;
  /**
   * Tries a step from values that are up to date: writes all values at its end, and gives its error in units of the tolerance,
   * of which up to 1 is let pass; NaN where there is no such step.
   */
  readonly attempt: (
    values: Float64Array,
    time: number,
    step: number,
    next: Float64Array,
    tolerance: Tolerance,
  ) => number;
  /** What values change by, in a unit of time, one for each of `states`. */
  readonly slopes: (values: Float64Array, time: number) => Float64Array;
  /** Numbers of the values that move. */
  readonly states: Int32Array;
}

interface Tolerance {
  readonly relative: number;
  readonly absolute: number;
}

interface Walk {
  readonly method: StepMethod;
  readonly tolerance: Tolerance;
  readonly mostSteps: number;
  values: Float64Array;
  next: Float64Array;
  time: number;
  /** The step to try next. */
  step: number;
  tried: number;
  status: number;
  culprit: number;
  readonly queue: EventQueue | null;
  readonly switches: TimeSwitches;
  readonly random: Random;
}

/** A step that is this short beside the time moves nothing any more. */
const shortest = 2 ** -50;
/** With events, a step is at most this part of the way to the next kept time, so that a trigger is seen to come and go; so are other jumps. */
const eventSteps = 16;

/** Solves one item into its place in the answer; gives where its events stand, null where it has none. */
export function solveItem(
  method: StepMethod,
  input: KineticsInput,
  item: number,
  room: KineticsRoom,
): EventState | null {
  const { network, functions } = method;
  const { from, times, observed, state, changes, relative, absolute, mostSteps, seed, firstItem } = input;
  const size = network.values;
  const values = new Float64Array(size);
  values.set(state === null ? network.initial : state.values.subarray(item * size, (item + 1) * size));
  for (let at = changes?.offsets[item] ?? 0; at < (changes?.offsets[item + 1] ?? 0); at++)
    values[changes?.values[at] ?? 0] = changes?.amounts[at] ?? Number.NaN;
  const time = state?.times[item] ?? from;
  functions.assign(values, time);
  const source = countedRandom(seed, firstItem + item, state?.draws[item] ?? 0);
  const queue = network.events.length === 0 ? null : new EventQueue(functions, state?.events?.[item] ?? null);
  const walk: Walk = {
    method,
    tolerance: { relative, absolute },
    mostSteps,
    values,
    next: new Float64Array(size),
    time,
    step: state?.steps[item] ?? 0,
    tried: 0,
    status: kineticsStatus.finished,
    culprit: -1,
    queue,
    switches: timeSwitchesOf(network),
    random: source.random,
  };
  settle(walk);
  const width = observed.length;
  const first = item * times.length * width;
  for (let at = 0; at < times.length; at++) {
    if (walk.status === kineticsStatus.finished) advance(walk, times[at] ?? Number.NaN);
    for (let place = 0; place < width; place++)
      room.samples[first + at * width + place] =
        walk.status === kineticsStatus.finished ? (walk.values[observed[place] ?? 0] ?? Number.NaN) : Number.NaN;
  }
  room.statuses[item] = walk.status;
  room.culprits[item] = walk.culprit;
  room.steps[item] = walk.tried;
  room.state.values.set(walk.values, item * size);
  room.state.times[item] = walk.time;
  room.state.steps[item] = walk.step;
  room.state.draws[item] = source.used();
  return queue?.state ?? null;
}

function advance(walk: Walk, until: number): void {
  const { method, tolerance, queue, switches } = walk;
  const longest = (until - walk.time) / (queue === null && !switches.hasOthers ? 1 : eventSteps);
  while (walk.time < until && walk.status === kineticsStatus.finished) {
    if (walk.tried >= walk.mostSteps) {
      walk.status = kineticsStatus.exhausted;
      return;
    }
    if (!(walk.step > 0)) walk.step = firstStep(walk, until - walk.time);
    const due = queue?.nextDue ?? Number.POSITIVE_INFINITY;
    const stop = Math.min(until, due, nextSwitch(switches, walk.values, walk.time));
    const wanted = Math.min(walk.step, longest);
    // rather than leave a crumb
    const isLast = walk.time + wanted * (1 + 1e-9) >= stop;
    const step = isLast ? stop - walk.time : wanted;
    const error = step > 0 ? method.attempt(walk.values, walk.time, step, walk.next, tolerance) : 0;
    walk.tried++;
    if (step > 0 && !(error <= 1)) {
      walk.step = step * Math.max(0.1, Number.isNaN(error) ? 0.1 : 0.9 * error ** (-1 / method.order));
      if (walk.step > shortest * Math.abs(walk.time) && walk.step > Number.MIN_VALUE) continue;
      stick(walk);
      return;
    }
    const proposed = step * Math.min(6, Math.max(0.2, 0.9 * Math.max(error, 1e-10) ** (-1 / method.order)));
    // a step that was cut short says little of what a whole one would have been
    walk.step = step < wanted ? Math.max(walk.step, proposed) : proposed;
    if (step > 0) accept(walk, step, isLast ? stop : walk.time + step);
    settle(walk);
  }
}

/** Takes the step, or the part of it after which a trigger changes. */
function accept(walk: Walk, step: number, to: number): void {
  const { method, queue, tolerance, random, time } = walk;
  let end = to;
  if (queue?.differs(walk.next, to, random)) {
    let before = 0;
    let after = step;
    // halving ends where the times on both sides are next to each other, or all but
    for (let halvings = 0; halvings < 60 && after - before > shortest * Math.abs(time + after); halvings++) {
      const middle = (before + after) / 2;
      method.attempt(walk.values, time, middle, walk.next, tolerance);
      if (queue.differs(walk.next, time + middle, random)) after = middle;
      else before = middle;
    }
    if (after < step) end = time + after;
    method.attempt(walk.values, time, after, walk.next, tolerance);
    method.functions.assign(walk.next, end);
  }
  const old = walk.values;
  walk.values = walk.next;
  walk.next = old;
  walk.time = end;
}

/** Lets all events happen that are due. */
function settle(walk: Walk): void {
  const { queue, values, time, random } = walk;
  if (queue === null) return;
  queue.look(values, time, random);
  while (queue.nextDue <= time && queue.badDelay < 0) {
    if (walk.tried >= walk.mostSteps) {
      walk.status = kineticsStatus.exhausted;
      return;
    }
    queue.happen(values, time, random);
    // events may trigger each other for ever
    walk.tried++;
  }
  if (queue.badDelay < 0) return;
  walk.status = kineticsStatus.badDelay;
  walk.culprit = queue.badDelay;
}

function stick(walk: Walk): void {
  const { method, values, time } = walk;
  walk.status = kineticsStatus.stuck;
  walk.culprit = method.functions.rates.findIndex((rate) => !Number.isFinite(rate(values, time, noRandom)));
}

/** Whether a value is no finite number, and moves from there by finite ones: it stays what it is, and no step is too long for it. */
export function staysUnset(value: number, slope: number): boolean {
  return !Number.isFinite(value) && Number.isFinite(slope);
}

/** A hundredth of the time in which values change by as much as they are: Hairer, Norsett & Wanner, II.4. */
function firstStep({ method, values, time, tolerance }: Walk, longest: number): number {
  const slopes = method.slopes(values, time);
  let size = 0;
  let speed = 0;
  for (const [at, state] of method.states.entries()) {
    const value = Math.abs(values[state] ?? 0);
    if (!Number.isFinite(value)) continue;
    const scale = tolerance.absolute + tolerance.relative * value;
    size = Math.max(size, value / scale);
    speed = Math.max(speed, Math.abs(slopes[at] ?? 0) / scale);
  }
  if (Number.isNaN(speed) || speed < 1e-5) return longest;
  return Math.min(longest, (size < 1e-5 ? 1e-3 : 0.01 * size) / speed);
}

/** Random numbers of one item, a block of Philox with the key (seed, item) each. */
function countedRandom(
  seed: number,
  item: number,
  from: number,
): { readonly random: Random; readonly used: () => number } {
  const counter = new Uint32Array(4);
  const words = new Uint32Array(4);
  let used = from;
  return {
    used: () => used,
    random: () => {
      counter[0] = used % 2 ** 32;
      counter[1] = Math.floor(used / 2 ** 32);
      used++;
      philox(counter, Uint32Array.of(seed, item), words);
      return (((words[0] ?? 0) >>> 6) * 2 ** 26 + ((words[1] ?? 0) >>> 6) + 0.5) / 2 ** 52;
    },
  };
}
