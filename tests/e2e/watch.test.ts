import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { bioxen, json } from "../support/command.ts";
import { noise } from "../support/telemetry-cases.ts";
import { temporaryFiles } from "../support/temporary-files.ts";

const { folder, file } = temporaryFiles();
const values = noise(500, 12);
values[400] = 90;
const rows = Array.from(values, (value, at) => `${new Date(1396310400000 + 300_000 * at).toISOString()},${value}`);
const series = file("series.csv", `timestamp,value\n${rows.join("\n")}\n`);

test("watch lists anomalies with row, timestamp, value, score and cause", async () => {
  const { workload, output } = await json(["watch", series, "--device", "cpu-simd"]);
  expect(workload).toBe("telemetry-anomaly");
  expect(output).toMatchObject({ points: 500, learning: 75, alarm: 3.5, status: "scored", missing: 0 });
  expect((output as { anomalies: object[] }).anomalies).toContainEqual({
    row: 401,
    timestamp: new Date(1396310400000 + 300_000 * 400).toISOString(),
    value: 90,
    score: expect.any(Number),
    cause: expect.stringMatching(/^(spike|shift|shape)$/),
  });
  const { code, stdout } = await bioxen(["watch", series, "--device", "cpu-simd"]);
  expect(code).toBe(0);
  expect(stdout).toContain("500 points, the first 75 to learn from");
  expect(stdout.split("\n").every((line) => !line.startsWith("│") || line.length <= 80)).toBe(true);
});

test("--tsv gives every point, --plot a picture", async () => {
  const plot = join(folder, "plot.svg");
  const { stdout } = await bioxen(["watch", series, "--tsv", "--plot", plot, "--device", "cpu-simd"]);
  const lines = stdout.trimEnd().split("\n");
  expect(lines[0]).toBe("timestamp\tvalue\tscore\tcause");
  expect(lines).toHaveLength(501);
  expect(readFileSync(plot, "utf8")).toMatch(/^<svg /);
});

test("without a file it watches this machine", async () => {
  const answer = await json(["watch", "--seconds", "1", "--interval", "0.2", "--device", "cpu-simd"]);
  expect((answer["metrics"] as { name: string }[]).map(({ name }) => name)).toEqual(
    expect.arrayContaining(["host cpu-load-percent", "host memory-used-percent", "host process-memory-mib"]),
  );
  expect(answer["alerts"]).toEqual([]);
});

test.each<[string, string[], RegExp]>([
  [
    "a broken line",
    ["watch", file("bad.csv", `timestamp,value\n${rows[0]}\n${rows[1]},\nnever,1\n`)],
    /bad\.csv:4: found "never"/,
  ],
  ["no file", ["watch", join(folder, "none.csv")], /none\.csv/],
  ["a plot that is none", ["watch", series, "--plot", "plot.png"], /an \.svg or \.html file/],
  ["two forms at once", ["watch", series, "--json", "--tsv"], /name one/],
  ["learning from too little", ["watch", series, "--learning", "5"], /20 to 100,000/],
])("%s is refused with a reason", async (_, args, said) => {
  const { code, stderr } = await bioxen(args);
  expect(code).toBe(1);
  expect(stderr).toMatch(said);
});
