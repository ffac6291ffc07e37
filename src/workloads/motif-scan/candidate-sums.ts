import type { OrientedMotif } from "./oriented-motifs.ts";

/**
 * One motif as a device with less than double precision sums it: a window may hold a hit only where its weights and
 * the bias sum to 0 or more. Column-major like its scores.
 */
export interface MotifKernel {
  readonly weights: Float64Array;
  readonly bias: number;
}

/** A threshold beyond which no sum of weights reaches: 200 columns of at most 127, or of -100. */
export const unreachable = 30_000;

/**
 * Weights that are never below a motif's scores and are finite. A letter that costs more than the best word has
 * to spare rules a window out however much more it costs, so it is raised to that; a NaN (which no oracle's hit
 * holds) counts as such a letter.
 */
export function boundedWeights({ scores, threshold }: OrientedMotif): Float64Array {
  const most = (column: number): number =>
    Math.max(
      ...[0, 1, 2, 3].map((letter) => scores[4 * column + letter] ?? 0).map((x) => (Number.isFinite(x) ? x : 0)),
    );
  const columns = scores.length / 4;
  let best = 0;
  for (let column = 0; column < columns; column++) best += most(column);
  const spare = best - threshold;
  // half a unit more than needed keeps such a window below the threshold after rounding; 100 keeps half precision finite
  const reach = Math.min(100, Math.max(1, (Number.isNaN(spare) ? 0 : spare) + 0.5));
  return scores.map((score, at) => {
    const floor = most(at >> 2) - reach;
    return score > floor ? score : floor;
  });
}

/**
 * How far below its threshold a hit may come out in floating point. Products with 0 or 1 add no error beyond a weight's own
 * rounding, so the sum of n columns and the bias, in any order, errs by at most (n + 4) u (sum |w| + |threshold|) / (1 - (n + 4) u),
 * u the roundoff (Higham, Accuracy and Stability of Numerical Algorithms, eq. 4.4); the factor 2 covers the quotient.
 */
export function roundingSlack(weights: Float64Array, threshold: number, roundoff: number): number {
  const columns = weights.length / 4;
  let magnitude = 0;
  for (let column = 0; column < columns; column++)
    magnitude += Math.max(...weights.subarray(4 * column, 4 * column + 4).map(Math.abs));
  return 2 * (columns + 4) * roundoff * (magnitude + Math.abs(threshold) + 1);
}

/** Weights for floating point with a given roundoff. */
export function floatKernel(motif: OrientedMotif, roundoff: number): MotifKernel {
  const weights = boundedWeights(motif);
  const least = motif.threshold - roundingSlack(weights, motif.threshold, roundoff);
  return { weights, bias: Math.abs(least) < unreachable ? -least : unreachable };
}

/**
 * Visits the weights of a kernel for each of the `phases` places where a window may start in a column of so many
 * bases: base `phases * tap + i` of the window's columns has channels `4 * i` to `4 * i + 3`, one a letter.
 */
export function eachTap(
  { weights }: MotifKernel,
  phases: number,
  visit: (phase: number, tap: number, channel: number, weight: number) => void,
): void {
  for (let phase = 0; phase < phases; phase++)
    for (let column = 0; column < weights.length / 4; column++) {
      const base = column + phase;
      const tap = Math.floor(base / phases);
      for (let letter = 0; letter < 4; letter++)
        visit(phase, tap, 4 * (base % phases) + letter, weights[4 * column + letter] ?? 0);
    }
}
