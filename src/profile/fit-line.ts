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
  const table = featuresOf(runs);
  const weights = new Float64Array(runs.length).fill(1);
  let line: Line = { a: 0, b: 0, c: 0 };
  for (let round = 0; round < rounds; round++) {
    line = bestLine(table, weights);
    for (const [at, { units, bytes, seconds }] of runs.entries()) {
      const error = Math.abs(Math.log((line.a + line.b * units + line.c * bytes) / seconds));
      weights[at] = error <= huber ? 1 : huber / error ** 2;
    }
  }
  return line;
}

type Term = 0 | 1 | 2;
const choices: readonly (readonly Term[])[] = [[0, 1, 2], [0, 1], [0, 2], [1, 2], [0], [1], [2]];

/** What each run is fitted by, as flat arrays: a manager fits again every few runs, and lists of lists took most of that time. */
interface Features {
  readonly units: Float64Array;
  readonly bytes: Float64Array;
  readonly seconds: Float64Array;
  /** Run by run: 1, units and bytes by the second. */
  readonly relative: Float64Array;
}

function featuresOf(runs: readonly Measurement[]): Features {
  const units = Float64Array.from(runs, (run) => run.units);
  const bytes = Float64Array.from(runs, (run) => run.bytes);
  const seconds = Float64Array.from(runs, (run) => run.seconds);
  const relative = new Float64Array(3 * runs.length);
  for (let at = 0; at < seconds.length; at++) {
    const by = seconds[at] as number;
    relative[3 * at] = 1 / by;
    relative[3 * at + 1] = (units[at] as number) / by;
    relative[3 * at + 2] = (bytes[at] as number) / by;
  }
  return { units, bytes, seconds, relative };
}

function bestLine(features: Features, weights: Float64Array): Line {
  const { units, bytes, seconds } = features;
  const equations = equationsOf(features, weights);
  let best: Line = { a: 0, b: 0, c: 0 };
  let least = Number.POSITIVE_INFINITY;
  for (const terms of choices) {
    const coefficients = solve(equations, terms);
    if (coefficients === null || coefficients.some((x) => x < 0)) continue;
    const value = [0, 0, 0];
    for (const [at, term] of terms.entries()) value[term] = coefficients[at] ?? 0;
    const [a = 0, b = 0, c = 0] = value;
    let loss = 0;
    for (let at = 0; at < seconds.length; at++) {
      const predicted = a + b * (units[at] as number) + c * (bytes[at] as number);
      loss += (weights[at] as number) * (predicted / (seconds[at] as number) - 1) ** 2;
    }
    // a term must earn its place, or noise would pick bytes for units
    if (loss < least * 0.999) {
      least = loss;
      best = { a, b, c };
    }
  }
  return best;
}

/** Normal equations of the weighted relative errors in all three terms: three rows of three coefficients and what they come to. */
function equationsOf({ relative }: Features, weights: Float64Array): Float64Array {
  const equations = new Float64Array(12);
  for (let at = 0; at < weights.length; at++)
    for (let i = 0; i < 3; i++) {
      const x = (weights[at] as number) * (relative[3 * at + i] as number);
      for (let j = 0; j < 3; j++)
        equations[4 * i + j] = (equations[4 * i + j] as number) + x * (relative[3 * at + j] as number);
      equations[4 * i + 3] = (equations[4 * i + 3] as number) + x;
    }
  return equations;
}

/** Those of some terms alone, by Gaussian elimination; null where they are singular. */
function solve(equations: Float64Array, terms: readonly Term[]): number[] | null {
  const n = terms.length;
  const rows = terms.map((term) => [...terms, 3].map((other) => equations[4 * term + other] ?? 0));
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
