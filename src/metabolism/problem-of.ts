import { BioXenError } from "../contract/index.ts";
import type { MetabolicModel } from "../formats/index.ts";
import type { FluxProblem } from "../workloads/index.ts";
import { boundsOfMedium, type FluxBounds, type Medium } from "./medium.ts";
import { unknownId } from "./unknown-id.ts";

/** What an objective is: the reaction to maximise, or a sense and coefficients by reaction. */
export type ObjectiveChoice =
  | string
  | { readonly sense: "maximum" | "minimum"; readonly coefficients: ReadonlyMap<string, number> };

/** How a model is used in one study, without a change to the model itself. */
export interface FluxSetup {
  /** Replaces the model's medium; what it does not name is closed. */
  readonly medium?: Medium | undefined;
  /** Replaces the model's active objective. */
  readonly objective?: ObjectiveChoice | undefined;
  /** Replaces bounds by reaction, after the medium. */
  readonly bounds?: ReadonlyMap<string, FluxBounds> | undefined;
}

/**
 * States a model as a linear problem: row `i` balances metabolite `i`, column `j` is the flux of reaction `j` in
 * mmol/gDW/h, both in the model's order.
 * @throws BioXenError `INPUT_INVALID` for an unknown id (with the nearest known ones), a bound that is not a number, a
 * lower bound above the upper, an objective without reactions or a coefficient that is not finite
 */
export function problemOf(model: MetabolicModel, setup: FluxSetup = {}): FluxProblem {
  const columns = model.reactions.length;
  const columnOf = new Map(model.reactions.map(({ id }, column) => [id, column]));
  const rowOf = new Map(model.metabolites.map(({ id }, row) => [id, row]));
  const column = (id: string): number => {
    const found = columnOf.get(id);
    if (found === undefined) throw unknownId("reaction", id, columnOf.keys());
    return found;
  };

  const lower = Float64Array.from(model.reactions, (reaction) => reaction.lower);
  const upper = Float64Array.from(model.reactions, (reaction) => reaction.upper);
  const replace = (bounds: ReadonlyMap<string, FluxBounds>): void => {
    for (const [id, one] of bounds) {
      lower[column(id)] = one.lower;
      upper[column(id)] = one.upper;
    }
  };
  if (setup.medium !== undefined) replace(boundsOfMedium(model, setup.medium));
  if (setup.bounds !== undefined) replace(setup.bounds);
  for (const [at, { id }] of model.reactions.entries()) checkBounds(id, lower[at] as number, upper[at] as number);

  const { sense, coefficients } = objectiveOf(model, setup.objective);
  const objective = new Float64Array(columns);
  for (const [id, coefficient] of coefficients) {
    if (!Number.isFinite(coefficient)) throw invalid(`objective: the coefficient of ${id} is ${coefficient}`, id);
    objective[column(id)] = coefficient;
  }

  const starts = new Int32Array(columns + 1);
  const indices: number[] = [];
  const values: number[] = [];
  for (const [at, { id, stoichiometry }] of model.reactions.entries()) {
    for (const [metabolite, coefficient] of stoichiometry) {
      const row = rowOf.get(metabolite);
      if (row === undefined || !Number.isFinite(coefficient))
        throw invalid(
          `${id}: ${row === undefined ? "unknown metabolite" : `coefficient ${coefficient} of`} ${metabolite}`,
          id,
        );
      if (coefficient === 0) continue;
      indices.push(row);
      values.push(coefficient);
    }
    starts[at + 1] = indices.length;
  }
  const rows = model.metabolites.length;
  return {
    rows,
    columns,
    starts,
    indices: Int32Array.from(indices),
    values: Float64Array.from(values),
    rowLower: new Float64Array(rows),
    rowUpper: new Float64Array(rows),
    lower,
    upper,
    objective,
    sense,
    integer: null,
  };
}

/** Numbers of the named reactions, or of all. @throws BioXenError `INPUT_INVALID` with the nearest ids */
export function reactionColumns(model: MetabolicModel, ids?: readonly string[]): Int32Array {
  if (ids === undefined) return Int32Array.from(model.reactions, (_, column) => column);
  const columnOf = new Map(model.reactions.map(({ id }, column) => [id, column]));
  return Int32Array.from(ids, (id) => {
    const found = columnOf.get(id);
    if (found === undefined) throw unknownId("reaction", id, columnOf.keys());
    return found;
  });
}

function objectiveOf(model: MetabolicModel, choice: ObjectiveChoice | undefined) {
  if (typeof choice === "string") return { sense: "maximum" as const, coefficients: new Map([[choice, 1]]) };
  const chosen = choice ?? model.objectives[model.activeObjective];
  if (chosen === undefined || ![...chosen.coefficients.values()].some((coefficient) => coefficient !== 0))
    throw invalid("the model has no objective: name the reaction to maximise");
  return chosen;
}

function checkBounds(id: string, lower: number, upper: number): void {
  if (Number.isNaN(lower) || Number.isNaN(upper)) throw invalid(`${id}: bounds are ${lower} to ${upper}`, id);
  if (lower > upper) throw invalid(`${id}: the lower bound ${lower} is above the upper ${upper}`, id);
  if (lower === Infinity || upper === -Infinity) throw invalid(`${id}: no flux lies in ${lower} to ${upper}`, id);
}

function invalid(what: string, reaction?: string): BioXenError {
  return new BioXenError("INPUT_INVALID", what, reaction === undefined ? {} : { context: { reaction } });
}
