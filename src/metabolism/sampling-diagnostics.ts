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
  const rHat = splitRHat(normalScores(split, sorted), half);
  for (let at = 0; at < split.length; at++) split[at] = Math.abs((split[at] as number) - middle);
  return { effectiveSize, rHat: Math.max(rHat, splitRHat(normalScores(split, sortedDistances(sorted, middle)), half)) };
}

/** Distances from a value within the range of a sorted list, sorted: those of either side are so already. */
function sortedDistances(sorted: Float64Array, middle: number): Float64Array {
  const { length } = sorted;
  const found = new Float64Array(length);
  let above = 0;
  while (above < length && (sorted[above] as number) < middle) above++;
  let below = above - 1;
  for (let at = 0; at < length; at++) {
    const down = below < 0 ? Number.POSITIVE_INFINITY : middle - (sorted[below] as number);
    const up = above === length ? Number.POSITIVE_INFINITY : (sorted[above] as number) - middle;
    if (down < up) below--;
    else above++;
    found[at] = Math.min(down, up);
  }
  return found;
}

/** Gelman and Rubin's ratio over sequences of this length. */
function splitRHat(values: Float64Array, length: number): number {
  const chains = values.length / length;
  const means = new Float64Array(chains);
  let within = 0;
  let all = 0;
  for (let chain = 0; chain < chains; chain++) {
    const first = chain * length;
    let mean = 0;
    for (let at = first; at < first + length; at++) mean += values[at] as number;
    mean /= length;
    let square = 0;
    for (let at = first; at < first + length; at++) square += ((values[at] as number) - mean) ** 2;
    within += square / (length - 1) / chains;
    means[chain] = mean;
    all += mean / chains;
  }
  let between = 0;
  for (let chain = 0; chain < chains; chain++) between += ((means[chain] as number) - all) ** 2 / (chains - 1);
  return Math.sqrt((length - 1) / length + between / within);
}

/**
 * Ranks, ties sharing their mean, as quantiles of the normal distribution (Blom 1958). Plain loops here and below: a first
 * sampling of a process runs them before they are compiled, and closures over doubles cost it more than all chains.
 */
function normalScores(values: Float64Array, sorted: Float64Array): Float64Array {
  const { length } = sorted;
  const scores = scoresOf(length);
  const found = new Float64Array(length);
  for (let at = 0; at < length; at++) {
    const value = values[at] as number;
    // the first place of the value in the sorted list
    let from = 0;
    let to = length - 1;
    while (from < to) {
      const middle = (from + to) >> 1;
      if ((sorted[middle] as number) < value) from = middle + 1;
      else to = middle;
    }
    let end = from + 1;
    while (end < length && sorted[end] === value) end++;
    found[at] = scores[from + end + 1] as number;
  }
  return found;
}

/** Scores by twice the rank, for the last number of draws that was asked for: all columns have as many. */
let known = new Float64Array(0);

function scoresOf(count: number): Float64Array {
  if (known.length === 2 * count + 1) return known;
  known = new Float64Array(2 * count + 1);
  // ranks at the same distance from the middle differ in the sign of their scores only
  for (let twice = 2; twice <= count; twice++) {
    const score = normalQuantile((twice / 2 - 3 / 8) / (count + 1 / 4));
    known[twice] = score;
    known[2 * (count + 1) - twice] = -score;
  }
  return known;
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
  let sum = 0;
  for (let at = 0; at < coefficients.length; at++) sum = sum * x + (coefficients[at] as number);
  return sum;
}
