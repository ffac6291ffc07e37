import { availableParallelism, cpus, hostname, totalmem } from "node:os";
import { type DeviceProfile, type Quantity, quantitiesOf, type Rate, unknownQuantity } from "./device-profile.ts";
import { fitLine } from "./fit-line.ts";
import { slug } from "./host-profile.ts";
import type { KernelMeasurement } from "./kernel-measurement.ts";
import type { DeviceTransfer } from "./measure-transfer.ts";
import { packageVersion } from "./package-version.ts";

export interface MeasuredProfileOptions {
  /** Kebab-case; the host's name by default. */
  readonly id?: string;
  readonly date?: Date;
  /** Watts of the idle host by a counter, where one was read. */
  readonly idleWatts?: number | null;
  /** Bytes a second that a plain copy moved. */
  readonly copyBandwidth?: number | null;
  readonly transfers?: readonly DeviceTransfer[];
}

/** This host as a profile: every measurement, and for each kernel the straight line through its medians. */
export function measuredProfile(
  measurements: readonly KernelMeasurement[],
  {
    id = `host-${slug(hostname())}`,
    date = new Date(),
    idleWatts = null,
    copyBandwidth = null,
    transfers = [],
  }: MeasuredProfileOptions = {},
): DeviceProfile {
  const source = `measured on this host, ${date.toISOString()}, bioxen ${packageVersion()}`;
  const measured = (value: number | null, unit: string, what = source): Quantity =>
    value === null ? unknownQuantity(unit) : { value, unit, source: what, basis: "measured" };
  const keyOf = ({ workload, device }: KernelMeasurement): string => `${workload} ${device}`;
  const kernels = [...new Set(measurements.map(keyOf))];
  return {
    format: 1,
    id,
    name: `${hostname()}: ${cpus()[0]?.model.trim() ?? "unknown CPU"}`,
    kind: "cpu",
    vendor: "this host",
    year: { value: date.getFullYear(), unit: "year", source, basis: "measured" },
    note: "medians of repeated runs; rates are straight lines through them: seconds = overhead + units / rate + bytes / bandwidth",
    quantities: quantitiesOf({
      memory: measured(totalmem(), "B"),
      cores: measured(availableParallelism(), "1"),
      "idle-power": measured(idleWatts, "W", `${source}, by its energy counters`),
      "measured-memory-bandwidth": measured(copyBandwidth, "B/s", `${source}, by a copy on one thread, read and write`),
    }),
    rates: kernels.map((key) =>
      rateOf(
        measurements.filter((one) => keyOf(one) === key),
        measured,
        source,
      ),
    ),
    measurements,
    ...(transfers.length === 0 ? {} : { transfers }),
  };
}

/** A line through fewer sizes than terms would fit anything. */
const leastSizes = 3;

function rateOf(
  of: readonly KernelMeasurement[],
  measured: (value: number | null, unit: string, what?: string) => Quantity,
  source: string,
): Rate {
  const largest = of.reduce((a, b) => (b.units > a.units ? b : a));
  const runs = of.map(({ units, transfer: { bytes }, seconds }) => ({
    units,
    bytes,
    seconds: seconds.median,
    joules: null,
  }));
  const fitted = of.length < leastSizes ? null : fitLine(runs);
  // where bytes alone explain the time as well, units are taken: a profile is asked for a rate
  const line = fitted === null || fitted.b > 0 ? fitted : fitLine(runs.map((run) => ({ ...run, bytes: 0 })));
  const inverse = (slope: number): number | null => (slope > 0 ? 1 / slope : null);
  const { value: joules, source: from, note } = largest.joules;
  const watts = joules === null ? null : joules / largest.seconds.median;
  return {
    workload: largest.workload,
    version: largest.version,
    kernel: largest.device,
    rate: measured(
      line === null ? largest.units / largest.seconds.median : inverse(line.b),
      `${largest.unit}/s`,
      line === null ? `${source}, at ${largest.units} ${largest.unit}s with all overhead` : source,
    ),
    overhead: measured(line?.a ?? null, "s"),
    bandwidth: measured(line === null ? null : inverse(line.c), "B/s"),
    watts:
      watts === null
        ? unknownQuantity("W")
        : { value: watts, unit: "W", source: `${source}, ${note}`, basis: from === "counter" ? "measured" : "derived" },
  };
}
