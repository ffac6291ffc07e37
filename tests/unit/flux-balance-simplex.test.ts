import type { FluxProblem } from "bioxen";
import loadHighs, { type Highs } from "highs";
import { beforeAll, describe, expect, it } from "vitest";
import { openItemSolver } from "../../dist/accelerators/cpu-simd/flux-balance-items.js";
import { openSimplex } from "../../dist/accelerators/cpu-simd/flux-balance-simplex.js";
import { batchOf, type DenseProblem, type ItemChange, problemOf } from "../support/flux-problems.ts";
import { claimed } from "../support/simplex-claims.ts";

const none = Number.POSITIVE_INFINITY;

function solved(dense: DenseProblem, change: ItemChange = {}): ReturnType<typeof claimed> {
  const problem = problemOf(dense);
  return claimed(problem, openSimplex(problem, null), change);
}

/** A feasible square problem that needs 2^n - 1 steps of the textbook method (V. Klee and G. J. Minty, 1972). */
function kleeMinty(size: number): DenseProblem {
  return {
    matrix: Array.from({ length: size }, (_, row) =>
      Array.from({ length: size }, (_, column) => (column < row ? 2 ** (row - column + 1) : column === row ? 1 : 0)),
    ),
    rowLower: new Array<number>(size).fill(-none),
    rowUpper: Array.from({ length: size }, (_, row) => 5 ** (row + 1)),
    objective: Array.from({ length: size }, (_, column) => 2 ** (size - 1 - column)),
  };
}

describe("the simplex of cpu-simd", () => {
  it.each<[string, DenseProblem, number]>([
    [
      "Beale's example, on which the textbook method cycles",
      {
        matrix: [
          [0.25, -60, -0.04, 9],
          [0.5, -90, -0.02, 3],
          [0, 0, 1, 0],
        ],
        rowLower: [-none, -none, -none],
        rowUpper: [0, 0, 1],
        objective: [0.75, -150, 0.02, -6],
      },
      0.05,
    ],
    ["Klee and Minty's cube", kleeMinty(10), 5 ** 10],
    [
      "free columns",
      {
        matrix: [
          [1, 1],
          [1, -1],
        ],
        lower: [-none, -none],
        rowLower: [-none, -2],
        rowUpper: [4, 2],
        objective: [2, 1],
      },
      7,
    ],
    [
      "rows that say the same thing",
      {
        matrix: [
          [1, -1, 0],
          [2, -2, 0],
          [1, 0, -1],
          [0, 1, -1],
        ],
        upper: [3, 5, 9],
        objective: [1, 1, 1],
      },
      9,
    ],
    ["a column without entries", { matrix: [[1, -1, 0]], upper: [2, 2, 7], objective: [1, 0, 1] }, 9],
    ["a row without entries", { matrix: [[1], [0]], rowUpper: [4, 1], objective: [1] }, 4],
    ["no rows", { matrix: [], upper: [3, 4], objective: [1, -1] }, 3],
    ["no objective", { matrix: [[1, -1]], upper: [3, 4], objective: [0, 0] }, 0],
    ["a fixed column", { matrix: [[1, -1]], lower: [2, 0], upper: [2, 9], objective: [0, -1] }, -2],
    [
      "bounds on rows from both sides, downwards",
      { matrix: [[1, 2]], rowLower: [3], rowUpper: [8], objective: [1, 1], sense: "minimum" },
      1.5,
    ],
    [
      "entries from 1e-6 to 1e6",
      {
        matrix: [
          [1e6, -1, 0],
          [0, 1e-6, -1],
        ],
        upper: [1e-3, none, none],
        objective: [0, 0, 1],
      },
      1e-3,
    ],
  ])("solves %s", (_, dense, expected) => {
    const { status, objective, residual } = solved(dense);
    expect(status).toBe("optimal");
    expect(Math.abs(objective - expected)).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(expected)));
    expect(residual).toBeLessThan(1e-9);
  });

  it("proves that nothing is feasible", () => {
    const forced: DenseProblem = { matrix: [[1, -1]], lower: [2, 0], upper: [5, 1], objective: [1, 0] };
    expect(solved(forced)).toMatchObject({ status: "infeasible", residual: 0 });
    const apart: DenseProblem = {
      matrix: [
        [1, 1],
        [1, 1],
      ],
      rowLower: [4, -none],
      rowUpper: [none, 3],
      objective: [1, 0],
    };
    expect(solved(apart)).toMatchObject({ status: "infeasible", residual: 0 });
  });

  it("proves that nothing limits the objective", () => {
    expect(solved({ matrix: [[1, -1]], objective: [1, 0] })).toMatchObject({ status: "unbounded", residual: 0 });
    const free: DenseProblem = { matrix: [[1, 1]], lower: [-none, -none], objective: [1, 3] };
    expect(solved(free)).toMatchObject({ status: "unbounded", residual: 0 });
  });

  it("answers an item as if it were the first, whatever came before it", () => {
    const problem = problemOf({
      matrix: [
        [1, -1, -1, 0],
        [0, 1, 0, -2],
        [0, 0, 3, -1],
      ],
      objective: [0, 0, 0, 1],
      upper: [10, 8, 8, 8],
    });
    const changes: readonly ItemChange[] = [
      {},
      { bounds: [[0, 0, 1]] },
      { bounds: [[1, 0, 0]] },
      { objective: [[2, 1]], sense: -1 },
      { bounds: [[3, 5, 8]] },
      { bounds: [[0, 11, 12]], objective: [[0, 1]] },
    ];
    const fresh = changes.map((change) => claimed(problem, openSimplex(problem, null), change));
    const one = openSimplex(problem, null);
    const told = openSimplex(problem, one.base);
    const again = [...changes.keys()].reverse();
    for (const solver of [one, told]) {
      for (const at of again) claimed(problem, solver, changes[at] ?? {});
      expect(changes.map((change) => claimed(problem, solver, change))).toEqual(fresh);
    }
    expect(new Set(fresh.map(({ status }) => status))).toEqual(new Set(["optimal", "infeasible"]));
  });

  it("stays at the base, without a step, where a change does not touch it", () => {
    const problem = problemOf({ matrix: [[1, 1, -1]], objective: [2, 1, 0], upper: [4, 4, 4] });
    const solver = openSimplex(problem, null);
    const before = solver.steps();
    expect(claimed(problem, solver, { bounds: [[1, 0, 0]] }).objective).toBe(8);
    expect(solver.steps()).toBe(before);
  });
});

describe("the simplex before HiGHS", () => {
  let highs: Highs;
  beforeAll(async () => {
    highs = await (loadHighs as unknown as typeof loadHighs.default)();
  });
  const problem: FluxProblem = problemOf({ matrix: [[1, -1]], objective: [0, 1], upper: [5, 9] });
  const input = batchOf(problem, [{}, { bounds: [[0, 0, 3]] }]);

  it("leaves HiGHS unloaded where it proves every item", async () => {
    const solver = openItemSolver(() => Promise.reject(new Error("not needed")), openSimplex);
    const base = await solver.prepare({ id: 1, problem, live: [1] });
    const output = await solver.solve({ id: 1, problem, live: [1], base, items: input });
    expect([...output.objectives]).toEqual([5, 3]);
    expect([...output.attempts]).toEqual([1, 1]);
  });

  it.each([
    ["gives up", () => ({ status: "failed" }) as const],
    ["is wrong", () => ({ status: "optimal", x: Float64Array.of(9, 9), y: Float64Array.of(0) }) as const],
    [
      "breaks",
      () => {
        throw new WebAssembly.RuntimeError("unreachable");
      },
    ],
  ])("hands an item on where it %s", async (_, solve) => {
    const solver = openItemSolver(
      async () => highs,
      (...task) => ({ ...openSimplex(...task), solve }),
    );
    const base = await solver.prepare({ id: 1, problem, live: [1] });
    const output = await solver.solve({ id: 1, problem, live: [1], base, items: input });
    expect([...output.objectives]).toEqual([5, 3]);
    expect([...output.attempts]).toEqual([3, 3]);
  });
});
