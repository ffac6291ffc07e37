import { availableParallelism, cpus, hostname, totalmem } from "node:os";
import type { Calibration, Measurement } from "./calibration.ts";
import { type DeviceProfile, type Quantity, quantitiesOf, type Rate, unknownQuantity } from "./device-profile.ts";
import { fitLine, type Line } from "./fit-line.ts";

/** A line through fewer sizes than terms would fit anything. */
const leastSizes = 3;

/**
 * This host's calibration as a profile: one rate for each kernel on each device that was timed at three sizes or
 * more. `unitOf` names the unit of a workload; kernels of workloads it does not know are left out.
 */
export function hostProfile(calibration: Calibration, unitOf: (workload: string) => string | null): DeviceProfile {
  const source = `measured on this host, ${calibration.date}, bioxen ${calibration.package}`;
  const measured = (value: number | null, unit: string): Quantity =>
    value === null ? unknownQuantity(unit) : { value, unit, source, basis: "measured" };
  const rates = Object.entries(calibration.runs).flatMap(([key, runs]): Rate[] => {
    const [device = "", named = "", threads = "all"] = key.split("/");
    const [workload = "", version = ""] = named.split("@");
    const unit = unitOf(workload);
    if (unit === null || new Set(runs.map(({ units }) => units)).size < leastSizes) return [];
    const { a, b, c } = lineOf(runs);
    return [
      {
        workload,
        version: Number(version),
        kernel: threads === "all" ? device : `${device}, ${threads} thread${threads === "1" ? "" : "s"}`,
        rate: measured(inverse(b), `${unit}/s`),
        overhead: measured(a, "s"),
        bandwidth: measured(inverse(c), "B/s"),
        watts: measured(medianWatts(runs), "W"),
      },
    ];
  });
  return {
    format: 1,
    id: `host-${slug(hostname())}`,
    name: `${hostname()}: ${cpus()[0]?.model.trim() ?? "unknown CPU"}`,
    kind: "cpu",
    vendor: "this host",
    year: { value: new Date(calibration.date).getFullYear(), unit: "year", source, basis: "measured" },
    note: "rates are straight lines through all sizes timed: seconds = overhead + units / rate + bytes / bandwidth",
    quantities: quantitiesOf({ memory: measured(totalmem(), "B"), cores: measured(availableParallelism(), "1") }),
    rates,
  };
}

/** Where bytes alone explain the time as well as units do, units are taken: a profile is asked for a rate. */
function lineOf(runs: readonly Measurement[]): Line {
  const line = fitLine(runs);
  return line.b > 0 ? line : fitLine(runs.map((run) => ({ ...run, bytes: 0 })));
}

/** A term that the fit left out costs nothing: there is no rate to speak of. */
function inverse(slope: number): number | null {
  return slope > 0 ? 1 / slope : null;
}

function medianWatts(runs: readonly Measurement[]): number | null {
  const watts = runs
    .flatMap(({ joules, seconds }) => (joules === null ? [] : [joules / seconds]))
    .sort((x, y) => x - y);
  return watts[Math.floor(watts.length / 2)] ?? null;
}

/** A name as part of an id: kebab-case. */
export function slug(name: string): string {
  const kept = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");
  return kept === "" ? "unnamed" : kept;
}
