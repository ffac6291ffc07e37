import { type LogSeries, logChart, type ReportCell, report, type Section, type Svg } from "../plots/index.ts";
import { attainable, type Roofline, type WorkloadComparison } from "../profile/index.ts";
import { type FullComparison, markOf, rowMark } from "./comparison.ts";
import { notKnown, scaled, seconds } from "./quantities.ts";

const legend =
  "What was measured is plain. Cells in italics, dashed lines and hollow points were not measured: cited from a publication, " +
  "derived from cited numbers, simulated, or extrapolated beyond the sizes that were measured.";

/** One page with every table and plot of a comparison. */
export async function comparisonReport(comparison: FullComparison): Promise<string> {
  const { profiles, rows, crossovers, workloads, roofline } = comparison;
  const sections: Section[] = [
    {
      heading: "Quantities",
      paragraphs: [legend],
      table: {
        columns: ["", ...profiles],
        rows: rows.map(({ name, unit, values, ratios, bases }) => [
          name,
          ...values.map((value, at) => {
            if (value === null) return notKnown;
            const ratio = at > 0 ? (ratios[at] ?? null) : null;
            const times = ratio === null ? "" : ` (${Number(ratio.toPrecision(3))}x)`;
            return marked(`${scaled(value, unit)}${times}`, markOf(bases[at] ?? null));
          }),
        ]),
      },
    },
  ];
  if (roofline.roofs.length > 0 || roofline.points.length > 0)
    sections.push({
      heading: "Roofline, single precision",
      paragraphs: crossovers.filter((note) => note.startsWith("fp32")),
      pictures: [await rooflineChart(roofline)],
    });
  for (const one of workloads) sections.push(await workloadSection(one));
  return report(`Profiles: ${profiles.join(", ")}`, sections);
}

function marked(text: string, mark: string): ReportCell {
  return mark === "" ? text : { text, mark: mark.trim() };
}

async function workloadSection(comparison: WorkloadComparison): Promise<Section> {
  const { workload, unit, size, rows, crossovers, curves } = comparison;
  const pictures: Svg[] = [
    await logChart(
      `${workload}: time by size`,
      { x: `${unit}s`, y: "seconds" },
      curves.map(({ name, evidence, points }) => ({
        name: `${name}${markOf(evidence)}`,
        points: points.map((point): [number, number] => [point.units, point.seconds]),
        line: true,
        unmeasured: evidence !== "measured",
      })),
    ),
  ];
  if (rows.some(({ joules }) => joules !== null)) pictures.push(await paretoChart(comparison));
  const unmetered = rows.filter(({ joules }) => joules === null).map(({ profile, kernel }) => `${profile} ${kernel}`);
  return {
    heading: `${workload} at ${scaled(size, unit)}`,
    paragraphs: [
      ...crossovers.map(
        ({ units, below, above, extrapolated }) =>
          `Up to ${scaled(units, unit)} ${below} is the faster, above it ${above}${extrapolated ? " [extrapolated]" : ""}.`,
      ),
      ...(unmetered.length === 0 ? [] : [`Energy is not known of ${unmetered.join(", ")}.`]),
    ],
    table: {
      columns: ["profile", "kernel", "time", "95 % interval", "rate", "energy", `J/${unit}`, "EDP", "on the front"],
      rows: rows.map((row) => {
        const mark = rowMark(row);
        const cell = (text: string): ReportCell => marked(text, mark);
        return [
          cell(row.profile),
          row.kernel,
          cell(seconds(row.seconds)),
          row.low === null || row.high === null ? "" : `${seconds(row.low)} to ${seconds(row.high)}`,
          cell(scaled(row.rate, `${unit}/s`)),
          row.joules === null
            ? notKnown
            : marked(scaled(row.joules, "J"), row.joulesSource === "counter" ? mark : `${mark} [by model]`),
          row.joulesPerUnit === null ? "" : scaled(row.joulesPerUnit, "J"),
          row.edp === null ? "" : scaled(row.edp, "Js"),
          row.onFront === null ? "" : row.onFront ? "yes" : "no",
        ];
      }),
    },
    pictures,
  };
}

function paretoChart({ workload, rows }: WorkloadComparison): Promise<Svg> {
  const known = rows.flatMap((row) => (row.joules === null ? [] : [{ ...row, joules: row.joules }]));
  const front = known.filter(({ onFront }) => onFront).sort((a, b) => a.seconds - b.seconds);
  const points = known.map((row): LogSeries => {
    const byModel = row.joulesSource === "model" && row.evidence === "measured" ? " [joules by model]" : "";
    return {
      name: `${row.profile} ${row.kernel}${rowMark(row)}${byModel}`,
      points: [[row.seconds, row.joules]],
      line: false,
      unmeasured: row.evidence !== "measured" || row.extrapolated || row.joulesSource !== "counter",
    };
  });
  const line: LogSeries = {
    name: "front of time and energy",
    points: front.map(({ seconds: time, joules }): [number, number] => [time, joules]),
    line: true,
  };
  return logChart(`${workload}: time and energy`, { x: "seconds", y: "joules" }, [...points, line]);
}

function rooflineChart({ roofs, points }: Roofline): Promise<Svg> {
  const intensities = [...points.map(({ intensity }) => intensity), ...roofs.map(({ ridge }) => ridge)];
  const from = Math.min(0.1, ...intensities) / 2;
  const to = Math.max(100, ...intensities) * 4;
  const series: LogSeries[] = [
    ...roofs.map((roof) => ({
      name: `${roof.profile}${markOf(roof.evidence)}, ${roof.of}`,
      points: [from, roof.ridge, to].map((x): [number, number] => [x, attainable(roof, x)]),
      line: true,
      unmeasured: roof.evidence !== "measured",
    })),
    ...[...new Set(points.map(({ profile, kernel, workload }) => `${profile} ${kernel}, ${workload}`))].map((name) => ({
      name,
      points: points
        .filter(({ profile, kernel, workload }) => `${profile} ${kernel}, ${workload}` === name)
        .map(({ intensity, performance }): [number, number] => [intensity, performance]),
      line: false,
    })),
  ];
  return logChart("Roofline", { x: "FLOP per byte in and out", y: "FLOP/s" }, series);
}
