import type { FluxProblem } from "../workloads/index.ts";
import type { AlgorithmOptions, Solver, SolverItem } from "./solver.ts";
import { statusOf } from "./solver.ts";

/** Problems a round: enough for every thread, few enough that their fluxes spare the next round's. */
const round = 128;
/** A flux this near to a bound, relative to its size, attains it. */
const attained = 1e-9;

/**
 * Least and largest value of some columns over all feasible fluxes of a problem. Every flux that the solver returns is
 * feasible: where one reaches a column's own bound, that end of its range needs no problem of its own. A column in
 * `backwardOf` is one direction of a flux, and the range is that of the difference.
 * @returns by column, NaN where it was not asked for or the solver failed
 */
export async function fluxRanges(
  problem: FluxProblem,
  columns: readonly number[],
  solver: Solver,
  options: Pick<AlgorithmOptions, "onProgress"> & {
    readonly witnesses?: readonly Float64Array[];
    readonly backwardOf?: ReadonlyMap<number, number>;
  } = {},
): Promise<{ readonly minimum: Float64Array; readonly maximum: Float64Array }> {
  const { backwardOf = new Map<number, number>() } = options;
  const lower = problem.lower.slice();
  for (const [column, back] of backwardOf) lower[column] = -(problem.upper[back] as number);
  const { upper } = problem;
  const minimum = new Float64Array(problem.columns).fill(Number.NaN);
  const maximum = new Float64Array(problem.columns).fill(Number.NaN);
  // every flux is as far from an infinite bound as that is large
  const near = (flux: number, bound: number): boolean =>
    Number.isFinite(bound) && Math.abs(flux - bound) <= attained * Math.max(1, Math.abs(bound));
  const see = (fluxes: Float64Array, at: number): void => {
    for (const column of columns) {
      const back = backwardOf.get(column);
      const flux = (fluxes[at + column] as number) - (back === undefined ? 0 : (fluxes[at + back] as number));
      if (near(flux, lower[column] as number)) minimum[column] = lower[column] as number;
      if (near(flux, upper[column] as number)) maximum[column] = upper[column] as number;
    }
  };
  for (const column of columns)
    if (lower[column] === upper[column]) minimum[column] = maximum[column] = lower[column] as number;
  for (const witness of options.witnesses ?? []) see(witness, 0);

  interface End {
    readonly column: number;
    readonly sense: "minimum" | "maximum";
  }
  const known = ({ column, sense }: End): boolean =>
    !Number.isNaN((sense === "minimum" ? minimum : maximum)[column] as number);
  let open: readonly End[] = (["minimum", "maximum"] as const).flatMap((sense) =>
    columns.map((column) => ({ column, sense })),
  );
  const total = open.length;
  for (open = open.filter((end) => !known(end)); open.length > 0; open = open.filter((end) => !known(end))) {
    const batch = open.slice(0, round);
    const items = batch.map(({ column, sense }): SolverItem => {
      const back = backwardOf.get(column);
      const objective =
        back === undefined ? { columns: [column], values: [1] } : { columns: [column, back], values: [1, -1] };
      return { objective, sense };
    });
    const output = await solver.solve(problem, items, "fluxes");
    for (const [item, { column, sense }] of batch.entries()) {
      const status = statusOf(output, item);
      const ends = sense === "minimum" ? minimum : maximum;
      if (status === "unbounded") ends[column] = sense === "minimum" ? -Infinity : Infinity;
      else if (status === "optimal") ends[column] = output.objectives[item] as number;
      if (status === "optimal" && output.fluxes !== null) see(output.fluxes, item * problem.columns);
    }
    open = open.slice(batch.length);
    options.onProgress?.(total - open.length, total);
  }
  return { minimum, maximum };
}
