import { type FluxProblem, seededRandom } from "bioxen";
import * as fc from "fast-check";
import loadHighs, { type Highs } from "highs";
import { beforeAll, expect, test } from "vitest";
import { openHighs } from "../../dist/accelerators/cpu-simd/flux-balance-highs.js";
import { openSimplex } from "../../dist/accelerators/cpu-simd/flux-balance-simplex.js";
import { type ItemChange, problemOf } from "../support/flux-problems.ts";
import { type Claimed, claimed } from "../support/simplex-claims.ts";

let highs: Highs;
const load = async (): Promise<void> => {
  highs = await (loadHighs as unknown as typeof loadHighs.default)();
};
beforeAll(load);

const none = Number.POSITIVE_INFINITY;
type Interval = readonly [number, number];

/** Every kind of problem: small integers for ties and degeneracy, reals, entries over eight orders of magnitude. */
function anyProblem(seed: number): { readonly problem: FluxProblem; readonly changes: readonly ItemChange[] } {
  const random = seededRandom(seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  const large = random() < 0.1;
  const rows = 1 + below(large ? 50 : 10);
  const columns = 1 + below(large ? 80 : 15);
  const whole = random() < 0.6;
  const wild = random() < 0.15;
  const density = random() < 0.5 ? 0.2 : 0.5;
  const entry = (): number => {
    if (random() >= density) return 0;
    const value = whole ? below(5) - 2 : random() * 4 - 2;
    return wild ? value * 10 ** (below(9) - 4) : value;
  };
  const interval = (odds: readonly number[]): Interval => {
    const size = whole ? below(10) : random() * 10;
    const kinds: readonly Interval[] = [
      [0, size],
      [-size, size],
      [0, none],
      [-none, none],
      [-none, size],
      [size, size],
      [1, 1 + size],
    ];
    const draw = random();
    return kinds[odds.findIndex((odd) => draw < odd)] ?? [1, 1 + size];
  };
  const columnBounds = Array.from({ length: columns }, () => interval([0.4, 0.6, 0.75, 0.8, 0.85, 0.9]));
  const rowBounds = Array.from(
    { length: rows },
    (): Interval => (random() < 0.5 ? [0, 0] : interval([0.1, 0.3, 0.5, 0.52, 0.8, 0.95])),
  );
  const cost = (): number => (random() < 0.5 ? 0 : whole ? below(7) - 3 : random() * 2 - 1);
  const problem = problemOf({
    matrix: Array.from({ length: rows }, () => Array.from({ length: columns }, entry)),
    objective: Array.from({ length: columns }, cost),
    lower: columnBounds.map(([low]) => low),
    upper: columnBounds.map(([, high]) => high),
    rowLower: rowBounds.map(([low]) => low),
    rowUpper: rowBounds.map(([, high]) => high),
    sense: random() < 0.5 ? "maximum" : "minimum",
  });
  const change = (): ItemChange => ({
    bounds: [[below(columns), 0, 0]],
    ...(random() < 0.5 ? { objective: [[below(columns), 1]] as const } : {}),
    sense: random() < 0.5 ? 1 : -1,
  });
  return { problem, changes: [{}, change(), change(), change()] };
}

test("the simplex proves what it claims, and where entries are of like size HiGHS claims nothing else", {
  timeout: 120_000,
}, async () => {
  let proved = 0;
  let compared = 0;
  let asked = 0;
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: 2 ** 31 }), async (seed) => {
      const { problem, changes } = anyProblem(seed);
      const simplex = openSimplex(problem, null);
      for (const change of changes) {
        asked++;
        const ours = claimed(problem, simplex, change);
        if (ours.residual === null) continue;
        proved++;
        const theirs = await refereed(problem, change);
        if (theirs?.residual == null) continue;
        compared++;
        // with entries of 1e-4 beside 1e4 two ends can both hold to 1e-7
        const sizes = problem.values.map(Math.abs);
        if (Math.max(...sizes) > 1e4 * Math.min(...sizes)) continue;
        expect(theirs.status).toBe(ours.status);
        // what two proofs of 1e-7 may differ by
        const size = Math.max(1, Math.abs(theirs.objective));
        if (ours.status === "optimal") expect(Math.abs(ours.objective - theirs.objective) / size).toBeLessThan(1e-6);
      }
    }),
    { numRuns: 300 },
  );
  // the rest goes to HiGHS; all of 6,000 such items were proved when this was written
  expect(proved).toBeGreaterThan(0.99 * asked);
  expect(compared).toBeGreaterThan(0.9 * asked);
});

/** HiGHS' claim; null where the library itself breaks on the problem, which leaves its memory in doubt. */
async function refereed(problem: FluxProblem, change: ItemChange): Promise<Claimed | null> {
  try {
    const solver = openHighs(highs, problem, "unknown");
    const claim = claimed(problem, solver, change);
    solver.dispose();
    return claim;
  } catch {
    await load();
    return null;
  }
}
