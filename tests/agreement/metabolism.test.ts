// Against COBRApy 0.26.2 with GLPK 5.0 (../shared/data/metabolic/oracle) and COBRApy's own published tables.
import { readFileSync } from "node:fs";
import {
  type BioAcceleratorManager,
  fba,
  fluxStatus,
  fva,
  knockOutGenePairs,
  knockOutGenes,
  knockOutReactions,
  type MetabolicModel,
  mediumOf,
  pfba,
  problemOf,
} from "bioxen";
import { cpuSimd } from "bioxen/accelerators";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { managerOf } from "../support/manager.ts";
import { oracle, sharedModel, violation } from "../support/metabolic.ts";
import { sharedData } from "../support/shared-data.ts";

interface Growth {
  readonly growth: number | null;
  readonly status: string;
}

const missing = sharedData("metabolic/oracle") === null ? "../shared/data/metabolic is not beside the checkout" : "";
let manager: BioAcceleratorManager;
beforeAll(async () => {
  manager = await managerOf([cpuSimd]);
});
afterAll(() => manager[Symbol.asyncDispose]());

const dispatch = { threads: 1 };

/** What a scan and COBRApy's table disagree on; a growth of 1e-16 in the table is 0. */
function mismatches(found: Iterable<readonly [string, Growth]>, table: Readonly<Record<string, Growth>>): string[] {
  const wrong: string[] = [];
  for (const [id, one] of found) {
    const expected = table[id];
    const near =
      expected?.growth === null || one.growth === null
        ? expected?.growth === one.growth
        : Math.abs(one.growth - (expected?.growth ?? Number.NaN)) <= 1e-6 * Math.max(1, Math.abs(one.growth));
    if (!near || one.status !== expected?.status)
      wrong.push(`${id}: ${JSON.stringify(one)}, ${JSON.stringify(expected)}`);
  }
  return wrong;
}

describe.each(["e_coli_core", "iMB155", "iML1515"])("%s", (name) => {
  let model: MetabolicModel;
  beforeAll(() => {
    if (missing === "") model = sharedModel(name);
  });
  const compare = (title: string, run: () => Promise<void>): void =>
    test(title, async (context) => {
      if (missing !== "") context.skip(missing);
      await run();
    });

  compare("the optimum agrees to 1e-9, its medium exactly, and its own certificate holds", async () => {
    const expected = oracle<{ objective: number; medium: Record<string, number> }>(name, "fba");
    const found = await fba(model, manager, { dispatch });
    expect(found.status).toBe("optimal");
    expect(Math.abs((found.objective ?? 0) - expected.objective)).toBeLessThan(1e-9 * expected.objective);
    expect(Object.fromEntries(mediumOf(model))).toEqual(expected.medium);
    const problem = problemOf(model);
    const { fluxes, reducedCosts } = found;
    if (fluxes === null || reducedCosts === null) throw new Error("no fluxes");
    expect(violation(problem, fluxes)).toBeLessThan(1e-9);
    // strong duality: what the bounds are worth is the optimum
    let worth = 0;
    for (const [column, cost] of reducedCosts.entries()) {
      const bound = (cost > 0 ? problem.upper[column] : problem.lower[column]) ?? 0;
      if (Math.abs(cost) > 1e-9) worth += cost * bound;
    }
    expect(Math.abs(worth - expected.objective)).toBeLessThan(1e-6);
  });

  compare("the least total flux agrees to 1e-6", async () => {
    const expected = oracle<{ total_flux: number }>(name, "pfba");
    const found = await pfba(model, manager, { dispatch });
    expect(Math.abs((found.totalFlux ?? 0) - expected.total_flux)).toBeLessThan(1e-6);
    expect(violation(problemOf(model), found.fluxes ?? new Float64Array())).toBeLessThan(1e-9);
  });

  compare("every single gene knock-out agrees to 1e-6, in status too", async () => {
    const table = oracle<Record<string, Growth>>(name, "sgd");
    const found = new Map<string, Growth>();
    let solves = 0;
    for await (const block of knockOutGenes(model, manager, { dispatch })) {
      for (const { id, ...one } of block.results) found.set(id, one);
      solves = block.solves;
    }
    expect([...found.keys()].sort()).toEqual(Object.keys(table).sort());
    expect(mismatches(found, table)).toEqual([]);
    // of 1,516 in the largest; a scan that stops to prune is a scan gone slow
    expect(solves).toBeLessThan(found.size / 2);
  });

  compare("flux ranges at the optimum agree to 1e-6", async () => {
    const expected = oracle<{ min: Record<string, number>; max: Record<string, number> }>(name, "fva");
    const found = await fva(model, manager, { dispatch });
    expect(found.status).toBe("optimal");
    expect(found.reactions.length).toBe(Object.keys(expected.min).length);
    const wide: string[] = [];
    for (const [at, id] of found.reactions.entries()) {
      const [low, high] = [found.minimum[at] ?? Number.NaN, found.maximum[at] ?? Number.NaN];
      const [least, most] = [expected.min[id] ?? Number.NaN, expected.max[id] ?? Number.NaN];
      const near = (a: number, b: number): boolean => Math.abs(a - b) <= 1e-6 * Math.max(1, Math.abs(b));
      if (near(low, least) && near(high, most)) continue;
      // ours are the exact optima; COBRApy's may be wider by what its tolerance of 1e-7 on the objective lets through
      expect(least, id).toBeLessThan(low + 1e-6);
      expect(most, id).toBeGreaterThan(high - 1e-6);
      expect(Math.max(low - least, most - high), id).toBeLessThan(1e-4);
      wide.push(id);
    }
    if (wide.length === 0) return;
    // the certificate that the wider range is attained: a flux there that falls short of the optimum by 1e-7 at most
    const relaxed = await fva(model, manager, { dispatch, fraction: 1 - 1e-7, reactions: wide });
    for (const [at, id] of wide.entries()) {
      expect(relaxed.minimum[at], id).toBeLessThanOrEqual((expected.min[id] ?? 0) + 1e-6);
      expect(relaxed.maximum[at], id).toBeGreaterThanOrEqual((expected.max[id] ?? 0) - 1e-6);
    }
    expect(wide.length).toBeLessThan(5);
  });
});

test.for(["e_coli_core", "iMB155"])(
  "%s: every reaction knock-out agrees to 1e-6, in status too",
  async (name, context) => {
    if (missing !== "") context.skip(missing);
    const table = oracle<Record<string, Growth>>(name, "srd");
    const found = new Map<string, Growth>();
    for await (const block of knockOutReactions(sharedModel(name), manager, { dispatch }))
      for (const { id, ...one } of block.results) found.set(id, one);
    expect([...found.keys()].sort()).toEqual(Object.keys(table).sort());
    expect(mismatches(found, table)).toEqual([]);
  },
);

test.for(["e_coli_core", "iML1515"])("%s: every pair of 100 genes agrees to 1e-6", async (name, context) => {
  if (missing !== "") context.skip(missing);
  const { genes, growth } = oracle<{ genes: string[]; growth: Record<string, number | null> }>(name, "dgd100");
  const scan = await knockOutGenePairs(sharedModel(name), manager, { dispatch, ids: genes });
  const key = (a: string, b: string): string => [...new Set([a, b])].sort().join("|");
  // the table has no statuses: null is what COBRApy calls infeasible
  const table = Object.fromEntries(
    Object.entries(growth).map(([id, one]) => [id, { growth: one, status: one === null ? "infeasible" : "optimal" }]),
  );
  const found = new Map<string, Growth>(
    scan.singles.map(({ status, growth: one }, at) => [
      key(genes[at] ?? "", genes[at] ?? ""),
      { status, growth: status === "optimal" ? one : null },
    ]),
  );
  for await (const block of scan.blocks)
    for (const [at, first] of block.first.entries()) {
      const optimal = block.statuses[at] === fluxStatus.optimal;
      const infeasible = block.statuses[at] === fluxStatus.infeasible;
      found.set(key(genes[first] ?? "", genes[block.second[at] ?? 0] ?? ""), {
        status: optimal ? "optimal" : infeasible ? "infeasible" : "other",
        growth: optimal ? (block.growth[at] ?? null) : null,
      });
    }
  expect([...found.keys()].sort()).toEqual(Object.keys(table).sort());
  expect(mismatches(found, table)).toEqual([]);
});

test("e_coli_core: flux ranges at 0.9 of the optimum agree to 1e-6", async (context) => {
  if (missing !== "") context.skip(missing);
  const expected = oracle<{ min: Record<string, number>; max: Record<string, number> }>("e_coli_core", "fva90");
  await rangesAre(
    sharedModel("e_coli_core"),
    { fraction: 0.9 },
    { minimum: expected.min, maximum: expected.max },
    1e-6,
  );
});

interface Table {
  readonly minimum: Readonly<Record<string, number>>;
  readonly maximum: Readonly<Record<string, number>>;
}

// the textbook model is e_coli_core under its older ids; the tables are rounded to five digits
test.for([
  ["textbook_fva", {}],
  ["textbook_pfba_fva", { totalFlux: 1.1 }],
] as const)("COBRApy's published %s agrees to its digits", async ([file, options], context) => {
  if (missing !== "") context.skip(missing);
  const table = JSON.parse(readFileSync(sharedData(`metabolic/${file}.json`) ?? "", "utf8")) as Table;
  await rangesAre(sharedModel("e_coli_core"), options, table, 1.1e-5);
});

async function rangesAre(model: MetabolicModel, options: object, table: Table, tolerance: number): Promise<void> {
  const found = await fva(model, manager, { dispatch, ...options });
  const wrong = found.reactions.filter((id, at) => {
    const near = (a: number | undefined, b: number | undefined): boolean =>
      Math.abs((a ?? Number.NaN) - (b ?? Number.NaN)) <= tolerance * Math.max(1, Math.abs(b ?? 0));
    return !near(found.minimum[at], table.minimum[id]) || !near(found.maximum[at], table.maximum[id]);
  });
  expect(found.reactions.length).toBe(Object.keys(table.minimum).length);
  expect(wrong).toEqual([]);
}
