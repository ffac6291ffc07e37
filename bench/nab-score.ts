// The Numenta Anomaly Benchmark's own scoring (Lavin and Ahmad 2015, doi:10.1109/ICMLA.2015.141), standard profile.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseTimeSeries } from "../src/formats/index.ts";

/** A labelled series: `windows` are rows, first and last, around each anomaly. */
export interface LabelledSeries {
  readonly name: string;
  readonly values: Float64Array;
  readonly windows: readonly (readonly [first: number, last: number])[];
}

/** What a detection weighs: standard profile. A miss weighs 1, a first detection in a window up to 1. */
const falsePositive = 0.11;

/** Rows that are not scored, which a detector may learn from. */
export function probationOf({ length }: { readonly length: number }): number {
  return Math.min(Math.floor(0.15 * length), 750);
}

/** Reads the series at hand with their windows. */
export function readNab(folder: string): readonly LabelledSeries[] {
  const labels = JSON.parse(readFileSync(join(folder, "labels", "combined_windows.json"), "utf8")) as Readonly<
    Record<string, readonly (readonly [string, string])[]>
  >;
  return readdirSync(join(folder, "data"))
    .filter((file) => file.endsWith(".csv"))
    .sort()
    .map((file) => {
      const { times, values } = parseTimeSeries(readFileSync(join(folder, "data", file), "utf8"), file);
      const key = Object.keys(labels).find((one) => one.endsWith(`/${file}`));
      if (key === undefined) throw new Error(`${file} has no labels`);
      const at = (stamp: string): number => Date.parse(`${stamp.slice(0, 19).replace(" ", "T")}Z`) / 1000;
      const windows = (labels[key] ?? []).map(
        ([from, to]) =>
          [times.findIndex((time) => time >= at(from)), times.findLastIndex((time) => time <= at(to))] as const,
      );
      return { name: file.replace(/\.csv$/, ""), values, windows };
    });
}

/** What a row's detection is worth by its place: 1 at the left edge of a window, 0 at the right one, -1 long after. */
function worth(place: number): number {
  return place > 3 ? -1 : 2 / (1 + Math.exp(5 * place)) - 1;
}

export interface SeriesScore {
  /** Sum over windows and false detections. */
  readonly raw: number;
  readonly found: number;
  readonly falsePositives: number;
}

/** Scores a series' detections, those scores that reach the threshold. */
export function scoreSeries(series: LabelledSeries, scores: ArrayLike<number>, threshold: number): SeriesScore {
  const { values, windows } = series;
  const best = new Map<number, number>();
  let raw = 0;
  let falsePositives = 0;
  for (let row = probationOf(values); row < values.length; row++) {
    if (!((scores[row] ?? 0) >= threshold)) continue;
    const inside = windows.findIndex(([first, last]) => row >= first && row <= last);
    const [first, last] = windows[inside] ?? [0, 0];
    if (inside >= 0) {
      const value = worth(-(last - row + 1) / (last - first + 1)) / worth(-1);
      best.set(inside, Math.max(best.get(inside) ?? Number.NEGATIVE_INFINITY, value));
      continue;
    }
    const before = windows.findLast((window) => window[1] < row);
    raw += falsePositive * (before === undefined ? -1 : worth((row - before[1]) / (before[1] - before[0])));
    falsePositives++;
  }
  for (const value of best.values()) raw += value;
  return { raw: raw - (windows.length - best.size), found: best.size, falsePositives };
}

/** 100 for every window found at its start and nothing else, 0 for a detector that never speaks. */
export function normalised(series: readonly LabelledSeries[], raw: number): number {
  const windows = series.reduce((sum, one) => sum + one.windows.length, 0);
  return (100 * (raw + windows)) / (2 * windows);
}

/** The score of a set at one threshold. */
export function nabScore(
  series: readonly LabelledSeries[],
  scores: readonly ArrayLike<number>[],
  threshold: number,
): number {
  const raw = series.reduce((sum, one, at) => sum + scoreSeries(one, scores[at] ?? [], threshold).raw, 0);
  return normalised(series, raw);
}

/** The threshold among some with the best score, the benchmark's own procedure. */
export function bestThreshold(
  series: readonly LabelledSeries[],
  scores: readonly ArrayLike<number>[],
  among: readonly number[],
): { readonly threshold: number; readonly score: number } {
  return among
    .map((threshold) => ({ threshold, score: nabScore(series, scores, threshold) }))
    .reduce((best, one) => (one.score > best.score ? one : best));
}
