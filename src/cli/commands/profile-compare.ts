import { Command } from "commander";
import { BioXenError, type Bytes } from "../../contract/index.ts";
import { atomicWriteFile } from "../../formats/index.ts";
import {
  compareProfiles,
  compareWorkloads,
  type DeviceProfile,
  type Roofline,
  type RooflinePoint,
  readProfile,
  rooflineOf,
  type WorkloadComparison,
} from "../../profile/index.ts";
import { matrixMultiply } from "../../workloads/index.ts";
import { out as pc } from "../colours.ts";
import { type FullComparison, markOf, rowMark } from "../comparison.ts";
import { positive } from "../options.ts";
import { notKnown, scaled, seconds } from "../quantities.ts";
import { table } from "../table.ts";

interface Flags {
  readonly workload?: string;
  readonly size?: number;
  readonly html?: string;
  readonly json?: boolean;
}

/** Columns of a comparison that still read in 80 columns; more profiles make more tables. */
const columnsAtOnce = 4;

export function compareCommand(): Command {
  return new Command("compare")
    .description(
      "profiles side by side: quantities, time and energy of workloads, roofline, where one overtakes another",
    )
    .argument("<profiles...>", "ids or paths; one measured profile compares its own devices")
    .option("--workload <id>", "only this workload, which all of them must know")
    .option("--size <units>", "size in the workload's units (default: the largest measured in common)", positive)
    .option("--html <file>", "write a report that needs nothing else: tables and plots on one page")
    .option("--json", "answer as one JSON object")
    .addHelpText(
      "after",
      "\nExamples:\n  $ bioxen profile compare nvidia-h200-sxm nvidia-l4 ./this-host.json\n" +
        "  $ bioxen profile compare host-lab3 host-lab4 --workload matrix-multiply --html report.html\n\n" +
        "What was not measured is marked: [cited] from a publication, [derived] from cited numbers, [simulated].",
    )
    .action(compare);
}

async function compare(names: readonly string[], flags: Flags): Promise<void> {
  const { workload, size, html, json = false } = flags;
  const profiles = names.map(readProfile);
  const comparison = fullComparison(profiles, workload, size);
  if (html !== undefined) {
    if (!/\.html?$/i.test(html))
      throw new BioXenError("INPUT_INVALID", `--html ${html}: expected a name that ends in .html`);
    const { comparisonReport } = await import("../comparison-report.ts");
    await atomicWriteFile(html, await comparisonReport(comparison));
  }
  if (json) {
    process.stdout.write(`${JSON.stringify({ ...comparison, ...(html === undefined ? {} : { html }) })}\n`);
    return;
  }
  process.stdout.write(printed(comparison) + (html === undefined ? "" : `the report is in ${html}\n`));
}

/** @throws BioXenError `INPUT_INVALID` where the profiles have nothing in common */
function fullComparison(
  profiles: readonly DeviceProfile[],
  workload: string | undefined,
  size: number | undefined,
): FullComparison {
  const comparison = compareProfiles(profiles);
  const workloads = compareWorkloads(profiles, {
    bytesOf,
    ...(workload === undefined ? {} : { workload }),
    ...(size === undefined ? {} : { size }),
  });
  const inCommon = comparison.rows.some(({ values }) => values.filter((value) => value !== null).length > 1);
  if (workloads.length === 0 && !inCommon && profiles.length > 1)
    throw new BioXenError(
      "INPUT_INVALID",
      `${comparison.profiles.join(", ")} have no workload and no quantity in common: there is nothing to compare`,
    );
  return { ...comparison, workloads, roofline: rooflineOf(profiles, bytesOf) };
}

/** Of square products; of other workloads a size alone does not tell. */
function bytesOf(workload: string, units: number): Bytes | null {
  return workload === matrixMultiply.id ? 12 * Math.cbrt(units / 2) ** 2 : null;
}

function printed({ profiles, rows, crossovers, workloads, roofline }: FullComparison): string {
  const [first, ...others] = profiles.map((_, at) => at);
  const parts: string[] = [];
  // the first one stands in each table: ratios are to it
  for (let at = 0; at === 0 || at < others.length; at += columnsAtOnce - 1) {
    const shown = [...(first === undefined ? [] : [first]), ...others.slice(at, at + columnsAtOnce - 1)];
    parts.push(
      table(
        [
          { title: "", share: 24 },
          ...shown.map((which) => ({ title: profiles[which] ?? "", share: 54 / shown.length, right: true })),
        ],
        rows.map(({ name, unit, values, ratios, bases }) => [
          name,
          ...shown.map((which) => {
            const value = values[which] ?? null;
            if (value === null) return notKnown;
            const ratio = which > 0 ? (ratios[which] ?? null) : null;
            const times = ratio === null ? "" : ` (${Number(ratio.toPrecision(3))}x)`;
            return `${scaled(value, unit)}${times}${markOf(bases[which] ?? null)}`;
          }),
        ]),
      ),
    );
  }
  return [
    ...parts,
    ...workloads.map(printedWorkload),
    roofline.roofs.length === 0 ? "" : printedRoofline(roofline),
    ...crossovers.map((note) => `${note}\n`),
    workloads.length === 0 ? "no workload has a time in two of these profiles\n" : "",
  ].join("");
}

function printedWorkload({ workload, unit, size, rows, crossovers }: WorkloadComparison): string {
  const head = `\n${pc.bold(workload)} at ${scaled(size, unit)}\n`;
  const body = table(
    [
      { title: "Profile, kernel", share: 27 },
      { title: "Time", share: 12, right: true },
      { title: "Rate", share: 11, right: true },
      { title: "Energy", share: 11, right: true },
      { title: `J/${unit}`, share: 9, right: true },
      { title: "EDP", share: 9, right: true },
    ],
    rows.map((row) => [
      `${row.onFront === true ? `${pc.green(row.profile)} *` : row.profile}\n${row.kernel}${rowMark(row)}`,
      seconds(row.seconds) +
        (row.low === null || row.high === null ? "" : `\n${seconds(row.low)} to ${seconds(row.high)}`),
      scaled(row.rate, `${unit}/s`),
      row.joules === null ? notKnown : `${scaled(row.joules, "J")}\n${row.joulesSource}`,
      row.joulesPerUnit === null ? "-" : scaled(row.joulesPerUnit, "J"),
      row.edp === null ? "-" : scaled(row.edp, "Js"),
    ]),
  );
  const front = rows.filter(({ onFront }) => onFront);
  return [
    head,
    body,
    front.length === 0 ? "" : "* on the front of time and energy: nothing known is both quicker and thriftier\n",
    ...crossovers.map(
      ({ units, below, above, extrapolated }) =>
        `up to ${scaled(units, unit)} ${below} is the faster, above it ${above}${extrapolated ? " [extrapolated]" : ""}\n`,
    ),
  ].join("");
}

/** The best size of a kernel: the report has them all. */
function isBest(point: RooflinePoint, _: number, all: readonly RooflinePoint[]): boolean {
  return all.every(
    ({ profile, kernel, workload, performance }) =>
      profile !== point.profile ||
      kernel !== point.kernel ||
      workload !== point.workload ||
      performance <= point.performance,
  );
}

function printedRoofline({ roofs, points }: Roofline): string {
  return `\n${pc.bold("Roofline")}, single precision\n${table(
    [
      { title: "Profile", share: 30 },
      { title: "Peak", share: 20, right: true },
      { title: "Bandwidth", share: 14, right: true },
      { title: "Ridge", share: 14, right: true },
    ],
    [
      ...roofs.map(({ profile, evidence, peak, bandwidth, ridge, of }) => [
        `${profile}${markOf(evidence)}`,
        `${scaled(peak, "FLOP/s")}, ${of}`,
        scaled(bandwidth, "B/s"),
        scaled(ridge, "FLOP/B"),
      ]),
      ...points
        .filter(isBest)
        .map(({ profile, kernel, workload, intensity, performance }) => [
          `${profile} ${kernel}, ${workload}`,
          `reached ${scaled(performance, "FLOP/s")}`,
          "",
          `at ${scaled(intensity, "FLOP/B")}`,
        ]),
    ],
  )}`;
}
