import { byPriority, Placement } from "../placement.ts";
import type { Policy } from "../policy.ts";
import type { Problem } from "../problem.ts";
import { downwardRank, upwardRank } from "../ranks.ts";

/** Two sums of the same way, added up from either end, differ by no more than this share. */
const rounding = 1e-9;

/** Critical Path on a Processor: the critical path on the device where it is shortest, others where they end first. */
export const cpop: Policy = {
  id: "cpop",
  summary: "the critical path on one device, other tasks where they end first",
  source: "Topcuoglu et al. 2002, doi:10.1109/71.993206",
  parameters: {},
  plan: (problem) => {
    const [up, down] = [upwardRank(problem), downwardRank(problem)];
    const priority = up.map((rank, task) => rank + (down[task] ?? 0));
    const path = criticalPath(problem, priority);
    const chosen = deviceOfPath(problem, path);
    const placement = new Placement(problem);
    for (const task of byPriority(problem, priority)) {
      // where no device can run the whole path, none is its processor
      if (chosen !== null && path.has(task)) placement.place(task, chosen, placement.earliestStart(task, chosen));
      else placement.placeEarliest(task);
    }
    return placement.plan();
  },
};

/** From the entry of the highest priority down to an exit, each time to the child of that same priority. */
function criticalPath(
  { tasks, parentStart, childStart, childEdges, to }: Problem,
  priority: Float64Array,
): ReadonlySet<number> {
  const highest = (candidates: Iterable<number>): number | null => {
    let [best, most] = [null as number | null, Number.NEGATIVE_INFINITY];
    for (const task of candidates) {
      const here = priority[task] ?? 0;
      const isHigher = here > most + rounding * Math.abs(here);
      const isLower = here < most - rounding * Math.abs(here);
      if (isHigher || (!isLower && best !== null && task < best)) {
        best = task;
        most = Math.max(most, here);
      }
    }
    return best;
  };
  const entries = Array.from({ length: tasks }, (_, task) => task).filter(
    (task) => parentStart[task] === parentStart[task + 1],
  );
  const path = new Set<number>();
  for (let task = highest(entries); task !== null; ) {
    path.add(task);
    const edges = childEdges.subarray(childStart[task], childStart[task + 1]);
    task = highest(Array.from(edges, (edge) => to[edge] ?? 0));
  }
  return path;
}

function deviceOfPath({ devices, seconds }: Problem, path: ReadonlySet<number>): number | null {
  let [best, least] = [null as number | null, Number.POSITIVE_INFINITY];
  for (let device = 0; device < devices; device++) {
    let sum = 0;
    for (const task of path) sum += seconds[task * devices + device] ?? 0;
    if (sum < least) [best, least] = [device, sum];
  }
  return best;
}
