import { ganttChart, type Section } from "../plots/index.ts";
import type { LiveRow } from "./live.ts";
import { nameOf } from "./rows.ts";

/** Live runs that are drawn. */
const mostLiveGantts = 6;

/** What real runs took, and who did what when. */
export async function liveSection(rows: readonly LiveRow[]): Promise<Section> {
  const ran = rows.filter(({ makespan }) => makespan !== null);
  const pictures: string[] = [];
  for (const row of ran.slice(0, mostLiveGantts)) {
    const devices = [...new Set(row.tasks.map(({ device }) => device))].sort();
    const bars = (of: string) =>
      row.tasks
        .filter(({ device }) => device === of)
        .map(({ task, start, end }) => ({ name: task, from: start, to: end }));
    const chart = devices.map((device) => ({ name: device, bars: bars(device) }));
    pictures.push(await ganttChart(`${row.workflow}, live: ${nameOf(row)}`, "s", chart));
  }
  return {
    heading: "Live, on the host that ran it",
    paragraphs: [
      "The tasks as real workloads on the devices of one host. Measured once each: these runs differ every time, and nothing verifies them. Planned times are sums of predicted runs; opening a device and preparing it come on top.",
    ],
    table: {
      columns: ["Workflow and policy", "Planned, s", "Measured, s", "Energy, J", "Note"],
      rows: rows.map((row) => [
        `${row.workflow}: ${nameOf(row)}`,
        row.planned === null ? "-" : figure(row.planned),
        row.makespan === null ? "-" : figure(row.makespan),
        row.joules === null ? "not metered" : figure(row.joules),
        row.refused ?? "",
      ]),
    },
    pictures,
  };
}

function figure(value: number): string {
  return String(Number(value.toPrecision(5)));
}
