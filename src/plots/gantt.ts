import { draw, palette, type Svg } from "./draw.ts";

/** One row of a Gantt chart, with what stands in it. */
export interface GanttRow {
  readonly name: string;
  readonly bars: readonly { readonly name: string; readonly from: number; readonly to: number }[];
}

const rowHeight = 34;
const margins = { left: 110, right: 30, top: 50, bottom: 50 };
/** Narrower bars bear no name: it would not fit. */
const namedWidth = 40;

/** What each row does when; a bar bears its name where it is wide enough. */
export function ganttChart(title: string, unit: string, rows: readonly GanttRow[]): Promise<Svg> {
  const most = Math.max(0, ...rows.flatMap(({ bars }) => bars.map(({ to }) => to)));
  const bars = rows.flatMap(({ bars }, row) => bars.map((bar) => ({ ...bar, row })));
  return draw(
    {
      title: { text: title, left: "center", textStyle: { fontSize: 14 } },
      grid: margins,
      xAxis: { type: "value", name: unit, nameLocation: "middle", nameGap: 28, min: 0, max: most || 1 },
      yAxis: { type: "category", inverse: true, data: rows.map(({ name }) => name), axisLabel: { fontSize: 11 } },
      series: [
        {
          type: "custom",
          data: bars.map(({ row, from, to }) => [row, from, to]),
          renderItem: ({ dataIndex }: { dataIndex: number }, api: Painter) => {
            const [x1, y] = api.coord([api.value(1), api.value(0)]);
            const [x2] = api.coord([api.value(2), api.value(0)]);
            const width = Math.max(1, x2 - x1);
            const text = width >= namedWidth ? (bars[dataIndex]?.name ?? "") : "";
            return {
              type: "rect",
              shape: { x: x1, y: y - rowHeight / 3, width, height: (2 * rowHeight) / 3 },
              style: { fill: palette[dataIndex % 6], stroke: "#fff", lineWidth: 0.5 },
              textContent: { style: { text, fontSize: 9, fill: "#fff", width: width - 4, overflow: "truncate" } },
              textConfig: { position: "inside" },
            };
          },
          encode: { x: [1, 2], y: 0 },
        },
      ],
    },
    { width: 900, height: margins.top + margins.bottom + rowHeight * Math.max(1, rows.length) },
  );
}

interface Painter {
  readonly value: (dimension: number) => number;
  readonly coord: (at: readonly [number, number]) => [number, number];
}
