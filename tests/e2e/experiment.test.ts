import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readExperiment, runExperiment } from "bioxen";
import { afterAll, describe, expect, test } from "vitest";
import { bioxen, json } from "../support/command.ts";
import { randomGraph } from "../support/task-graphs.ts";

const folder = mkdtempSync(join(tmpdir(), "bioxen-experiment-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = (name: string): string => join(folder, name);
const sha256 = (path: string): string => createHash("sha256").update(readFileSync(path)).digest("hex");
const shipped = fileURLToPath(new URL("../../profiles/platforms/example.json", import.meta.url));
const example = fileURLToPath(new URL("../../examples/idle-power/", import.meta.url));

const { name, tasks, edges } = randomGraph(5, 100);
writeFileSync(
  file("workflow.json"),
  JSON.stringify({
    format: "bioxen-dag",
    name,
    tasks,
    edges: edges.map(({ from, to, bytes }) => ({ from: `t${from}`, to: `t${to}`, bytes: bytes * 1e6 })),
  }),
);

function experiment(path: string, more: string): string {
  writeFileSync(
    file(path),
    [
      "format: 1",
      "name: test",
      `workflow: { path: workflow.json, sha256: ${sha256(file("workflow.json"))} }`,
      `platform: { path: example, sha256: ${sha256(shipped)} }`,
      more,
    ].join("\n"),
  );
  return file(path);
}

describe("bioxen schedule", () => {
  test("answers with makespan, energy and every task", async () => {
    const args = ["schedule", "--workflow", file("workflow.json"), "--platform", "example", "--policy", "heft"];
    const answer = await json(args);
    const schedule = answer["schedule"] as { task: string; device: string; start: number; end: number }[];
    expect(schedule.map(({ task }) => task).sort()).toEqual(tasks.map(({ id }) => id).sort());
    expect(Math.max(...schedule.map(({ end }) => end))).toBe(answer["makespan"]);
    const { busy, idle, transfer, wake, total } = answer["energy"] as Record<string, number>;
    expect(total).toBe((busy ?? 0) + (idle ?? 0) + (transfer ?? 0) + (wake ?? 0));
    const svg = file("gantt.svg");
    const { stdout, code } = await bioxen([...args, "--plot", svg]);
    expect([code, stdout]).toEqual([0, expect.stringContaining("by heft")]);
    expect(readFileSync(svg, "utf8")).toContain("gpu-0");
    const all = await json([...args.slice(0, 5), "--policy", "all"]);
    expect((all["policies"] as object[]).length).toBeGreaterThanOrEqual(16);
  });

  test("says what is wrong", async () => {
    const told = [
      [["--workflow", file("none.json")], "none.json"],
      [["--workflow", file("workflow.json"), "--policy", "best"], "no policy best"],
      [["--workflow", file("workflow.json"), "--policy", ""], "an empty policy"],
      [["--workflow", file("workflow.json"), "--platform", "moon"], "no platform moon"],
      [["--workflow", file("workflow.json"), "--policy", "heft", "--set", "x=1"], "no parameter x"],
      [["--workflow", file("workflow.json"), "--plot", "x.png"], ".svg or .html"],
    ] as const;
    for (const [flags, why] of told) {
      const { code, stderr } = await bioxen(["schedule", ...flags]);
      expect([code, stderr]).toEqual([1, expect.stringContaining(why)]);
    }
  });
});

describe("bioxen experiment", () => {
  const long = "policies: [heft, random, cpop]\nseeds: [1, 2, 3]\nrepeats: 800\nnoise: { tasks: 0.2 }\n";

  test("killed and interrupted, goes on from its last row to the same bytes; a change of a byte is found", async () => {
    const path = experiment("long.yaml", long);
    const [whole, parts] = [file("whole"), file("parts")];
    await json(["experiment", "run", path, "--out", whole]);
    const part = join(parts, "results.jsonl.part");
    const lines = (): number => (existsSync(part) ? readFileSync(part, "utf8").split("\n").length - 2 : 0);
    let before = 0;
    for (const signal of ["SIGKILL", "SIGINT"] as const) {
      const { code } = await bioxen(["experiment", "run", path, "--out", parts], {
        during: (kill) => {
          const timer = setInterval(() => {
            if (lines() < before + 100) return;
            clearInterval(timer);
            kill(signal);
          }, 2);
        },
      });
      expect(code).toBe(signal === "SIGKILL" ? null : 130);
      expect(lines()).toBeGreaterThanOrEqual(before + 100);
      before = lines();
    }
    const done = await json(["experiment", "run", path, "--out", parts]);
    expect(done["rows"]).toBe(7_200);
    expect(done["resumed"]).toBeGreaterThanOrEqual(before - 1);
    const results = readFileSync(join(parts, "results.jsonl"));
    expect(results.equals(readFileSync(join(whole, "results.jsonl")))).toBe(true);
    expect(existsSync(part)).toBe(false);
    expect(await json(["experiment", "run", path, "--out", parts])).toMatchObject({ resumed: 7_200 });
    expect(await json(["experiment", "verify", path, "--out", parts])).toMatchObject({ same: true });
    results[results.length - 20] = (results[results.length - 20] ?? 0) ^ 1;
    writeFileSync(join(parts, "results.jsonl"), results);
    const { code, stderr } = await bioxen(["experiment", "verify", path, "--out", parts]);
    expect([code, stderr]).toEqual([1, expect.stringContaining("line 7200 differs")]);
    const other = experiment("other.yaml", "policies: [heft]");
    const refused = await bioxen(["experiment", "run", other, "--out", whole]);
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining("another experiment")]);
  }, 180_000);

  test("the example runs, verifies, and its report says what the trap is", async () => {
    const here = file("example");
    mkdirSync(here);
    cpSync(example, here, { recursive: true });
    const path = join(here, "experiment.yaml");
    await json(["experiment", "run", path]);
    await json(["experiment", "verify", path]);
    await json(["experiment", "report", path, "--html", file("report.html")]);
    const html = readFileSync(file("report.html"), "utf8");
    for (const words of ["The idle-power trap", "less below, more above", "Regret against", "over seeds", "Schedules:"])
      expect(html).toContain(words);
    // self-contained: nothing is fetched
    expect(html).not.toMatch(/<script|<link|src=|url\(http/);
    const rows = readFileSync(join(here, "experiment.results", "results.jsonl"), "utf8")
      .trim()
      .split("\n")
      .map(
        (line) =>
          JSON.parse(line) as { policy: string; parameters: Record<string, number>; energy: Record<string, number> },
      );
    const of = (gamma: number, part: string): number =>
      rows.find(({ policy, parameters }) => policy === "dmda" && parameters["gamma"] === gamma)?.energy[part] ??
      Number.NaN;
    expect(of(0.2, "busy")).toBeLessThan(of(0, "busy"));
    expect(of(0.2, "total")).toBeGreaterThan(of(0, "total"));
    expect(of(0.01, "total")).toBeLessThan(of(0, "total"));
  }, 120_000);

  test("runs live on this host's devices", async () => {
    writeFileSync(
      file("small.json"),
      JSON.stringify({
        format: "bioxen-dag",
        name: "small",
        tasks: [
          { id: "a", runtime: 1, workload: { id: "matrix-multiply", size: 1000, seed: 1 } },
          { id: "b", runtime: 2 },
        ],
        edges: [{ from: "a", to: "b", bytes: 1 }],
      }),
    );
    const inputs = [
      `workflow: { path: small.json, sha256: ${sha256(file("small.json"))} }`,
      `platform: { path: example, sha256: ${sha256(shipped)} }`,
    ];
    const text = ["format: 1", "name: live", ...inputs, "policies: [heft, energy-greedy]"];
    writeFileSync(file("live.yaml"), [...text, "live: { workload: motif-scan, unitsPerSecond: 1000 }"].join("\n"));
    const { rows } = (await json(["experiment", "run", file("live.yaml"), "--live"])) as {
      rows: { refused: string | null; tasks: { workload: string; start: number; end: number }[] }[];
    };
    expect(rows[0]?.tasks.map(({ workload }) => workload)).toEqual(["matrix-multiply", "motif-scan"]);
    expect(rows[0]?.tasks[1]?.start).toBeGreaterThanOrEqual(rows[0]?.tasks[0]?.end ?? Number.NaN);
    expect(rows[1]?.refused).toContain("watts");
    await json(["experiment", "run", file("live.yaml")]);
    await json(["experiment", "report", file("live.yaml"), "--html", file("live.html")]);
    expect(readFileSync(file("live.html"), "utf8")).toContain("small, live: heft");
    writeFileSync(file("unmapped.yaml"), text.join("\n"));
    const { code, stderr } = await bioxen(["experiment", "run", file("unmapped.yaml"), "--live"]);
    expect([code, stderr]).toEqual([1, expect.stringContaining("task b names no workload")]);
  }, 120_000);

  const attempt = async (path: string): Promise<unknown> =>
    runExperiment(await readExperiment(path), file("bad"), { version: "test" });

  test("refuses before anything runs", async () => {
    const hash = "a".repeat(64);
    const told: readonly (readonly [string, string])[] = [
      ["policies: []", "without policies"],
      ['policies: [""]', "an empty policy"],
      ["policies: [best]", "no policy best"],
      ["policies: [{ id: dmda, parameters: { delta: 1 } }]", "no parameter delta"],
      ["policies: [heft]\nrepeats: 0", "repeats"],
      ["policies: [heft]\nnoise: { tasks: -1 }", "noise.tasks"],
      ["policies: [heft]\nmetrics: [speed]", "metrics.0"],
      ["policies: [heft, { id: deadline-energy, parameters: { deadline: 0.001 } }]", "cannot be kept"],
      ["policies: [heft, optimal]", "100 tasks are more than"],
      ["policies: [heft]\nunknown: 1", "unknown"],
      ["policies: [heft", "bad.yaml"],
    ];
    for (const [more, why] of told) {
      const path = experiment("bad.yaml", more);
      await expect(attempt(path), more).rejects.toThrow(why);
      expect(existsSync(file("bad"))).toBe(false);
    }
    const platform = `platform: { path: example, sha256: ${sha256(shipped)} }`;
    const inputs: readonly (readonly [string, string])[] = [
      [`workflow: { path: workflow.json, sha256: ${hash} }\n${platform}`, "its SHA-256 is"],
      [`workflow: { path: gone.json, sha256: ${hash} }\n${platform}`, "gone.json: cannot be read"],
      [
        `workflow: { path: workflow.json, sha256: ${sha256(file("workflow.json"))} }\nplatform: { path: moon, sha256: ${hash} }`,
        "no platform moon",
      ],
      [platform, "workflow: or workflows:"],
    ];
    for (const [text, why] of inputs) {
      writeFileSync(file("bad.yaml"), `format: 1\nname: bad\npolicies: [heft]\n${text}\n`);
      await expect(attempt(file("bad.yaml")), text).rejects.toThrow(why);
    }
    const { code, stderr } = await bioxen(["experiment", "verify", experiment("new.yaml", "policies: [heft]")]);
    expect([code, stderr]).toEqual([1, expect.stringContaining("not run to its end")]);
  }, 120_000);
});
