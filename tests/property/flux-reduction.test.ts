import {
  type FluxProblem,
  fluxBalance,
  fluxStatus,
  reducedBounds,
  reducedKnockOut,
  reduceProblem,
  restoreFluxes,
  restoreOptimum,
} from "bioxen";
import fc from "fast-check";
import { expect, test } from "vitest";
import { violation } from "../support/metabolic.ts";

/** Networks with chains, dead ends, forced and unlimited fluxes, shared by few metabolites so that much can be reduced. */
const network: fc.Arbitrary<FluxProblem> = fc
  .record({
    rows: fc.integer({ min: 1, max: 9 }),
    reactions: fc.array(
      fc.record({
        entries: fc.array(fc.tuple(fc.nat(8), fc.constantFrom(-2, -1, -1, -0.5, 0.3, 1, 1, 2)), {
          minLength: 1,
          maxLength: 3,
        }),
        bounds: fc.constantFrom(
          [0, 10],
          [0, 10],
          [-10, 10],
          [-10, 10],
          [0, Infinity],
          [-Infinity, Infinity],
          [1, 10],
          [-10, -0.5],
          [0, 0],
          [2, 2],
        ),
        cost: fc.constantFrom(0, 0, 0, 1, -1, 0.5),
      }),
      { minLength: 1, maxLength: 16 },
    ),
    sense: fc.constantFrom("maximum" as const, "minimum" as const),
  })
  .map(({ rows, reactions, sense }) => {
    const columns = reactions.map(({ entries }) => [...new Map(entries.map(([row, value]) => [row % rows, value]))]);
    const starts = new Int32Array(reactions.length + 1);
    for (const [at, column] of columns.entries()) starts[at + 1] = (starts[at] ?? 0) + column.length;
    return {
      rows,
      columns: reactions.length,
      starts,
      indices: Int32Array.from(columns.flat(), ([row]) => row),
      values: Float64Array.from(columns.flat(), ([, value]) => value),
      rowLower: new Float64Array(rows),
      rowUpper: new Float64Array(rows),
      lower: Float64Array.from(reactions, ({ bounds: [lower = 0] }) => lower),
      upper: Float64Array.from(reactions, ({ bounds: [, upper = 0] }) => upper),
      objective: Float64Array.from(reactions, ({ cost }) => cost),
      sense,
      integer: null,
    };
  });

function solve(problem: FluxProblem) {
  const output = fluxBalance.reference?.({
    problem,
    count: 1,
    bounds: null,
    objectives: null,
    senses: null,
    wants: "duals",
  });
  if (output === undefined) throw new Error("flux-balance has no oracle");
  return { ...output, status: output.statuses[0] ?? 3, objective: output.objectives[0] ?? Number.NaN };
}

function agree(full: ReturnType<typeof solve>, reduced: ReturnType<typeof solve> | null): void {
  expect(reduced?.status ?? fluxStatus.infeasible).toBe(full.status);
  if (full.status === fluxStatus.optimal)
    expect(Math.abs((reduced?.objective ?? 0) - full.objective)).toBeLessThan(
      1e-7 * Math.max(1, Math.abs(full.objective)),
    );
}

test.each(["knock-outs", "these"] as const)("a reduction valid for %s never changes an answer", (validFor) => {
  let smaller = 0;
  fc.assert(
    fc.property(network, (problem) => {
      const reduction = reduceProblem(problem, { validFor });
      const full = solve(problem);
      const reduced = reduction.possible ? solve(reduction.problem) : null;
      agree(full, reduced);
      if (reduction.problem.columns < problem.columns) smaller++;
      if (reduced?.status !== fluxStatus.optimal || reduced.fluxes === null) return;
      expect(violation(problem, restoreFluxes(reduction, reduced.fluxes))).toBeLessThan(1e-6);
    }),
    { numRuns: 500 },
  );
  expect(smaller).toBeGreaterThan(250);
});

test("a reduced optimum gives back shadow prices and reduced costs that prove the full one", () => {
  let proven = 0;
  fc.assert(
    fc.property(network, (problem) => {
      const reduction = reduceProblem(problem, { validFor: "knock-outs" });
      if (!reduction.possible) return;
      const { status, objective, fluxes, shadowPrices } = solve(reduction.problem);
      if (status !== fluxStatus.optimal || fluxes === null || shadowPrices === null) return;
      const full = restoreOptimum(reduction, { fluxes, shadowPrices });
      const better = problem.sense === "maximum" ? 1 : -1;
      let worth = 0;
      for (const [column, cost] of full.reducedCosts.entries()) {
        if (Math.abs(cost) < 1e-9) continue;
        const bound = (better * cost > 0 ? problem.upper[column] : problem.lower[column]) ?? 0;
        worth += cost * bound;
      }
      // all rows balance to 0, so the bounds alone make up the optimum; an infinite one would show
      expect(Math.abs(worth - objective)).toBeLessThan(1e-6 * Math.max(1, Math.abs(objective)));
      proven++;
    }),
    { numRuns: 500 },
  );
  expect(proven).toBeGreaterThan(100);
});

test("one reduction serves every knock-out and every tightening", () => {
  fc.assert(
    fc.property(network, fc.array(fc.nat(15), { minLength: 1, maxLength: 3 }), fc.boolean(), (problem, picked, out) => {
      const columns = [...new Set(picked.map((at) => at % problem.columns))];
      const [lower, upper] = [problem.lower.slice(), problem.upper.slice()];
      for (const column of columns) {
        if (out) lower[column] = upper[column] = 0;
        else upper[column] = Math.max(lower[column] ?? 0, Math.min(upper[column] ?? 0, (lower[column] ?? 0) + 3));
      }
      if (lower.includes(-Infinity) && !out) return;
      const reduction = reduceProblem(problem, { validFor: "knock-outs" });
      const full = solve({ ...problem, lower, upper });
      if (!out) {
        const bounds = reducedBounds(reduction, lower, upper);
        agree(full, bounds.possible ? solve({ ...reduction.problem, lower: bounds.lower, upper: bounds.upper }) : null);
        return;
      }
      const set = reducedKnockOut(reduction, columns);
      const changed = {
        ...reduction.problem,
        lower: reduction.problem.lower.slice(),
        upper: reduction.problem.upper.slice(),
      };
      for (const column of set ?? []) changed.lower[column] = changed.upper[column] = 0;
      agree(full, set === null ? null : solve(changed));
    }),
    { numRuns: 800 },
  );
});

test("a reduction for these bounds only is not the one for knock-outs", () => {
  // 2 a flux forced at 2 passes through both; without it the other may stop
  const problem: FluxProblem = {
    rows: 1,
    columns: 2,
    starts: Int32Array.of(0, 1, 2),
    indices: Int32Array.of(0, 0),
    values: Float64Array.of(1, -1),
    rowLower: new Float64Array(1),
    rowUpper: new Float64Array(1),
    lower: Float64Array.of(2, 0),
    upper: Float64Array.of(2, 10),
    objective: Float64Array.of(0, 1),
    sense: "maximum",
    integer: null,
  };
  const these = reduceProblem(problem, { validFor: "these" });
  expect([these.problem.rows, these.problem.columns]).toEqual([0, 1]);
  expect([...restoreFluxes(these, Float64Array.of(1))]).toEqual([2, 2]);
  const knockOuts = reduceProblem(problem, { validFor: "knock-outs" });
  expect(reducedKnockOut(knockOuts, [0])).toEqual([0]);
  // the other one's flux is forced through this one
  expect(reducedKnockOut(knockOuts, [1])).toBeNull();
});
