import { Placement } from "../placement.ts";
import type { Policy } from "../policy.ts";

/** Minimum Completion Time: task by task, each where it ends first. */
export const mct: Policy = {
  id: "mct",
  summary: "task by task, each where it ends first",
  source: "Maheswaran et al. 1999, doi:10.1006/jpdc.1999.1581",
  parameters: {},
  plan: (problem) => {
    const placement = new Placement(problem);
    for (const task of problem.order) placement.placeEarliest(task);
    return placement.plan();
  },
};
