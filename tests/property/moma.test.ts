import {
  BioAcceleratorManager,
  type FluxProblem,
  fluxBalance,
  fluxStatus,
  type MetabolicModel,
  moma,
  problemOf,
} from "bioxen";
import { cpuSimd } from "bioxen/accelerators";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { modelOf } from "../support/metabolic.ts";

let manager: BioAcceleratorManager;
beforeAll(async () => {
  manager = await BioAcceleratorManager.open({ accelerators: [cpuSimd], calibration: false });
});
afterAll(async () => {
  await manager[Symbol.asyncDispose]();
});

const metabolites = ["a", "b", "c", "d"];
const side = fc.uniqueArray(fc.tuple(fc.constantFrom(1, 1, 2, 0.5), fc.constantFrom(...metabolites)), {
  maxLength: 2,
  selector: ([, id]) => id,
});
const model: fc.Arbitrary<MetabolicModel> = fc
  .array(
    fc.tuple(
      side,
      side,
      fc.constantFrom("[0, 10]", "[0, 10]", "[-10, 10]", "[-Infinity, Infinity]", "[1, 10]", "[-8, -0.5]", "[0, 0]"),
    ),
    { minLength: 3, maxLength: 9 },
  )
  .map((reactions) => {
    const text = (of: readonly (readonly [number, string])[]) => of.map(([n, id]) => `${n} ${id}`).join(" + ");
    const lines = reactions.map(([left, right, bounds], at) => {
      const used = new Set(left.map(([, id]) => id));
      return `R${at}: ${text(left)} -> ${text(right.filter(([, id]) => !used.has(id)))} ${bounds}`;
    });
    return modelOf(["IN: -> a [-10, 10]", "OUT: d -> [0, 10]", ...lines], "OUT");
  });

/** Flux - more + less = reference for every reaction of the model as it stands, nothing reduced. */
function stated(problem: FluxProblem, reference: Float64Array, stopped: readonly number[]): FluxProblem {
  const { rows, columns, starts, indices, values } = problem;
  const entries: [number, number][][] = [];
  for (let column = 0; column < columns; column++) {
    const own: [number, number][] = [];
    for (let at = starts[column] ?? 0; at < (starts[column + 1] ?? 0); at++)
      own.push([indices[at] ?? 0, values[at] ?? 0]);
    entries.push([...own, [rows + column, 1]]);
  }
  for (const sign of [-1, 1]) for (let column = 0; column < columns; column++) entries.push([[rows + column, sign]]);
  const every = (of: Float64Array, more: number) => Float64Array.from([...of, ...new Array(2 * columns).fill(more)]);
  const held = (bound: Float64Array) => bound.map((value, column) => (stopped.includes(column) ? 0 : value));
  const next = new Int32Array(3 * columns + 1);
  for (const [at, list] of entries.entries()) next[at + 1] = (next[at] ?? 0) + list.length;
  return {
    rows: rows + columns,
    columns: 3 * columns,
    starts: next,
    indices: Int32Array.from(entries.flat(), ([row]) => row),
    values: Float64Array.from(entries.flat(), ([, value]) => value),
    rowLower: Float64Array.from([...problem.rowLower, ...reference]),
    rowUpper: Float64Array.from([...problem.rowUpper, ...reference]),
    lower: every(held(problem.lower), 0),
    upper: every(held(problem.upper), Infinity),
    objective: every(new Float64Array(columns), 1),
    sense: "minimum",
    integer: null,
  };
}

test("a mutant's distance is that of the problem as one would state it, from any reference", async () => {
  const seen = { optimal: 0, infeasible: 0 };
  await fc.assert(
    fc.asyncProperty(
      model,
      // no steady state, nor within bounds, as a caller's own may be
      fc.array(fc.constantFrom(0, 0, 1, 1, 2, -1, 3.5, -20, 20), { minLength: 11, maxLength: 11 }),
      fc.uniqueArray(fc.nat(10), { maxLength: 3 }),
      async (network, values, chosen) => {
        const columns = network.reactions.length;
        const reference = Float64Array.from({ length: columns }, (_, at) => values[at] ?? 0);
        const stopped = chosen.filter((column) => column < columns);
        const { results } = await moma(network, manager, [stopped], { reference });
        const problem = stated(problemOf(network), reference, stopped);
        const batch = { problem, count: 1, bounds: null, objectives: null, senses: null, wants: "objective" } as const;
        const { output } = await manager.run(fluxBalance, batch);
        const [mutant] = results;
        if (output.statuses[0] === fluxStatus.infeasible) {
          seen.infeasible++;
          expect(mutant).toMatchObject({ status: "infeasible", distance: null, fluxes: null });
          return;
        }
        seen.optimal++;
        expect(output.statuses[0]).toBe(fluxStatus.optimal);
        expect(mutant?.status).toBe("optimal");
        expect(mutant?.distance).toBeCloseTo(output.objectives[0] ?? Number.NaN, 6);
        const moved = mutant?.fluxes?.reduce((sum, flux, at) => sum + Math.abs(flux - (reference[at] ?? 0)), 0);
        expect(moved).toBeCloseTo(output.objectives[0] ?? Number.NaN, 6);
        for (const column of stopped) expect(Math.abs(mutant?.fluxes?.[column] ?? Number.NaN)).toBeLessThan(1e-9);
      },
    ),
    { numRuns: 300 },
  );
  expect(seen.optimal).toBeGreaterThan(50);
  expect(seen.infeasible).toBeGreaterThan(5);
});
