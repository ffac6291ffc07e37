import { basename } from "node:path";
import { Command } from "commander";
import { BioXenError, type Dispatched } from "../../contract/index.ts";
import { atomicWriteFile, readTimeSeries, type TimeSeries } from "../../formats/index.ts";
import { lineChart, pictureFile } from "../../plots/index.ts";
import {
  scoreCause,
  streamStatus,
  type TelemetryInput,
  type TelemetryScores,
  telemetryAnomaly,
  usualAlarm,
} from "../../workloads/index.ts";
import { liveWatch } from "../live-watch.ts";
import { type DispatchFlags, dispatchOptions, positive, positiveInteger, withDispatchOptions } from "../options.ts";
import { figure } from "../quantities.ts";
import { jsonAnswer, printRun } from "../report.ts";
import { openSession, type Session } from "../session.ts";
import { table } from "../table.ts";

interface Flags extends DispatchFlags {
  readonly learning?: number;
  readonly alarm: number;
  readonly tsv?: boolean;
  readonly plot?: string;
  readonly seconds: number;
  readonly interval: number;
}

/** Anomalies that the table shows. */
const listed = 30;
/** As the Numenta Anomaly Benchmark's probation: this share of a series, and no more than so many points. */
const learningShare = 0.15;
const mostLearning = 750;
/** The workload's own least. */
const leastLearning = 20;

export function command(): Command {
  return withDispatchOptions(
    new Command("watch")
      .description("find anomalies in a series of measurements, or in what this machine measures of itself")
      .argument("[file]", "CSV of timestamp,value, .gz too (default: this machine, for --seconds)")
      .option(
        "--learning <n>",
        "points to learn from first (default: 15 % of the series, at most 750)",
        positiveInteger,
      )
      .option("--alarm <score>", "list points from this score on: 3.5 is once in some 3,000", positive, usualAlarm)
      .option("--seconds <n>", "how long to watch this machine", positive, 15)
      .option("--interval <seconds>", "between two looks at this machine", positive, 0.2)
      .option("--tsv", "every point with its score, as tab-separated values")
      .option("--plot <file>", "draw values, scores and anomalies into a self-contained .svg or .html"),
  )
    .addHelpText(
      "after",
      `
Examples:
  $ bioxen watch machine_temperature.csv
  $ bioxen watch cpu.csv --alarm 5 --json | jq .output.anomalies
  $ bioxen watch cpu.csv --tsv > scores.tsv
  $ bioxen watch --seconds 30
A score is minus the decimal logarithm of how rare a point is in its own past; each score looks back only.`,
    )
    .action(watch);
}

async function watch(file: string | undefined, flags: Flags): Promise<void> {
  if (flags.json === true && flags.tsv === true)
    throw new BioXenError("INPUT_INVALID", "--json and --tsv are two forms of one answer: name one");
  if (flags.plot !== undefined && pictureFile(flags.plot, "", "") === null)
    throw new BioXenError("INPUT_INVALID", `${flags.plot}: a plot is an .svg or .html file`);
  if (file === undefined) {
    if (flags.tsv === true || flags.plot !== undefined)
      throw new BioXenError("INPUT_INVALID", "--tsv and --plot need a file of measurements");
    await liveWatch(flags);
    return;
  }
  const series = await readTimeSeries(file);
  const points = series.values.length;
  const learning =
    flags.learning ?? Math.max(leastLearning, Math.min(mostLearning, Math.floor(learningShare * points)));
  const input: TelemetryInput = {
    values: series.values,
    offsets: Uint32Array.of(0, points),
    learning: Uint32Array.of(learning),
    alarm: flags.alarm,
    states: null,
  };
  await using session = await openSession(telemetryAnomaly, flags.device);
  if (flags.explain === true) await explain(session, input, flags);
  else await score(session, file, series, input, flags);
}

async function explain(session: Session, input: TelemetryInput, flags: Flags): Promise<void> {
  const { answer } = await import("../session.ts");
  await answer(session, telemetryAnomaly, input, flags, () => ({ output: null, print: () => "" }));
}

async function score(
  { manager, signal, unprobed }: Session,
  file: string,
  series: TimeSeries,
  input: TelemetryInput,
  flags: Flags,
): Promise<void> {
  const done = await manager.run(telemetryAnomaly, input, dispatchOptions(flags, signal));
  const ran: Dispatched<TelemetryScores> = { ...done, rejected: [...done.rejected, ...unprobed] };
  const { scores, causes, statuses } = ran.output;
  const anomalies = [...scores.keys()]
    .filter((at) => (scores[at] ?? 0) >= flags.alarm)
    .map((at) => ({
      row: at + 1,
      timestamp: series.timestamps[at] ?? "",
      value: series.values[at] ?? Number.NaN,
      score: scores[at] ?? 0,
      cause: nameOf(scoreCause, causes[at]),
    }));
  const missing = scores.filter(Number.isNaN).length;
  if (flags.plot !== undefined) await plot(flags.plot, file, series, scores, flags.alarm);
  const [learning = 0] = input.learning;
  const status = nameOf(streamStatus, statuses[0]);
  if (flags.tsv === true) {
    const lines = Array.from(scores, (one, at) =>
      [series.timestamps[at], series.values[at], one, nameOf(scoreCause, causes[at])].join("\t"),
    );
    process.stdout.write(`timestamp\tvalue\tscore\tcause\n${lines.join("\n")}\n`);
  } else if (flags.json === true) {
    const output = { file, points: scores.length, learning, alarm: flags.alarm, status, missing, anomalies };
    process.stdout.write(`${JSON.stringify(jsonAnswer(telemetryAnomaly, input, ran, output))}\n`);
  } else {
    const gaps = missing === 0 ? "" : `, ${figure(missing)} of them missing`;
    const what =
      status === "learning"
        ? `all of them to learn from (--learning ${learning}): none is scored`
        : `the first ${figure(learning)} to learn from: ${anomalies.length === 0 ? "no" : figure(anomalies.length)} anomal${anomalies.length === 1 ? "y" : "ies"}`;
    process.stdout.write(`${basename(file)}: ${figure(scores.length)} points${gaps}, ${what}\n`);
    if (anomalies.length > 0) {
      // the rarest are shown, in the order of time
      const shown = [...anomalies].sort((a, b) => b.score - a.score).slice(0, listed);
      process.stdout.write(
        table(
          [
            { title: "Timestamp", share: 26 },
            { title: "Value", share: 16, right: true },
            { title: "Score", share: 10, right: true },
            { title: "Cause", share: 10 },
          ],
          shown
            .sort((a, b) => a.row - b.row)
            .map(({ timestamp, value, score: rarity, cause }) => [timestamp, figure(value), rarity.toFixed(2), cause]),
        ),
      );
      if (anomalies.length > listed)
        process.stdout.write(`${anomalies.length - listed} more, less rare ones: --json or --tsv.\n`);
    }
    process.stdout.write(printRun(telemetryAnomaly, input, ran));
  }
}

function nameOf(codes: Readonly<Record<string, number>>, code: number | undefined): string {
  return Object.entries(codes).find(([, one]) => one === code)?.[0] ?? "unknown";
}

async function plot(
  path: string,
  file: string,
  { times, values }: TimeSeries,
  scores: Float64Array,
  alarm: number,
): Promise<void> {
  const from = times[0] ?? 0;
  const hours = Array.from(times, (time) => (time - from) / 3600);
  const picture = await lineChart(basename(file), { x: "hours from the first point", y: "value", right: "score" }, [
    { name: "value", x: hours, y: [...values] },
    { name: "score", x: hours, y: [...scores], right: true },
    { name: "anomaly", x: hours, y: Array.from(scores, (one) => (one >= alarm ? one : 0)), right: true },
  ]);
  await atomicWriteFile(path, pictureFile(path, basename(file), picture) ?? "");
}
