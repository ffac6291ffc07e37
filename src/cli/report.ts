import type { Choice, Cost, DeviceInfo, Dispatched, WorkloadSpec } from "../contract/index.ts";
import { out as pc } from "./colours.ts";
import { figure, metered, seconds } from "./quantities.ts";
import { table } from "./table.ts";

function jsonDevice({ id, name, kind, features, memory, simulated }: DeviceInfo): object {
  return { id, name, kind, features, memory, simulated };
}

function jsonCost({ seconds: time, joules: energy, energySource, basis }: Cost): object {
  return { seconds: time, joules: energy, energySource, basis };
}

/** Rate in the field's own unit, over the kernel's time with transfers. */
export function throughput<I, O>(
  workload: WorkloadSpec<I, O>,
  units: number,
  time: number,
): { value: number; unit: string } {
  return { value: units / time / workload.throughput.per, unit: workload.throughput.rate };
}

/** The one object that every command about a workload answers with. */
export function jsonAnswer<I, O>(workload: WorkloadSpec<I, O>, input: I, ran: Dispatched<O>, output: unknown): object {
  return jsonRun(workload, workload.size(input).units, ran, output);
}

/** What a report needs of a run, or of several added up. */
export type Reported = Omit<Dispatched<unknown>, "output" | "parts">;

/** As `jsonAnswer`, of so much work. */
export function jsonRun<I, O>(workload: WorkloadSpec<I, O>, units: number, ran: Reported, output: unknown): object {
  return {
    workload: workload.id,
    device: jsonDevice(ran.device),
    reason: ran.reason,
    work: { units, unit: workload.throughput.unit },
    predicted: jsonCost(ran.predicted),
    measured: {
      ...jsonCost(ran.measured),
      cpuSeconds: ran.measured.cpuSeconds,
      energyNote: ran.measured.energyNote,
    },
    prepareSeconds: ran.prepareSeconds,
    throughput: throughput(workload, units, ran.measured.seconds),
    rejected: ran.rejected,
    verifiedBy: ran.verifiedBy,
    output,
  };
}

export function jsonChoice<I, O>(
  workload: WorkloadSpec<I, O>,
  units: number,
  { candidates, rejected, reason }: Choice,
): object {
  return {
    workload: workload.id,
    work: { units, unit: workload.throughput.unit },
    reason,
    candidates: candidates.map(({ device, predicted, prepareSeconds, waitSeconds }) => ({
      device: jsonDevice(device),
      predicted: jsonCost(predicted),
      prepareSeconds,
      waitSeconds,
    })),
    rejected,
  };
}

export function printChoice<I, O>(
  { id, throughput: { unit } }: WorkloadSpec<I, O>,
  units: number,
  choice: Choice,
): string {
  const rows = [
    ...choice.candidates.map(({ device, predicted, prepareSeconds }, at) => [
      at === 0 ? pc.green(device.id) : device.id,
      `${seconds(predicted.seconds)} (${predicted.basis})${prepareSeconds > 0 ? `, preparing ${seconds(prepareSeconds)}` : ""}`,
      at === 0 ? choice.reason : "slower",
    ]),
    ...choice.rejected.map(({ device, reason }) => [device, "-", reason]),
  ];
  return `${id}, ${figure(units)} ${unit}s:\n${table(
    [
      { title: "Device", share: 2 },
      { title: "Predicted", share: 3 },
      { title: "Why", share: 4 },
    ],
    rows,
  )}`;
}

/** Two lines under a command's own result: where it ran, why, how fast, and who was passed over. */
export function printRun<I, O>(workload: WorkloadSpec<I, O>, input: I, ran: Dispatched<O>): string {
  return printWork(workload, workload.size(input).units, ran);
}

/** As `printRun`, of so much work. */
export function printWork<I, O>(workload: WorkloadSpec<I, O>, units: number, ran: Reported): string {
  const { value, unit } = throughput(workload, units, ran.measured.seconds);
  const passed = ran.rejected.map(({ device, reason }) => `${device} (${reason})`).join(", ");
  return [
    `${pc.green(ran.device.id)} ${pc.dim(ran.device.name)}: ${ran.reason}`,
    `${seconds(ran.measured.seconds)} measured${ran.device.simulated ? " (its oracle, here)" : ""}, ${seconds(ran.predicted.seconds)} predicted (${ran.predicted.basis})` +
      `${ran.prepareSeconds > 0.01 * ran.measured.seconds ? `, ${seconds(ran.prepareSeconds)} preparing` : ""}; ` +
      `${figure(value)} ${unit}; energy ${metered(ran.measured)}` +
      `${ran.verifiedBy === null ? "" : `; verified by ${ran.verifiedBy}`}`,
    ...(passed === "" ? [] : [pc.dim(`passed over: ${passed}`)]),
    "",
  ].join("\n");
}
