import { readFileSync } from "node:fs";
import type { FluxBalanceInput, FluxProblem } from "bioxen";

const none = Number.POSITIVE_INFINITY;

export interface DenseProblem {
  /** One list a row. */
  readonly matrix: readonly (readonly number[])[];
  readonly objective: readonly number[];
  /** 0 to Infinity where left out. */
  readonly lower?: readonly number[];
  readonly upper?: readonly number[];
  /** Both 0 where left out. */
  readonly rowLower?: readonly number[];
  readonly rowUpper?: readonly number[];
  readonly sense?: "maximum" | "minimum";
  readonly integer?: readonly number[];
}

/** A problem as one writes it on paper. */
export function problemOf({ matrix, objective, sense = "maximum", integer, ...bounds }: DenseProblem): FluxProblem {
  const columns = objective.length;
  const rows = matrix.length;
  const entries = Array.from({ length: columns }, (_, column) =>
    matrix.flatMap((row, at) => ((row[column] ?? 0) === 0 ? [] : [{ at, value: row[column] ?? 0 }])),
  );
  const starts = new Int32Array(columns + 1);
  entries.forEach((list, column) => {
    starts[column + 1] = (starts[column] ?? 0) + list.length;
  });
  return {
    rows,
    columns,
    starts,
    indices: Int32Array.from(entries.flat(), ({ at }) => at),
    values: Float64Array.from(entries.flat(), ({ value }) => value),
    rowLower: Float64Array.from(bounds.rowLower ?? new Array<number>(rows).fill(0)),
    rowUpper: Float64Array.from(bounds.rowUpper ?? new Array<number>(rows).fill(0)),
    lower: Float64Array.from(bounds.lower ?? new Array<number>(columns).fill(0)),
    upper: Float64Array.from(bounds.upper ?? new Array<number>(columns).fill(none)),
    objective: Float64Array.from(objective),
    sense,
    integer: integer === undefined ? null : Uint8Array.from(integer),
  };
}

/** One item: column, lower and upper bound of each change; column and coefficient of each part of the objective. */
export interface ItemChange {
  readonly bounds?: readonly (readonly [number, number, number])[];
  readonly objective?: readonly (readonly [number, number])[];
  readonly sense?: 1 | -1;
}

/** A batch over a problem; where one item has an objective or a sense of its own all must. */
export function batchOf(
  problem: FluxProblem,
  items: readonly ItemChange[],
  wants: FluxBalanceInput["wants"] = "duals",
): FluxBalanceInput {
  const bounds = items.map((item) => item.bounds ?? []);
  const objectives = items.map((item) => item.objective ?? []);
  const any = (part: "bounds" | "objective" | "sense"): boolean => items.some((item) => item[part] !== undefined);
  return {
    problem,
    count: items.length,
    bounds: any("bounds")
      ? {
          offsets: offsetsOf(bounds),
          columns: Int32Array.from(bounds.flat(), ([column]) => column),
          lower: Float64Array.from(bounds.flat(), ([, lower]) => lower),
          upper: Float64Array.from(bounds.flat(), ([, , upper]) => upper),
        }
      : null,
    objectives: any("objective")
      ? {
          offsets: offsetsOf(objectives),
          columns: Int32Array.from(objectives.flat(), ([column]) => column),
          values: Float64Array.from(objectives.flat(), ([, value]) => value),
        }
      : null,
    senses: any("sense") ? Int8Array.from(items, ({ sense }) => sense ?? 1) : null,
    wants,
  };
}

function offsetsOf(lists: readonly (readonly unknown[])[]): Uint32Array {
  const offsets = new Uint32Array(lists.length + 1);
  lists.forEach(({ length }, at) => {
    offsets[at + 1] = (offsets[at] ?? 0) + length;
  });
  return offsets;
}

export interface BiggModel {
  readonly problem: FluxProblem;
  readonly reactions: readonly string[];
}

/** The linear problem of a model in BiGG's JSON, its objective by reaction id. */
export function readBigg(path: string, objective: Readonly<Record<string, number>>): BiggModel {
  const { metabolites, reactions } = JSON.parse(readFileSync(path, "utf8")) as {
    metabolites: readonly { readonly id: string }[];
    reactions: readonly {
      readonly id: string;
      readonly metabolites: Readonly<Record<string, number>>;
      readonly lower_bound: number;
      readonly upper_bound: number;
    }[];
  };
  const rowOf = new Map(metabolites.map(({ id }, row) => [id, row]));
  const entries = reactions.map((reaction) =>
    Object.entries(reaction.metabolites).map(([id, value]) => ({ row: rowOf.get(id) ?? -1, value })),
  );
  const rows = metabolites.length;
  const problem: FluxProblem = {
    rows,
    columns: reactions.length,
    starts: Int32Array.from(offsetsOf(entries)),
    indices: Int32Array.from(entries.flat(), ({ row }) => row),
    values: Float64Array.from(entries.flat(), ({ value }) => value),
    rowLower: new Float64Array(rows),
    rowUpper: new Float64Array(rows),
    lower: Float64Array.from(reactions, (reaction) => reaction.lower_bound),
    upper: Float64Array.from(reactions, (reaction) => reaction.upper_bound),
    objective: Float64Array.from(reactions, ({ id }) => objective[id] ?? 0),
    sense: "maximum",
    integer: null,
  };
  return { problem, reactions: reactions.map(({ id }) => id) };
}
