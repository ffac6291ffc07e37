import { BioXenError, type Dispatcher } from "../contract/index.ts";
import type { MetabolicModel } from "../formats/index.ts";
import { extendProblem, type NewColumn, type NewRow } from "./extend-problem.ts";
import { fva } from "./fva.ts";
import { type AdjustmentOptions, type Adjustments, adjust, checkColumns, referenceOf } from "./moma.ts";
import { problemOf } from "./problem-of.ts";
import { reduceProblem } from "./reduction.ts";
import { solverOf } from "./solver.ts";

export interface RoomOptions extends AdjustmentOptions {
  /** Relative part of the change that does not count; 0.03 as published. */
  readonly delta?: number | undefined;
  /** Absolute part, mmol/gDW/h; 0.001 as published. */
  readonly epsilon?: number | undefined;
  /** The linear relaxation: each change counts by its share of the largest possible, a stop as 1; delta and epsilon are then 0 unless given. */
  readonly linear?: boolean | undefined;
}

/**
 * ROOM: after a knock-out, the steady state in which the fewest reactions change significantly from the wild type's,
 * beyond `delta` times their flux plus `epsilon`. An integer problem, so seconds or more for large models; `linear` is
 * its relaxation. The count is unique, fluxes and growth need not be. Fluxes must have a finite range.
 * Source: Shlomi, Berkman and Ruppin 2005, doi:10.1073/pnas.0406346102.
 * @param knockOuts - columns of the reactions that stop together in each mutant
 * @throws BioXenError `INPUT_INVALID` as `moma`, for a negative delta or epsilon, and for a reaction without a finite range
 */
export async function room(
  model: MetabolicModel,
  dispatcher: Dispatcher,
  knockOuts: readonly (readonly number[])[],
  options: RoomOptions = {},
): Promise<Adjustments> {
  const linear = options.linear === true;
  const { delta = linear ? 0 : 0.03, epsilon = linear ? 0 : 0.001 } = options;
  if (!(delta >= 0 && epsilon >= 0 && delta + epsilon < Infinity))
    throw new BioXenError("INPUT_INVALID", `delta and epsilon are 0 or more, not ${delta} and ${epsilon}`);
  const problem = problemOf(model, options);
  checkColumns(problem, knockOuts);
  const wild = await referenceOf(model, dispatcher, options);
  const solver = solverOf(dispatcher, options.dispatch);
  // what fluxes can reach instead of their bounds: the integer problem means the same and is far easier to solve
  const reached = linear ? null : await fva(model, dispatcher, { ...options, onProgress: undefined, fraction: 0 });

  const reduction = reduceProblem(problem, { validFor: "knock-outs" });
  const { rows: balances, columns: width } = reduction.problem;
  // a knock-out moves a forced flux out of its bounds, to 0
  const stopped = new Set(knockOuts.flat());
  const relaxing = [...stopped].some((at) => (problem.lower[at] as number) > 0 || (problem.upper[at] as number) < 0);
  const rows: NewRow[] = [];
  const columns: NewColumn[] = [];
  /** Column that counts a reaction which cannot stop without a significant change. */
  const countOf = new Map<number, number>();
  const together = new Map<string, number>();
  for (const [column, flux] of wild.fluxes.entries()) {
    const reach = (bound: number, at: (...values: number[]) => number): number =>
      stopped.has(column) ? at(bound, 0) : bound;
    const tight = reached?.status === "optimal" && !relaxing ? reached : null;
    const lower = reach((tight?.minimum ?? problem.lower)[column] as number, Math.min);
    const upper = reach((tight?.maximum ?? problem.upper)[column] as number, Math.max);
    if (!Number.isFinite(lower) || !Number.isFinite(upper)) {
      const reaction = model.reactions[column]?.id ?? "";
      throw new BioXenError("INPUT_INVALID", `ROOM needs finite ranges; ${reaction} has ${lower} to ${upper}`, {
        context: { reaction },
      });
    }
    const slack = delta * Math.abs(flux) + epsilon;
    const [low, high] = [flux - slack, flux + slack];
    const reduced = reduction.column[column] as number;
    // reactions that move together at the same rate change together: one decision, which counts for all of them
    const ratio = reduction.ratio[column] as number;
    const same = [reduced, Math.abs(ratio).toPrecision(12), (flux / ratio).toPrecision(9), stopped.has(column)].join();
    const alike = tight === null || reduced === -1 ? undefined : together.get(same);
    if (alike !== undefined) {
      const decision = columns[alike] as NewColumn;
      columns[alike] = { ...decision, objective: decision.objective + 1 };
      if (low > 1e-9 || high < -1e-9) countOf.set(column, width + alike);
      continue;
    }
    const entry = reduced === -1 ? [] : [[reduced, reduction.ratio[column] as number] as const];
    const entries: [number, number][] = [];
    // flux - y (upper - high) <= high: only where the flux could go beyond
    if (upper > high) {
      entries.push([balances + rows.length, high - upper]);
      rows.push({ entries: entry, lower: -Infinity, upper: high });
    }
    if (lower < low) {
      entries.push([balances + rows.length, low - lower]);
      rows.push({ entries: entry, lower: low, upper: Infinity });
    }
    if (entries.length === 0) continue;
    // a reference of 1e-14 is 0
    if (low > 1e-9 || high < -1e-9) countOf.set(column, width + columns.length);
    together.set(same, columns.length);
    columns.push({ entries, lower: 0, upper: 1, objective: 1, integer: !linear });
  }
  const objective = new Float64Array(width);
  const adjusted = extendProblem(reduction.problem, { rows, columns }, { objective, sense: "minimum" });
  const results = await adjust(reduction, adjusted, knockOuts, solver, {
    ...options,
    boundsOf: (zeros, stops) => {
      const ones = stops.flatMap((column) => countOf.get(column) ?? []);
      const values = [...zeros.map(() => 0), ...ones.map(() => 1)];
      return { columns: [...zeros, ...ones], lower: values, upper: values };
    },
    reducedOf: (fluxes, at) => fluxes.subarray(at, at + width),
  });
  return { results, reference: wild.fluxes, solves: wild.solves + (reached?.solves ?? 0) + solver.solves };
}
