import { draw, palette, type Svg } from "./draw.ts";

export interface LogSeries {
  readonly name: string;
  /** x and y, both above 0; others are left out. */
  readonly points: readonly (readonly [x: number, y: number])[];
  /** Joined by a line; single points otherwise. */
  readonly line: boolean;
  /** Not measured: dashed lines and hollow points. */
  readonly unmeasured?: boolean;
  /** Beside each point. */
  readonly labels?: readonly string[];
  /** Series of one group have one colour. */
  readonly group?: string;
}

const size = { width: 820, height: 520 };
/** Height of a row of the legend. */
const legendRow = 20;

/** Curves and points on two logarithmic axes. */
export function logChart(
  title: string,
  axes: { readonly x: string; readonly y: string },
  all: readonly LogSeries[],
): Promise<Svg> {
  const series = all
    .map((one) => ({ ...one, points: one.points.filter(([x, y]) => x > 0 && y > 0 && Number.isFinite(x * y)) }))
    .filter(({ points }) => points.length > 0);
  const groups = [...new Set(series.map(({ group, name }) => group ?? name))];
  const axis = (name: string): object => ({
    type: "log",
    name,
    nameLocation: "middle",
    minorSplitLine: { show: false },
    axisLabel: { formatter: shortly },
  });
  // one under the other: without a display texts are measured too roughly to stand side by side
  const legend = series.length * legendRow;
  return draw(
    {
      title: { text: title, left: "center" },
      legend: {
        top: 34,
        left: 90,
        orient: "vertical",
        itemGap: 6,
        data: series.map(({ name }) => name),
        itemWidth: 30,
      },
      grid: { left: 90, right: 40, top: 50 + legend, bottom: 60 },
      xAxis: { ...axis(axes.x), nameGap: 30 },
      yAxis: { ...axis(axes.y), nameGap: 60 },
      series: series.map(({ name, points, line, unmeasured = false, labels, group }) => {
        const colour = palette[groups.indexOf(group ?? name) % palette.length];
        return {
          type: line ? "line" : "scatter",
          name,
          data: points,
          symbol: unmeasured ? "emptyCircle" : "circle",
          symbolSize: line ? 6 : 10,
          lineStyle: { color: colour, type: unmeasured ? "dashed" : "solid" },
          itemStyle: { color: colour },
          ...(labels === undefined
            ? {}
            : {
                label: {
                  show: true,
                  position: "right",
                  fontSize: 10,
                  formatter: ({ dataIndex }: { dataIndex: number }) => labels[dataIndex] ?? "",
                },
              }),
        };
      }),
    },
    { width: size.width, height: size.height + legend },
  );
}

function shortly(value: number): string {
  return value >= 1e4 || value < 1e-2 ? value.toExponential(0).replace("e+", "e") : String(value);
}
