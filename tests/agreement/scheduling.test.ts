import { readdirSync, readFileSync } from "node:fs";
import {
  makespanOf,
  optimumProved,
  type Platform,
  parseTaskGraph,
  powerTrace,
  readPlatform,
  readTaskGraph,
  scheduleGraph,
  schedulingPolicies,
  shippedPlatformIds,
  type TaskGraph,
  traceJoules,
  upwardRank,
} from "bioxen";
import { describe, expect, test } from "vitest";
import { sharedData } from "../support/shared-data.ts";

const folder = sharedData("workflows");
const traces = folder === null ? [] : readdirSync(folder).filter((name) => /^(?!canonical).*\.json$/.test(name));

interface Example {
  readonly id: string;
  readonly cost: readonly (readonly number[])[];
  readonly edges: readonly { readonly src: number; readonly dst: number; readonly comm: number }[];
  readonly recomputed_here: Readonly<Record<string, unknown>> & { readonly rank_u: readonly number[] };
}

interface Published {
  readonly makespan: number;
  readonly schedule?: readonly { readonly task: number; readonly proc: number; readonly start: number }[];
}

/** In the project's own form, as a user would write it. */
function graphOf({ id, cost, edges }: Example): TaskGraph {
  return parseTaskGraph(
    JSON.stringify({
      format: "bioxen-dag",
      name: id,
      tasks: cost.map((costs, at) => ({ id: String(at + 1), costs })),
      edges: edges.map(({ src, dst, comm }) => ({ from: String(src), to: String(dst), seconds: comm })),
    }),
  );
}

const three: Platform = {
  format: 1,
  id: "three",
  name: "three processors",
  devices: [1, 2, 3].map((at) => ({ id: `p${at}`, speed: 1, watts: { busy: 10, idle: 1 } })),
  links: { default: { bandwidth: 1 } },
};

describe.skipIf(folder === null)("the published examples (../shared/data/workflows/canonical.json)", () => {
  const { examples } =
    folder === null
      ? { examples: [] }
      : (JSON.parse(readFileSync(`${folder}/canonical.json`, "utf8")) as { examples: readonly Example[] });
  const names = { HEFT: "heft", CPOP: "cpop", PEFT: "peft", MinMin: "min-min", MaxMin: "max-min", optimum: "optimal" };
  for (const example of examples)
    test(`${example.id}: every schedule, task by task`, () => {
      const graph = graphOf(example);
      for (const [key, policy] of Object.entries(names)) {
        const published = example.recomputed_here[key] as Published;
        const { simulation, problem } = scheduleGraph(graph, three, policy);
        expect(simulation.makespan, policy).toBe(published.makespan);
        if (policy === "optimal") expect(simulation.plan.note).toBe(optimumProved);
        else
          for (const { task, proc, start } of published.schedule ?? []) {
            expect(simulation.start[task - 1], `${policy}, task ${task}`).toBe(start);
            expect(simulation.plan.device[task - 1], `${policy}, task ${task}`).toBe(proc - 1);
          }
        for (const [at, rank] of example.recomputed_here.rank_u.entries())
          expect(upwardRank(problem)[at]).toBeCloseTo(rank, 3);
      }
    });
});

describe.skipIf(traces.length === 0)("WfCommons traces", () => {
  for (const name of traces)
    test(`${name}: every policy on every shipped platform, and HEFT as written down plainly`, async () => {
      const graph = await readTaskGraph(`${folder}/${name}`);
      for (const id of shippedPlatformIds()) {
        const platform = readPlatform(id);
        for (const { id: policy } of schedulingPolicies) {
          if (policy === "carbon-shift" && platform.carbon === undefined) continue;
          // proof takes minutes on some: that is what the limits are for
          if (policy === "optimal" && graph.tasks.length > 6) continue;
          const { simulation } = scheduleGraph(graph, platform, policy, { seed: 3 });
          expect(simulation.makespan).toBe(makespanOf(simulation.plan));
          const { total } = simulation.energy;
          expect(Math.abs(traceJoules(powerTrace(simulation)) - total)).toBeLessThanOrEqual(1e-9 * total);
        }
      }
      const example = readPlatform("example");
      const { simulation } = scheduleGraph(graph, example, "heft");
      expect(simulation.makespan).toBe(plainHeft(JSON.parse(readFileSync(`${folder}/${name}`, "utf8")), example));
    });
});

interface Trace {
  readonly workflow: {
    readonly specification: {
      readonly tasks: readonly {
        readonly id: string;
        readonly parents: readonly string[];
        readonly inputFiles?: readonly string[];
        readonly outputFiles?: readonly string[];
      }[];
      readonly files: readonly { readonly id: string; readonly sizeInBytes: number }[];
    };
    readonly execution: { readonly tasks: readonly { readonly id: string; readonly runtimeInSeconds: number }[] };
  };
}

/** HEFT from the file itself, by maps and lists: shares no line with what it checks. */
function plainHeft({ workflow: { specification, execution } }: Trace, { devices, links }: Platform): number {
  const { tasks } = specification;
  const sizes = new Map(specification.files.map(({ id, sizeInBytes }) => [id, sizeInBytes]));
  const runtimes = new Map(execution.tasks.map(({ id, runtimeInSeconds }) => [id, runtimeInSeconds]));
  const byId = new Map(tasks.map((task) => [task.id, task]));
  const comm = (parent: string, child: string): number => {
    const reads = new Set(byId.get(child)?.inputFiles);
    const sent = new Set((byId.get(parent)?.outputFiles ?? []).filter((file) => reads.has(file)));
    return [...sent].reduce((sum, file) => sum + (sizes.get(file) ?? 0), 0) / links.default.bandwidth;
  };
  const time = (id: string, speed: number): number => (runtimes.get(id) ?? Number.NaN) / speed;
  const ranks = new Map<string, number>();
  const rank = (id: string): number => {
    const known = ranks.get(id);
    if (known !== undefined) return known;
    const mean = devices.reduce((sum, { speed }) => sum + time(id, speed), 0) / devices.length;
    const children = tasks.filter(({ parents }) => parents.includes(id));
    const found = mean + Math.max(0, ...children.map((child) => comm(id, child.id) + rank(child.id)));
    ranks.set(id, found);
    return found;
  };
  const placed = new Map<string, { device: number; start: number; end: number }>();
  while (placed.size < tasks.length) {
    const ready = tasks.filter(({ id, parents }) => !placed.has(id) && parents.every((one) => placed.has(one)));
    const next = ready.reduce((best, one) => (rank(one.id) > rank(best.id) ? one : best));
    let best = { device: -1, start: 0, end: Number.POSITIVE_INFINITY };
    for (const [device, { speed }] of devices.entries()) {
      const arrivals = next.parents.map((parent) => {
        const from = placed.get(parent);
        return (from?.end ?? 0) + (from?.device === device ? 0 : comm(parent, next.id));
      });
      const ready = Math.max(0, ...arrivals);
      const slots = [...placed.values()]
        .filter((one) => one.device === device)
        .sort((a, b) => a.start - b.start || a.end - b.end);
      let start = ready;
      for (const slot of slots) {
        if (start + time(next.id, speed) <= slot.start) break;
        start = Math.max(start, slot.end);
      }
      const end = start + time(next.id, speed);
      if (end < best.end) best = { device, start, end };
    }
    placed.set(next.id, best);
  }
  return Math.max(...[...placed.values()].map(({ end }) => end));
}
