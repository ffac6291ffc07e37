// HEFT, the simulator and experiments beside what was promised of them: node dist/bench/scheduling.js [--json]
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  lowerBounds,
  makespanOf,
  type Platform,
  platformFile,
  powerTrace,
  readExperiment,
  runExperiment,
  type SchedulingProblem,
  schedulingPolicyNamed,
  schedulingProblem,
  seededRandom,
  simulate,
  type TaskGraph,
  traceJoules,
} from "../src/index.ts";

/** A graph in layers of a hundred: each task reads from three of the layer above. */
function layered(tasks: number): TaskGraph {
  const draw = seededRandom(tasks);
  const width = 100;
  return {
    name: `layers-${tasks}`,
    tasks: Array.from({ length: tasks }, (_, at) => ({ id: `t${at}`, runtime: 1 + 99 * draw() })),
    edges: Array.from({ length: tasks }, (_, to) => to).flatMap((to) => {
      const above = Math.floor(to / width) * width - width;
      if (above < 0) return [];
      const parents = new Set([0, 1, 2].map(() => above + Math.floor(draw() * width)));
      return [...parents].map((from) => ({ from, to, bytes: 1e9 * draw(), seconds: 0 }));
    }),
  };
}

function platformOf(devices: number): Platform {
  const draw = seededRandom(devices);
  return {
    format: 1,
    id: "bench",
    name: "bench",
    devices: Array.from({ length: devices }, (_, at) => ({
      id: `d${at}`,
      speed: 0.5 + 3 * draw(),
      watts: { busy: 100 + 200 * draw(), idle: 20, context: 5 },
    })),
    links: { default: { bandwidth: 1e9, watts: 5 } },
  };
}

/** CPU time, since other programs may be running here. */
function timed<T>(run: () => T): { readonly seconds: number; readonly value: T } {
  const before = process.cpuUsage();
  const value = run();
  const { user, system } = process.cpuUsage(before);
  return { seconds: (user + system) / 1e6, value };
}

function expectSound(problem: SchedulingProblem, makespan: number): void {
  const { criticalPath, capacity } = lowerBounds(problem);
  if (!(makespan >= criticalPath && makespan >= capacity)) throw new Error(`${makespan} s is below its bounds`);
}

/** Of the typed arrays that an object holds, those of its lists with them: counted, since what a heap says is the collector's. */
function bytesIn(of: object): number {
  return Object.values(of)
    .flat()
    .reduce<number>((sum, one: unknown) => sum + (ArrayBuffer.isView(one) ? one.byteLength : 0), 0);
}

const round = (value: number): number => Number(value.toPrecision(3));
const heft = schedulingPolicyNamed("heft");
const results: Record<string, number> = {};

const large = schedulingProblem(layered(10_000), platformOf(16));
const planned = timed(() => heft.plan(large, {}, 0));
expectSound(large, makespanOf(planned.value));
results["heft10000x16Seconds"] = round(planned.seconds);

for (const tasks of [10_000, 100_000]) {
  const problem = schedulingProblem(layered(tasks), platformOf(16));
  const plan = schedulingPolicyNamed("round-robin").plan(problem, {}, 0);
  simulate(problem, plan);
  const runs = 500_000 / tasks;
  const simulated = timed(() => {
    let last = simulate(problem, plan);
    for (let run = 1; run < runs; run++)
      last = simulate(problem, plan, { noise: { tasks: 0.1, transfers: 0 }, seed: run });
    return last;
  });
  const exact = simulate(problem, plan);
  const error = Math.abs(traceJoules(powerTrace(exact)) / exact.energy.total - 1);
  if (!(error <= 1e-9)) throw new Error(`energy is off its trace by ${error}`);
  expectSound(problem, exact.makespan);
  results[`events${tasks}PerSecond`] = round((runs * tasks) / simulated.seconds);
  results[`bytes${tasks}PerTask`] = round((bytesIn(problem) + bytesIn(plan) + bytesIn(exact)) / tasks);
}
const [small = 0, big = 0] = [results["bytes10000PerTask"], results["bytes100000PerTask"]];
if (!(big <= 1.5 * small)) throw new Error(`memory grows faster than tasks: ${small}, then ${big} bytes a task`);

const folder = mkdtempSync(join(tmpdir(), "bioxen-bench-"));
try {
  const text = JSON.stringify({
    format: "bioxen-dag",
    tasks: layered(100).tasks,
    edges: Array.from({ length: 99 }, (_, at) => ({ from: `t${at >> 1}`, to: `t${at + 1}`, bytes: 1e8 })),
  });
  writeFileSync(join(folder, "workflow.json"), text);
  const sha256 = (of: string | Buffer): string => createHash("sha256").update(of).digest("hex");
  const example = sha256(readFileSync(platformFile("example")));
  writeFileSync(
    join(folder, "experiment.yaml"),
    [
      "format: 1",
      "name: bench",
      `workflow: { path: workflow.json, sha256: ${sha256(text)} }`,
      `platform: { path: example, sha256: ${example} }`,
      "policies: [heft, cpop, peft, min-min, max-min, mct, random, dmda, energy-greedy, deadline-energy]",
      `seeds: [${Array.from({ length: 100 }, (_, seed) => seed).join(", ")}]`,
      "noise: { tasks: 0.1 }",
      "metrics: [edp, slr, utilization, peak-watts, carbon]",
    ].join("\n"),
  );
  const before = process.cpuUsage();
  const experiment = await readExperiment(join(folder, "experiment.yaml"));
  const run = await runExperiment(experiment, join(folder, "results"), { version: "bench" });
  const { user, system } = process.cpuUsage(before);
  if (run.rows !== 1000) throw new Error(`${run.rows} rows`);
  results["experiments1000x100Seconds"] = round((user + system) / 1e6);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

const promised = { heft10000x16Seconds: 2, events10000PerSecond: 300_000, experiments1000x100Seconds: 30 };
const isKept =
  (results["heft10000x16Seconds"] ?? Number.NaN) <= promised.heft10000x16Seconds &&
  (results["events10000PerSecond"] ?? Number.NaN) >= promised.events10000PerSecond &&
  (results["experiments1000x100Seconds"] ?? Number.NaN) <= promised.experiments1000x100Seconds;
const answer = { about: "CPU seconds of one process, on a machine with other work", promised, results, isKept };
process.stdout.write(
  process.argv.includes("--json")
    ? `${JSON.stringify(answer)}\n`
    : `${Object.entries(results)
        .map(([name, value]) => `${name}: ${value}`)
        .join("\n")}\nwhat was promised is ${isKept ? "kept" : "not kept"}\n`,
);
if (!isKept) process.exitCode = 1;
