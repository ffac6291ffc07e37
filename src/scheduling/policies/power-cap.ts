import { BioXenError, type Seconds } from "../../contract/index.ts";
import { byPriority, Placement } from "../placement.ts";
import { makespanOf, type Plan } from "../plan.ts";
import { numberOf, type Policy } from "../policy.ts";
import { type Problem, transferSeconds } from "../problem.ts";
import { upwardRank } from "../ranks.ts";
import { PowerProfile } from "./power-profile.ts";

/** Of the room under the cap, what is kept for transfers, in the plans of which the shortest is taken. */
const transferShares = [0, 0.1, 0.25];

/**
 * The machine's power never passes a cap: by upward rank, each task on the device, in the state and at the time where it
 * ends first and neither it nor its transfers lift the machine above. Contexts count as always open, and a wake-up as
 * drawing all its energy in its time. Where transfers leave a task no place, everything runs on the one device that is
 * through first. With noise tasks are held back until their planned start, yet one that is late may still meet another.
 */
export const powerCap: Policy = {
  id: "power-cap",
  summary: "HEFT under a cap on the machine's power",
  source: "after Topcuoglu et al. 2002 and Bodas et al. 2014, doi:10.1109/E2SC.2014.8",
  parameters: {
    watts: { default: null, least: 0, about: "the cap, for the whole machine; in place of share" },
    share: { default: 0.75, least: 0, about: "the cap as a share of the way from idle to all devices busy" },
  },
  readsWatts: () => true,
  plan: (problem, parameters) => {
    const floor = problem.power.reduce((sum, { idle, context }) => sum + idle + context, 0);
    const full = problem.power.reduce((sum, { busy }) => sum + Math.max(...busy), 0);
    const asked = parameters["watts"];
    const leastAbove = leastPeakAbove(problem);
    const least = floor + leastAbove;
    const cap = asked ?? Math.max(least, floor + numberOf(parameters, "share") * (full - floor));
    if (cap < least)
      throw new BioXenError(
        "INPUT_INVALID",
        `${problem.platform.id} cannot run ${problem.graph.name} under ${cap} W: that takes ${least} W`,
        { context: { workflow: problem.graph.name, watts: cap } },
      );
    // where the cap is the least there is, the difference may round to less
    const room = Math.max(cap - floor, leastAbove);
    const shares = problem.linkWatts.some((watts) => watts > 0) ? transferShares : [0];
    const found = shares.flatMap((share) => capped(problem, room, room * (1 - share)) ?? []);
    const [first = onOneDevice(problem, room), ...others] = found;
    return others.reduce((best, plan) => (makespanOf(plan) < makespanOf(best) ? plan : best), first);
  },
};

/** What a device adds to the floor while it runs, or wakes for, a task. */
function above({ power }: Problem, device: number, state: number): number {
  const { busy = [], idle = 0, context = 0, wakeSeconds = 0, wakeJoules = 0 } = power[device] ?? {};
  const waking = wakeSeconds > 0 ? wakeJoules / wakeSeconds : 0;
  return Math.max(busy[state] ?? 0, waking) - idle - context;
}

/** What the lowest power at which some one device can run every task adds to the floor. */
function leastPeakAbove(problem: Problem): number {
  const peaks = problem.power.map(({ busy }, device) =>
    runsAll(problem, device) ? Math.min(...busy.map((_, state) => above(problem, device, state))) : Infinity,
  );
  const one = Math.min(...peaks);
  if (one < Number.POSITIVE_INFINITY) return one;
  // no device has the memory for all of them: any cap below everything at once may prove too low
  const everything = problem.power.map(({ busy }, device) =>
    Math.max(...busy.map((_, state) => above(problem, device, state))),
  );
  const links = problem.linkWatts.reduce((sum, watts) => sum + watts, 0) * problem.from.length;
  return everything.reduce((sum, watts) => sum + watts, 0) + links;
}

function runsAll({ seconds, tasks, devices }: Problem, device: number): boolean {
  for (let task = 0; task < tasks; task++)
    if (seconds[task * devices + device] === Number.POSITIVE_INFINITY) return false;
  return true;
}

/** @param taskRoom What tasks may take of the room, so that something is left for transfers. */
function capped(problem: Problem, room: number, taskRoom: number): Plan | null {
  const { devices, power, parentStart, parentEdges, from, linkWatts } = problem;
  const placement = new Placement(problem);
  const profile = new PowerProfile();
  const transfersTo = (task: number, device: number): { from: Seconds; until: Seconds; watts: number }[] => {
    const found: { from: Seconds; until: Seconds; watts: number }[] = [];
    for (let at = parentStart[task] ?? 0; at < (parentStart[task + 1] ?? 0); at++) {
      const edge = parentEdges[at] ?? 0;
      const parent = from[edge] ?? 0;
      const source = placement.deviceOf(parent);
      if (source === device) continue;
      const leaves = placement.end[parent] ?? 0;
      const watts = linkWatts[source * devices + device] ?? 0;
      found.push({ from: leaves, until: leaves + transferSeconds(problem, edge, source, device), watts });
    }
    return found;
  };
  for (const task of byPriority(problem, upwardRank(problem))) {
    let [best, bestState, bestStart, bestEnd, bestWakes] = [-1, 0, 0, Number.POSITIVE_INFINITY, 0];
    for (const [device, { busy, wakeSeconds }] of power.entries()) {
      const transfers = transfersTo(task, device);
      // together at their worst: a sum that is seldom reached, and never passed
      const moving = transfers.reduce((sum, one) => sum + one.watts, 0);
      if (transfers.some((one) => profile.obstacle(one.from, one.until, moving, room) !== null)) continue;
      for (let state = 0; state < busy.length; state++) {
        const watts = above(problem, device, state);
        const takes = placement.duration(task, device, state);
        const within = Math.max(taskRoom, Math.min(room, watts));
        let start =
          watts + (wakeSeconds > 0 ? moving : 0) > room
            ? Number.POSITIVE_INFINITY
            : placement.earliestStart(task, device, state);
        let wakes = start - wakeSeconds;
        while (start + takes < bestEnd) {
          // the device may wake while the data is still on its way
          const next =
            profile.obstacle(wakes, start, watts + moving, room) ??
            profile.obstacle(wakes, start + takes, watts, within);
          if (next === null) {
            [best, bestState, bestStart, bestEnd, bestWakes] = [device, state, start, start + takes, wakes];
            break;
          }
          let ready = Math.max(next + wakeSeconds, start);
          // a wake-up begins so long before its task, and not a rounding before what was in the way has ended
          while (ready - wakeSeconds < next) ready *= 1 + Number.EPSILON;
          start = placement.startFrom(ready, task, device, state);
          wakes = start - wakeSeconds;
        }
      }
    }
    if (best < 0) return null;
    for (const { from: since, until, watts } of transfersTo(task, best)) profile.add(since, until, watts);
    profile.add(bestWakes, bestEnd, above(problem, best, bestState));
    placement.place(task, best, bestStart, bestState, bestStart);
  }
  return placement.plan();
}

function onOneDevice(problem: Problem, room: number): Plan {
  let best: Placement | null = null;
  for (const [device, { busy }] of problem.power.entries()) {
    if (!runsAll(problem, device)) continue;
    for (let state = 0; state < busy.length; state++) {
      if (above(problem, device, state) > room) continue;
      const placement = new Placement(problem);
      for (const task of problem.order)
        placement.place(task, device, placement.earliestStart(task, device, state), state);
      if (best === null || placement.makespan < best.makespan) best = placement;
    }
  }
  if (best !== null) return best.plan({ note: "one device at a time: transfers did not fit under the cap" });
  throw new BioXenError("INPUT_INVALID", `${problem.graph.name}: no plan found under the cap`, {
    context: { workflow: problem.graph.name },
  });
}
