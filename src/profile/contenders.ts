import type { Bytes, Joules, Seconds } from "../contract/index.ts";
import type { DeviceProfile, QuantityBasis, Rate } from "./device-profile.ts";
import type { KernelMeasurement } from "./kernel-measurement.ts";

/** What a workload would cost at one size, as far as a profile says. */
export interface SizedCost {
  readonly seconds: Seconds;
  /** 95 % bounds, where this very size was measured. */
  readonly low: Seconds | null;
  readonly high: Seconds | null;
  readonly joules: Joules | null;
  readonly joulesSource: "counter" | "model" | null;
  /** Beyond all sizes that were measured, by the straight line through them. */
  readonly extrapolated: boolean;
}

/** One way to run one workload, as a profile has it: a kernel on a device. */
export interface Contender {
  readonly profile: string;
  readonly kernel: string;
  readonly workload: string;
  readonly unit: string;
  /** Where its time comes from. */
  readonly evidence: QuantityBasis;
  /** No kernel's time but the least that the device could take (its roofline). */
  readonly bound: boolean;
  /** Sizes that were measured, smallest first. */
  readonly sizes: readonly number[];
  readonly cost: (units: number) => SizedCost | null;
}

/** What a workload moves at a size, for rates that have a bandwidth and for rooflines; null where that is not known. */
export type BytesOf = (workload: string, units: number) => Bytes | null;

/** Everything in a profile that has a time; `label` names the profile. */
export function contendersOf(profile: DeviceProfile, label: string, bytesOf: BytesOf): readonly Contender[] {
  const { measurements = [], rates } = profile;
  const measured = new Map<string, KernelMeasurement[]>();
  for (const one of measurements) {
    const key = `${one.workload} ${one.device}`;
    measured.set(key, [...(measured.get(key) ?? []), one]);
  }
  const lineOf = (workload: string, kernel: string): Rate | undefined =>
    rates.find((rate) => rate.workload === workload && rate.kernel === kernel);
  const fromRuns = [...measured.values()].map((of) =>
    measuredContender(label, of, lineOf(of[0]?.workload ?? "", of[0]?.device ?? ""), bytesOf),
  );
  const fromRates = rates
    .filter(({ workload, kernel, rate }) => rate.value !== null && !measured.has(`${workload} ${kernel}`))
    .map((rate) => ratedContender(label, rate, bytesOf));
  const rated = new Set([...fromRuns, ...fromRates].map(({ workload }) => workload));
  return [
    ...fromRuns,
    ...fromRates,
    ...rooflines(profile, label, bytesOf).filter(({ workload }) => !rated.has(workload)),
  ];
}

function measuredContender(
  profile: string,
  of: readonly KernelMeasurement[],
  line: Rate | undefined,
  bytesOf: BytesOf,
): Contender {
  const points = [...of].sort((a, b) => a.units - b.units);
  const [least] = points;
  const most = points.at(-1);
  const { workload = "", device: kernel = "", unit = "" } = least ?? {};
  const beyond = (units: number): SizedCost | null => {
    // a rate of one size alone has all overhead in it: beyond that size it says nothing
    if (line === undefined || line.overhead.value === null) return null;
    const cost = lineCost(line, units, bytesOf);
    return cost === null ? null : { ...cost, extrapolated: true };
  };
  return {
    profile,
    kernel,
    workload,
    unit,
    evidence: "measured",
    bound: false,
    sizes: points.map(({ units }) => units),
    cost: (units) => {
      if (least === undefined || most === undefined || units < least.units || units > most.units) return beyond(units);
      const above = points.findIndex((point) => point.units >= units);
      const upper = points[above];
      if (upper === undefined) return null;
      const { seconds, joules } = upper;
      if (upper.units === units)
        return {
          seconds: seconds.median,
          low: seconds.low,
          high: seconds.high,
          joules: joules.value,
          joulesSource: joules.source,
          extrapolated: false,
        };
      const lower = points[above - 1] ?? upper;
      const share = Math.log(units / lower.units) / Math.log(upper.units / lower.units);
      const between = (x: number, y: number): number => x * (y / x) ** share;
      const known = lower.joules.value !== null && joules.value !== null && lower.joules.value > 0 && joules.value > 0;
      return {
        seconds: between(lower.seconds.median, seconds.median),
        low: null,
        high: null,
        joules: known ? between(lower.joules.value ?? 0, joules.value ?? 0) : null,
        joulesSource: known ? (lower.joules.source === "counter" ? joules.source : "model") : null,
        extrapolated: false,
      };
    },
  };
}

function ratedContender(profile: string, rate: Rate, bytesOf: BytesOf): Contender {
  return {
    profile,
    kernel: rate.kernel,
    workload: rate.workload,
    unit: rate.rate.unit.replace(/\/s$/, ""),
    evidence: rate.rate.basis ?? "cited",
    bound: false,
    sizes: [],
    cost: (units) => lineCost(rate, units, bytesOf),
  };
}

function lineCost(rate: Rate, units: number, bytesOf: BytesOf): SizedCost | null {
  if (rate.rate.value === null) return null;
  const moving = rate.bandwidth.value === null ? 0 : (bytesOf(rate.workload, units) ?? 0) / rate.bandwidth.value;
  const seconds = (rate.overhead.value ?? 0) + units / rate.rate.value + moving;
  const joules = rate.watts.value === null ? null : rate.watts.value * seconds;
  return {
    seconds,
    low: null,
    high: null,
    joules,
    joulesSource: joules === null ? null : "model",
    extrapolated: false,
  };
}

/** Workloads counted in flop take at least their time on the roofline of single precision (see `profileCost`). */
function rooflines({ quantities }: DeviceProfile, profile: string, bytesOf: BytesOf): readonly Contender[] {
  const peak = quantities["peak-fp32"];
  const bandwidth = quantities["memory-bandwidth"].value ?? Number.POSITIVE_INFINITY;
  const { value } = peak;
  if (value === null) return [];
  return ["matrix-multiply"].map((workload) => ({
    profile,
    kernel: "roofline, single precision",
    workload,
    unit: "flop",
    evidence: peak.basis ?? "cited",
    bound: true,
    sizes: [],
    cost: (units) => {
      const seconds = Math.max(units / value, (bytesOf(workload, units) ?? 0) / bandwidth);
      return { seconds, low: null, high: null, joules: null, joulesSource: null, extrapolated: false };
    },
  }));
}
