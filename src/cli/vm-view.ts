import type { ProcessReport, SystemResources, VmMetrics, VmResourceUsage, VmStatus } from "../hypervisor/index.ts";
import { out as pc } from "./colours.ts";
import { bytes, figure, seconds } from "./quantities.ts";
import { table } from "./table.ts";

/** Cell time as people say it. */
function cellTime(value: number): string {
  if (value < 120) return `${figure(value)} s`;
  return value < 7200 ? `${figure(value / 60)} min` : `${figure(value / 3600)} h`;
}

function percent(share: number | null | undefined): string {
  return share === null || share === undefined ? "-" : `${Math.round(100 * share)} %`;
}

function stateText(state: VmStatus["state"]): string {
  if (state === "running") return pc.green(state);
  return state === "error" ? pc.red(state) : state;
}

/** One line a VM. */
export function vmTable(vms: readonly VmStatus[]): string {
  if (vms.length === 0) return "No VMs. Create one: bioxen vm create cell-1 --type minimal_cell\n";
  return table(
    [
      { title: "VM", share: 13 },
      { title: "Type", share: 14 },
      { title: "State", share: 9 },
      { title: "Cell", share: 9, right: true },
      { title: "Volume", share: 8, right: true },
      { title: "Rib.", share: 6, right: true },
      { title: "ATP", share: 7, right: true },
      { title: "Pr.", share: 5, right: true },
    ],
    vms.map(({ id, biologicalType, state, cellSeconds, volumeFold, resources }) => [
      ...[id, biologicalType, stateText(state), cellTime(cellSeconds), `x${volumeFold.toFixed(2)}`],
      ...[figure(resources.ribosomes), `${figure(resources.atp)} %`, String(resources.priority)],
    ]),
  );
}

/** How VMs do, one line each: what `vm top` shows. */
export function topTable(vms: readonly VmStatus[], metricsOf: (id: string) => VmMetrics | null): string {
  return table(
    [
      { title: "VM", share: 13 },
      { title: "State", share: 9 },
      { title: "Cell", share: 9, right: true },
      { title: "Rib.", share: 7, right: true },
      { title: "ATP", share: 7, right: true },
      { title: "CPU", share: 9, right: true },
      { title: "Wait", share: 9, right: true },
      { title: "Health", share: 8, right: true },
    ],
    vms.map(({ id, state, cellSeconds }) => {
      const metrics = metricsOf(id);
      return [
        ...[id, stateText(state), cellTime(cellSeconds)],
        ...[percent(metrics?.ribosomeUtilisation), percent(metrics?.atpLevel)],
        metrics === null ? "-" : seconds(metrics.cpuSeconds),
        metrics === null ? "-" : cellTime(metrics.waitSeconds),
        metrics === null ? "-" : String(Math.round(metrics.health)),
      ];
    }),
  );
}

/** All of one VM. */
export function statusText(status: VmStatus, usage: VmResourceUsage): string {
  const { resources } = status;
  const lines: readonly (readonly [string, string])[] = [
    ["VM", `${status.id}, ${status.biologicalType} on ${status.chassis}`],
    ["State", stateText(status.state) + (status.error === null ? "" : `: ${status.error}`)],
    [
      "Cell",
      `${cellTime(status.cellSeconds)} old, volume x${status.volumeFold.toFixed(2)}, ${status.divisions} divisions`,
    ],
    [
      "Holds",
      `${figure(usage.allocated.ribosomes)} ribosomes, ${figure(usage.allocated.atp)} % of ATP, ` +
        `${figure(usage.allocated.polymerases)} RNA polymerases, ${figure(usage.allocated.memoryKb)} KB, priority ${resources.priority}`,
    ],
    [
      "Would use",
      `${figure(usage.wants.ribosomes)} ribosomes, ${figure(usage.wants.atp)} % of ATP, ${figure(usage.wants.polymerases)} RNA polymerases`,
    ],
    [
      "Last turn",
      usage.ribosomeUtilisation === null
        ? "none since it was opened"
        : `ribosomes ${percent(usage.ribosomeUtilisation)} at work, RNA polymerases ${percent(usage.polymeraseUtilisation)}, ATP ${percent(usage.atpLevel)} of adenylates`,
    ],
    [
      "So far",
      `${status.turns} turns, ${seconds(usage.cpuSeconds)} of CPU, ${cellTime(usage.waitSeconds)} of waiting, ` +
        `${usage.contextSwitches} switches, ${usage.processes} processes, ${usage.violations} refused allocations`,
    ],
  ];
  return lines.map(([name, text]) => `${pc.bold(name.padEnd(10))} ${text}\n`).join("");
}

/** What there is and what is free. */
export function systemText({ total, free, vms, maxVms, running }: SystemResources): string {
  return (
    `${vms} of ${maxVms} VMs, ${running} running; free: ${figure(free.ribosomes)} of ${figure(total.ribosomes)} ribosomes, ` +
    `${figure(free.atp)} of ${figure(total.atp)} % of ATP, ${figure(free.polymerases)} of ${figure(total.polymerases)} RNA polymerases, ` +
    `${figure(free.memoryKb)} of ${figure(total.memoryKb)} KB\n`
  );
}

/** What a process printed, returned and used. */
export function processText(report: ProcessReport): string {
  const { printed, value, consumed, produced, devices, notices } = report;
  const made = Object.entries(produced)
    .filter(([, count]) => count !== 0)
    .map(([name, count]) => `${figure(count)} ${name}`);
  const where = devices.map(({ id }) => id).join(", ");
  return (
    (printed === "" || printed.endsWith("\n") ? printed : `${printed}\n`) +
    (value === null || value === undefined
      ? ""
      : `${typeof value === "string" ? value : JSON.stringify(value, null, 2)}\n`) +
    pc.dim(
      `${report.processId}: ${cellTime(consumed.cellSeconds)} of cell time, ${figure(consumed.atp)} ATP, ${figure(consumed.gtp)} GTP, ` +
        `${figure(consumed.nucleotides)} nucleotides, ${figure(consumed.aminoAcids)} amino acids, ${figure(consumed.ribosomeSeconds)} ribosome-seconds` +
        `${made.length === 0 ? "" : `; made ${made.join(", ")}`}` +
        `\n${figure(report.instructions)} instructions, ${bytes(report.memory)}, ${seconds(report.seconds)}` +
        `${where === "" ? "" : ` on ${where}, ${report.joules === null ? "not metered" : `${figure(report.joules)} J`}`}\n`,
    ) +
    notices.map((notice) => `${pc.yellow("note:")} ${notice}\n`).join("")
  );
}
