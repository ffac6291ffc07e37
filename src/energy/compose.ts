import type { DeviceInfo, EnergyMeter } from "../contract/index.ts";

/** The sum of several meters: a counter only where all of them are, and as coarse as the coarsest. */
export function sumOfMeters(meters: readonly [EnergyMeter, ...EnergyMeter[]]): EnergyMeter {
  return {
    source: meters.every(({ source }) => source === "counter") ? "counter" : "model",
    counts: meters.map(({ counts, source }) => counts ?? `a ${source}`).join(", and "),
    resolution: Math.max(...meters.map(({ resolution = 0 }) => resolution)),
    read: async () => {
      const joules = await Promise.all(meters.map((meter) => meter.read()));
      return joules.reduce((sum, one) => sum + one, 0);
    },
  };
}

/** Whether a device works on the host's own cores, so that the host's counters see what it draws. */
export function isOnHost({ kind, features, simulated }: DeviceInfo): boolean {
  return (
    !simulated &&
    (kind === "cpu" || features.some((feature) => feature === "software" || feature.startsWith("threads:")))
  );
}
