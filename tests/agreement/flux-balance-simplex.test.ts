import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { openSimplex } from "../../dist/accelerators/cpu-simd/flux-balance-simplex.js";
import { type BiggModel, readBigg } from "../support/flux-problems.ts";
import { lostReactions } from "../support/gene-knock-outs.ts";
import { sharedData } from "../support/shared-data.ts";
import { claimed } from "../support/simplex-claims.ts";

const missing = sharedData("metabolic/iML1515.json") === null;

interface Growth {
  readonly growth: number | null;
  readonly status: string;
}

function read<T>(name: string): T {
  return JSON.parse(readFileSync(sharedData(`metabolic/${name}.json`) ?? "", "utf8")) as T;
}

function modelOf(name: string): BiggModel {
  const { objective_expression } = read<{ objective_expression: Record<string, number> }>(`oracle/${name}.fba`);
  return readBigg(sharedData(`metabolic/${name}.json`) ?? "", objective_expression);
}

/** Knock-outs whose growth or status is not COBRApy's. */
function mismatches({ problem }: BiggModel, sets: ReadonlyMap<string, readonly number[]>, oracle: string): string[] {
  const expected = read<Record<string, Growth>>(`oracle/${oracle}`);
  expect([...sets.keys()].sort()).toEqual(Object.keys(expected).sort());
  const solver = openSimplex(problem, null);
  // of 1,500 a third, spread over the model: all take as long as the rest of this file together, and more
  const asked = [...sets].filter((_, at) => sets.size < 1000 || at % 3 === 0);
  return asked.flatMap(([id, columns]) => {
    const ours = claimed(problem, solver, { bounds: columns.map((column) => [column, 0, 0] as const) });
    const { growth, status } = expected[id] ?? { growth: null, status: "unknown" };
    if (ours.status !== status) return [`${id}: ${ours.status}, expected ${status}`];
    const size = Math.max(1, Math.abs(ours.objective));
    const apart = growth === null ? 0 : Math.abs(ours.objective - growth) / size;
    return apart <= 1e-6 ? [] : [`${id}: ${ours.objective}, expected ${growth}`];
  });
}

describe.skipIf(missing)(
  `the simplex of cpu-simd beside COBRApy with GLPK${missing ? " (skipped: ../shared/data/metabolic is missing)" : ""}`,
  () => {
    it.each(["e_coli_core", "iMB155", "iML1515"])("grows %s alike without each gene", { timeout: 300_000 }, (name) => {
      const genes = lostReactions(sharedData(`metabolic/${name}.json`) ?? "");
      expect(mismatches(modelOf(name), genes, `${name}.sgd`)).toEqual([]);
    });

    it.each(["e_coli_core", "iMB155"])("grows %s alike without each reaction", (name) => {
      const model = modelOf(name);
      const sets = new Map(model.reactions.map((id, column) => [id, [column]]));
      expect(mismatches(model, sets, `${name}.srd`)).toEqual([]);
    });

    it("solves iML1515 with bounds of 999999 for those of 1000, and with rows and columns scaled by up to 1e8", () => {
      const { problem } = modelOf("iML1515");
      const { objective } = read<{ objective: number }>("oracle/iML1515.fba");
      const rowScale = (row: number): number => 10 ** (((row * 7919) % 9) - 4);
      const columnScale = (column: number): number =>
        problem.objective[column] === 0 ? 10 ** (((column * 104_729) % 7) - 3) : 1;
      const columnOf = new Int32Array(problem.values.length);
      for (let column = 0; column < problem.columns; column++)
        columnOf.fill(column, problem.starts[column], problem.starts[column + 1]);
      const wide = (bound: number): number => (Math.abs(bound) === 1000 ? Math.sign(bound) * 999_999 : bound);
      const widened = { ...problem, lower: problem.lower.map(wide), upper: problem.upper.map(wide) };
      const scaled = {
        ...problem,
        values: problem.values.map(
          (value, at) => value * rowScale(problem.indices[at] ?? 0) * columnScale(columnOf[at] ?? 0),
        ),
        lower: problem.lower.map((bound, column) => bound / columnScale(column)),
        upper: problem.upper.map((bound, column) => bound / columnScale(column)),
      };
      for (const hard of [widened, scaled]) {
        const ours = claimed(hard, openSimplex(hard, null), {});
        expect(ours.status).toBe("optimal");
        expect(Math.abs(ours.objective / objective - 1)).toBeLessThan(1e-9);
        expect(ours.residual).toBeLessThan(1e-7);
      }
    });
  },
);
