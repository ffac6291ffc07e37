import { boxPlots, fiveNumbers, ganttChart, ganttOf, readPlatform, report, scheduleGraph, tradeOffChart } from "bioxen";
import { expect, test } from "vitest";
import { randomGraph } from "../support/task-graphs.ts";

test("quartiles lie between order statistics", () => {
  expect(fiveNumbers([4, 1, 3, 2])).toEqual([1, 1.75, 2.5, 3.25, 4]);
  expect(fiveNumbers([7])).toEqual([7, 7, 7, 7, 7]);
});

test("a Gantt chart has a row a device and a bar a task, and names are escaped", async () => {
  const { simulation } = scheduleGraph(randomGraph(1, 12), readPlatform("example"), "heft");
  const rows = ganttOf(simulation);
  expect(rows.map(({ name }) => name)).toEqual(["cpu-0", "cpu-1", "gpu-0", "npu-0"]);
  expect(rows.flatMap(({ bars }) => bars).length).toBe(12);
  const svg = await ganttChart("a < b", "s", rows);
  expect(svg).toContain("a &lt; b");
  for (const { name } of rows) expect(svg).toContain(name);
});

test("what is best in nothing is off the front, and drawn so", async () => {
  const points = [
    { name: "short", x: 1, y: 9, onFront: true },
    { name: "frugal", x: 9, y: 1, onFront: true },
    { name: "neither", x: 9, y: 9, onFront: false },
  ];
  const svg = await tradeOffChart("t", { x: "s", y: "J" }, points);
  for (const { name } of points) expect(svg).toContain(name);
  const boxes = await boxPlots("t", "s", [{ name: "heft", values: [1, 2, 3] }]);
  expect(boxes).toContain("heft");
  expect(report("<r>", [{ heading: "h", table: { columns: ["a"], rows: [["<b>"]] } }])).not.toContain("<b>");
});
