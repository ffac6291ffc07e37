import { BioXenError } from "../contract/index.ts";
import type { FluxProblem } from "../workloads/index.ts";
import { extendProblem, type NewColumn, type NewRow } from "./extend-problem.ts";
import { fluxRanges } from "./flux-ranges.ts";
import { type Reduction, reduceProblem } from "./reduction.ts";
import { type Solver, statusOf } from "./solver.ts";

/** Bound of a potential difference; its unit is that of the least difference which drives a flux. */
const mostDifference = 1000;

/**
 * Columns that can run in a loop: that carry flux in some steady state without any exchange with the outside. A loop is
 * made of these alone, so the loop law need not be stated for others.
 */
export async function loopColumns(problem: FluxProblem, solver: Solver): Promise<readonly number[]> {
  const closed = (column: number): boolean =>
    (problem.starts[column + 1] as number) - (problem.starts[column] as number) <= 1;
  // directions are all that matters here: a loop can be scaled
  const lower = problem.lower.map((bound, column) => (bound < 0 && !closed(column) ? -1 : 0));
  const upper = problem.upper.map((bound, column) => (bound > 0 && !closed(column) ? 1 : 0));
  const objective = new Float64Array(problem.columns);
  const reduction = reduceProblem({ ...problem, lower, upper, objective }, { validFor: "these" });
  const columns = Array.from({ length: reduction.problem.columns }, (_, column) => column);
  const { minimum, maximum } = await fluxRanges(reduction.problem, columns, solver);
  return [...reduction.column.keys()].filter((from) => {
    const column = reduction.column[from] as number;
    if (column === -1) return false;
    // a column that the solver failed on may be in a loop
    return !(Math.abs(minimum[column] as number) < 1e-7 && Math.abs(maximum[column] as number) < 1e-7);
  });
}

/**
 * Adds the loop law to a problem: there are potentials of the metabolites down which every flux runs, so none runs in a
 * circle. An integer problem, exact where no potential difference needs to be over 1,000 times the least. Its first
 * columns are those of `within`.
 * Source: Schellenberger, Lewis and Palsson 2011, doi:10.1016/j.bpj.2010.12.3707.
 * @param ranges - bounds of the reduced columns that no feasible flux exceeds
 * @throws BioXenError `INPUT_INVALID` where these are infinite for a column of a loop
 */
export function withLoopLaw(
  original: FluxProblem,
  within: Reduction,
  loops: readonly number[],
  ranges: { readonly minimum: Float64Array; readonly maximum: Float64Array },
): FluxProblem {
  const { problem } = within;
  const rows: NewRow[] = [];
  const columns: NewColumn[] = [];
  const potentials = new Map<number, { readonly entries: [number, number][] }>();
  for (const from of loops) {
    const reduced = within.column[from] as number;
    if (reduced === -1) continue;
    const ratio = within.ratio[from] as number;
    const ends = [ratio * (ranges.minimum[reduced] as number), ratio * (ranges.maximum[reduced] as number)];
    const [least, most] = [Math.min(...ends), Math.max(...ends)];
    if (!Number.isFinite(least) || !Number.isFinite(most))
      throw new BioXenError(
        "INPUT_INVALID",
        `column ${from} can run in a loop without a limit: give it finite bounds`,
        {
          context: { column: from },
        },
      );
    const difference = problem.rows + rows.length;
    const directions: [number, number][][] = [];
    // a flux forwards needs a fall of 1 or more, backwards a rise; 0 needs nothing
    for (const [end, sign] of [
      [most, 1],
      [least, -1],
    ] as const) {
      // what rounding leaves of a range is no direction
      if (sign * end <= 1e-9) continue;
      const law = problem.rows + rows.length;
      rows.push({ entries: [], lower: -Infinity, upper: mostDifference });
      const flux = problem.rows + rows.length;
      rows.push({ entries: [[reduced, sign * ratio]], lower: -Infinity, upper: 0 });
      columns.push({
        entries: [
          [law, mostDifference + 1],
          [flux, -sign * end],
        ],
        lower: 0,
        upper: 1,
        objective: 0,
        integer: true,
      });
      directions.push([[law, sign]]);
    }
    if (rows.length + problem.rows === difference) continue;
    for (let at = original.starts[from] as number; at < (original.starts[from + 1] as number); at++) {
      const metabolite = original.indices[at] as number;
      const potential = potentials.get(metabolite) ?? { entries: [] };
      for (const [[law = -1, sign = 0] = []] of directions)
        potential.entries.push([law, sign * (original.values[at] as number)]);
      potentials.set(metabolite, potential);
    }
  }
  for (const { entries } of potentials.values())
    columns.push({ entries, lower: -Infinity, upper: Infinity, objective: 0 });
  return extendProblem(problem, { rows, columns });
}

/**
 * Ranges without loops, from those with: taking the loops out of a flux only brings fluxes nearer to 0 and leaves
 * columns outside of loops as they are. So only the far ends of columns in loops are solved anew, unless a loop has a
 * flux to keep up, which may not be taken out.
 */
export async function looplessRanges(
  original: FluxProblem,
  within: Reduction,
  loops: readonly number[],
  ranges: { readonly minimum: Float64Array; readonly maximum: Float64Array },
  solver: Solver,
): Promise<{ readonly minimum: Float64Array; readonly maximum: Float64Array }> {
  const forced = loops.some((from) => (original.lower[from] as number) > 0 || (original.upper[from] as number) < 0);
  const inLoop = new Set(loops.map((from) => within.column[from] as number));
  const law = withLoopLaw(original, within, loops, ranges);
  const [minimum, maximum] = [ranges.minimum.slice(), ranges.maximum.slice()];
  const ends: { readonly column: number; readonly sense: "minimum" | "maximum" }[] = [];
  for (let column = 0; column < within.problem.columns; column++) {
    const [least, most] = [minimum[column] as number, maximum[column] as number];
    if (Number.isNaN(least) || (!forced && !inLoop.has(column))) continue;
    if (forced ? least !== most : least < -1e-9) ends.push({ column, sense: "minimum" });
    if (forced ? least !== most : most > 1e-9) ends.push({ column, sense: "maximum" });
  }
  for (let from = 0; from < ends.length; from += round) {
    const batch = ends.slice(from, from + round);
    const items = batch.map(({ column, sense }) => ({ objective: { columns: [column], values: [1] }, sense }));
    const output = await solver.solve(law, items, "objective");
    for (const [item, { column, sense }] of batch.entries())
      (sense === "minimum" ? minimum : maximum)[column] =
        statusOf(output, item) === "optimal" ? (output.objectives[item] as number) : Number.NaN;
  }
  return { minimum, maximum };
}

/** Integer problems a batch. */
const round = 32;
