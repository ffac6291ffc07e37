import type { Measurement } from "./calibration.ts";

/** Cost of a run: `a + b units + c bytes`, none of them negative. */
export interface Line {
  readonly a: number;
  readonly b: number;
  readonly c: number;
}

/** Rounds of reweighting; the weights of spikes are gone after three. */
const rounds = 4;
/** Relative error from which a run counts less, as in Huber's M-estimator. */
const huber = 0.25;

/**
 * Fits the line to relative errors, by least squares over every choice of non-negative terms, reweighted so that
 * spikes lose their pull.
 */
export function fitLine(runs: readonly Measurement[]): Line {
  let weights = runs.map(() => 1);
  let line: Line = { a: 0, b: 0, c: 0 };
  for (let round = 0; round < rounds; round++) {
    line = bestLine(runs, weights);
    weights = runs.map(({ units, bytes, seconds }) => {
      const error = Math.abs(Math.log((line.a + line.b * units + line.c * bytes) / seconds));
      return error <= huber ? 1 : huber / error ** 2;
    });
  }
  return line;
}

const choices: readonly (readonly (0 | 1 | 2)[])[] = [[0, 1, 2], [0, 1], [0, 2], [1, 2], [0], [1], [2]];

function bestLine(runs: readonly Measurement[], weights: readonly number[]): Line {
  let best: Line = { a: 0, b: 0, c: 0 };
  let least = Number.POSITIVE_INFINITY;
  for (const terms of choices) {
    const coefficients = solve(runs, weights, terms);
    if (coefficients === null || coefficients.some((x) => x < 0)) continue;
    const value = [0, 0, 0];
    terms.forEach((term, at) => {
      value[term] = coefficients[at] ?? 0;
    });
    const [a = 0, b = 0, c = 0] = value;
    let loss = 0;
    runs.forEach(({ units, bytes, seconds }, at) => {
      loss += (weights[at] ?? 0) * ((a + b * units + c * bytes) / seconds - 1) ** 2;
    });
    // a term must earn its place, or noise would pick bytes for units
    if (loss < least * 0.999) {
      least = loss;
      best = { a, b, c };
    }
  }
  return best;
}

/** Normal equations of the weighted relative errors, by Gaussian elimination; null where they are singular. */
function solve(
  runs: readonly Measurement[],
  weights: readonly number[],
  terms: readonly (0 | 1 | 2)[],
): number[] | null {
  const n = terms.length;
  const rows = terms.map(() => new Array<number>(n + 1).fill(0));
  runs.forEach(({ units, bytes, seconds }, at) => {
    const features = terms.map((term) => ([1, units, bytes][term] ?? 0) / seconds);
    const weight = weights[at] ?? 0;
    features.forEach((x, i) => {
      const row = rows[i];
      if (row === undefined) return;
      features.forEach((y, j) => {
        row[j] = (row[j] ?? 0) + weight * x * y;
      });
      row[n] = (row[n] ?? 0) + weight * x;
    });
  });
  for (let i = 0; i < n; i++) {
    const pivot = rows[i];
    const diagonal = pivot?.[i] ?? 0;
    if (pivot === undefined || !(diagonal > 0)) return null;
    for (let r = 0; r < n; r++) {
      const row = rows[r];
      if (r === i || row === undefined) continue;
      const factor = (row[i] ?? 0) / diagonal;
      for (let j = i; j <= n; j++) row[j] = (row[j] ?? 0) - factor * (pivot[j] ?? 0);
    }
  }
  const solution = rows.map((row, i) => (row[n] ?? 0) / (row[i] ?? 0));
  return solution.every(Number.isFinite) ? solution : null;
}
