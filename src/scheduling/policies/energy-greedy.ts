import { Placement } from "../placement.ts";
import type { Policy } from "../policy.ts";
import { transferJoules } from "./transfer-joules.ts";

/** Task by task where it takes the fewest joules itself, whatever the machine draws meanwhile; of equal ones where it ends first. */
export const energyGreedy: Policy = {
  id: "energy-greedy",
  summary: "task by task where it takes the fewest joules itself",
  source: "the yardstick of what ignores idle power",
  parameters: {},
  readsWatts: () => true,
  plan: (problem) => {
    const { devices, order, power } = problem;
    const placement = new Placement(problem);
    for (const task of order) {
      let [best, bestStart, bestEnd, least] = [0, 0, 0, Number.POSITIVE_INFINITY];
      for (let device = 0; device < devices; device++) {
        const takes = placement.duration(task, device);
        if (takes === Number.POSITIVE_INFINITY) continue;
        const joules = takes * (power[device]?.busy[0] ?? 0) + transferJoules(placement, task, device).joules;
        if (joules > least) continue;
        const start = placement.earliestStart(task, device);
        if (joules < least || start + takes < bestEnd)
          [best, bestStart, bestEnd, least] = [device, start, start + takes, joules];
      }
      placement.place(task, best, bestStart);
    }
    return placement.plan();
  },
};
