import { seededRandom } from "../../contract/index.ts";
import { Placement } from "../placement.ts";
import type { Policy } from "../policy.ts";

/** Each task on any device that can run it, all equally likely, by the seed. */
export const random: Policy = {
  id: "random",
  summary: "each task anywhere, by the seed",
  source: "the yardstick of chance",
  parameters: {},
  isRandom: true,
  plan: (problem, _, seed) => {
    const draw = seededRandom(seed);
    const placement = new Placement(problem);
    for (const task of problem.order) {
      const able = problem.power
        .map((_, device) => device)
        .filter((device) => placement.duration(task, device) < Number.POSITIVE_INFINITY);
      const device = able[Math.floor(draw() * able.length)] ?? 0;
      placement.place(task, device, placement.earliestStart(task, device));
    }
    return placement.plan();
  },
};
