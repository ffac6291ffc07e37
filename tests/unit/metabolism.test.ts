import {
  type BioAcceleratorManager,
  BioXenError,
  type Dispatcher,
  type DispatchOptions,
  dynamicFba,
  eColiCore,
  type FluxBalanceInput,
  fba,
  fva,
  geneSetsOf,
  type KnockOut,
  knockOutGenePairs,
  knockOutGenes,
  knockOutReactionPairs,
  knockOutReactions,
  type MetabolicModel,
  mediumOf,
  moma,
  pfba,
  problemOf,
  productionEnvelope,
  room,
  syntheticLethals,
} from "bioxen";
import { cpuSimd } from "bioxen/accelerators";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { managerOf } from "../support/manager.ts";
import { modelOf, violation } from "../support/metabolic.ts";

let manager: BioAcceleratorManager;
beforeAll(async () => {
  manager = await managerOf([cpuSimd]);
});
afterAll(() => manager[Symbol.asyncDispose]());

/** Two ways from a to b, by isozymes and by a second gene; growth takes b, a maintenance of 1 takes a. */
const tiny = modelOf(
  [
    "EX_a: e_C6a -> [-10, 1000]",
    "T: e_C6a -> a [-1000, 1000]",
    "P1: a -> b (g1 or g2)",
    "P2: a -> b [0, 4] (g3 and g4)",
    "M: a -> [1, 1000] (g5)",
    "BIO: b ->",
  ],
  "BIO",
);

async function all(blocks: AsyncIterable<{ readonly results: readonly KnockOut[] }>): Promise<KnockOut[]> {
  const found: KnockOut[] = [];
  for await (const { results } of blocks) found.push(...results);
  return found;
}

async function refusal(work: () => unknown): Promise<string> {
  try {
    await work();
  } catch (error) {
    if (error instanceof BioXenError && error.code === "INPUT_INVALID") return error.message;
    throw error;
  }
  throw new Error("nothing was refused");
}

describe("problems and media", () => {
  test("E. coli's core grows at 0.8739 1/h on glucose with air, at 0.2117 1/h without", async () => {
    const model = eColiCore();
    expect((await fba(model, manager)).objective).toBeCloseTo(0.8739215069684, 9);
    const airless = new Map([...mediumOf(model)].filter(([id]) => id !== "EX_o2_e"));
    expect((await fba(model, manager, { medium: airless })).objective).toBeCloseTo(0.2116629497353, 9);
    const bounds = new Map([["EX_o2_e", { lower: 0, upper: 1000 }]]);
    expect((await fba(model, manager, { bounds })).objective).toBeCloseTo(0.2116629497353, 9);
  });

  test("a medium closes what it does not name, and leaves secretion alone", () => {
    expect([...mediumOf(tiny)]).toEqual([["EX_a", 10]]);
    expect(problemOf(tiny, { medium: new Map([["EX_a", 3]]) }).lower[0]).toBe(-3);
    const closed = problemOf(tiny, { medium: new Map() });
    expect([closed.lower[0], closed.upper[0]]).toEqual([0, 1000]);
    // a boundary reaction written the other way round takes up by its upper bound
    const inward = modelOf(["EX_a: -> e_C6a [-5, 7]", "U: e_C6a -> [-1000, 0]"], "U");
    expect(mediumOf(inward).get("EX_a")).toBe(7);
    expect(problemOf(inward, { medium: new Map() }).upper[0]).toBe(0);
  });

  test("bad input is refused with what is wrong and where", async () => {
    const bounds = (lower: number, upper: number) => ({ bounds: new Map([["P1", { lower, upper }]]) });
    expect(await refusal(() => problemOf(tiny, { objective: "BOI" }))).toMatch(/no reaction BOI; near it: BIO/);
    expect(await refusal(() => problemOf(tiny, bounds(2, 1)))).toMatch(/P1: the lower bound 2 is above the upper 1/);
    expect(await refusal(() => problemOf(tiny, bounds(Number.NaN, 1)))).toMatch(/P1: bounds are NaN/);
    expect(await refusal(() => problemOf(tiny, bounds(Infinity, Infinity)))).toMatch(/P1: no flux lies in/);
    expect(await refusal(() => problemOf(tiny, { medium: new Map([["EX_b", 1]]) }))).toMatch(/EX_b; near it: EX_a/);
    expect(await refusal(() => problemOf(tiny, { medium: new Map([["EX_a", -1]]) }))).toMatch(/0 or more, not -1/);
    expect(await refusal(() => problemOf(modelOf(["R: a -> b"])))).toMatch(/no objective/);
    expect(await refusal(() => knockOutGenes(tiny, manager, { ids: ["g9"] }))).toMatch(/no gene g9; near it/);
    expect(await refusal(() => fva(tiny, manager, { reactions: ["p1"] }))).toMatch(/no reaction p1; near it: P1/);
    expect(await refusal(() => fva(tiny, manager, { fraction: 1.5 }))).toMatch(/fraction .* not 1.5/);
    expect(await refusal(() => moma(tiny, manager, [[99]]))).toMatch(/no column 99 of 6/);
    expect(await refusal(() => moma(tiny, manager, [[0]], { reference: new Float64Array(2) }))).toMatch(/each of 6/);
    expect(await refusal(() => room(tiny, manager, [[0]], { delta: -1 }))).toMatch(/delta/);
    expect(await refusal(() => productionEnvelope(tiny, manager, []))).toMatch(/one reaction or more/);
    expect(await refusal(() => syntheticLethals(tiny, manager, { threshold: 0 }))).toMatch(/threshold/);
  });
});

describe("optima and ranges", () => {
  test("fluxes, prices and total flux of a model solved by hand", async () => {
    const found = await fba(tiny, manager);
    expect(found).toMatchObject({ status: "optimal", objective: 9 });
    expect(violation(problemOf(tiny), found.fluxes ?? new Float64Array())).toBeLessThan(1e-9);
    // one more unit of uptake or of maintenance
    expect(found.reducedCosts?.[0]).toBeCloseTo(-1, 9);
    expect(found.reducedCosts?.[4]).toBeCloseTo(-1, 9);
    // 10 in, 10 across, 9 to b, 1 spent, 9 out
    expect(await pfba(tiny, manager)).toMatchObject({ status: "optimal", objective: 9, totalFlux: 39 });
    expect((await pfba(tiny, manager, { fraction: 0 })).totalFlux).toBeCloseTo(3, 9);
  });

  test("ranges at any fraction, by hand", async () => {
    const best = await fva(tiny, manager);
    expect([...best.minimum]).toEqual([-10, 10, 5, 0, 1, 9]);
    expect([...best.maximum]).toEqual([-10, 10, 9, 4, 1, 9]);
    const some = await fva(tiny, manager, { fraction: 0.5, reactions: ["M", "P2"] });
    expect(some.reactions).toEqual(["M", "P2"]);
    expect(some.maximum[0]).toBeCloseTo(5.5, 9);
    expect(some.maximum[1]).toBeCloseTo(4, 9);
  });

  test("what nothing limits is infinite, and an unbounded objective has no optimum", async () => {
    const open = modelOf(["IN: -> a [0, Infinity]", "OUT: a -> [0, Infinity]", "S: b -> [0, 5]", "U: -> b"], "OUT");
    expect(await fba(open, manager)).toMatchObject({ status: "unbounded", objective: null, fluxes: null });
    const found = await fva(open, manager, { fraction: 0 });
    expect([...found.maximum]).toEqual([Infinity, Infinity, 5, 5]);
    expect((await fva(open, manager)).status).toBe("unbounded");
    const [one] = await all(knockOutReactions(open, manager, { ids: ["S"] }));
    expect(one).toEqual({ id: "S", status: "unbounded", growth: null });
  });

  test("a loop carries no flux where the loop law is asked for, and only there", async () => {
    const round = ["AB: a -> b", "BC: b -> c", "CA: c -> a [-1000, 1000]", "IN: -> a [0, 10]", "OUT: c -> [0, 10]"];
    const model = modelOf(round, "OUT");
    const plain = await fva(model, manager, { fraction: 0 });
    expect([...plain.maximum]).toEqual([1000, 1000, 1000, 10, 10]);
    const found = await fva(model, manager, { fraction: 0, loopless: true });
    expect(found.status).toBe("optimal");
    for (const [at, most] of [10, 10, 0, 10, 10].entries()) expect(found.maximum[at]).toBeCloseTo(most, 6);
    for (const [at, least] of [0, 0, -10, 0, 0].entries()) expect(found.minimum[at]).toBeCloseTo(least, 6);
    const within = await fva(modelOf(round, "AB"), manager, { loopless: true, reactions: ["AB"] });
    expect(within.objective).toBeCloseTo(10, 6);
  });
});

describe("knock-outs", () => {
  test("isozymes stand in for each other, forced fluxes are given up, and what cannot be met is infeasible", async () => {
    expect(await all(knockOutGenes(tiny, manager))).toEqual([
      { id: "g1", status: "optimal", growth: 9 },
      { id: "g2", status: "optimal", growth: 9 },
      { id: "g3", status: "optimal", growth: 9 },
      { id: "g4", status: "optimal", growth: 9 },
      // the maintenance is gone
      { id: "g5", status: "optimal", growth: 10 },
    ]);
    const reactions = await all(knockOutReactions(tiny, manager));
    expect(reactions.map(({ id, status, growth }) => [id, status, growth])).toEqual([
      ["EX_a", "infeasible", null],
      ["T", "infeasible", null],
      ["P1", "optimal", 4],
      ["P2", "optimal", 9],
      ["M", "optimal", 10],
      ["BIO", "optimal", 0],
    ]);
  });

  test("pairs know the joint effect of isozymes", async () => {
    const scan = await knockOutGenePairs(tiny, manager);
    const growth = new Map<string, number>();
    for await (const { first, second, growth: some } of scan.blocks)
      for (const [at, value] of some.entries())
        growth.set(`${scan.ids[first[at] ?? 0]} ${scan.ids[second[at] ?? 0]}`, value);
    expect(growth.size).toBe(10);
    expect(growth.get("g1 g2")).toBeCloseTo(4, 9);
    expect(growth.get("g3 g4")).toBeCloseTo(9, 9);
    expect(growth.get("g4 g5")).toBeCloseTo(10, 9);
    expect(growth.get("g1 g3")).toBeCloseTo(9, 9);
    const lethal = await syntheticLethals(tiny, manager, { of: "reactions" });
    expect(lethal.pairs).toEqual([{ ids: ["P1", "P2"], growth: expect.closeTo(0, 9) }]);
    expect((await syntheticLethals(tiny, manager)).pairs).toEqual([]);
  });

  test("every pair of reactions is what its own problem says", async () => {
    const model = eColiCore();
    const scan = await knockOutReactionPairs(model, manager, { ids: model.reactions.slice(0, 24).map(({ id }) => id) });
    let seen = 0;
    for await (const block of scan.blocks)
      for (let at = 0; at < block.first.length; at += 7) {
        const stop = [block.first[at] ?? 0, block.second[at] ?? 0].map((one) => scan.ids[one] ?? "");
        const alone = await fba(model, manager, { bounds: new Map(stop.map((id) => [id, { lower: 0, upper: 0 }])) });
        expect(["optimal", "infeasible"][block.statuses[at] ?? 9], stop.join()).toBe(alone.status);
        if (alone.objective !== null) expect(block.growth[at], stop.join()).toBeCloseTo(alone.objective, 7);
        seen++;
      }
    expect(seen).toBe(40);
  });

  test("a scan taken up again goes on where it stopped", async () => {
    const model = eColiCore();
    const whole = await all(knockOutGenes(model, manager));
    const rest = await all(knockOutGenes(model, manager, { skip: 100 }));
    expect(rest.map(({ id }) => id)).toEqual(whole.slice(100).map(({ id }) => id));
    for (const [at, one] of rest.entries()) expect(one.growth ?? -1).toBeCloseTo(whole[100 + at]?.growth ?? -1, 9);
    expect(await all(knockOutGenes(model, manager, { skip: 137 }))).toEqual([]);
    const pairs = await knockOutGenePairs(tiny, manager, { skip: 8 });
    for await (const block of pairs.blocks) expect([...block.first, ...block.second]).toEqual([2, 3, 4, 4]);
  });

  test("a failure is never a growth of 0; options and progress go through", async () => {
    const asked: (DispatchOptions | undefined)[] = [];
    const failing = {
      run: async (_: unknown, { problem, count }: FluxBalanceInput, options?: DispatchOptions) => {
        asked.push(options);
        const none = (length: number): Float64Array => new Float64Array(length).fill(Number.NaN);
        const [statuses, attempts] = [new Uint8Array(count).fill(3), new Uint8Array(count).fill(4)];
        const fluxes = none(count * problem.columns);
        return {
          output: {
            statuses,
            objectives: none(count),
            residuals: none(count),
            attempts,
            fluxes,
            shadowPrices: null,
            reducedCosts: null,
          },
        };
      },
    } as unknown as Dispatcher;
    const progress: number[] = [];
    const dispatch = { threads: 2 };
    const found = await all(knockOutGenes(tiny, failing, { dispatch, onProgress: (done) => progress.push(done) }));
    expect(found.map(({ status, growth }) => [status, growth])).toEqual(found.map(() => ["failed", null]));
    expect(progress).toEqual([5]);
    expect(asked.length).toBeGreaterThan(0);
    for (const options of asked) expect(options).toBe(dispatch);
    expect(await fba(tiny, failing)).toMatchObject({ status: "failed", objective: null });
    const pairs = await knockOutGenePairs(tiny, failing);
    for await (const { statuses, growth } of pairs.blocks)
      for (const at of statuses.keys()) expect([statuses[at], growth[at]]).toEqual([3, Number.NaN]);
  });

  test("an aborted scan ends with ABORTED", async () => {
    const dispatch = { signal: AbortSignal.abort() };
    await expect(all(knockOutGenes(eColiCore(), manager, { dispatch }))).rejects.toMatchObject({ code: "ABORTED" });
    await expect(fva(eColiCore(), manager, { dispatch })).rejects.toMatchObject({ code: "ABORTED" });
  });
});

describe("mutants, envelopes and time", () => {
  const detour = modelOf(
    ["EX_a: e_C6a -> [-10, 1000]", "T: e_C6a -> a", "P1: a -> b", "P2: a -> b", "BIO: b ->"],
    "BIO",
  );
  const column = (model: MetabolicModel, id: string): number => model.reactions.findIndex((one) => one.id === id);

  test("MOMA takes the nearest flux and ROOM the fewest changes", async () => {
    const reference = Float64Array.of(-10, 10, 10, 0, 10);
    const stop = [[column(detour, "P1")], [column(detour, "P2")]];
    const near = await moma(detour, manager, stop, { reference });
    // over the detour: 10 less by P1, 10 more by P2; without it four reactions would stop
    expect(near.results[0]).toMatchObject({
      status: "optimal",
      distance: expect.closeTo(20, 7),
      growth: expect.closeTo(10, 7),
    });
    expect(near.results[1]).toMatchObject({ status: "optimal", distance: expect.closeTo(0, 7) });
    expect(violation(problemOf(detour), near.results[0]?.fluxes ?? new Float64Array())).toBeLessThan(1e-7);
    const few = await room(detour, manager, stop, { reference });
    expect(few.results[0]).toMatchObject({ status: "optimal", distance: expect.closeTo(2, 6) });
    expect(few.results[0]?.growth).toBeGreaterThan(9.699 - 1e-6);
    expect(few.results[1]?.distance).toBeCloseTo(0, 6);
    // P1 stops: 1; the others give way by shares of their bounds, 10/1000 by the detour
    const linear = await room(detour, manager, stop, { reference, linear: true });
    expect(linear.results[0]?.distance).toBeCloseTo(1.01, 6);
    const { stopped } = geneSetsOf(tiny);
    expect((await moma(tiny, manager, [stopped(["g1", "g2"])])).results[0]?.growth).toBeCloseTo(4, 6);
  });

  test("a mutant without any feasible flux is infeasible", async () => {
    const { results } = await moma(tiny, manager, [[column(tiny, "T")]]);
    expect(results).toEqual([{ status: "infeasible", distance: null, growth: null, fluxes: null }]);
  });

  test("what growth takes, a product cannot have", async () => {
    const model = modelOf(
      ["EX_a: e_C6a -> [-10, 1000]", "P: e_C6a -> 2 e_C3p", "EX_p: e_C3p -> ", "BIO: e_C6a ->"],
      "BIO",
    );
    const options = { objective: "EX_p", points: 3, carbonSources: ["EX_a"] };
    const { status, points } = await productionEnvelope(model, manager, ["BIO"], options);
    expect(status).toBe("optimal");
    expect(points.map(({ fluxes, minimum, maximum }) => [...fluxes, minimum, maximum])).toEqual([
      [0, 0, 20],
      [5, 0, 10],
      [10, 0, 0],
    ]);
    expect(points.map(({ carbonYield }) => carbonYield)).toEqual([1, 0.5, 0]);
  });

  test("cells at constant rates grow by the exponential law until nothing is left, and no carbon is lost", async () => {
    const options = { biomass: 0.1, growth: "BIO", duration: 1, step: 0.1 };
    const substrates = [{ exchange: "EX_a", concentration: 5, uptake: { vmax: 4, km: 0 } }];
    const { ended, points } = await dynamicFba(detour, manager, { ...options, substrates });
    expect(ended).toBe("finished");
    const early = points[5];
    expect(early?.biomass).toBeCloseTo(0.1 * Math.exp(4 * (early?.time ?? 0)), 9);
    for (const { biomass, concentrations } of points) expect(biomass + (concentrations[0] ?? 0)).toBeCloseTo(5.1, 9);
    const last = points.at(-1);
    expect([last?.time, last?.growth, last?.concentrations[0]]).toEqual([expect.closeTo(1, 9), null, 0]);
    // ln(5.1 / 0.1) / 4 hours until all is used up; uptake is limited in the last step to what is left over a step
    const empty = points.find(({ concentrations }) => concentrations[0] === 0);
    expect(empty?.time).toBeCloseTo(Math.log(51) / 4, 2);
  });

  test("smaller steps where the rates change come near to the differential equation, and starvation ends the run", async () => {
    const substrates = [{ exchange: "EX_a", concentration: 2, uptake: { vmax: 3, km: 1 } }];
    const options = { biomass: 0.05, growth: "BIO", duration: 1.5, step: 0.5, tolerance: 1e-5, substrates };
    const { points } = await dynamicFba(detour, manager, options);
    let [x, s] = [0.05, 2];
    const dt = 1e-5;
    for (let at = 0; at < 150_000; at++) {
      const growth = (3 * s) / (1 + s);
      [x, s] = [x + dt * growth * x, s - dt * growth * x];
    }
    expect(points.at(-1)?.biomass).toBeCloseTo(x, 2);
    const starved = await dynamicFba(tiny, manager, { ...options, biomass: 1, duration: 9 });
    expect(starved.ended).toBe("infeasible");
    expect(starved.points.at(-1)?.time).toBeLessThan(9);
    expect(await refusal(() => dynamicFba(tiny, manager, { ...options, biomass: 0 }))).toMatch(/biomass is above 0/);
    expect(
      await refusal(() =>
        dynamicFba(tiny, manager, { ...options, substrates: [{ exchange: "P1", concentration: 1 }] }),
      ),
    ).toMatch(/P1 is no exchange/);
  });
});
