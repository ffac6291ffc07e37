// Series of the kinds that watched systems give, with their anomalies.
import { seededRandom } from "../src/contract/index.ts";
import type { LabelledSeries } from "./nab-score.ts";

/** A series by row; `at` are the rows where its anomalies start. */
type Shape = (random: () => number, at: readonly number[], points: number) => (row: number) => number;

interface Kind {
  readonly name: string;
  readonly points: number;
  readonly anomalies: number;
  readonly shape: Shape;
}

function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** Whether a row lies in the `length` rows from an anomaly's start on. */
function within(row: number, at: readonly number[], length: number): boolean {
  return at.some((start) => row >= start && row < start + length);
}

/** A machine that is busy from 9 to 18 h, in steps of five minutes. */
function officeHours(row: number): number {
  const step = row % 288;
  return step > 108 && step < 216 ? 80 : 20;
}

const kinds: readonly Kind[] = [
  {
    name: "busier day",
    points: 4032,
    anomalies: 1,
    shape: (random, at) => (row) =>
      officeHours(row) * (at.some((one) => Math.floor(one / 288) === Math.floor(row / 288)) ? 1.8 : 1) + 8 * random(),
  },
  {
    name: "idle day",
    points: 4032,
    anomalies: 1,
    shape: (random, at) => (row) =>
      (at.some((one) => Math.floor(one / 288) === Math.floor(row / 288)) ? 20 : officeHours(row)) + 8 * random(),
  },
  { name: "ordinary days", points: 4032, anomalies: 0, shape: (random) => (row) => officeHours(row) + 8 * random() },
  { name: "noise", points: 4032, anomalies: 0, shape: (random) => () => 20 + 2 * random() },
  { name: "exact square wave", points: 4032, anomalies: 0, shape: () => officeHours },
  {
    name: "denser spikes",
    points: 4032,
    anomalies: 1,
    shape: (random, at) => (row) => (random() < (within(row, at, 200) ? 0.12 : 0.01) ? 20 : 0),
  },
  {
    name: "level shifts of a quiet machine",
    points: 4032,
    anomalies: 2,
    shape:
      (random, [first = 0, second = 0]) =>
      (row) => {
        const level = row < first ? 1 : row < second ? 2.1 : 1.2;
        return Math.round(500 * (level + 0.06 * normal(random) + (random() < 0.01 ? 0.6 * random() : 0))) / 500;
      },
  },
  {
    name: "bursts on a network",
    points: 4700,
    anomalies: 2,
    shape: (random, at) => (row) => {
      if (within(row, at, 4)) return 4.5e6 * (0.6 + 0.8 * random());
      const backup = row % 50 === 0 ? 3e5 * (0.7 + 0.6 * random()) : 0;
      return 5e4 + 2e4 * random() + backup + (random() < 0.004 ? -5e5 * Math.log(1 - random()) : 0);
    },
  },
  {
    name: "saturation",
    points: 4032,
    anomalies: 2,
    shape: (random, at) => {
      let drift = 0;
      return (row) => {
        drift = 0.9 * drift + 1.2 * normal(random);
        return Math.min(100, within(row, at, 40) ? 95 + 2 * random() : 40 + drift);
      };
    },
  },
  {
    name: "more variance",
    points: 4032,
    anomalies: 1,
    shape: (random, at) => (row) => 50 + (within(row, at, 250) ? 6 : 1.5) * normal(random),
  },
  {
    name: "a sensor that drops out",
    points: 4032,
    anomalies: 1,
    shape: (random, at) => (row) => (within(row, at, 150) ? 0 : 60 + 5 * normal(random) + 10 * Math.sin(row / 45.8)),
  },
  {
    name: "counts of messages",
    points: 15_842,
    anomalies: 3,
    shape: (random, at) => {
      let burst = 0;
      return (row) => {
        const rate = 25 * (1 + 0.7 * Math.sin((2 * Math.PI * row) / 288)) * (row % 2016 > 1440 ? 0.6 : 1);
        burst = 0.8 * burst - (random() < 0.006 ? 2.5 * rate * Math.log(1 - random()) : 0);
        const start = at.find((one) => row >= one && row < one + 25);
        const news = start === undefined ? 0 : rate * (9 + 6 * random()) * Math.exp((start - row) / 12);
        return Math.max(0, Math.round(rate + burst + 1.6 * Math.sqrt(rate + burst) * normal(random) + news));
      };
    },
  },
  {
    name: "hourly prices",
    points: 1620,
    anomalies: 2,
    shape: (random, at) => (row) =>
      Math.max(
        0,
        0.1 +
          0.03 * Math.sin((2 * Math.PI * row) / 24) +
          0.015 * normal(random) +
          (random() < 0.02 ? 0.08 * random() : 0) +
          (within(row, at, 3) ? 0.35 + 0.3 * random() : 0),
      ),
  },
  {
    name: "speeds on a road",
    points: 2500,
    anomalies: 2,
    shape: (random, at) => (row) => {
      if (within(row, at, 12)) return 25 + 10 * random();
      const step = row % 160;
      const jam = (step > 40 && step < 50 ? 20 : step > 105 && step < 118 ? 25 : 0) * random();
      return Math.round(82 + 4 * normal(random) - jam);
    },
  },
  {
    name: "a temperature that falls",
    points: 7267,
    anomalies: 2,
    shape: (random, at) => {
      let level = 70;
      return (row) => {
        level += 0.05 * (70 - level) + 0.5 * normal(random);
        const start = at.find((one) => row >= one && row < one + 60) ?? row;
        return level + 2 * Math.sin((2 * Math.PI * row) / 24) - 0.3 * (row - start);
      };
    },
  },
  {
    name: "a random walk",
    points: 4032,
    anomalies: 0,
    shape: (random) => {
      let level = 0;
      return () => {
        level += normal(random);
        return level;
      };
    },
  },
];

/** One series of each kind; a window of a tenth of the series, shared by its anomalies, lies around each start. */
export function simulatedSeries(seed: number): readonly LabelledSeries[] {
  return kinds.map(({ name, points, anomalies, shape }, kind) => {
    const random = seededRandom(1000 * seed + kind);
    const from = Math.min(0.15 * points, 750) + 0.05 * points;
    const at = Array.from({ length: anomalies }, (_, one) =>
      Math.floor(from + ((0.94 * points - from) * (one + 0.2 + 0.6 * random())) / anomalies),
    );
    const half = Math.floor((0.05 * points) / Math.max(1, anomalies));
    const valueAt = shape(random, at, points);
    return {
      name,
      values: Float64Array.from({ length: points }, (_, row) => valueAt(row)),
      windows: at.map((start) => [Math.max(0, start - half), Math.min(points - 1, start + half)] as const),
    };
  });
}
