import { draw, palette, type Svg } from "./draw.ts";

export interface Sample {
  readonly name: string;
  readonly values: ArrayLike<number>;
}

const columns = 3;
const cell = { width: 260, height: 180 };
const top = 50;
const bins = 30;

/** One small histogram a sample, three in a row; the height is the number of values in a bin. */
export function histogramChart(title: string, unit: string, samples: readonly Sample[]): Promise<Svg> {
  const rows = Math.max(1, Math.ceil(samples.length / columns));
  const places = samples.map((_, at) => ({
    left: (at % columns) * cell.width + 45,
    top: top + Math.floor(at / columns) * cell.height + 25,
    width: cell.width - 65,
    height: cell.height - 65,
  }));
  const counted = samples.map(({ values }) => histogram(values));
  return draw(
    {
      title: [
        { text: title, left: "center" },
        ...samples.map(({ name }, at) => ({
          text: name,
          textStyle: { fontSize: 11 },
          left: places[at]?.left ?? 0,
          top: (places[at]?.top ?? 0) - 22,
        })),
      ],
      grid: places,
      xAxis: counted.map(({ from, width }, gridIndex) => ({
        gridIndex,
        type: "value",
        min: from,
        max: from + width * bins,
        name: unit,
        nameLocation: "middle",
        nameGap: 20,
        nameTextStyle: { fontSize: 9 },
        splitNumber: 3,
        axisLabel: { fontSize: 9, showMinLabel: false, showMaxLabel: false },
      })),
      yAxis: samples.map((_, gridIndex) => ({ gridIndex, type: "value", splitNumber: 2, axisLabel: { fontSize: 9 } })),
      series: counted.map(({ from, width, counts }, at) => ({
        type: "bar",
        xAxisIndex: at,
        yAxisIndex: at,
        barWidth: Math.max(1, (cell.width - 65) / bins - 1),
        itemStyle: { color: palette[0] },
        data: Array.from(counts, (count, bin) => [from + (bin + 0.5) * width, count]),
      })),
    },
    { width: columns * cell.width, height: top + rows * cell.height },
  );
}

/** Counts in equal bins from the least to the greatest finite value; a sample of one value gets a bin around it. */
export function histogram(values: ArrayLike<number>): { from: number; width: number; counts: Uint32Array } {
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  for (let at = 0; at < values.length; at++) {
    const value = values[at] ?? Number.NaN;
    if (!Number.isFinite(value)) continue;
    least = Math.min(least, value);
    most = Math.max(most, value);
  }
  const counts = new Uint32Array(bins);
  if (least > most) return { from: 0, width: 1 / bins, counts };
  const spread = most - least || Math.max(1e-9, Math.abs(least) * 1e-6);
  const from = most > least ? least : least - spread / 2;
  const width = spread / bins;
  for (let at = 0; at < values.length; at++) {
    const value = values[at] ?? Number.NaN;
    if (!Number.isFinite(value)) continue;
    const bin = Math.min(bins - 1, Math.floor((value - from) / width));
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return { from, width, counts };
}
