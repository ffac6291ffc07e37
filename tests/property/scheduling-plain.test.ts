import { readdirSync, readFileSync } from "node:fs";
import { type Platform, parseTaskGraph, readPlatform, scheduleGraph, seededRandom, shippedPlatformIds } from "bioxen";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type PlainTask, plainSchedulers, type Trace } from "../support/plain-schedulers.ts";
import { sharedData } from "../support/shared-data.ts";

const folder = sharedData("workflows");
const traces = folder === null ? [] : readdirSync(folder).filter((name) => /^(?!canonical).*\.json$/.test(name));

function ours(trace: Trace, platform: Platform, policy: string): readonly PlainTask[] {
  const { problem, simulation } = scheduleGraph(parseTaskGraph(JSON.stringify(trace)), platform, policy);
  const { plan, start, end } = simulation;
  return problem.graph.tasks.map(({ id }, task) => ({
    id,
    device: platform.devices[plan.device[task] ?? 0]?.id ?? "",
    start: start[task] ?? Number.NaN,
    end: end[task] ?? Number.NaN,
  }));
}

/** A trace with all that the timing rule speaks of: shared files, files that nobody reads, edges said from one side only. */
function randomTrace(seed: number, tasks: number): Trace {
  const draw = seededRandom(seed);
  const order = Array.from({ length: tasks }, (_, task) => task);
  // parents may come behind their children in the file
  if (draw() < 0.7) order.sort(() => draw() - 0.5);
  const place = new Map(order.map((task, position) => [task, position]));
  const whole = draw() < 0.5;
  const amount = (most: number): number => (whole ? Math.floor(draw() * most) : draw() * most);
  const specified = order.map(() => ({
    parents: [] as string[],
    children: [] as string[],
    inputFiles: [] as string[],
    outputFiles: [] as string[],
  }));
  const files: { id: string; sizeInBytes: number }[] = [];
  for (const [task, one] of specified.entries()) {
    const written = Math.floor(draw() * 3);
    for (let file = 0; file < written; file++) {
      const id = `f${task}-${file}`;
      files.push({ id, sizeInBytes: draw() < 0.1 ? 0 : Math.floor(draw() * 4e9) });
      one.outputFiles.push(id);
    }
  }
  const nearest = draw() < 0.5 ? 3 : tasks;
  for (const [position, task] of order.entries())
    for (const parent of order.slice(Math.max(0, position - nearest), position)) {
      if (draw() > 2 / Math.min(nearest, position)) continue;
      const side = draw();
      if (side < 0.7) specified[task]?.parents.push(`t${parent}`);
      if (side > 0.3) specified[parent]?.children.push(`t${task}`);
      for (const file of specified[parent]?.outputFiles ?? []) if (draw() < 0.7) specified[task]?.inputFiles.push(file);
    }
  const equal = draw() < 0.2 ? 5 : null;
  return {
    name: "random",
    schemaVersion: "1.5",
    workflow: {
      specification: { tasks: specified.map((one, task) => ({ id: `t${task}`, ...one })), files },
      execution: {
        tasks: [...place.keys()].map((task) => ({ id: `t${task}`, runtimeInSeconds: equal ?? 1 + amount(20) })),
      },
    },
  } as Trace;
}

/** Speeds that divide and such that do not; links by pairs in powers of two, whose means are exact. */
function randomPlatform(seed: number, devices: number): Platform {
  const draw = seededRandom(seed + 1e6);
  const isOdd = draw() < 0.5;
  const hasPairs = draw() < 0.3;
  const isAsleep = draw() < 0.3;
  const id = (device: number): string => `d${device}`;
  const ids = Array.from({ length: devices }, (_, device) => device);
  return {
    format: 1,
    id: "random",
    name: "random",
    devices: ids.map((device) => ({
      id: id(device),
      speed: isOdd ? 0.3 + 3 * draw() : 2 ** Math.floor(draw() * 3),
      watts: { busy: 20, idle: 5 },
      ...(isAsleep ? { wake: { seconds: Math.floor(draw() * 4) } } : {}),
    })),
    links: {
      default: { bandwidth: 2 ** 29, ...(hasPairs ? {} : { latency: draw() < 0.5 ? 0 : 0.3 }) },
      ...(hasPairs
        ? {
            between: ids.flatMap((from) =>
              ids.flatMap((to) =>
                from === to || draw() < 0.5
                  ? []
                  : [{ from: id(from), to: id(to), bandwidth: 2 ** (27 + Math.floor(draw() * 5)) }],
              ),
            ),
          }
        : {}),
    },
  };
}

describe("beside the same algorithms, written plainly from their papers: every task's device, start and end, to the last bit", () => {
  for (const [policy, plain] of Object.entries(plainSchedulers))
    test(`${policy} on random traces and platforms`, () => {
      fc.assert(
        fc.property(
          fc.nat({ max: 1e6 }),
          fc.integer({ min: 1, max: 24 }),
          fc.integer({ min: 1, max: 5 }),
          (seed, tasks, devices) => {
            const [trace, platform] = [randomTrace(seed, tasks), randomPlatform(seed, devices)];
            expect(ours(trace, platform, policy)).toEqual(plain(trace, platform));
          },
        ),
        { numRuns: 150 },
      );
    });

  describe.skipIf(traces.length === 0)("on WfCommons traces (../shared/data/workflows)", () => {
    for (const name of traces)
      test(name, () => {
        const trace = JSON.parse(readFileSync(`${folder}/${name}`, "utf8")) as Trace;
        for (const id of shippedPlatformIds())
          for (const [policy, plain] of Object.entries(plainSchedulers)) {
            const platform = readPlatform(id);
            // means over its unequal links may round either way: makespans of another machine
            if (platform.links.between !== undefined) continue;
            expect(ours(trace, platform, policy), `${policy} on ${id}`).toEqual(plain(trace, platform));
          }
      });
  });
});
