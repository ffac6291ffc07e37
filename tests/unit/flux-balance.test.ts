import { type FluxBalanceInput, type FluxBalanceOutput, fluxBalance, fluxStatus, seededRandom } from "bioxen";
import { cpuSimd } from "bioxen/accelerators";
import loadHighs, { type Highs } from "highs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openItemSolver } from "../../dist/accelerators/cpu-simd/flux-balance-items.js";
import { batchOf, type DenseProblem, problemOf } from "../support/flux-problems.ts";
import { firstDevice, runKernel } from "../support/run-on.ts";

const none = Number.POSITIVE_INFINITY;

/** Uptake of at most 10 into A, A to B, B to biomass with the yield 1/2. */
const chain: DenseProblem = {
  matrix: [
    [1, -1, 0],
    [0, 1, -2],
  ],
  objective: [0, 0, 1],
  upper: [10, 1000, 1000],
};

function complaint(input: unknown): string {
  const { issues } = fluxBalance.input["~standard"].validate(input) as { issues?: readonly { message: string }[] };
  return issues?.map(({ message }) => message).join("; ") ?? "none";
}

function reference(input: FluxBalanceInput): FluxBalanceOutput {
  const output = fluxBalance.reference?.(input);
  if (output === undefined) throw new Error("flux-balance has an oracle");
  return output;
}

/** Every array of an answer as text, which is compared faster than 200,000 numbers one by one. */
function bitsOf(output: FluxBalanceOutput): Record<string, string> {
  return Object.fromEntries(
    Object.entries(output).map(([name, part]: [string, ArrayBufferView | null]) => [
      name,
      part === null ? "null" : Buffer.from(part.buffer, part.byteOffset, part.byteLength).toString("base64"),
    ]),
  );
}

describe("what flux-balance takes", () => {
  const problem = problemOf(chain);
  const good = batchOf(problem, [{}, { bounds: [[1, 0, 5]] }]);
  const withBounds = (bounds: readonly (readonly [number, number, number])[]): FluxBalanceInput =>
    batchOf(problem, [{}, { bounds }]);

  it.each<[string, unknown, string]>([
    ["a good batch", good, "none"],
    ["no batch at all", null, "expected object"],
    [
      "a lower bound above the upper",
      withBounds([[1, 6, 5]]),
      "item 1, column 1: the lower bound 6 is above the upper bound 5",
    ],
    ["a bound that is NaN", withBounds([[2, Number.NaN, 5]]), "item 1, column 2: a bound is NaN (NaN to 5)"],
    ["nothing between the bounds", withBounds([[2, none, none]]), "item 1, column 2: no flux lies between"],
    ["a column that is not there", withBounds([[3, 0, 5]]), "item 1 changes column 3 of 3"],
    [
      "a column twice",
      withBounds([
        [1, 0, 5],
        [1, 0, 6],
      ]),
      "item 1 has column 1 twice in bounds",
    ],
    [
      "a cost that is infinite",
      batchOf(problem, [{ objective: [[0, none]] }]),
      "item 0, column 0: the objective coefficient is Infinity",
    ],
    ["a sense of 0", { ...good, senses: Int8Array.of(1, 0) }, "item 1 has the sense 0"],
    ["too few senses", { ...good, senses: Int8Array.of(1) }, "senses has 1 entries for 2 items"],
    ["too few offsets", { ...good, count: 3 }, "bounds.offsets has 3 entries for 3 items, expected 4"],
    [
      "offsets that fall",
      { ...good, bounds: { ...withBounds([[0, 0, 1]]).bounds, offsets: Uint32Array.of(0, 2, 1) } },
      "bounds.offsets falls after item 1",
    ],
    [
      "bounds of another length",
      { ...good, bounds: { ...good.bounds, lower: new Float64Array(3) } },
      "bounds.lower has 3 entries, bounds.columns has 1",
    ],
    [
      "starts of another length",
      { ...good, problem: { ...problem, starts: Int32Array.of(0, 1) } },
      "problem.starts has 2 entries, expected 4",
    ],
    [
      "a row that is not there",
      { ...good, problem: { ...problem, indices: problem.indices.with(0, 7) } },
      "column 0 has an entry in row 7 of 2",
    ],
    [
      "a row twice",
      { ...good, problem: { ...problem, indices: problem.indices.with(1, 1) } },
      "column 1 has row 1 twice",
    ],
    [
      "a coefficient of 0",
      { ...good, problem: { ...problem, values: problem.values.with(0, 0) } },
      "column 0 has a coefficient of 0 in row 0",
    ],
    [
      "row bounds that cross",
      { ...good, problem: { ...problem, rowLower: Float64Array.of(0, 1) } },
      "row 1: the lower bound 1 is above the upper bound 0",
    ],
  ])("says of %s what is wrong", (_, input, message) => {
    expect(complaint(input)).toContain(message);
  });

  it("counts cells, and bytes by what is wanted", () => {
    const size = fluxBalance.size(good);
    expect(size.units).toBe(2 * 2 * 3);
    expect(fluxBalance.size({ ...good, wants: "fluxes" }).bytesOut).toBeLessThan(size.bytesOut);
    expect(fluxBalance.resident(good)).toBe(problem);
  });

  it("generates networks that grow, some knock-outs lethal or infeasible", () => {
    let growing = 0;
    const statuses = new Set<number>();
    for (let seed = 1; seed <= 20; seed++) {
      const input = fluxBalance.generate(1e4, seededRandom(seed));
      expect(complaint(input)).toBe("none");
      const own = reference({ ...batchOf(input.problem, [{}]) });
      if ((own.objectives[0] ?? 0) > 1e-3) growing++;
      for (const status of reference(input).statuses) statuses.add(status);
    }
    expect(growing).toBeGreaterThan(15);
    expect([...statuses].sort()).toEqual([fluxStatus.optimal, fluxStatus.infeasible]);
  });
});

describe("what counts as an answer", () => {
  const input = batchOf(problemOf(chain), [{}]);
  const right = reference(input);
  const changed = (change: Partial<FluxBalanceOutput>): string | null =>
    fluxBalance.differ({ ...right, ...change }, right, input);

  it("is the optimum with its proof", () => {
    expect(right.objectives[0]).toBe(5);
    expect([...(right.fluxes ?? [])]).toEqual([10, 10, 5]);
    // one more unit of uptake is half a unit of biomass
    expect(right.reducedCosts?.[0]).toBeCloseTo(0.5, 12);
    expect(changed({})).toBeNull();
  });

  it.each<[string, Partial<FluxBalanceOutput>, string]>([
    ["another objective", { objectives: Float64Array.of(5.001) }, "the objective of item 0 is 5.001, expected 5"],
    ["another status", { statuses: Uint8Array.of(fluxStatus.failed) }, "item 0 is failed, expected optimal"],
    ["fluxes that do not balance", { fluxes: Float64Array.of(10, 9, 5) }, "the fluxes violate the problem by"],
    ["fluxes beyond a bound", { fluxes: Float64Array.of(12, 12, 6) }, "the fluxes violate the problem by"],
    ["feasible fluxes that attain less", { fluxes: Float64Array.of(8, 8, 4) }, "the fluxes attain 4, not 5"],
    ["prices that prove nothing", { shadowPrices: Float64Array.of(0, 0) }, "leave the optimum unproved"],
    ["reduced costs of something else", { reducedCosts: Float64Array.of(0, 0, 0) }, "the reduced cost of column 0"],
    ["no residual", { residuals: Float64Array.of(Number.NaN) }, "item 0 is optimal with a residual of NaN"],
    ["no fluxes", { fluxes: null }, "no fluxes, expected 3"],
  ])("is not %s", (_, change, message) => {
    expect(changed(change)).toContain(message);
  });
});

describe("flux-balance on HiGHS", () => {
  let device: Awaited<ReturnType<typeof cpuSimd.open>>;
  let highs: Highs;
  const start = async (): Promise<Highs> => (loadHighs as unknown as typeof loadHighs.default)();
  beforeAll(async () => {
    const info = await firstDevice(cpuSimd);
    if (typeof info === "string") throw new Error(info);
    device = await cpuSimd.open(info, { signal: new AbortController().signal, threads: null });
    highs = await start();
  });
  afterAll(() => device[Symbol.asyncDispose]());
  const run = (input: FluxBalanceInput, threads: number | null = null): Promise<FluxBalanceOutput> =>
    runKernel(cpuSimd, device, fluxBalance, input, { signal: new AbortController().signal, threads });

  it("has prices that are changes of the objective by unit of a bound, in either sense", async () => {
    for (const sense of ["maximum", "minimum"] as const) {
      const dense: DenseProblem = {
        matrix: [
          [2, 1, 1, 0],
          [1, 3, 0, 1],
        ],
        objective: sense === "maximum" ? [3, 4, 0, -1] : [-3, -4, 0, 1],
        upper: [4, 5, 6, 7],
        rowLower: [1, 2],
        rowUpper: [9, 11],
        sense,
      };
      const answer = await run(batchOf(problemOf(dense), [{}]));
      const nudged = async (change: Partial<DenseProblem>): Promise<number> =>
        (await run(batchOf(problemOf({ ...dense, ...change }), [{}]))).objectives[0] ?? Number.NaN;
      const base = answer.objectives[0] ?? Number.NaN;
      const step = 1e-3;
      let active = 0;
      for (const row of [0, 1]) {
        const price = answer.shadowPrices?.[row] ?? Number.NaN;
        const rowUpper = (dense.rowUpper ?? []).with(row, (dense.rowUpper?.[row] ?? 0) + step);
        const change = ((await nudged({ rowUpper })) - base) / step;
        expect(change).toBeCloseTo(price, 6);
        if (price !== 0) active++;
      }
      for (const column of [0, 1, 2, 3]) {
        const price = answer.reducedCosts?.[column] ?? Number.NaN;
        const upper = (dense.upper ?? []).with(column, (dense.upper?.[column] ?? 0) + step);
        const lower = [0, 0, 0, 0].with(column, -step);
        const change = ((await nudged({ upper })) - base) / step - ((await nudged({ lower })) - base) / step;
        expect(change).toBeCloseTo(price, 6);
        if (price !== 0) active++;
      }
      expect(active).toBeGreaterThan(1);
    }
  });

  it("takes bounds of 1e20 and more, and coefficients of 1e-9 and less, for what they are", async () => {
    const wide = await run(batchOf(problemOf({ matrix: [[1, -1]], objective: [1, 0], upper: [1e25, 2e25] }), [{}]));
    expect([...wide.statuses]).toEqual([fluxStatus.optimal]);
    expect(wide.objectives[0]).toBe(1e25);
    const small = await run(batchOf(problemOf({ matrix: [[1e-10, -1]], objective: [0, 1], upper: [1e10, 100] }), [{}]));
    expect([...small.statuses]).toEqual([fluxStatus.optimal]);
    expect(small.objectives[0]).toBeCloseTo(1, 9);
  });

  it("never reports what it cannot prove: a coefficient that HiGHS drops is a failure there, not an optimum", async () => {
    // without the 1e-13 the second column is free to grow to 100; with it, it is 1
    const input = batchOf(
      problemOf({ matrix: [[1e-13, -1]], objective: [0, 1], lower: [1e13, 0], upper: [1e13, 100] }),
      [{}],
    );
    const { problem } = input;
    const dropped = await openItemSolver(start).solve({ id: 1, problem, live: [1], base: null, items: input });
    expect([...dropped.statuses]).toEqual([fluxStatus.failed]);
    expect(dropped.objectives[0]).toBeNaN();
    expect(dropped.residuals[0]).toBeNaN();
    expect(dropped.attempts[0]).toBe(4);
    const proved = await run(input);
    expect([...proved.statuses]).toEqual([fluxStatus.optimal]);
    expect(proved.objectives[0]).toBeCloseTo(1, 12);
    expect(proved.attempts[0]).toBe(1);
  });

  it("gives the same bits on one thread and on two, whole or cut", async () => {
    const input: FluxBalanceInput = { ...fluxBalance.generate(1e8, seededRandom(3)), wants: "duals" };
    expect(input.count).toBeGreaterThan(50);
    const one = await run(input, 1);
    expect(bitsOf(await run(input, 2))).toEqual(bitsOf(one));
    const parts = fluxBalance.split?.parts(input, [0.3, 0.7]) ?? [];
    expect(parts).toHaveLength(2);
    const cut = await Promise.all((parts ?? []).map((part) => run(part, 1)));
    const joined = fluxBalance.split?.join(cut, input);
    if (joined === undefined) throw new Error("flux-balance can be split");
    expect(bitsOf(joined)).toEqual(bitsOf(one));
  });

  it("goes on with a new instance where one breaks, and says how many tries it took", async () => {
    let instances = 0;
    let runs = 0;
    const solver = openItemSolver(async () => {
      instances++;
      return breaking(() => {
        runs++;
        return runs === 2;
      });
    });
    const input = batchOf(problemOf(chain), [{}, { bounds: [[0, 0, 4]] }]);
    const { problem } = input;
    const base = await solver.prepare({ id: 1, problem, live: [1] });
    const output = await solver.solve({ id: 1, problem, live: [1], base, items: input });
    expect(fluxBalance.differ(output, reference(input), input)).toBeNull();
    expect([...output.attempts]).toEqual([2, 1]);
    expect(instances).toBe(2);
  });

  it("fails an item, and not the batch, where every try breaks", async () => {
    const solver = openItemSolver(async () => breaking(() => true));
    const input = batchOf(problemOf(chain), [{}]);
    const { problem } = input;
    const output = await solver.solve({ id: 1, problem, live: [1], base: null, items: input });
    expect([...output.statuses]).toEqual([fluxStatus.failed]);
    expect(output.objectives[0]).toBeNaN();
    expect(output.attempts[0]).toBe(4);
  });

  it("frees the problems that are no longer in use", async () => {
    let models = 0;
    const solver = openItemSolver(async () => ({
      ...highs,
      memoryBytes: 0,
      createModel: () => {
        const model = highs.createModel();
        models++;
        const dispose = model.dispose.bind(model);
        model.dispose = () => {
          models--;
          dispose();
        };
        return model;
      },
    }));
    const problem = problemOf(chain);
    for (let id = 1; id <= 20; id++)
      await solver.prepare({ id, problem, live: Array.from({ length: id }, (_, at) => at + 1) });
    expect(models).toBe(8);
    solver.keepOnly([20]);
    expect(models).toBe(1);
  });

  it("is a typed error where a problem does not fit", async () => {
    const solver = openItemSolver(async () => ({
      ...highs,
      createModel: () => {
        throw new WebAssembly.RuntimeError("Aborted()");
      },
    }));
    const problem = problemOf(chain);
    await expect(solver.prepare({ id: 1, problem, live: [1] })).rejects.toMatchObject({ code: "OUT_OF_MEMORY" });
  });

  /** The real library, whose `run` breaks as an abort in WebAssembly does when it is told to. */
  function breaking(now: () => boolean): Highs {
    return {
      ...highs,
      memoryBytes: 0,
      createModel: () => {
        const model = highs.createModel();
        const real = model.run.bind(model);
        model.run = (...callbacks) => {
          if (now()) throw new WebAssembly.RuntimeError("Aborted()");
          return real(...callbacks);
        };
        return model;
      },
    };
  }
});
