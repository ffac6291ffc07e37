import { draw, palette, type Svg } from "./draw.ts";

export interface TradeOffPoint {
  readonly name: string;
  readonly x: number;
  readonly y: number;
  /** That no other point is at least as good in both and better in one. */
  readonly onFront: boolean;
}

/** Points of two costs, both better where smaller; those on the front are joined and named in colour. */
export function tradeOffChart(
  title: string,
  axes: { readonly x: string; readonly y: string },
  points: readonly TradeOffPoint[],
): Promise<Svg> {
  const axis = (name: string): object => ({ type: "value", name, nameLocation: "middle", scale: true });
  const named = (of: readonly TradeOffPoint[], colour: string | undefined): object => ({
    type: "scatter",
    symbolSize: 9,
    itemStyle: { color: colour },
    data: of.map(({ x, y }) => [x, y]),
    label: {
      show: true,
      position: "right",
      fontSize: 10,
      color: colour,
      formatter: ({ dataIndex }: { dataIndex: number }) => of[dataIndex]?.name ?? "",
    },
    labelLayout: { hideOverlap: true },
  });
  const front = points.filter(({ onFront }) => onFront).sort((a, b) => a.x - b.x || a.y - b.y);
  return draw(
    {
      title: { text: title, left: "center", textStyle: { fontSize: 14 } },
      grid: { left: 90, right: 120, top: 50, bottom: 60 },
      xAxis: { ...axis(axes.x), nameGap: 30 },
      yAxis: { ...axis(axes.y), nameGap: 65 },
      series: [
        {
          type: "line",
          step: "end",
          showSymbol: false,
          lineStyle: { color: palette[1], type: "dashed" },
          data: front.map(({ x, y }) => [x, y]),
        },
        named(front, palette[1]),
        named(
          points.filter(({ onFront }) => !onFront),
          "#666",
        ),
      ],
    },
    { width: 900, height: 480 },
  );
}
