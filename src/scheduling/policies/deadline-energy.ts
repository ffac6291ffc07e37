import type { Joules, Seconds } from "../../contract/index.ts";
import { byPriority, Placement } from "../placement.ts";
import { makespanOf, type Plan } from "../plan.ts";
import type { Policy } from "../policy.ts";
import type { Problem } from "../problem.ts";
import { upwardRank } from "../ranks.ts";
import { simulate } from "../simulate.ts";
import { cpop } from "./cpop.ts";
import { deadlineOf, deadlineParameters, missed } from "./deadline.ts";
import { dmda } from "./dmda.ts";
import { peft } from "./peft.ts";
import { slowDown } from "./slow-down.ts";
import { transferJoules } from "./transfer-joules.ts";

/** How much of the deadline the tasks are shared out over, in the plans that are compared. */
const shares = [1, 0.95, 0.9, 0.85, 0.8, 0.75, 0.7, 0.6, 0.5];

/** A second as against a second of the hungriest device, in the plans of dmda that are compared. */
const weights = [0.1, 0.25, 0.5, 1, 2, 4];

/**
 * The least energy of the whole machine among plans that end by the deadline: HEFT's, PEFT's, CPOP's, dmda's, and ones that put
 * each task where it takes the fewest joules and still ends by its share of the deadline (the part of the longest way that
 * lies before it), all of them with and without slower states in the slack.
 */
export const deadlineEnergy: Policy = {
  id: "deadline-energy",
  summary: "least energy of the machine among plans that end by the deadline",
  source:
    "after Yu, Buyya and Tham 2005, doi:10.1109/E-SCIENCE.2005.26 (deadlines shared out), and Lee and Zomaya 2011, doi:10.1109/TPDS.2010.208",
  parameters: deadlineParameters,
  readsWatts: () => true,
  plan: (problem, parameters) => {
    const { deadline, plan: first } = deadlineOf(problem, parameters);
    const rank = upwardRank(problem);
    const mostWatts = Math.max(...problem.power.map(({ busy: [nominal = 0] }) => nominal)) || 1;
    const bases = [
      first,
      peft.plan(problem, {}, 0),
      cpop.plan(problem, {}, 0),
      ...weights.map((weight) => dmda.plan(problem, { alpha: 1, beta: 0, gamma: weight / mostWatts, idle: 0 }, 0)),
      ...shares.map((share) => frugal(problem, rank, deadline * share)),
    ];
    let [best, least] = [null as Plan | null, Number.POSITIVE_INFINITY];
    for (const base of bases) {
      if (makespanOf(base) > deadline) continue;
      for (const plan of [base, slowDown(problem, base, deadline, fewestJoules(problem))]) {
        const { total } = simulate(problem, plan).energy;
        if (total < least) [best, least] = [plan, total];
      }
    }
    if (best === null) throw missed(problem, deadline, Math.min(...bases.map(makespanOf)));
    return best;
  },
};

function fewestJoules({ seconds, devices, power }: Problem) {
  const above = (task: number, device: number, state: number): Joules => {
    const { slowdown = [], busy = [], idle = 0 } = power[device] ?? {};
    return (seconds[task * devices + device] ?? 0) * (slowdown[state] ?? 1) * ((busy[state] ?? 0) - idle);
  };
  return (task: number, device: number, inTime: readonly number[]): number =>
    inTime.reduce((best, state) => (above(task, device, state) < above(task, device, best) ? state : best));
}

function frugal(problem: Problem, rank: Float64Array, deadline: Seconds): Plan {
  const { devices, meanSeconds, power } = problem;
  const placement = new Placement(problem);
  const longest = rank.reduce((most, one) => Math.max(most, one), 0);
  for (const task of byPriority(problem, rank)) {
    const rest = (rank[task] ?? 0) - (meanSeconds[task] ?? 0);
    const latest = longest === 0 ? deadline : deadline * (1 - rest / longest);
    let [best, bestStart, least] = [-1, 0, Number.POSITIVE_INFINITY];
    for (let device = 0; device < devices; device++) {
      const start = placement.earliestStart(task, device);
      const takes = placement.duration(task, device);
      if (!(start + takes <= latest)) continue;
      const { busy = [], idle = 0 } = power[device] ?? {};
      const joules = takes * ((busy[0] ?? 0) - idle) + transferJoules(placement, task, device).joules;
      if (joules < least) [best, bestStart, least] = [device, start, joules];
    }
    if (best < 0) placement.placeEarliest(task);
    else placement.place(task, best, bestStart);
  }
  return placement.plan();
}
