// Genome-scale models as other tools write them: bounds of +-999999 where BiGG has +-1000, and a community of two cells in
// one medium, 5,084 reactions. What is right follows from the model itself, so no peer is needed.
import {
  type BioAcceleratorManager,
  fba,
  fluxBalance,
  fva,
  type KnockOut,
  knockOutGenes,
  type MetabolicModel,
  problemOf,
  reduceProblem,
} from "bioxen";
import { cpuSimd } from "bioxen/accelerators";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openSimplex } from "../../dist/accelerators/cpu-simd/flux-balance-simplex.js";
import { managerOf } from "../support/manager.ts";
import { sharedModel } from "../support/metabolic.ts";
import { sharedData } from "../support/shared-data.ts";
import { claimed } from "../support/simplex-claims.ts";

const missing = sharedData("metabolic/iML1515.json") === null;
const far = 999_999;
const timeout = 300_000;

function widened(model: MetabolicModel): MetabolicModel {
  const wide = (bound: number): number => (Math.abs(bound) === 1000 ? Math.sign(bound) * far : bound);
  const reactions = model.reactions.map((one) => ({ ...one, lower: wide(one.lower), upper: wide(one.upper) }));
  return { ...model, reactions };
}

/** Two cells of a kind that share all that is outside of them; of the second, demands are as `demand` says. */
function community(model: MetabolicModel, demand: (lower: number) => number): MetabolicModel {
  const outside = new Set(model.metabolites.filter(({ compartment }) => compartment === "e").map(({ id }) => id));
  const isExchange = ({ stoichiometry }: MetabolicModel["reactions"][number]) =>
    [...stoichiometry.keys()].every((id) => outside.has(id));
  const cells = [1, 2];
  const [objective] = model.objectives;
  return {
    ...model,
    metabolites: [
      ...model.metabolites.filter(({ id }) => outside.has(id)),
      ...cells.flatMap((cell) =>
        model.metabolites.filter(({ id }) => !outside.has(id)).map((one) => ({ ...one, id: `${one.id}_${cell}` })),
      ),
    ],
    reactions: [
      ...model.reactions.filter(isExchange),
      ...cells.flatMap((cell) =>
        model.reactions
          .filter((one) => !isExchange(one))
          .map((one) => ({
            ...one,
            id: `${one.id}_${cell}`,
            genes: null,
            lower: cell === 2 && one.lower > 0 ? demand(one.lower) : one.lower,
            stoichiometry: new Map(
              [...one.stoichiometry].map(([id, by]) => [outside.has(id) ? id : `${id}_${cell}`, by]),
            ),
          })),
      ),
    ],
    genes: [],
    objectives: [
      {
        id: "both",
        sense: "maximum",
        coefficients: new Map(
          cells.flatMap((cell) => [...(objective?.coefficients ?? [])].map(([id, by]) => [`${id}_${cell}`, by])),
        ),
      },
    ],
    activeObjective: 0,
  };
}

describe.skipIf(missing)("iML1515 with bounds of 999,999", () => {
  let manager: BioAcceleratorManager;
  let model: MetabolicModel;
  beforeAll(async () => {
    manager = await managerOf([cpuSimd]);
    model = sharedModel("iML1515");
  });
  afterAll(() => manager[Symbol.asyncDispose]());

  test("each reduced reaction's knock-out is proved by the simplex, none left to HiGHS", { timeout }, () => {
    const { problem } = reduceProblem(problemOf(widened(model)), { validFor: "knock-outs" });
    const solver = openSimplex(problem, null);
    expect(solver.base).not.toBeNull();
    const unproved = Array.from({ length: problem.columns }, (_, column) => column).filter((column) => {
      const change = { bounds: [[column, 0, 0] as const] };
      return [0, 1].every((way) => claimed(problem, solver, change, way).residual === null);
    });
    expect(unproved).toEqual([]);
  });

  test("every gene's knock-out is as with bounds of 1,000", { timeout }, async () => {
    const all = async (of: MetabolicModel): Promise<KnockOut[]> => {
      const found: KnockOut[] = [];
      for await (const { results } of knockOutGenes(of, manager)) found.push(...results);
      return found;
    };
    const [narrow, wide] = [await all(model), await all(widened(model))];
    expect(wide).toHaveLength(1516);
    const wrong = wide.filter(({ status, growth }, at) => {
      const other = narrow[at];
      return status !== other?.status || Math.abs((growth ?? 0) - (other?.growth ?? 0)) > 1e-6;
    });
    expect(wrong).toEqual([]);
  });

  test("ranges that no bound of 1,000 limits are the same, and the others wider", { timeout }, async () => {
    const narrow = await fva(model, manager);
    const wide = await fva(widened(model), manager);
    expect(wide.status).toBe("optimal");
    let same = 0;
    for (const [at, id] of narrow.reactions.entries())
      for (const [own, other, sign] of [
        [narrow.minimum[at], wide.minimum[at], -1],
        [narrow.maximum[at], wide.maximum[at], 1],
      ] as const) {
        const off = sign * ((other ?? Number.NaN) - (own ?? Number.NaN));
        if (Math.abs(off) <= 1e-6 * Math.max(1, Math.abs(own ?? 0))) same++;
        else expect(off, id).toBeGreaterThan(100);
      }
    // 83 ends of loops and of what they feed
    expect(same).toBeGreaterThan(2 * narrow.reactions.length - 100);
  });

  test("two cells grow as one with the demands of both: 5,084 reactions", { timeout }, async () => {
    const pair = widened(community(model, (lower) => lower));
    expect(pair.reactions.length).toBe(5084);
    const [forced] = model.reactions.filter(({ lower }) => lower > 0);
    const bounds = new Map([[forced?.id ?? "", { lower: 2 * (forced?.lower ?? 0), upper: 1000 }]]);
    const one = await fba(model, manager, { bounds });
    const both = await fba(pair, manager);
    expect(both.status).toBe("optimal");
    expect(Math.abs((both.objective ?? 0) / (one.objective ?? 1) - 1)).toBeLessThan(1e-9);

    // where the second demands nothing, it may as well not be there
    const idle = widened(community(model, () => 0));
    const reactions = ["EX_glc__D_e", "EX_nh4_e", "EX_pi_e", "EX_so4_e", "EX_o2_e", "EX_co2_e", "EX_mg2_e", "EX_k_e"];
    const [ours, alone] = [await fva(idle, manager, { reactions }), await fva(widened(model), manager, { reactions })];
    expect(ours.objective).toBeCloseTo(alone.objective ?? 0, 9);
    for (const [at, id] of reactions.entries())
      for (const end of ["minimum", "maximum"] as const) {
        const expected = alone[end][at] ?? Number.NaN;
        // what loops feed may run twice as far in two cells
        if (Math.abs(expected) < 1000)
          expect(Math.abs((ours[end][at] ?? Number.NaN) - expected), `${id} ${end}`).toBeLessThan(1e-6);
      }
  });

  test("a problem of a usual size is solved without a worker's start, and the same on workers", {
    timeout,
  }, async () => {
    const { problem } = reduceProblem(problemOf(model), { validFor: "knock-outs" });
    const count = 600;
    const batch = (items: number) => ({
      problem,
      count: items,
      bounds: {
        offsets: Uint32Array.from({ length: items + 1 }, (_, at) => at),
        columns: Int32Array.from({ length: items }, (_, at) => at),
        lower: new Float64Array(items),
        upper: new Float64Array(items),
      },
      objectives: null,
      senses: null,
      wants: "fluxes" as const,
    });
    // few items are done on the calling thread, so many at once on workers
    const few = await manager.run(fluxBalance, batch(20), { threads: 1 });
    const many = await manager.run(fluxBalance, batch(count), { threads: 2 });
    expect(many.output.statuses.subarray(0, 20)).toEqual(few.output.statuses);
    expect(many.output.fluxes?.subarray(0, few.output.fluxes?.length)).toEqual(few.output.fluxes);
  });
});
