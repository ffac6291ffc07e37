import { byPriority, Placement } from "../placement.ts";
import { makespanOf } from "../plan.ts";
import type { Policy } from "../policy.ts";
import { upwardRank } from "../ranks.ts";
import { deadlineOf, deadlineParameters, missed } from "./deadline.ts";
import { statesBySpeed } from "./slow-down.ts";

/** Everything in the fastest state, then idle until the deadline: what `pace` is held against. */
export const raceToIdle: Policy = {
  id: "race-to-idle",
  summary: "HEFT in the fastest states, then idle until the deadline",
  source: "Albers 2010, doi:10.1145/1735223.1735245",
  parameters: deadlineParameters,
  plan: (problem, parameters) => {
    const { deadline } = deadlineOf(problem, parameters);
    const fastest = statesBySpeed(problem).map(([state = 0]) => state);
    const placement = new Placement(problem);
    for (const task of byPriority(problem, upwardRank(problem))) {
      let [best, bestStart, bestEnd] = [0, 0, Number.POSITIVE_INFINITY];
      for (const [device, state] of fastest.entries()) {
        const start = placement.earliestStart(task, device, state);
        const end = start + placement.duration(task, device, state);
        if (end < bestEnd) [best, bestStart, bestEnd] = [device, start, end];
      }
      placement.place(task, best, bestStart, fastest[best]);
    }
    const plan = placement.plan({ horizon: deadline });
    if (makespanOf(plan) > deadline) throw missed(problem, deadline, makespanOf(plan));
    return plan;
  },
};
