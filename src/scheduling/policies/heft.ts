import { byPriority, Placement } from "../placement.ts";
import type { Policy } from "../policy.ts";
import type { Problem } from "../problem.ts";
import { upwardRank } from "../ranks.ts";

/** Heterogeneous Earliest Finish Time: by upward rank, each task in the gap where it ends first. */
export const heft: Policy = {
  id: "heft",
  summary: "by upward rank, each where it ends first",
  source: "Topcuoglu et al. 2002, doi:10.1109/71.993206",
  parameters: {},
  plan: (problem) => heftPlacement(problem).plan(),
};

export function heftPlacement(problem: Problem): Placement {
  const placement = new Placement(problem);
  for (const task of byPriority(problem, upwardRank(problem))) placement.placeEarliest(task);
  return placement;
}
