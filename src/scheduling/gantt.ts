import type { Simulation } from "./simulate.ts";

/** What each device did when, for a chart: one row a device. */
export function ganttOf({ problem, plan, start, end }: Simulation): {
  name: string;
  bars: { name: string; from: number; to: number }[];
}[] {
  return problem.platform.devices.map(({ id }, device) => ({
    name: id,
    bars: Array.from(plan.sequence[device] ?? [], (task) => ({
      name: problem.graph.tasks[task]?.id ?? "",
      from: start[task] ?? 0,
      to: end[task] ?? 0,
    })),
  }));
}
