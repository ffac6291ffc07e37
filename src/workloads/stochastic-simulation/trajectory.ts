// The oracle: the direct method as it is defined, everything computed anew after each reaction.
import { EventQueue, type EventState, noRandom } from "../../network/index.ts";
import { trajectoryDraws } from "./draws.ts";
import { flow, nextCrossing } from "./flow.ts";
import type { StochasticInput } from "./input.ts";
import { trajectoryStatus } from "./output.ts";
import { startTrajectory, type TrajectoryRoom } from "./start.ts";
import { leap } from "./tau-leap.ts";
import { allRates, choose, end, leavesOf, randomOf, react, type Simulator, type Walk } from "./walk.ts";

/** Simulates one trajectory of an input into its place in the answer; gives where its events stand, null where it has none. */
export function simulateTrajectory(
  simulator: Simulator,
  input: StochasticInput,
  item: number,
  answer: TrajectoryRoom,
): EventState | null {
  const { network, functions } = simulator;
  const { times, observed, seed, firstTrajectory, state, mostEvents } = input;
  const values = answer.state.values.subarray(item * network.values, (item + 1) * network.values);
  const start = startTrajectory(input, item, values);
  const walk: Walk = {
    simulator,
    values,
    ...start,
    events: 0,
    status: trajectoryStatus.finished,
    culprit: -1,
    tree: new Float64Array(2 * leavesOf(network.reactions.length)),
    draw: trajectoryDraws(seed, firstTrajectory + item),
    drawn: { waiting: 0, choice: 0 },
    mostEvents,
  };
  functions.assign(values, walk.time);
  const queue = network.events.length === 0 ? null : new EventQueue(functions, state?.events?.[item] ?? null);
  // what was changed may trigger events at once; what was not has been looked at before
  if (queue !== null) settle(walk, queue);
  const samples = answer.samples.subarray(
    item * times.length * observed.length,
    (item + 1) * times.length * observed.length,
  );
  samples.fill(Number.NaN);
  for (const [at, time] of times.entries()) {
    if (walk.status === trajectoryStatus.finished) advance(walk, queue, time);
    if (walk.status !== trajectoryStatus.finished) break;
    const here = sampleAt(walk, time);
    for (const [place, value] of observed.entries()) samples[at * observed.length + place] = here[value] ?? Number.NaN;
  }
  answer.statuses[item] = walk.status;
  answer.culprits[item] = walk.culprit;
  answer.events[item] = walk.events;
  answer.state.times[item] = walk.time;
  answer.state.draws[item] = walk.draws;
  return queue?.state ?? null;
}

/** The values at a time before the next reaction. */
function sampleAt({ simulator, values, time: from }: Walk, time: number): Float64Array {
  if (simulator.flow.targets.length === 0 && simulator.network.assignments.length === 0) return values;
  const here = values.slice();
  flow(simulator.flow, here, from, time);
  simulator.functions.assign(here, time);
  return here;
}

/** Goes on until the next reaction would come at or after a time; events at that time itself still happen. */
function advance(walk: Walk, queue: EventQueue | null, until: number): void {
  const { simulator } = walk;
  for (;;) {
    const total = allRates(walk);
    if (walk.status !== trajectoryStatus.finished) return;
    if (simulator.leaps !== null) {
      if (walk.time >= until) return;
      if (isExhausted(walk)) return;
      if (leap(walk, simulator.leaps, total, until)) {
        walk.events++;
        if (isStopped(walk)) return;
        continue;
      }
    }
    walk.draw(walk.draws, walk.drawn);
    const next = total > 0 ? walk.time + walk.drawn.waiting / total : Number.POSITIVE_INFINITY;
    const interruption = queue === null ? Number.POSITIVE_INFINITY : interruptionOf(walk, queue);
    if (queue !== null && interruption <= next && interruption <= until) {
      if (isExhausted(walk)) return;
      if (!interrupt(walk, queue, interruption, until)) return;
      if (walk.status !== trajectoryStatus.finished || isStopped(walk)) return;
      continue;
    }
    if (!(next < until)) {
      // a leap starts at the time where the last one ended
      if (simulator.leaps !== null) {
        walk.time = until;
        walk.draws++;
      }
      return;
    }
    if (isExhausted(walk)) return;
    const chosen = choose(walk.tree, walk.drawn.choice * total);
    walk.draws++;
    walk.events++;
    flow(simulator.flow, walk.values, walk.time, next);
    walk.time = next;
    if (!react(walk, chosen, 1)) return;
    simulator.functions.assign(walk.values, walk.time);
    if (queue !== null) settle(walk, queue);
    if (walk.status !== trajectoryStatus.finished || isStopped(walk)) return;
  }
}

/** Whether the budget is used up; the walk then ends. */
function isExhausted(walk: Walk): boolean {
  if (walk.events < walk.mostEvents) return false;
  end(walk, trajectoryStatus.exhausted);
  return true;
}

function isStopped(walk: Walk): boolean {
  const { stopWhen } = walk.simulator;
  if (stopWhen === null || stopWhen(walk.values, walk.time, noRandom) === 0) return false;
  end(walk, trajectoryStatus.stopped);
  return true;
}

/** When an event is due or a trigger may change, if no reaction comes before. */
function interruptionOf({ simulator, values, time }: Walk, queue: EventQueue): number {
  return Math.min(Math.max(time, queue.nextDue), nextCrossing(simulator.flow, values, time));
}

/** Goes to an interruption and lets happen what is due; false where it comes only just after `until`. */
function interrupt(walk: Walk, queue: EventQueue, at: number, until: number): boolean {
  const { simulator, values } = walk;
  const random = randomOf(walk);
  const goTo = (time: number): void => {
    flow(simulator.flow, values, walk.time, time);
    walk.time = time;
    simulator.functions.assign(values, time);
  };
  const due = queue.nextDue <= at;
  const before = due ? null : values.slice();
  const from = walk.time;
  goTo(at);
  const changed = queue.look(values, at, random);
  if (!due && !changed) {
    // a comparison such as t > 1 is false at 1 itself and true right after; rounding may also stop just short of it
    const after = at + Math.max(Math.abs(at) * 2 ** -48, Number.MIN_VALUE);
    if (after > until && before !== null) {
      values.set(before);
      walk.time = from;
      return false;
    }
    goTo(after);
    queue.look(values, after, random);
  }
  // the waiting time that this cut short is forgotten
  walk.draws++;
  happenAll(walk, queue);
  // so that comparisons which are crossed for ever use up the budget
  walk.events++;
  return true;
}

function settle(walk: Walk, queue: EventQueue): void {
  queue.look(walk.values, walk.time, randomOf(walk));
  happenAll(walk, queue);
}

/** Lets happen all that is due, within the budget: events may trigger each other for ever. */
function happenAll(walk: Walk, queue: EventQueue): void {
  const random = randomOf(walk);
  while (queue.nextDue <= walk.time && queue.badDelay < 0) {
    if (isExhausted(walk)) return;
    queue.happen(walk.values, walk.time, random);
    walk.events++;
  }
  if (queue.badDelay >= 0) end(walk, trajectoryStatus.badDelay, queue.badDelay);
}
