import type { Joules, Seconds } from "../../contract/index.ts";
import type { Placement } from "../placement.ts";
import { transferSeconds } from "../problem.ts";

/** What a task's data would cost on its way to a device, all its parents being placed. */
export function transferJoules(
  placement: Placement,
  task: number,
  device: number,
): { seconds: Seconds; joules: Joules } {
  const { problem } = placement;
  const { devices, from, parentStart, parentEdges, linkWatts } = problem;
  let [seconds, joules] = [0, 0];
  for (let at = parentStart[task] ?? 0; at < (parentStart[task + 1] ?? 0); at++) {
    const edge = parentEdges[at] ?? 0;
    const source = placement.deviceOf(from[edge] ?? 0);
    const takes = transferSeconds(problem, edge, source, device);
    seconds += takes;
    joules += takes * (source === device ? 0 : (linkWatts[source * devices + device] ?? 0));
  }
  return { seconds, joules };
}
