import { BioXenError, type Seconds } from "../../contract/index.ts";
import { CarbonIntensity } from "../carbon.ts";
import { byPriority, Placement } from "../placement.ts";
import { makespanOf, type Plan } from "../plan.ts";
import type { Policy } from "../policy.ts";
import { powerTrace } from "../power-trace.ts";
import type { Problem } from "../problem.ts";
import { upwardRank } from "../ranks.ts";
import { simulate } from "../simulate.ts";
import { deadlineOf, deadlineParameters, missed } from "./deadline.ts";

/** Starts that are weighed for one task on one device: enough for a day by the half hour. */
const mostStarts = 96;

/**
 * Work put off until the electricity is cleaner: each task, by upward rank, on the device and at the start, up to the end
 * that the deadline leaves it, where what it draws above idle causes the least CO2e. The starts weighed are the earliest,
 * the latest, and those where a step of the trace begins or the task ends with one. HEFT's own plan, also put off as a
 * whole, is taken where it causes less in all.
 */
export const carbonShift: Policy = {
  id: "carbon-shift",
  summary: "work put off within the deadline to when electricity is cleaner",
  source: "Wiesner et al. 2021, doi:10.1145/3464298.3493399",
  parameters: { ...deadlineParameters, stretch: { ...deadlineParameters.stretch, default: 2 } },
  readsWatts: () => true,
  plan: (problem, parameters) => {
    const { carbon, id } = problem.platform;
    if (carbon === undefined)
      throw new BioXenError(
        "INPUT_INVALID",
        `platform ${id} has no trace of carbon intensity, which carbon-shift reads`,
        {
          context: { platform: id },
        },
      );
    const { deadline, plan: heft } = deadlineOf(problem, parameters);
    const intensity = new CarbonIntensity(carbon);
    let [best, least] = [null as Plan | null, Number.POSITIVE_INFINITY];
    for (const plan of [putOff(problem, heft, intensity, deadline), shifted(problem, intensity, deadline)]) {
      if (plan === null || makespanOf(plan) > deadline) continue;
      const grams = intensity.gramsOf(powerTrace(simulate(problem, plan)));
      if (grams < least) [best, least] = [plan, grams];
    }
    if (best === null) throw missed(problem, deadline, makespanOf(heft));
    return best;
  },
};

/** The plan as a whole at the delay that causes least; null where it cannot end by the deadline. */
function putOff(problem: Problem, plan: Plan, intensity: CarbonIntensity, deadline: Seconds): Plan | null {
  const slack = deadline - makespanOf(plan);
  if (slack < 0) return null;
  // a plan that is put off draws what it drew before, only later: no need to simulate each delay
  const trace = powerTrace(simulate(problem, plan));
  const idle = problem.power.reduce((sum, one) => sum + one.idle, 0);
  const weighed = moments(intensity.step, 0, slack).map((delay) => ({
    delay,
    grams: intensity.grams(idle, 0, delay) + intensity.gramsOf(trace, delay),
  }));
  weighed.sort((a, b) => a.grams - b.grams || a.delay - b.delay);
  for (const { delay } of weighed) {
    const held = { ...plan, notBefore: plan.start.map((moment) => moment + delay) };
    const { start, end } = simulate(problem, held);
    // the last delays may end behind the deadline by what rounding adds
    if (makespanOf({ end }) <= deadline) return { ...held, start, end };
  }
  return null;
}

/** The two ends of an interval and the steps that begin within, thinned out to a number that can be weighed. */
function moments(step: Seconds, from: Seconds, until: Seconds): readonly Seconds[] {
  const first = Math.ceil(from / step);
  const count = Math.max(0, Math.floor(until / step) - first + 1);
  const every = Math.max(1, Math.ceil(count / mostStarts));
  const inside = Array.from({ length: Math.ceil(count / every) }, (_, at) => (first + at * every) * step);
  return [from, ...inside.filter((moment) => moment > from && moment < until), until];
}

function shifted(problem: Problem, intensity: CarbonIntensity, deadline: Seconds): Plan {
  const rank = upwardRank(problem);
  const placement = new Placement(problem);
  // the deadline is shared out by how much of the longest way lies behind a task
  const longest = rank.reduce((most, one) => Math.max(most, one), 0);
  for (const task of byPriority(problem, rank)) {
    const rest = (rank[task] ?? 0) - (problem.meanSeconds[task] ?? 0);
    const latest = longest === 0 ? deadline : deadline * (1 - rest / longest);
    let [best, bestStart, bestEnd, least] = [-1, 0, 0, Number.POSITIVE_INFINITY];
    for (const [device, { busy, idle }] of problem.power.entries()) {
      const takes = placement.duration(task, device);
      const ready = placement.readyAt(task, device);
      if (!(ready + takes <= latest)) continue;
      const beginnings = moments(intensity.step, ready, latest - takes);
      const endings = moments(intensity.step, ready + takes, latest).map((end) => end - takes);
      for (const rising of [beginnings, endings]) {
        let found = Number.NEGATIVE_INFINITY;
        for (const moment of rising) {
          // up to the start that an earlier moment led to there is no room
          if (moment <= found) continue;
          const start = placement.startFrom(moment, task, device);
          const end = start + takes;
          // later moments lead to later starts
          if (end > latest) break;
          found = start;
          const grams = intensity.grams((busy[0] ?? 0) - idle, start, end);
          if (grams < least || (grams === least && end < bestEnd))
            [best, bestStart, bestEnd, least] = [device, start, end, grams];
        }
      }
    }
    if (best < 0) placement.placeEarliest(task);
    else placement.place(task, best, bestStart, 0, bestStart);
  }
  return placement.plan();
}
