import { makespanOf, type Plan } from "../plan.ts";
import type { Policy } from "../policy.ts";
import { deadlineOf, deadlineParameters, missed } from "./deadline.ts";
import { inStates, slowDown, statesBySpeed } from "./slow-down.ts";

/** Everything as slowly as the deadline allows: first all devices alike, then each task in the slack that is left. */
export const pace: Policy = {
  id: "pace",
  summary: "HEFT's placement in the slowest states that keep the deadline",
  source: "Yao, Demers and Shenker 1995, doi:10.1109/SFCS.1995.492493",
  parameters: deadlineParameters,
  plan: (problem, parameters) => {
    const { deadline, plan: nominal } = deadlineOf(problem, parameters);
    const bySpeed = statesBySpeed(problem);
    const levels = Math.max(...bySpeed.map(({ length }) => length));
    let slowest: Plan | null = null;
    for (let level = 0; level < levels; level++) {
      const state = nominal.state.map(
        (_, task) => bySpeed[nominal.device[task] ?? 0]?.at(level) ?? bySpeed[nominal.device[task] ?? 0]?.at(-1) ?? 0,
      );
      const plan = inStates(problem, nominal, state);
      if (makespanOf(plan) <= deadline) slowest = plan;
    }
    if (slowest === null) throw missed(problem, deadline, makespanOf(nominal));
    const slow = (_: number, device: number, inTime: readonly number[]): number =>
      bySpeed[device]?.findLast((state) => inTime.includes(state)) ?? 0;
    return { ...slowDown(problem, slowest, deadline, slow), horizon: deadline };
  },
};
