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
  const { problem: changes, ...ways } = changesFrom(reduction, wild.fluxes);
  const unavoidable = wild.fluxes.reduce(
    (sum, flux, at) => (reduction.column[at] === -1 ? sum + Math.abs(flux) : sum),
    0,
  );
  const results = await adjust(reduction, changes, knockOuts, solver, { ...options, ...ways });
  return {
    results: results.map((one) => (one.distance === null ? one : { ...one, distance: one.distance + unavoidable })),
    reference: wild.fluxes,
    solves: wild.solves + solver.solves,
  };
}

/**
 * The problem of the least change from a reference. Its columns are the changes themselves, upwards in the place of each
 * reduced column and downwards after these, so that no change at all is a basis to start from and a mutant has no more rows
 * than the model: as rows that say flux - more + less = reference, E. coli iML1515 had three times as many, and a mutant
 * took ten times as long.
 */
function changesFrom(reduction: Reduction, reference: Float64Array): { readonly problem: FluxProblem } & Adjusted {
  const { problem } = reduction;
  const { rows: balances, columns: width, starts, indices, values } = problem;
  /** Reactions that move together: those that were alike before change alike. */
  const alike = Array.from({ length: width }, () => new Map<string, { readonly flux: number; weight: number }>());
  for (const [from, column] of reduction.column.entries()) {
    const ratio = reduction.ratio[from] as number;
    const flux = (reference[from] as number) / ratio;
    const groups = alike[column];
    const key = flux.toPrecision(12);
    const group = groups?.get(key) ?? { flux, weight: 0 };
    group.weight += Math.abs(ratio);
    groups?.set(key, group);
  }
  const [lower, upper, objective] = [problem.lower.slice(), problem.upper.slice(), new Float64Array(width)];
  const [rowLower, rowUpper] = [problem.rowLower.slice(), problem.rowUpper.slice()];
  const before = new Float64Array(width);
  const rows: NewRow[] = [];
  const downwards: NewColumn[] = [];
  const others: NewColumn[] = [];
  for (let column = 0; column < width; column++) {
    const [main, ...unlike] = [...(alike[column]?.values() ?? [])].sort((a, b) => b.weight - a.weight);
    const { flux, weight } = main ?? { flux: 0, weight: 0 };
    before[column] = flux;
    const entries: [number, number][] = [];
    for (let at = starts[column] as number; at < (starts[column + 1] as number); at++) {
      const [row, value] = [indices[at] as number, values[at] as number];
      entries.push([row, -value]);
      rowLower[row] = (rowLower[row] as number) - value * flux;
      rowUpper[row] = (rowUpper[row] as number) - value * flux;
    }
    // the same change from another reference, which a caller's own may have: a row and two columns for each
    for (const other of unlike) {
      const row = balances + rows.length;
      const apart = other.flux - flux;
      rows.push({ entries: [[column, 1]], lower: apart, upper: apart });
      entries.push([row, -1]);
      for (const sign of [-1, 1])
        others.push({ entries: [[row, sign]], lower: 0, upper: Infinity, objective: other.weight });
    }
    const [l, u] = [(lower[column] as number) - flux, (upper[column] as number) - flux];
    lower[column] = Math.max(0, l);
    upper[column] = Math.max(0, u);
    objective[column] = weight;
    downwards.push({ entries, lower: Math.max(0, -u), upper: Math.max(0, -l), objective: weight });
  }
  return {
    problem: extendProblem(
      { ...problem, rowLower, rowUpper },
      { rows, columns: [...downwards, ...others] },
      { lower, upper, objective, sense: "minimum" },
    ),
    boundsOf: (zeros) => {
      const values = [
        ...zeros.map((column) => Math.max(0, -(before[column] as number))),
        ...zeros.map((column) => Math.max(0, before[column] as number)),
      ];
      return { columns: [...zeros, ...zeros.map((column) => width + column)], lower: values, upper: values };
    },
    reducedOf: (solution, at) =>
      before.map(
        (flux, column) => flux + (solution[at + column] as number) - (solution[at + width + column] as number),
      ),
  };
}

/** How the columns of a problem of adjustment stand for reduced fluxes. */
export interface Adjusted {
  /** Bounds by which these reduced columns carry nothing in a mutant in which these of the model's stop. */
  readonly boundsOf: (zeros: readonly number[], stopped: readonly number[]) => NonNullable<SolverItem["bounds"]>;
  /** Reduced fluxes of the answer that starts at `at`. */
  readonly reducedOf: (solution: Float64Array, at: number) => Float64Array;
}

/** Solves each knock-out of `adjusted`. */
export async function adjust(
  reduction: Reduction,
  adjusted: FluxProblem,
  knockOuts: readonly (readonly number[])[],
  solver: Solver,
  options: AlgorithmOptions & Adjusted,
): Promise<readonly Adjustment[]> {
  const results: Adjustment[] = [];
  const none = { distance: null, growth: null, fluxes: null };
  const { objective } = reduction.original;
  for (let from = 0; from < knockOuts.length; from += round) {
    const batch = knockOuts.slice(from, from + round);
    const sets = batch.map((columns) => reducedKnockOut(reduction, columns));
    const items = sets.flatMap((zeros, at): SolverItem[] => {
      return zeros === null ? [] : [{ bounds: options.boundsOf(zeros, batch[at] ?? []) }];
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
        const fluxes = restoreFluxes(reduction, options.reducedOf(output.fluxes, item * adjusted.columns));
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
