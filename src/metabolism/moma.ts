import { BioXenError, type Dispatcher } from "../contract/index.ts";
import type { MetabolicModel } from "../formats/index.ts";
import type { FluxProblem } from "../workloads/index.ts";
import { extendProblem, type NewColumn, type NewRow } from "./extend-problem.ts";
import { pfba } from "./pfba.ts";
import { type FluxSetup, problemOf } from "./problem-of.ts";
import { type Reduction, reducedKnockOut, reduceProblem, restoreFluxes } from "./reduction.ts";
import { type AlgorithmOptions, type FluxStatus, type Solver, type SolverItem, solverOf, statusOf } from "./solver.ts";

export interface AdjustmentOptions extends FluxSetup, AlgorithmOptions {
  /** Wild-type flux of each reaction in the model's order; by default those of parsimonious FBA. */
  readonly reference?: Float64Array | undefined;
}

/** How a mutant adjusts to one knock-out. */
export interface Adjustment {
  readonly status: FluxStatus;
  /** Distance from the wild type: sum of absolute changes (MOMA) or count of significant ones (ROOM); null unless optimal. */
  readonly distance: number | null;
  /** Value of the model's objective there; null unless optimal. */
  readonly growth: number | null;
  /** By reaction in the model's order; null unless optimal. */
  readonly fluxes: Float64Array | null;
}

export interface Adjustments {
  /** One for each knock-out, in their order. */
  readonly results: readonly Adjustment[];
  readonly reference: Float64Array;
  readonly solves: number;
}

/**
 * Linear MOMA: after a knock-out, the steady state whose fluxes differ least from the wild type's, by the sum of
 * absolute differences. The distance is unique, fluxes and growth need not be.
 * Source: Segre, Vitkup and Church 2002, doi:10.1073/pnas.232349399 (there quadratic); Becker et al. 2007, doi:10.1038/nprot.2007.99.
 * @param knockOuts - columns of the reactions that stop together in each mutant (see `geneSetsOf`)
 * @throws BioXenError `INPUT_INVALID` as `problemOf`, for a column that is none or a reference of another length or not
 * finite, and where there is no reference because the wild type has no optimum
 */
export async function moma(
  model: MetabolicModel,
  dispatcher: Dispatcher,
  knockOuts: readonly (readonly number[])[],
  options: AdjustmentOptions = {},
): Promise<Adjustments> {
  const problem = problemOf(model, options);
  checkColumns(problem, knockOuts);
  const wild = await referenceOf(model, dispatcher, options);
  const solver = solverOf(dispatcher, options.dispatch);
  const reduction = reduceProblem(problem, { validFor: "knock-outs" });
  const { rows: balances, columns: width } = reduction.problem;
  // flux - more + less = reference: a row and two columns for all reactions that move together and were alike before
  const rows: NewRow[] = [];
  const columns: NewColumn[] = [];
  let unavoidable = 0;
  const alike = new Map<string, { readonly column: number; readonly flux: number; weight: number }>();
  for (const [from, flux] of wild.fluxes.entries()) {
    const column = reduction.column[from] as number;
    if (column === -1) {
      unavoidable += Math.abs(flux);
      continue;
    }
    const ratio = reduction.ratio[from] as number;
    const key = `${column} ${(flux / ratio).toPrecision(12)}`;
    const group = alike.get(key) ?? { column, flux: flux / ratio, weight: 0 };
    group.weight += Math.abs(ratio);
    alike.set(key, group);
  }
  for (const { column, flux, weight } of alike.values()) {
    const row = balances + rows.length;
    rows.push({ entries: [[column, 1]], lower: flux, upper: flux });
    for (const sign of [-1, 1]) columns.push({ entries: [[row, sign]], lower: 0, upper: Infinity, objective: weight });
  }
  const adjusted = extendProblem(
    reduction.problem,
    { rows, columns },
    { objective: new Float64Array(width), sense: "minimum" },
  );
  const results = await adjust(reduction, adjusted, knockOuts, solver, options);
  return {
    results: results.map((one) => (one.distance === null ? one : { ...one, distance: one.distance + unavoidable })),
    reference: wild.fluxes,
    solves: wild.solves + solver.solves,
  };
}

/** Solves each knock-out of `adjusted`, whose first columns are the reduced ones. */
export async function adjust(
  reduction: Reduction,
  adjusted: FluxProblem,
  knockOuts: readonly (readonly number[])[],
  solver: Solver,
  options: AlgorithmOptions & {
    /** Further columns of `adjusted` that are 1 in this knock-out. */
    readonly counted?: (columns: readonly number[]) => readonly number[];
  },
): Promise<readonly Adjustment[]> {
  const results: Adjustment[] = [];
  const none = { distance: null, growth: null, fluxes: null };
  const { objective } = reduction.original;
  for (let from = 0; from < knockOuts.length; from += round) {
    const batch = knockOuts.slice(from, from + round);
    const sets = batch.map((columns) => reducedKnockOut(reduction, columns));
    const items = sets.flatMap((zeros, at): SolverItem[] => {
      if (zeros === null) return [];
      const ones = options.counted?.(batch[at] ?? []) ?? [];
      const values = [...zeros.map(() => 0), ...ones.map(() => 1)];
      return [{ bounds: { columns: [...zeros, ...ones], lower: values, upper: values } }];
    });
    const output = await solver.solve(adjusted, items, "fluxes");
    let item = 0;
    for (const set of sets) {
      if (set === null) {
        results.push({ status: "infeasible", ...none });
        continue;
      }
      const status = statusOf(output, item);
      if (status !== "optimal" || output.fluxes === null) results.push({ status, ...none });
      else {
        const fluxes = restoreFluxes(reduction, output.fluxes, item * adjusted.columns);
        const growth = fluxes.reduce((sum, flux, column) => sum + flux * (objective[column] as number), 0);
        results.push({ status, distance: output.objectives[item] as number, growth, fluxes });
      }
      item++;
    }
    options.onProgress?.(results.length, knockOuts.length);
  }
  return results;
}

/** The wild type's fluxes: the caller's own, or those of parsimonious FBA. */
export async function referenceOf(
  model: MetabolicModel,
  dispatcher: Dispatcher,
  options: AdjustmentOptions,
): Promise<{ readonly fluxes: Float64Array; readonly solves: number }> {
  const { reference } = options;
  if (reference !== undefined) {
    if (reference.length !== model.reactions.length || !reference.every(Number.isFinite))
      throw invalid(`a reference is a finite flux for each of ${model.reactions.length} reactions`);
    return { fluxes: reference, solves: 0 };
  }
  const { fluxes, status, solves } = await pfba(model, dispatcher, { ...options, onProgress: undefined });
  if (fluxes === null) throw invalid(`the wild type is ${status}: there is no reference to adjust from`);
  return { fluxes, solves };
}

/** @throws BioXenError `INPUT_INVALID` for a column that the problem does not have */
export function checkColumns(problem: FluxProblem, knockOuts: readonly (readonly number[])[]): void {
  for (const [at, columns] of knockOuts.entries())
    for (const column of columns)
      if (!Number.isInteger(column) || column < 0 || column >= problem.columns)
        throw invalid(`knock-out ${at}: there is no column ${column} of ${problem.columns}`);
}

/** Problems a batch: their fluxes come back whole, and progress is told between batches. */
const round = 64;

function invalid(what: string): BioXenError {
  return new BioXenError("INPUT_INVALID", what);
}
