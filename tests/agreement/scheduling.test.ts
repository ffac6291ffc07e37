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
    test(`${name}: every policy on every shipped platform`, async () => {
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
    });
});
