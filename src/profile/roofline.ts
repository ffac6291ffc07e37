import { labelsOf } from "./compare-workloads.ts";
import type { BytesOf } from "./contenders.ts";
import type { DeviceProfile, Quantity, QuantityBasis } from "./device-profile.ts";

/** What a device can do at most at each arithmetic intensity (Williams, Waterman, Patterson, CACM 2009). */
export interface Roof {
  readonly profile: string;
  readonly evidence: QuantityBasis;
  /** FLOP/s. */
  readonly peak: number;
  /** B/s. */
  readonly bandwidth: number;
  /** FLOP/B above which the peak is the limit. */
  readonly ridge: number;
  /** What the peak is: a data sheet's, or the best that was measured here. */
  readonly of: string;
}

/** What a kernel was measured to do. */
export interface RooflinePoint {
  readonly profile: string;
  readonly kernel: string;
  readonly workload: string;
  readonly units: number;
  /** FLOP to each byte in and out. */
  readonly intensity: number;
  /** FLOP/s. */
  readonly performance: number;
}

export interface Roofline {
  readonly roofs: readonly Roof[];
  readonly points: readonly RooflinePoint[];
}

/** FLOP/s that the roof allows at an intensity. */
export function attainable({ peak, bandwidth }: Pick<Roof, "peak" | "bandwidth">, intensity: number): number {
  return Math.min(peak, bandwidth * intensity);
}

/**
 * The roofs of all profiles that have a single-precision peak and a memory bandwidth, and the measured kernels of workloads counted
 * in flop. A measured host without a data sheet has the best of its own kernels as its peak, and says so.
 */
export function rooflineOf(profiles: readonly DeviceProfile[], bytesOf: BytesOf = () => null): Roofline {
  const labels = labelsOf(profiles);
  const points = profiles.flatMap(({ measurements = [] }, at) =>
    measurements
      .filter(({ unit }) => unit === "flop")
      .map(
        ({ workload, device, units, transfer, seconds }): RooflinePoint => ({
          profile: labels[at] ?? "",
          kernel: device,
          workload,
          units,
          intensity: units / (bytesOf(workload, units) ?? transfer.bytes),
          performance: units / seconds.median,
        }),
      ),
  );
  const roofs = profiles.flatMap(({ quantities }, at): Roof[] => {
    const profile = labels[at] ?? "";
    const bandwidth = firstKnown(quantities["memory-bandwidth"], quantities["measured-memory-bandwidth"]);
    if (bandwidth?.value == null) return [];
    const peak = quantities["peak-fp32"];
    if (peak.value !== null)
      return [roof(profile, peak.value, bandwidth.value, weaker(peak.basis, bandwidth.basis), "peak-fp32")];
    const best = Math.max(0, ...points.filter((point) => point.profile === profile).map((one) => one.performance));
    return best > 0 ? [roof(profile, best, bandwidth.value, "measured", "the best kernel measured")] : [];
  });
  return { roofs, points };
}

function roof(profile: string, peak: number, bandwidth: number, evidence: QuantityBasis, of: string): Roof {
  return { profile, evidence, peak, bandwidth, ridge: peak / bandwidth, of };
}

function firstKnown(...quantities: readonly Quantity[]): Quantity | undefined {
  return quantities.find(({ value }) => value !== null);
}

/** What was not measured on both sides is not measured. */
function weaker(one: QuantityBasis | undefined, other: QuantityBasis | undefined): QuantityBasis {
  return one === other && one !== undefined ? one : one === "measured" ? (other ?? "cited") : (one ?? "cited");
}
