import { z } from "zod";
import type { BoundChanges, FluxBalanceInput, FluxProblem, Objectives } from "./problem.ts";

const floats = z.instanceof(Float64Array);
const integers = z.instanceof(Int32Array);
const offsets = z.instanceof(Uint32Array);

const shapeOfProblem = z.object({
  rows: z.int().nonnegative(),
  columns: z.int().nonnegative(),
  starts: integers,
  indices: integers,
  values: floats,
  rowLower: floats,
  rowUpper: floats,
  lower: floats,
  upper: floats,
  objective: floats,
  sense: z.enum(["maximum", "minimum"]),
  integer: z.instanceof(Uint8Array).nullable(),
});

/** The first complaint about a problem, or null. */
function faultOfProblem(problem: FluxProblem): string | null {
  const { rows, columns, starts, indices, values, rowLower, rowUpper, lower, upper, objective, integer } = problem;
  const lengths: readonly (readonly [string, number, number])[] = [
    ["starts", starts.length, columns + 1],
    ["values", values.length, indices.length],
    ["rowLower", rowLower.length, rows],
    ["rowUpper", rowUpper.length, rows],
    ["lower", lower.length, columns],
    ["upper", upper.length, columns],
    ["objective", objective.length, columns],
    ["integer", integer?.length ?? columns, columns],
  ];
  for (const [name, length, wanted] of lengths)
    if (length !== wanted) return `problem.${name} has ${length} entries, expected ${wanted}`;
  if (starts[0] !== 0 || starts[columns] !== indices.length) return "problem.starts does not span the entries";
  const falls = starts.findIndex((start, column) => start > (starts[column + 1] ?? start));
  if (falls >= 0) return `problem.starts falls after column ${falls}`;
  const seen = new Int32Array(rows).fill(-1);
  for (let column = 0; column < columns; column++) {
    const end = starts[column + 1] ?? 0;
    for (let entry = starts[column] ?? 0; entry < end; entry++) {
      const row = indices[entry] ?? -1;
      const value = values[entry] ?? 0;
      if (row < 0 || row >= rows) return `column ${column} has an entry in row ${row} of ${rows}`;
      if (seen[row] === column) return `column ${column} has row ${row} twice`;
      if (!Number.isFinite(value) || value === 0) return `column ${column} has a coefficient of ${value} in row ${row}`;
      seen[row] = column;
    }
    const fault = faultOfBounds(lower[column], upper[column]) ?? faultOfCost(objective[column]);
    if (fault !== null) return `column ${column}: ${fault}`;
  }
  for (let row = 0; row < rows; row++) {
    const fault = faultOfBounds(rowLower[row], rowUpper[row]);
    if (fault !== null) return `row ${row}: ${fault}`;
  }
  return null;
}

function faultOfBounds(lower = Number.NaN, upper = Number.NaN): string | null {
  if (Number.isNaN(lower) || Number.isNaN(upper)) return `a bound is NaN (${lower} to ${upper})`;
  if (lower > upper) return `the lower bound ${lower} is above the upper bound ${upper}`;
  if (lower === Number.POSITIVE_INFINITY || upper === Number.NEGATIVE_INFINITY)
    return `no flux lies between ${lower} and ${upper}`;
  return null;
}

function faultOfCost(cost = Number.NaN): string | null {
  return Number.isFinite(cost) ? null : `the objective coefficient is ${cost}`;
}

/** The first complaint about the changes of a batch, or null; `fault` looks at one entry. */
function faultOfChanges(
  name: string,
  { problem, count }: FluxBalanceInput,
  changes: BoundChanges | Objectives,
  lengths: Readonly<Record<string, number>>,
  fault: (entry: number) => string | null,
): string | null {
  const { offsets: of, columns } = changes;
  if (of.length !== count + 1)
    return `${name}.offsets has ${of.length} entries for ${count} items, expected ${count + 1}`;
  for (const [part, length] of Object.entries(lengths))
    if (length !== columns.length)
      return `${name}.${part} has ${length} entries, ${name}.columns has ${columns.length}`;
  if (of[0] !== 0 || of[count] !== columns.length) return `${name}.offsets does not span the entries`;
  const falls = of.findIndex((offset, item) => offset > (of[item + 1] ?? offset));
  if (falls >= 0) return `${name}.offsets falls after item ${falls}`;
  const seen = new Int32Array(problem.columns).fill(-1);
  for (let item = 0; item < count; item++) {
    const end = of[item + 1] ?? 0;
    for (let entry = of[item] ?? 0; entry < end; entry++) {
      const column = columns[entry] ?? -1;
      if (column < 0 || column >= problem.columns) return `item ${item} changes column ${column} of ${problem.columns}`;
      if (seen[column] === item) return `item ${item} has column ${column} twice in ${name}`;
      seen[column] = item;
      const found = fault(entry);
      if (found !== null) return `item ${item}, column ${column}: ${found}`;
    }
  }
  return null;
}

/** A problem is immutable: its matrix needs looking at once, not in every batch. */
const wellFormed = new WeakSet<object>();
const problem: z.ZodType<FluxProblem> = z.custom<FluxProblem>().superRefine((value, context) => {
  if (typeof value === "object" && value !== null && wellFormed.has(value)) return;
  const { error, data } = shapeOfProblem.safeParse(value);
  const fault = data === undefined ? null : faultOfProblem(data as FluxProblem);
  for (const { path, message } of error?.issues ?? []) context.addIssue({ code: "custom", path: [...path], message });
  if (fault !== null) context.addIssue({ code: "custom", message: fault });
  else if (error === undefined) wellFormed.add(value);
});

const shape = z.object({
  problem,
  count: z.int().nonnegative(),
  bounds: z.object({ offsets, columns: integers, lower: floats, upper: floats }).nullable(),
  objectives: z.object({ offsets, columns: integers, values: floats }).nullable(),
  senses: z.instanceof(Int8Array).nullable(),
  wants: z.enum(["objective", "fluxes", "duals"]),
});

/** What `flux-balance` takes; a complaint names the item and the column. */
export const fluxBalanceInput: z.ZodType<FluxBalanceInput> = z
  .custom<FluxBalanceInput>()
  .superRefine((value, context) => {
    if (!isUsual(value))
      for (const { path, message } of shape.safeParse(value).error?.issues ?? [])
        context.addIssue({ code: "custom", path: [...path], message });
    if (context.issues.length > 0) return;
    const input = value;
    const issue = (message: string | null): void => {
      if (message !== null) context.addIssue({ code: "custom", message });
    };
    const { bounds, objectives, senses, count } = input;
    if (bounds !== null) {
      const { lower, upper } = bounds;
      const lengths = { lower: lower.length, upper: upper.length };
      issue(faultOfChanges("bounds", input, bounds, lengths, (entry) => faultOfBounds(lower[entry], upper[entry])));
    }
    if (objectives !== null) {
      const { values } = objectives;
      issue(
        faultOfChanges("objectives", input, objectives, { values: values.length }, (entry) =>
          faultOfCost(values[entry]),
        ),
      );
    }
    if (senses === null) return;
    if (senses.length !== count) issue(`senses has ${senses.length} entries for ${count} items`);
    const wrong = senses.findIndex((sense) => sense !== 1 && sense !== -1);
    if (wrong >= 0) issue(`item ${wrong} has the sense ${senses[wrong]}, expected 1 (maximum) or -1 (minimum)`);
  });

/** Whether an input over a problem that was looked at before has its shape beyond doubt: cells ask every few simulated seconds. */
function isUsual(value: FluxBalanceInput): boolean {
  if (typeof value !== "object" || value === null) return false;
  const { problem: over, count, bounds, objectives, senses, wants } = value;
  if (typeof over !== "object" || over === null || !wellFormed.has(over)) return false;
  if (!(Number.isSafeInteger(count) && count >= 0) || objectives !== null || senses !== null) return false;
  if (wants !== "objective" && wants !== "fluxes" && wants !== "duals") return false;
  return (
    typeof bounds === "object" &&
    (bounds === null ||
      (bounds.offsets instanceof Uint32Array &&
        bounds.columns instanceof Int32Array &&
        bounds.lower instanceof Float64Array &&
        bounds.upper instanceof Float64Array))
  );
}
