import { readFileSync } from "node:fs";
import { type FluxBalanceInput, fluxBalance, fluxStatus } from "bioxen";
import { cpuSimd } from "bioxen/accelerators";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type BiggModel, batchOf, readBigg } from "../support/flux-problems.ts";
import { firstDevice, runKernel } from "../support/run-on.ts";
import { sharedData } from "../support/shared-data.ts";

interface Oracle {
  readonly objective: number;
  readonly objective_expression: Readonly<Record<string, number>>;
}

const models = ["e_coli_core", "iMB155", "iML1515"] as const;
const missing = sharedData("metabolic/iML1515.json") === null;

function read<T>(name: string): T {
  return JSON.parse(readFileSync(sharedData(`metabolic/oracle/${name}.json`) ?? "", "utf8")) as T;
}

function modelOf(name: string): BiggModel & { readonly expected: number } {
  const { objective, objective_expression } = read<Oracle>(`${name}.fba`);
  return { ...readBigg(sharedData(`metabolic/${name}.json`) ?? "", objective_expression), expected: objective };
}

describe.skipIf(missing)(
  `flux-balance beside COBRApy${missing ? " (skipped: ../shared/data/metabolic is missing)" : ""}`,
  () => {
    let device: Awaited<ReturnType<typeof cpuSimd.open>>;
    beforeAll(async () => {
      const info = await firstDevice(cpuSimd);
      if (typeof info === "string") throw new Error(info);
      device = await cpuSimd.open(info, { signal: new AbortController().signal, threads: null });
    });
    afterAll(() => device[Symbol.asyncDispose]());
    const run = (input: FluxBalanceInput) => runKernel(cpuSimd, device, fluxBalance, input);

    it.each(models)("grows %s as fast, and proves it", async (name) => {
      const { problem, expected } = modelOf(name);
      const output = await run(batchOf(problem, [{}]));
      expect(output.statuses).toEqual(Uint8Array.of(fluxStatus.optimal));
      expect(Math.abs((output.objectives[0] ?? 0) / expected - 1)).toBeLessThan(1e-9);
      expect(output.residuals[0]).toBeLessThan(1e-9);
      expect(output.attempts[0]).toBe(1);
      expect(fluxBalance.differ(output, output, batchOf(problem, [{}]))).toBeNull();
    });

    it.each(["e_coli_core", "iMB155"])("so does the oracle with %s", (name) => {
      const { problem, expected } = modelOf(name);
      const output = fluxBalance.reference?.(batchOf(problem, [{}]));
      expect(output?.statuses).toEqual(Uint8Array.of(fluxStatus.optimal));
      expect(Math.abs((output?.objectives[0] ?? 0) / expected - 1)).toBeLessThan(1e-9);
    });

    it.each(["e_coli_core", "iMB155"])("loses as much growth in %s with each reaction", async (name) => {
      const { problem, reactions } = modelOf(name);
      const growths = read<Record<string, { growth: number | null; status: string }>>(`${name}.srd`);
      const output = await run(
        batchOf(
          problem,
          reactions.map((_, column) => ({ bounds: [[column, 0, 0]] })),
          "objective",
        ),
      );
      expect(Object.keys(growths)).toHaveLength(reactions.length);
      reactions.forEach((id, at) => {
        const { growth, status } = growths[id] ?? { growth: null, status: "unknown" };
        const wanted = status === "optimal" ? fluxStatus.optimal : fluxStatus.infeasible;
        expect(`${id} ${output.statuses[at]}`).toBe(`${id} ${wanted}`);
        if (growth !== null) expect(Math.abs((output.objectives[at] ?? Number.NaN) - growth)).toBeLessThan(1e-6);
      });
    });

    it("finds the same range of each flux of e_coli_core at full growth", async () => {
      const { problem, reactions, expected } = modelOf("e_coli_core");
      const { min, max } = read<{ min: Record<string, number>; max: Record<string, number> }>("e_coli_core.fva");
      const biomass = problem.objective.indexOf(1);
      // a hair below the optimum, which rounding may put out of reach
      const grown = { ...problem, lower: problem.lower.with(biomass, expected * (1 - 1e-10)) };
      const items = reactions.flatMap((_, column) =>
        ([-1, 1] as const).map((sense) => ({ objective: [[column, 1]] as const, sense })),
      );
      const output = await run(batchOf(grown, items, "fluxes"));
      const wanted = reactions.flatMap((id) => [min[id] ?? Number.NaN, max[id] ?? Number.NaN]);
      const furthest = wanted.map((value, at) => Math.abs(value - (output.objectives[at] ?? Number.NaN)));
      expect(Math.max(...furthest)).toBeLessThan(1e-5);
    });
  },
);
