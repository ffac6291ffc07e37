// Whether chains have mixed: rank-normalised split R-hat, and effective sizes.
import { effectiveSampleSize } from "../workloads/flux-sampling/effective-sample-size.ts";

export interface Mixing {
  /**
   * Independent draws that would give the mean with the same error: Geyer's initial monotone sequence over half chains.
   * NaN where there are fewer than 8 draws a chain or they are all one number.
   */
  readonly effectiveSize: number;
  /**
   * The larger of the rank-normalised split R-hat of the draws and of their distances from the median: about 1 where
   * chains have mixed, 1.01 being a usual limit. NaN as `effectiveSize`.
   */
  readonly rHat: number;
}

/**
 * Diagnoses draws of one quantity, `draws[chain * length + draw]`. A. Vehtari, A. Gelman, D. Simpson, B. Carpenter,
 * P.-C. Bürkner, "Rank-normalization, folding, and localization: an improved R-hat for assessing convergence of MCMC",
 * Bayesian Analysis 16:667-718 (2021), doi 10.1214/20-BA1221. Where the number of draws is odd the middle one of a chain is left out.
 */
export function mixingOf(draws: Float64Array, chains: number): Mixing {
  const length = draws.length / chains;
  const half = Math.floor(length / 2);
  const split = new Float64Array(2 * chains * half);
  for (let chain = 0; chain < chains; chain++) {
    const first = chain * length;
    split.set(draws.subarray(first, first + half), 2 * chain * half);
    split.set(draws.subarray(first + length - half, first + length), (2 * chain + 1) * half);
  }
  const effectiveSize = effectiveSampleSize(split, 2 * chains);
  if (Number.isNaN(effectiveSize)) return { effectiveSize, rHat: Number.NaN };
  const sorted = split.slice().sort();
  const middle = ((sorted[(sorted.length - 1) >> 1] as number) + (sorted[sorted.length >> 1] as number)) / 2;
  const folded = split.map((value) => Math.abs(value - middle));
  return {
    effectiveSize,
    rHat: Math.max(
      splitRHat(normalScores(split, sorted), half),
      splitRHat(normalScores(folded, folded.slice().sort()), half),
    ),
  };
}

/** Gelman and Rubin's ratio over sequences of this length. */
function splitRHat(values: Float64Array, length: number): number {
  const chains = values.length / length;
  let within = 0;
  const means = Array.from({ length: chains }, (_, chain) => {
    const own = values.subarray(chain * length, (chain + 1) * length);
    let mean = 0;
    for (const value of own) mean += value / length;
    let square = 0;
    for (const value of own) square += (value - mean) ** 2;
    within += square / (length - 1) / chains;
    return mean;
  });
  const all = means.reduce((sum, mean) => sum + mean, 0) / chains;
  const between = means.reduce((sum, mean) => sum + (mean - all) ** 2, 0) / (chains - 1);
  return Math.sqrt((length - 1) / length + between / within);
}

/** Ranks, ties sharing their mean, as quantiles of the normal distribution (Blom 1958). */
function normalScores(values: Float64Array, sorted: Float64Array): Float64Array {
  const { length } = sorted;
  return values.map((value) => {
    const first = firstFrom(sorted, value);
    let end = first + 1;
    while (end < length && sorted[end] === value) end++;
    return scoreOf(first + end + 1, length);
  });
}

/** The first place of a value in a sorted list that holds it. */
function firstFrom(sorted: Float64Array, value: number): number {
  let from = 0;
  let to = sorted.length - 1;
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((sorted[middle] as number) < value) from = middle + 1;
    else to = middle;
  }
  return from;
}

/** Scores of ranks in halves, for the last number of draws that was asked for: all columns have as many. */
let scores = new Float64Array(0);

function scoreOf(doubleRank: number, count: number): number {
  if (scores.length !== 2 * count + 1)
    scores = Float64Array.from({ length: 2 * count + 1 }, (_, twice) =>
      normalQuantile((twice / 2 - 3 / 8) / (count + 1 / 4)),
    );
  return scores[doubleRank] as number;
}

/** The inverse of the standard normal distribution, within 1.2e-9 relative (P. J. Acklam's rational approximation). */
export function normalQuantile(probability: number): number {
  const tail = 0.02425;
  if (probability > 1 - tail) return -normalQuantile(1 - probability);
  if (probability < tail) {
    const q = Math.sqrt(-2 * Math.log(probability));
    return horner(tailTop, q) / (horner(tailBottom, q) * q + 1);
  }
  const q = probability - 0.5;
  const r = q * q;
  return (horner(middleTop, r) * q) / (horner(middleBottom, r) * r + 1);
}

const middleTop = [
  -3.969683028665376e1, 2.209460984245205e2, -2.759285104469687e2, 1.38357751867269e2, -3.066479806614716e1,
  2.506628277459239,
];
const middleBottom = [
  -5.447609879822406e1, 1.615858368580409e2, -1.556989798598866e2, 6.680131188771972e1, -1.328068155288572e1,
];
const tailTop = [
  -7.784894002430293e-3, -3.223964580411365e-1, -2.400758277161838, -2.549732539343734, 4.374664141464968,
  2.938163982698783,
];
const tailBottom = [7.784695709041462e-3, 3.224671290700398e-1, 2.445134137142996, 3.754408661907416];

function horner(coefficients: readonly number[], x: number): number {
  return coefficients.reduce((sum, coefficient) => sum * x + coefficient, 0);
}
