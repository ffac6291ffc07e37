import type { KernelMeasurement } from "../profile/index.ts";
import { out as pc } from "./colours.ts";
import { bytes, figure, seconds } from "./quantities.ts";
import { table } from "./table.ts";

/** Measurements of kernels, one row a size. */
export function measurementTable(measurements: readonly KernelMeasurement[]): string {
  return table(
    [
      { title: "Workload, device, size", share: 22 },
      { title: "Median, 95 %", share: 15, right: true },
      { title: "First call, preparing", share: 12, right: true },
      { title: "Moved, memory", share: 12, right: true },
      { title: "Joules, error", share: 12, right: true },
    ],
    measurements.map(
      ({ workload, device, units, unit, seconds: time, firstCall, transfer, peakMemory, joules, error }) => [
        `${workload}\n${pc.green(device)}\n${figure(units)} ${unit}`,
        `${seconds(time.median)}\n${seconds(time.low)} to\n${seconds(time.high)}`,
        `${seconds(firstCall.seconds)}\n${seconds(transfer.prepareSeconds)}`,
        `${bytes(transfer.bytes)}\n${peakMemory.bytes === null ? "not known" : bytes(peakMemory.bytes)}`,
        `${joules.value === null ? "not metered" : `${figure(joules.value)} J by ${joules.source}`}\n${
          error.relative === null ? "not compared" : error.relative.toExponential(1)
        }`,
      ],
    ),
  );
}

/** Why there are joules or not, and what was counted, each said once. */
export function energyNotes(measurements: readonly KernelMeasurement[]): string {
  const notes = new Set(
    measurements.map(({ joules }) => `${joules.value === null ? "no joules" : "joules"}: ${joules.note}\n`),
  );
  return [...notes].join("");
}
