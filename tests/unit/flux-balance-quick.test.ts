import { type FluxBalanceInput, type FluxProblem, fluxStatus } from "bioxen";
import { describe, expect, test } from "vitest";
import { openQuickSolver } from "../../dist/accelerators/cpu-simd/flux-balance-quick.js";
import { openSimplex } from "../../dist/accelerators/cpu-simd/flux-balance-simplex.js";
import { emptyOutput } from "../../dist/src/workloads/flux-balance/output.js";

/** x1 + x2 = x3, x1 and x2 at most 3 and 2; x3 is maximised. */
const problem: FluxProblem = {
  rows: 1,
  columns: 3,
  starts: Int32Array.of(0, 1, 2, 3),
  indices: Int32Array.of(0, 0, 0),
  values: Float64Array.of(1, 1, -1),
  rowLower: new Float64Array(1),
  rowUpper: new Float64Array(1),
  lower: new Float64Array(3),
  upper: Float64Array.of(3, 2, 100),
  objective: Float64Array.of(0, 0, 1),
  sense: "maximum",
  integer: null,
};
const input: FluxBalanceInput = {
  problem,
  count: 2,
  bounds: {
    offsets: Uint32Array.of(0, 0, 1),
    columns: Int32Array.of(0),
    lower: Float64Array.of(0),
    upper: Float64Array.of(0),
  },
  objectives: null,
  senses: null,
  wants: "fluxes",
};

describe("what the calling thread solves by itself", () => {
  test("is solved from the basis that it prepared", () => {
    const quick = openQuickSolver();
    const base = quick.prepare(1, problem);
    if (base === null) throw new Error("too hard");
    const answer = emptyOutput(input);
    expect([0, 1].map((at) => quick.solve({ id: 1, base }, input, at, answer))).toEqual([true, true]);
    expect([...answer.objectives]).toEqual([5, 2]);
    expect([...answer.attempts]).toEqual([1, 1]);
    quick.keepOnly(new Set());
    // opened anew from the basis
    expect(quick.solve({ id: 1, base }, input, 1, answer)).toBe(true);
  });

  test("is no problem that takes more steps than it may wait for", () => {
    const asked: (number | undefined)[] = [];
    const quick = openQuickSolver((of, known, mostSteps) => {
      asked.push(mostSteps);
      return { ...openSimplex(of, known), base: null };
    });
    expect(quick.prepare(1, problem)).toBeNull();
    expect(asked).toEqual([16]);
  });

  test("is no item that it cannot prove: that is left as it was", () => {
    const quick = openQuickSolver((...how) => ({
      ...openSimplex(...how),
      solve: () => ({ status: "optimal", x: Float64Array.of(3, 1, 4), y: Float64Array.of(-1) }),
    }));
    const base = quick.prepare(1, problem);
    if (base === null) throw new Error("too hard");
    const answer = emptyOutput(input);
    expect(quick.solve({ id: 1, base }, input, 0, answer)).toBe(false);
    expect(answer.statuses[0]).toBe(fluxStatus.failed);
    expect(answer.attempts[0]).toBe(0);
  });

  test("the simplex gives up after the steps that it is allowed", () => {
    // a chain of 40 columns, each of which has to enter the basis
    const length = 40;
    const columns = length + 1;
    const entries = Array.from({ length: columns }, (_, column) =>
      [
        [column - 1, 1],
        [column, -1],
      ].filter(([row]) => (row ?? -1) >= 0 && (row ?? length) < length),
    );
    const starts = Int32Array.from({ length: columns + 1 }, (_, at) => entries.slice(0, at).flat().length);
    const chain: FluxProblem = {
      ...problem,
      rows: length,
      columns,
      starts,
      indices: Int32Array.from(entries.flat(), ([row]) => row ?? 0),
      values: Float64Array.from(entries.flat(), ([, value]) => value ?? 0),
      rowLower: new Float64Array(length),
      rowUpper: new Float64Array(length),
      lower: new Float64Array(columns).fill(1),
      upper: new Float64Array(columns).fill(10),
      objective: Float64Array.from({ length: columns }, (_, at) => Number(at === length)),
    };
    const patient = openSimplex(chain, null);
    expect(patient.base).not.toBeNull();
    expect(patient.steps()).toBeGreaterThan(2);
    expect(openSimplex(chain, null, 1).base).toBeNull();
  });
});
