import { type Background, logOdds, type MotifMatrix, type MotifScanInput, uniform } from "../../src/workloads/index.ts";
import type { MatrixSet } from "./motif-scan.worker.ts";

/** Matrices as the kernel takes them, with those whose threshold is not known yet. */
export interface PreparedMatrices {
  readonly set: MatrixSet;
  readonly background: Background;
  /** Indices of matrices whose entry in `set.thresholds` is still to be found. */
  readonly unknown: readonly number[];
}

interface Known {
  readonly scores: Float64Array;
  readonly background: Background;
  readonly pValue: number;
  readonly threshold: number;
}

/** A threshold costs about 100 us, so that it is worth keeping while its matrix lives. */
const known = new WeakMap<MotifMatrix, Known>();

/** Log-odds of all matrices, and their thresholds as far as an earlier run found them. */
export function prepareMatrices({
  matrices,
  pseudocount = 1,
  background = uniform,
  pValue,
  strands,
}: MotifScanInput): PreparedMatrices {
  const columns = Uint8Array.from(matrices, ({ counts }) => counts.length / 4);
  const scores = new Float64Array(matrices.reduce((sum, { counts }) => sum + counts.length, 0));
  const thresholds = new Float64Array(matrices.length);
  const unknown: number[] = [];
  let at = 0;
  for (const [index, matrix] of matrices.entries()) {
    const odds = logOdds(matrix, background, pseudocount);
    scores.set(odds, at);
    at += odds.length;
    const found = known.get(matrix);
    // counts and background may have been written to since: what the threshold follows from is compared, not trusted
    if (
      found !== undefined &&
      found.pValue === pValue &&
      same(found.scores, odds) &&
      same(found.background, background)
    )
      thresholds[index] = found.threshold;
    else unknown.push(index);
  }
  return { set: { columns, scores, thresholds, strands }, background, unknown };
}

/** Fills in the thresholds of some of the unknown matrices, and keeps them. */
export function learn(
  { matrices, pValue }: MotifScanInput,
  { set, background }: PreparedMatrices,
  indices: readonly number[],
  thresholds: Float64Array,
): void {
  const { scores } = selected(set, indices);
  let at = 0;
  for (const [order, index] of indices.entries()) {
    const threshold = thresholds[order] ?? Number.NaN;
    set.thresholds[index] = threshold;
    const end = at + 4 * (set.columns[index] ?? 0);
    const matrix = matrices[index];
    if (matrix !== undefined)
      known.set(matrix, { scores: scores.slice(at, end), background: [...background], pValue, threshold });
    at = end;
  }
}

/** The set of these matrices alone, in ascending order of index. */
export function selected(set: MatrixSet, indices: readonly number[]): MatrixSet {
  const columns = Uint8Array.from(indices, (index) => set.columns[index] ?? 0);
  const scores = new Float64Array(4 * columns.reduce((sum, count) => sum + count, 0));
  let from = 0;
  let to = 0;
  let index = 0;
  for (const wanted of indices) {
    for (; index < wanted; index++) from += 4 * (set.columns[index] ?? 0);
    const length = 4 * (set.columns[wanted] ?? 0);
    scores.set(set.scores.subarray(from, from + length), to);
    to += length;
  }
  return {
    columns,
    scores,
    thresholds: Float64Array.from(indices, (wanted) => set.thresholds[wanted] ?? Number.NaN),
    strands: set.strands,
  };
}

function same(x: ArrayLike<number>, y: ArrayLike<number>): boolean {
  if (x.length !== y.length) return false;
  for (let at = 0; at < x.length; at++) if (x[at] !== y[at]) return false;
  return true;
}
