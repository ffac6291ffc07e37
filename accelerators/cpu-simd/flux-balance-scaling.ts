import type { FluxProblem } from "../../src/workloads/flux-balance/problem.ts";

/** Times over rows and columns; further ones change little. */
const rounds = 4;
/** A matrix whose entries differ by no more than this factor is left as it is. */
const even = 1e3;

/**
 * Powers of two that bring the entries of the matrix towards 1: entry (i, j) times rowScales[i] times columnScales[j].
 * Geometric scaling (R. Fourer, Mathematical Programming 23 (1982), 274-313); powers of two, so that nothing is rounded.
 */
export function scalesOf({ rows, columns, starts, indices, values }: FluxProblem): {
  readonly rowScales: Float64Array;
  readonly columnScales: Float64Array;
} {
  const rowScales = new Float64Array(rows).fill(1);
  const columnScales = new Float64Array(columns).fill(1);
  if (spread(values) <= even) return { rowScales, columnScales };
  const least = new Float64Array(rows);
  const most = new Float64Array(rows);
  for (let round = 0; round < rounds; round++) {
    least.fill(Number.POSITIVE_INFINITY);
    most.fill(0);
    for (let column = 0; column < columns; column++) {
      const end = starts[column + 1] ?? 0;
      for (let entry = starts[column] ?? 0; entry < end; entry++) {
        const row = indices[entry] ?? 0;
        const size = Math.abs(values[entry] ?? 0) * (columnScales[column] ?? 1);
        least[row] = Math.min(least[row] ?? 0, size);
        most[row] = Math.max(most[row] ?? 0, size);
      }
    }
    for (let row = 0; row < rows; row++)
      if ((most[row] ?? 0) > 0) rowScales[row] = 1 / Math.sqrt((least[row] ?? 1) * (most[row] ?? 1));
    for (let column = 0; column < columns; column++) {
      let low = Number.POSITIVE_INFINITY;
      let high = 0;
      const end = starts[column + 1] ?? 0;
      for (let entry = starts[column] ?? 0; entry < end; entry++) {
        const size = Math.abs(values[entry] ?? 0) * (rowScales[indices[entry] ?? 0] ?? 1);
        low = Math.min(low, size);
        high = Math.max(high, size);
      }
      if (high > 0) columnScales[column] = 1 / Math.sqrt(low * high);
    }
  }
  const power = (scale: number): number => 2 ** Math.round(Math.log2(scale));
  return { rowScales: rowScales.map(power), columnScales: columnScales.map(power) };
}

function spread(values: Float64Array): number {
  let low = Number.POSITIVE_INFINITY;
  let high = 0;
  for (const value of values) {
    const size = Math.abs(value);
    low = Math.min(low, size);
    high = Math.max(high, size);
  }
  return high / low;
}
