import type { Seconds } from "../contract/index.ts";
import type { Problem } from "./problem.ts";

/** Times that no schedule in the nominal states is shorter than. */
export interface LowerBounds {
  /** The longest way from an entry to an exit, each task on its fastest device and nothing transferred. */
  readonly criticalPath: Seconds;
  /** All tasks on their fastest devices, shared out evenly. */
  readonly capacity: Seconds;
}

export function lowerBounds({ tasks, devices, order, seconds, parentStart, parentEdges, from }: Problem): LowerBounds {
  const end = new Float64Array(tasks);
  let [criticalPath, work] = [0, 0];
  for (const task of order) {
    let ready = 0;
    for (let at = parentStart[task] ?? 0; at < (parentStart[task + 1] ?? 0); at++)
      ready = Math.max(ready, end[from[parentEdges[at] ?? 0] ?? 0] ?? 0);
    const least = fastest(seconds.subarray(task * devices, (task + 1) * devices));
    work += least;
    end[task] = ready + least;
    criticalPath = Math.max(criticalPath, end[task] ?? 0);
  }
  return { criticalPath, capacity: work / devices };
}

function fastest(costs: Float64Array): Seconds {
  let least = Number.POSITIVE_INFINITY;
  for (const cost of costs) if (cost < least) least = cost;
  return least;
}
