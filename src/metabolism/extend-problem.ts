import type { FluxProblem } from "../workloads/index.ts";

export interface NewColumn {
  /** Rows may be new ones. */
  readonly entries: readonly (readonly [row: number, value: number])[];
  readonly lower: number;
  readonly upper: number;
  readonly objective: number;
  readonly integer?: boolean;
}

export interface NewRow {
  /** Entries in the columns that are there already. */
  readonly entries: readonly (readonly [column: number, value: number])[];
  readonly lower: number;
  readonly upper: number;
}

/** A problem with further rows and columns after its own, and another objective where one is given. */
export function extendProblem(
  problem: FluxProblem,
  added: { readonly rows?: readonly NewRow[]; readonly columns?: readonly NewColumn[] },
  replaced: Partial<Pick<FluxProblem, "lower" | "upper" | "objective" | "sense">> = {},
): FluxProblem {
  const { rows: newRows = [], columns: newColumns = [] } = added;
  const inOld = new Map<number, (readonly [row: number, value: number])[]>();
  for (const [at, { entries }] of newRows.entries())
    for (const [column, value] of entries) {
      const list = inOld.get(column) ?? [];
      list.push([problem.rows + at, value]);
      inOld.set(column, list);
    }
  const starts = new Int32Array(problem.columns + newColumns.length + 1);
  const indices: number[] = [];
  const values: number[] = [];
  for (let column = 0; column < problem.columns; column++) {
    for (let at = problem.starts[column] as number; at < (problem.starts[column + 1] as number); at++) {
      indices.push(problem.indices[at] as number);
      values.push(problem.values[at] as number);
    }
    for (const [row, value] of inOld.get(column) ?? []) {
      indices.push(row);
      values.push(value);
    }
    starts[column + 1] = indices.length;
  }
  for (const [at, { entries }] of newColumns.entries()) {
    for (const [row, value] of entries) {
      indices.push(row);
      values.push(value);
    }
    starts[problem.columns + at + 1] = indices.length;
  }
  const joined = (of: Float64Array, more: readonly number[]): Float64Array => Float64Array.from([...of, ...more]);
  const integers = newColumns.some(({ integer }) => integer === true) || problem.integer !== null;
  return {
    rows: problem.rows + newRows.length,
    columns: problem.columns + newColumns.length,
    starts,
    indices: Int32Array.from(indices),
    values: Float64Array.from(values),
    rowLower: joined(
      problem.rowLower,
      newRows.map(({ lower }) => lower),
    ),
    rowUpper: joined(
      problem.rowUpper,
      newRows.map(({ upper }) => upper),
    ),
    lower: joined(
      replaced.lower ?? problem.lower,
      newColumns.map(({ lower }) => lower),
    ),
    upper: joined(
      replaced.upper ?? problem.upper,
      newColumns.map(({ upper }) => upper),
    ),
    objective: joined(
      replaced.objective ?? problem.objective,
      newColumns.map(({ objective }) => objective),
    ),
    sense: replaced.sense ?? problem.sense,
    integer: integers
      ? Uint8Array.from([
          ...(problem.integer ?? new Uint8Array(problem.columns)),
          ...newColumns.map(({ integer }) => Number(integer ?? false)),
        ])
      : null,
  };
}

/**
 * The problem with its objective held at `least` or better, and no objective: a bound where a single column makes it
 * up, a row otherwise.
 */
export function holdObjective(problem: FluxProblem, least: number): FluxProblem {
  const nonzero = [...problem.objective.keys()].filter((column) => problem.objective[column] !== 0);
  const objective = new Float64Array(problem.columns);
  const better = problem.sense === "maximum";
  const [column] = nonzero;
  if (nonzero.length !== 1 || column === undefined) {
    const entries = nonzero.map((at) => [at, problem.objective[at] as number] as const);
    const row = { entries, lower: better ? least : -Infinity, upper: better ? Infinity : least };
    return extendProblem(problem, { rows: [row] }, { objective });
  }
  const [lower, upper] = [problem.lower.slice(), problem.upper.slice()];
  const cost = problem.objective[column] as number;
  const end = least / cost;
  // an optimum above its own bound by rounding must not make the problem infeasible
  if (better === cost > 0) lower[column] = Math.min(Math.max(lower[column] as number, end), upper[column] as number);
  else upper[column] = Math.max(Math.min(upper[column] as number, end), lower[column] as number);
  return { ...problem, lower, upper, objective };
}
