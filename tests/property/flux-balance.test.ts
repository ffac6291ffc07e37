import { type FluxBalanceInput, type FluxBalanceOutput, fluxBalance, fluxStatus } from "bioxen";
import { cpuSimd } from "bioxen/accelerators";
import * as fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { batchOf, type ItemChange, problemOf } from "../support/flux-problems.ts";
import { firstDevice, runKernel } from "../support/run-on.ts";

type Opened = Awaited<ReturnType<typeof cpuSimd.open>>;
let device: Opened;
beforeAll(async () => {
  const info = await firstDevice(cpuSimd);
  if (typeof info === "string") throw new Error(info);
  device = await cpuSimd.open(info, { signal: new AbortController().signal, threads: null });
});
afterAll(() => device[Symbol.asyncDispose]());

/** Small integers: many ties, so that problems are degenerate, and answers are exact. */
const coefficient = fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, fc.integer({ min: -3, max: 3 }));
const infinity = Number.POSITIVE_INFINITY;
const interval = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom([0, 10], [-10, 10], [0, 1000], [-1000, 1000]) },
  { weight: 2, arbitrary: fc.constantFrom([0, infinity], [-infinity, 0]) },
  fc.constantFrom([-infinity, infinity], [0, 0], [3, 3], [-2, -1], [2, 7], [-infinity, 4], [-5, infinity]),
);
const rowInterval = fc.oneof({ weight: 4, arbitrary: fc.constant([0, 0]) }, interval);

const many = <T>(of: fc.Arbitrary<T>, length: number): fc.Arbitrary<T[]> =>
  fc.array(of, { minLength: length, maxLength: length });

const batch = (integer: boolean): fc.Arbitrary<FluxBalanceInput> =>
  fc.tuple(fc.integer({ min: 0, max: 6 }), fc.integer({ min: 1, max: 8 })).chain(([rows, columns]) => {
    const change = fc.record({
      bounds: fc.uniqueArray(fc.tuple(fc.nat(columns - 1), interval), { selector: ([column]) => column, maxLength: 3 }),
      objective: fc.uniqueArray(fc.tuple(fc.nat(columns - 1), coefficient), {
        selector: ([column]) => column,
        maxLength: 3,
      }),
      sense: fc.constantFrom(1 as const, -1 as const),
    });
    return fc
      .record({
        matrix: many(many(coefficient, columns), rows),
        objective: many(coefficient, columns),
        bounds: many(interval, columns),
        rowBounds: many(rowInterval, rows),
        sense: fc.constantFrom("maximum" as const, "minimum" as const),
        whole: many(fc.constantFrom(0, 1), columns),
        changes: fc.array(change, { minLength: 1, maxLength: 4 }),
        own: fc.boolean(),
      })
      .map(({ matrix, objective, bounds, rowBounds, sense, whole, changes, own }) => {
        const low = (of: readonly (readonly number[])[]): number[] => of.map(([lower]) => lower ?? 0);
        const high = (of: readonly (readonly number[])[]): number[] => of.map(([, upper]) => upper ?? 0);
        const problem = problemOf({
          matrix,
          objective,
          lower: low(bounds),
          upper: high(bounds),
          rowLower: low(rowBounds),
          rowUpper: high(rowBounds),
          sense,
          ...(integer ? { integer: whole } : {}),
        });
        const items = changes.map(({ bounds: changed, ...rest }): ItemChange => {
          const triples = changed.map(([column, [lower, upper]]) => [column, lower ?? 0, upper ?? 0] as const);
          return own ? { bounds: triples } : { bounds: triples, ...rest };
        });
        return batchOf(problem, [{ bounds: [], ...(own ? {} : { objective: [], sense: 1 }) }, ...items]);
      });
  });

function oracle(input: FluxBalanceInput): FluxBalanceOutput {
  const answer = fluxBalance.reference?.(input);
  if (answer === undefined) throw new Error("flux-balance has an oracle");
  return answer;
}

const names = ["optimal", "infeasible", "unbounded", "failed"] as const;

test("HiGHS and the oracle end alike, and each proves its answers", async () => {
  const seen = { optimal: 0, infeasible: 0, unbounded: 0, failed: 0 };
  await fc.assert(
    fc.asyncProperty(batch(false), async (input) => {
      const expected = oracle(input);
      const actual = await runKernel(cpuSimd, device, fluxBalance, input);
      expect(fluxBalance.differ(actual, expected, input)).toBeNull();
      expect(fluxBalance.differ(expected, actual, input)).toBeNull();
      for (const status of expected.statuses) seen[names[status] ?? "failed"]++;
      for (const residual of [...actual.residuals, ...expected.residuals]) expect(residual).toBeLessThan(1e-9);
    }),
    { numRuns: 400 },
  );
  expect(seen.failed).toBe(0);
  for (const status of ["optimal", "infeasible", "unbounded"] as const) expect(seen[status]).toBeGreaterThan(20);
});

test("with integer columns they end alike too", async () => {
  let optimal = 0;
  await fc.assert(
    fc.asyncProperty(batch(true), async (input) => {
      const expected = oracle(input);
      // an integer column without bounds may be searched for ever
      fc.pre(!expected.statuses.includes(fluxStatus.failed));
      const actual = await runKernel(cpuSimd, device, fluxBalance, input);
      expect(fluxBalance.differ(actual, expected, input)).toBeNull();
      optimal += expected.statuses.filter((status) => status === fluxStatus.optimal).length;
    }),
    { numRuns: 150 },
  );
  expect(optimal).toBeGreaterThan(50);
});

test("an item's answer is the same whatever stands before it, to the last bit", async () => {
  await fc.assert(
    fc.asyncProperty(batch(false), async (input) => {
      const together = await runKernel(cpuSimd, device, fluxBalance, input);
      const { split } = fluxBalance;
      if (split === undefined) throw new Error("flux-balance can be split");
      const parts = split.parts(input, new Array<number>(input.count).fill(1 / input.count));
      if (parts === null) throw new Error("as many parts as items");
      const alone = [];
      for (const part of parts) alone.push(await runKernel(cpuSimd, device, fluxBalance, part));
      expect(split.join(alone, input)).toEqual(together);
    }),
    { numRuns: 100 },
  );
});
