import type { Joules, Seconds } from "../contract/index.ts";
import type { Simulation } from "./simulate.ts";

/** The machine's power over time, as steps, and energy that comes at one moment. */
export interface PowerTrace {
  /** When each step begins; the first at 0. */
  readonly times: Float64Array;
  /** By step, until the next one; the last is 0 and begins at the horizon. */
  readonly watts: Float64Array;
  /** Wake-ups that take no time. */
  readonly impulses: readonly { readonly time: Seconds; readonly joules: Joules }[];
}

/** What the machine drew, moment by moment: made from the intervals of a simulation and not from its sums. */
export function powerTrace(simulation: Simulation): PowerTrace {
  const changes = changesOf(simulation);
  const impulses = simulation.wakeUps
    .filter(({ start, end }) => start === end)
    .map(({ start, joules }) => ({ time: start, joules }));
  const byTime = changes.order();
  const times: Seconds[] = [];
  const watts: number[] = [];
  let level = 0;
  for (const at of byTime) {
    const time = changes.time(at);
    level += changes.step(at);
    if (times.at(-1) === time) watts[watts.length - 1] = level;
    else {
      times.push(time);
      watts.push(level);
    }
  }
  // what rounding left of the last step
  if (watts.length > 0) watts[watts.length - 1] = 0;
  return { times: Float64Array.from(times), watts: Float64Array.from(watts), impulses };
}

/** Energy under the trace, in joules. */
export function traceJoules({ times, watts, impulses }: PowerTrace): Joules {
  let sum = 0;
  for (let at = 0; at + 1 < times.length; at++) sum += ((times[at + 1] ?? 0) - (times[at] ?? 0)) * (watts[at] ?? 0);
  for (const { joules } of impulses) sum += joules;
  return sum;
}

/** The highest step. */
export function peakWatts({ watts }: PowerTrace): number {
  let most = 0;
  for (const one of watts) if (one > most) most = one;
  return most;
}

class Changes {
  readonly #times: Seconds[] = [];
  readonly #steps: number[] = [];

  /** So many watts more between two moments. */
  add(from: Seconds, until: Seconds, watts: number): void {
    if (until <= from || watts === 0) return;
    this.#times.push(from, until);
    this.#steps.push(watts, -watts);
  }

  order(): Uint32Array {
    const times = this.#times;
    return Uint32Array.from(times, (_, at) => at).sort((a, b) => (times[a] ?? 0) - (times[b] ?? 0) || a - b);
  }

  time(at: number): Seconds {
    return this.#times[at] ?? 0;
  }

  step(at: number): number {
    return this.#steps[at] ?? 0;
  }
}

function changesOf({ problem, plan, start, end, arrival, horizon, wakeUps }: Simulation): Changes {
  const { power, devices, from, to, linkWatts } = problem;
  const changes = new Changes();
  for (const [device, { idle, context, busy, wakeAfter, wakeSeconds }] of power.entries()) {
    changes.add(0, horizon, idle);
    let last = Number.NEGATIVE_INFINITY;
    for (const task of plan.sequence[device] ?? []) {
      const [begins = 0, ends = 0] = [start[task], end[task]];
      const closed = begins - last > wakeAfter;
      changes.add(
        last,
        closed ? Math.min(last + wakeAfter, begins - wakeSeconds) : begins,
        last === -Infinity ? 0 : context,
      );
      changes.add(begins, ends, (busy[plan.state[task] ?? 0] ?? Number.NaN) - idle);
      last = ends;
    }
  }
  // in its wake-up a device draws that, and not its idle power
  for (const { device, start: since, end: until, joules } of wakeUps)
    changes.add(since, until, joules / (until - since) - (power[device]?.idle ?? 0));
  for (let edge = 0; edge < from.length; edge++) {
    const [parent = 0, child = 0] = [from[edge], to[edge]];
    const [source = 0, target = 0] = [plan.device[parent], plan.device[child]];
    if (source !== target) changes.add(end[parent] ?? 0, arrival[edge] ?? 0, linkWatts[source * devices + target] ?? 0);
  }
  return changes;
}
