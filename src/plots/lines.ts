import { draw, palette, type Svg } from "./draw.ts";

export interface Line {
  readonly name: string;
  readonly x: readonly number[];
  /** NaN leaves a gap. */
  readonly y: readonly number[];
  /** A shaded band around the line, as far as it is known. */
  readonly band?: { readonly lower: readonly number[]; readonly upper: readonly number[] };
  /** Against a second axis at the right. */
  readonly right?: boolean;
}

export interface Axes {
  readonly x: string;
  readonly y: string;
  readonly right?: string;
}

const size = { width: 800, height: 480 };

/** Lines over one x-axis, each with its band. */
export function lineChart(title: string, axes: Axes, lines: readonly Line[]): Promise<Svg> {
  const axis = (name: string): object => ({ type: "value", name, nameLocation: "middle", nameGap: 45, scale: true });
  return draw(
    {
      title: { text: title, left: "center" },
      legend: { top: 36, data: lines.map(({ name }) => name) },
      grid: { left: 80, right: axes.right === undefined ? 30 : 80, top: 70, bottom: 60 },
      xAxis: { ...axis(axes.x), nameGap: 30 },
      yAxis: [axis(axes.y), ...(axes.right === undefined ? [] : [axis(axes.right)])],
      series: lines.flatMap((line, at) => {
        const colour = palette[at % palette.length];
        const yAxisIndex = line.right === true ? 1 : 0;
        const curve = {
          type: "line",
          name: line.name,
          yAxisIndex,
          showSymbol: false,
          lineStyle: { color: colour },
          itemStyle: { color: colour },
          data: line.x.map((x, point) => [x, gap(line.y[point])]),
        };
        if (line.band === undefined) return [curve];
        const { lower, upper } = line.band;
        const stack = `band of ${line.name}`;
        const invisible = { type: "line", stack, yAxisIndex, showSymbol: false, lineStyle: { opacity: 0 } };
        return [
          curve,
          { ...invisible, stackStrategy: "all", data: line.x.map((x, point) => [x, gap(lower[point])]) },
          {
            ...invisible,
            stackStrategy: "all",
            areaStyle: { color: colour, opacity: 0.2 },
            data: line.x.map((x, point) => [x, gap((upper[point] ?? Number.NaN) - (lower[point] ?? Number.NaN))]),
          },
        ];
      }),
    },
    size,
  );
}

/** What the library reads as a gap. */
function gap(value: number | undefined): number | "-" {
  return value === undefined || !Number.isFinite(value) ? "-" : value;
}
