// Models as people have them: exchanges written the other way round, reactions that nothing flows through, objectives of
// several reactions, demands that cannot be met.
import { type BioAcceleratorManager, BioXenError, fba, fva, knockOutGenes, mediumOf, unsatisfiedDemands } from "bioxen";
import { cpuSimd } from "bioxen/accelerators";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { managerOf } from "../support/manager.ts";
import { modelOf } from "../support/metabolic.ts";

let manager: BioAcceleratorManager;
beforeAll(async () => {
  manager = await managerOf([cpuSimd]);
});
afterAll(() => manager[Symbol.asyncDispose]());

const inside = ["T: e_C6a -> a [-1000, 1000]", "P1: a -> b", "P2: a -> c [0, 4]", "OUT_b: b ->", "OUT_c: c ->"];

describe("odd models", () => {
  test("an exchange that is written as a source takes up what the other way round it would", async () => {
    const usual = modelOf(["EX_a: e_C6a -> [-10, 1000]", ...inside], "OUT_b");
    const turned = modelOf(["EX_a: -> e_C6a [-1000, 10]", ...inside], "OUT_b");
    for (const model of [usual, turned]) {
      expect([...mediumOf(model)]).toEqual([["EX_a", 10]]);
      expect((await fba(model, manager)).objective).toBeCloseTo(10, 9);
      expect((await fba(model, manager, { medium: new Map([["EX_a", 3]]) })).objective).toBeCloseTo(3, 9);
      expect((await fba(model, manager, { medium: new Map() })).objective).toBeCloseTo(0, 9);
    }
  });

  test("reactions without metabolites, dead ends and fluxes fixed at 0 neither fail nor change anything else", async () => {
    const odd = ["EMPTY: -> [-5, 5]", "DEAD: b -> d", "SHUT: a -> c [0, 0]", "ORPHAN: x -> y [-1000, 1000]"];
    const model = modelOf(["EX_a: e_C6a -> [-10, 1000]", ...inside, ...odd], "OUT_b");
    expect((await fba(model, manager)).objective).toBeCloseTo(10, 9);
    const { reactions, minimum, maximum, status } = await fva(model, manager, { fraction: 0 });
    const range = (id: string) => [minimum[reactions.indexOf(id)], maximum[reactions.indexOf(id)]];
    expect(status).toBe("optimal");
    expect(range("EMPTY")).toEqual([-5, 5]);
    for (const id of ["DEAD", "SHUT", "ORPHAN"]) expect(range(id).map((end) => (end ?? 1) + 0)).toEqual([0, 0]);
    expect(range("P2")).toEqual([0, 4]);
  });

  test("an objective of several reactions with weights is maximised and minimised", async () => {
    const model = modelOf(["EX_a: e_C6a -> [-10, -2]", ...inside], "OUT_b");
    const coefficients = new Map([
      ["OUT_b", 1],
      ["OUT_c", 2.5],
    ]);
    const most = await fba(model, manager, { objective: { sense: "maximum", coefficients } });
    expect(most.objective).toBeCloseTo(6 + 2.5 * 4, 9);
    const least = await fba(model, manager, { objective: { sense: "minimum", coefficients } });
    expect(least.objective).toBeCloseTo(2, 9);
    const ranges = await fva(model, manager, { objective: { sense: "minimum", coefficients } });
    expect(ranges.maximum[ranges.reactions.indexOf("OUT_c")]).toBeCloseTo(0, 9);
  });

  test("a loop without bounds is unbounded as objective, and of infinite range", async () => {
    const loop = ["L1: p -> q [-Infinity, Infinity]", "L2: q -> p [-Infinity, Infinity]"];
    const model = modelOf(["EX_a: e_C6a -> [-10, 1000]", ...inside, ...loop], "OUT_b");
    expect((await fba(model, manager)).objective).toBeCloseTo(10, 9);
    expect((await fba(model, manager, { objective: "L1" })).status).toBe("unbounded");
    const { reactions, minimum, maximum } = await fva(model, manager);
    expect([minimum[reactions.indexOf("L1")], maximum[reactions.indexOf("L1")]]).toEqual([-Infinity, Infinity]);
  });
});

describe("bounds that are infinite", () => {
  const branched = [
    ...["IN: -> a [0, 10]", "P1: a -> b [0, Infinity]", "P2: a -> b [0, Infinity]", "Q: b -> c [-Infinity, Infinity]"],
    ...["OUT: b -> [0, Infinity]", "OUT_c: c -> [0, Infinity]"],
  ];

  test.each([0, 0.5, 1])("leave ranges as finite as the balances make them, at fraction %d", async (fraction) => {
    const { reactions, minimum, maximum } = await fva(modelOf(branched, "OUT"), manager, { fraction });
    const range = (id: string) => [minimum[reactions.indexOf(id)], maximum[reactions.indexOf(id)]];
    for (const id of ["P1", "P2"]) {
      expect(range(id)[0]).toBeCloseTo(0, 9);
      expect(range(id)[1]).toBeCloseTo(10, 9);
    }
    expect(range("OUT")[0]).toBeCloseTo(10 * fraction, 9);
    expect(range("OUT_c")[1]).toBeCloseTo(10 * (1 - fraction), 9);
  });
});

describe("demands that cannot be met", () => {
  const base = ["EX_a: e_C6a -> [-10, 1000]", ...inside];

  test("name the reaction and what it can carry", async () => {
    const model = modelOf([...base, "ATPM: c -> [7, 1000]", "EX_z: e_z -> [-9, -1]"], "OUT_b");
    expect((await fba(model, manager)).status).toBe("infeasible");
    expect(await unsatisfiedDemands(model, manager)).toEqual([
      { reaction: "ATPM", lower: 7, upper: 1000, reachable: 4 },
      { reaction: "EX_z", lower: -9, upper: -1, reachable: 0 },
    ]);
  });

  test("name all where each could be met alone", async () => {
    const model = modelOf([...base, "M1: a -> [6, 1000]", "M2: a -> [7, 1000]"], "OUT_b");
    expect((await fba(model, manager)).status).toBe("infeasible");
    const found = await unsatisfiedDemands(model, manager);
    expect(found.map(({ reaction, reachable }) => [reaction, reachable])).toEqual([
      ["M1", null],
      ["M2", null],
    ]);
  });

  test("are none in a model without any", async () => {
    expect(await unsatisfiedDemands(modelOf(base, "OUT_b"), manager)).toEqual([]);
  });
});

test("an unknown id's near matches begin with those that it is a part of, in any case", async () => {
  const model = modelOf(["EX_a: e_C6a -> [-10, 1000]", ...inside, "BIOMASS_core_w_GAM: b ->"], "OUT_b");
  const refused = await fba(model, manager, { objective: "biomass" }).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(BioXenError);
  expect((refused as BioXenError).message).toMatch(/near it: BIOMASS_core_w_GAM,/);
});

test("each block of a scan says what the model reaches unchanged", async () => {
  const model = modelOf(["EX_a: e_C6a -> [-10, 1000]", ...inside.slice(0, 4), "G: b -> (g1)"], "OUT_b");
  const seen: (number | null)[] = [];
  for await (const { wildType } of knockOutGenes(model, manager)) seen.push(wildType);
  expect(seen).toHaveLength(1);
  expect(seen[0]).toBeCloseTo(10, 9);
});
