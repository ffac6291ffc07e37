import { draw, palette, type Svg } from "./draw.ts";

export interface Range {
  readonly name: string;
  /** -Infinity and Infinity are drawn to the edge. */
  readonly from: number;
  readonly to: number;
}

const rowHeight = 18;
const margins = { left: 140, right: 30, top: 60, bottom: 50 };

/** One horizontal bar a range, in the order given; a range that is a point is a tick. */
export function rangeChart(title: string, unit: string, ranges: readonly Range[]): Promise<Svg> {
  const finite = ranges.flatMap(({ from, to }) => [from, to]).filter(Number.isFinite);
  const least = Math.min(0, ...finite);
  const most = Math.max(0, ...finite);
  const pad = 0.02 * (most - least || 1);
  const edge = (value: number): number => Math.max(least - pad, Math.min(most + pad, value));
  return draw(
    {
      title: { text: title, left: "center" },
      grid: margins,
      xAxis: { type: "value", name: unit, nameLocation: "middle", nameGap: 28, min: least - pad, max: most + pad },
      yAxis: {
        type: "category",
        inverse: true,
        data: ranges.map(({ name }) => name),
        axisLabel: { fontSize: 10, width: 130, overflow: "truncate" },
      },
      series: [
        {
          type: "custom",
          data: ranges.map(({ from, to }, at) => [at, edge(from), edge(to)]),
          renderItem: (_: unknown, api: Painter) => {
            const [x1, y] = api.coord([api.value(1), api.value(0)]);
            const [x2] = api.coord([api.value(2), api.value(0)]);
            return {
              type: "rect",
              shape: { x: x1, y: y - rowHeight / 4, width: Math.max(2, x2 - x1), height: rowHeight / 2 },
              style: { fill: palette[0] },
            };
          },
          encode: { x: [1, 2], y: 0 },
        },
      ],
    },
    { width: 800, height: margins.top + margins.bottom + rowHeight * Math.max(1, ranges.length) },
  );
}

/** What a custom series gets of the chart; the library's own type is not public. */
interface Painter {
  readonly value: (dimension: number) => number;
  readonly coord: (at: readonly [number, number]) => [number, number];
}
