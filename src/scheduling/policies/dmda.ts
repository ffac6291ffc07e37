import { Placement } from "../placement.ts";
import { numberOf, type Policy } from "../policy.ts";
import { transferJoules } from "./transfer-joules.ts";

/**
 * StarPU's dmda (data aware) with its model of energy: task by task, on the device of the least
 * `alpha x (end - earliest end) + beta x transfer seconds + gamma x (joules + idle watts x (end - end of all so far))`, the
 * last term only where the task would end after all others. Ends hold the transfers already, so that with gamma = 0 and
 * beta = 0 this is plain earliest finish time.
 */
export const dmda: Policy = {
  id: "dmda",
  summary: "StarPU's sum of time, transfer and energy",
  source:
    "Augonnet et al. 2011, doi:10.1002/cpe.1631; StarPU handbook, STARPU_SCHED_ALPHA, _BETA, _GAMMA, STARPU_IDLE_POWER",
  parameters: {
    alpha: { default: 1, least: 0, about: "weight of a second" },
    beta: { default: 0, least: 0, about: "weight of a second of transfer, beside its part in the end" },
    gamma: { default: 0, least: 0, about: "weight of a joule" },
    idle: { default: 0, least: 0, about: "watts that the whole machine draws idle, as the policy is to believe" },
  },
  readsWatts: ({ gamma }) => gamma !== 0,
  plan: (problem, parameters) => {
    const { devices, order, power } = problem;
    const [alpha, beta] = [numberOf(parameters, "alpha"), numberOf(parameters, "beta")];
    const [gamma, idle] = [numberOf(parameters, "gamma"), numberOf(parameters, "idle")];
    const placement = new Placement(problem);
    const starts = new Float64Array(devices);
    const ends = new Float64Array(devices);
    for (const task of order) {
      for (let device = 0; device < devices; device++) {
        starts[device] = placement.earliestStart(task, device);
        ends[device] = (starts[device] ?? 0) + placement.duration(task, device);
      }
      const first = Math.min(...ends);
      let [best, least] = [0, Number.POSITIVE_INFINITY];
      for (let device = 0; device < devices; device++) {
        const end = ends[device] ?? 0;
        if (end === Number.POSITIVE_INFINITY) continue;
        const moved = transferJoules(placement, task, device);
        const joules = placement.duration(task, device) * (power[device]?.busy[0] ?? 0) + moved.joules;
        const late = idle * Math.max(0, end - placement.makespan);
        const fitness = alpha * (end - first) + beta * moved.seconds + gamma * (joules + late);
        if (fitness < least) [best, least] = [device, fitness];
      }
      placement.place(task, best, starts[best] ?? 0);
    }
    return placement.plan();
  },
};
