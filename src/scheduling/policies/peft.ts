import { byPriority, Placement } from "../placement.ts";
import type { Policy } from "../policy.ts";
import { optimisticCosts } from "../ranks.ts";

/** Predict Earliest Finish Time: by mean optimistic cost, each where its end and the rest of its way are shortest. */
export const peft: Policy = {
  id: "peft",
  summary: "by mean optimistic cost, each where its end plus that cost is least",
  source: "Arabnejad and Barbosa 2014, doi:10.1109/TPDS.2013.57",
  parameters: {},
  plan: (problem) => {
    const { tasks, devices } = problem;
    const costs = optimisticCosts(problem);
    const rank = Float64Array.from({ length: tasks }, (_, task) => {
      let sum = 0;
      for (let device = 0; device < devices; device++) sum += costs[task * devices + device] ?? 0;
      return sum / devices;
    });
    const placement = new Placement(problem);
    for (const task of byPriority(problem, rank)) {
      let [best, bestStart, least] = [0, 0, Number.POSITIVE_INFINITY];
      for (let device = 0; device < devices; device++) {
        const start = placement.earliestStart(task, device);
        const optimistic = start + placement.duration(task, device) + (costs[task * devices + device] ?? 0);
        if (optimistic < least) [best, bestStart, least] = [device, start, optimistic];
      }
      placement.place(task, best, bestStart);
    }
    return placement.plan();
  },
};
