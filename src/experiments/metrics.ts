import { CarbonIntensity, lowerBounds, peakWatts, powerTrace, type Simulation } from "../scheduling/index.ts";

/** What an experiment may ask for beside makespan and energy, which every row has. */
export const metricIds = ["edp", "slr", "utilization", "peak-watts", "carbon", "transfer-seconds"] as const;

export type MetricId = (typeof metricIds)[number];

const of: Readonly<Record<MetricId, (simulation: Simulation) => number>> = {
  /** Joules x seconds. */
  edp: ({ energy, makespan }) => energy.total * makespan,
  /** Makespan over the critical path on the fastest devices (Topcuoglu et al. 2002, eq. 10). */
  slr: ({ problem, makespan }) => makespan / lowerBounds(problem).criticalPath,
  /** Share of devices x makespan with a task running. */
  utilization: ({ busySeconds, makespan }) =>
    busySeconds.reduce((sum, one) => sum + one, 0) / (busySeconds.length * makespan),
  "peak-watts": (simulation) => peakWatts(powerTrace(simulation)),
  /** gCO2e; the platform has a trace, or the experiment was refused. */
  carbon: (simulation) => {
    const { carbon } = simulation.problem.platform;
    return carbon === undefined ? Number.NaN : new CarbonIntensity(carbon).gramsOf(powerTrace(simulation));
  },
  "transfer-seconds": ({ problem, arrival, end }) => {
    let sum = 0;
    for (const [edge, comes] of arrival.entries()) sum += comes - (end[problem.from[edge] ?? 0] ?? 0);
    return sum;
  },
};

export function metricsOf(simulation: Simulation, ids: readonly MetricId[]): Readonly<Record<string, number>> {
  return Object.fromEntries(ids.map((id) => [id, of[id](simulation)]));
}
