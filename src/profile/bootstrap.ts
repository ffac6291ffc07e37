import { seededRandom } from "../contract/index.ts";

/** A median, and between which bounds it lies. */
export interface Interval {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

/** So many resamples put the bounds of a 95 % interval on the 50th and the 1950th of them. */
const resamples = 2000;

/**
 * The median with its 95 % confidence interval by the percentile bootstrap (Efron and Tibshirani 1993, ch. 13): the 2.5th and
 * 97.5th percentile of the medians of samples drawn from the values. The same seed gives the same bounds.
 */
export function medianInterval(values: readonly number[], seed = 1): Interval {
  const random = seededRandom(seed);
  const drawn = new Float64Array(values.length);
  const medians = new Float64Array(resamples);
  for (let sample = 0; sample < resamples; sample++) {
    for (let at = 0; at < drawn.length; at++) drawn[at] = values[Math.floor(random() * values.length)] ?? Number.NaN;
    medians[sample] = medianOf(drawn.sort());
  }
  medians.sort();
  return {
    median: medianOf(Float64Array.from(values).sort()),
    low: percentile(medians, 0.025),
    high: percentile(medians, 0.975),
  };
}

function medianOf(sorted: Float64Array): number {
  return percentile(sorted, 0.5);
}

/** Between the two values around it, by their distance. */
function percentile(sorted: Float64Array, share: number): number {
  const at = share * (sorted.length - 1);
  const below = sorted[Math.floor(at)] ?? Number.NaN;
  const above = sorted[Math.ceil(at)] ?? Number.NaN;
  return below + (above - below) * (at - Math.floor(at));
}
