import { Placement } from "../placement.ts";
import type { Policy } from "../policy.ts";

/** Device after device, whatever they cost; one that cannot run a task is passed over. */
export const roundRobin: Policy = {
  id: "round-robin",
  summary: "device after device, in turn",
  source: "the plainest yardstick",
  parameters: {},
  plan: (problem) => {
    const { devices, order } = problem;
    const placement = new Placement(problem);
    let turn = 0;
    for (const task of order) {
      while (placement.duration(task, turn) === Number.POSITIVE_INFINITY) turn = (turn + 1) % devices;
      placement.place(task, turn, placement.earliestStart(task, turn));
      turn = (turn + 1) % devices;
    }
    return placement.plan();
  },
};
