// How far each flux, and each row that is no equation, can go: by linear problems, whose optima are corners of the space.
import type { FluxProblem } from "../workloads/index.ts";
import { type FluxStatus, type Solver, type SolverItem, statusOf } from "./solver.ts";

export interface FormRange {
  readonly least: number;
  readonly most: number;
}

export interface FluxRangesFound {
  readonly columns: readonly FormRange[];
  /** null for a row that is an equation. */
  readonly rows: readonly (FormRange | null)[];
  /** Optima met on the way, one after the other. */
  readonly corners: readonly Float64Array[];
}

/** A bound that a corner comes this near to is attained. */
const attained = 1e-9;
/** Problems of one batch: those of the next may turn out to need no solving. */
const together = 128;

/**
 * The least and the largest value of every flux, and of every row between two different bounds. A bound that some
 * corner attains needs no problem of its own. Answers with the status of the first problem that has no optimum.
 */
export async function findRanges(
  problem: FluxProblem,
  solver: Solver,
  onProgress: (done: number, total: number) => void = () => {},
): Promise<FluxRangesFound | Exclude<FluxStatus, "optimal">> {
  const forms = formsOf(problem);
  const least = new Float64Array(forms.length).fill(Number.POSITIVE_INFINITY);
  const most = new Float64Array(forms.length).fill(Number.NEGATIVE_INFINITY);
  const corners: Float64Array[] = [];
  const visit = (corner: Float64Array): void => {
    corners.push(corner);
    widen(forms, corner, least, most);
  };
  // every value is as far from an infinite bound as that is large
  const near = (value: number, bound: number): boolean =>
    Number.isFinite(bound) && Math.abs(value - bound) <= attained * Math.max(1, Math.abs(bound));
  // a column in no row is as free as its bounds; a problem without rows is nothing for a solver
  for (let column = 0; column < problem.columns; column++)
    if (problem.starts[column] === problem.starts[column + 1] && !boundsAreFinite(problem, column)) return "unbounded";
  const questions = forms.flatMap((_, at) => [
    { at, sense: "maximum" as const },
    { at, sense: "minimum" as const },
  ]);
  for (let next = 0; next < questions.length; ) {
    const asked: (SolverItem & { readonly at: number })[] = [];
    while (next < questions.length && asked.length < together) {
      const { at, sense } = questions[next++] as (typeof questions)[number];
      const { columns, values, lower, upper } = forms[at] as Form;
      const known =
        corners.length > 0 &&
        (sense === "maximum" ? near(most[at] as number, upper) : near(least[at] as number, lower));
      if (!known) asked.push({ at, sense, objective: { columns, values } });
    }
    if (asked.length === 0) continue;
    const answer = await solver.solve(problem, asked, "fluxes");
    for (const [item] of asked.entries()) {
      const status = statusOf(answer, item);
      if (status !== "optimal" || answer.fluxes === null) return status === "optimal" ? "failed" : status;
      visit(answer.fluxes.slice(item * problem.columns, (item + 1) * problem.columns));
    }
    onProgress(next, questions.length);
  }
  const range = (at: number): FormRange => ({ least: least[at] as number, most: most[at] as number });
  const rows: (FormRange | null)[] = Array.from({ length: problem.rows }, () => null);
  for (const [at, { row }] of forms.entries()) if (row !== null) rows[row] = range(at);
  return { columns: Array.from({ length: problem.columns }, (_, column) => range(column)), rows, corners };
}

/** Plain loops: a first call runs them uncompiled. */
function widen(forms: readonly Form[], corner: Float64Array, least: Float64Array, most: Float64Array): void {
  for (let at = 0; at < forms.length; at++) {
    const { columns, values } = forms[at] as Form;
    let sum = 0;
    for (let entry = 0; entry < columns.length; entry++)
      sum += (values[entry] as number) * (corner[columns[entry] as number] as number);
    if (sum < (least[at] as number)) least[at] = sum;
    if (sum > (most[at] as number)) most[at] = sum;
  }
}

function boundsAreFinite({ lower, upper }: FluxProblem, column: number): boolean {
  return Number.isFinite(lower[column]) && Number.isFinite(upper[column]);
}

interface Form {
  readonly columns: readonly number[];
  readonly values: readonly number[];
  readonly lower: number;
  readonly upper: number;
  readonly row: number | null;
}

/** Every flux, then every row that is no equation. */
function formsOf(problem: FluxProblem): Form[] {
  const forms: Form[] = Array.from({ length: problem.columns }, (_, column) => ({
    columns: [column],
    values: [1],
    lower: problem.lower[column] as number,
    upper: problem.upper[column] as number,
    row: null,
  }));
  const open = new Map<number, { columns: number[]; values: number[] }>();
  for (let row = 0; row < problem.rows; row++)
    if (problem.rowLower[row] !== problem.rowUpper[row]) open.set(row, { columns: [], values: [] });
  for (let column = 0; column < problem.columns; column++)
    for (let at = problem.starts[column] as number; at < (problem.starts[column + 1] as number); at++) {
      const sum = open.get(problem.indices[at] as number);
      sum?.columns.push(column);
      sum?.values.push(problem.values[at] as number);
    }
  for (const [row, sum] of open)
    forms.push({ ...sum, lower: problem.rowLower[row] as number, upper: problem.rowUpper[row] as number, row });
  return forms;
}
