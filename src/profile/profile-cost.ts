import type { AnyWorkload, Cost, Seconds, Work } from "../contract/index.ts";
import type { DeviceProfile, Rate } from "./device-profile.ts";

/**
 * What a run would cost on a profiled device, or null where the profile does not say. A rate of the workload itself
 * comes first, the fastest one at this size; without one, a workload counted in flop takes at least its time on the
 * roofline of single-precision peak and memory bandwidth (Williams, Waterman, Patterson, CACM 2009). Terms that the
 * profile has no number for are left out, so that the seconds are a lower bound; joules are null without a power
 * while running, for a TDP is a cap, not consumption.
 */
export function profileCost(
  { rates, quantities }: DeviceProfile,
  { id, throughput }: Pick<AnyWorkload, "id" | "throughput">,
  work: Work,
): Cost | null {
  const [best] = rates
    .filter(({ workload, rate }) => workload === id && rate.value !== null)
    .map((rate) => ({ seconds: ratedSeconds(rate, work), watts: rate.watts.value }))
    .sort((one, other) => one.seconds - other.seconds);
  if (best !== undefined) return costOf(best.seconds, best.watts);
  const peak = quantities["peak-fp32"].value;
  if (throughput.unit !== "flop" || peak === null) return null;
  const bandwidth = quantities["memory-bandwidth"].value ?? Number.POSITIVE_INFINITY;
  const bound = Math.max(work.units / peak, (work.bytesIn + work.bytesOut) / bandwidth);
  return costOf((quantities["launch-latency"].value ?? 0) + bound, null);
}

function ratedSeconds({ rate, overhead, bandwidth }: Rate, { units, bytesIn, bytesOut }: Work): Seconds {
  return (
    (overhead.value ?? 0) +
    units / (rate.value ?? Number.POSITIVE_INFINITY) +
    (bytesIn + bytesOut) / (bandwidth.value ?? Number.POSITIVE_INFINITY)
  );
}

function costOf(seconds: Seconds, watts: number | null): Cost {
  return watts === null
    ? { seconds, joules: null, energySource: null, basis: "profile" }
    : { seconds, joules: watts * seconds, energySource: "model", basis: "profile" };
}
