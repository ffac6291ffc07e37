import { chainStatus, meanPoint, moveCentre, rowSum, walkToSample } from "./chains.ts";
import { effectiveSampleSize } from "./effective-sample-size.ts";
import type { FluxSamples, FluxSamplingInput } from "./index.ts";

/** Largest difference of a coordinate, relative to the largest number that it takes in the expected answer. */
const tolerance = { double: 1e-6, single: 5e-3 };
/** How far a point may be outside of a constraint, relative to the largest that its terms and bounds get. */
const outsideTolerance = 1e-4;
/** Steps over which artificial centering keeps a rounding error of doubles below the tolerance: it grows tenfold in about 50. */
const longestStretch = 256;
/** Oracle steps, in coefficients of the polytope, that one comparison may take: about a second. */
const mostWork = 5e8;
/** Standard errors between two means: 6 and more happen once in 5e8 comparisons. */
const mostErrors = 6;

/** Null where two answers to the same input are equal within what ./README.md states, else a sentence saying how not. */
export function samplesDiffer(actual: FluxSamples, expected: FluxSamples, input: FluxSamplingInput): string | null {
  const { points, statuses, precision } = actual;
  if (statuses.length !== expected.statuses.length)
    return `${statuses.length} chains, expected ${expected.statuses.length}`;
  if (points.length !== expected.points.length)
    return `${points.length} coordinates of samples, expected ${expected.points.length}`;
  for (const [chain, status] of expected.statuses.entries())
    if (statuses[chain] !== status) return `chain ${chain} has status ${statuses[chain]}, expected ${status}`;
  const sizes = coordinateSizes(expected, input);
  const single = precision === "single" || expected.precision === "single";
  for (let chain = 0; chain < statuses.length; chain++) {
    const difference =
      input.warmUp === null || statuses[chain] !== chainStatus.sampled
        ? coordinatesDiffer(actual, expected, input, chain, sizes, single ? tolerance.single : tolerance.double)
        : stretchesDiffer(actual, input, chain, sizes, mostWork / statuses.length);
    if (difference !== null) return difference;
  }
  if (single) {
    const outside = pointOutside(points, input, sizes);
    if (outside !== null) return outside;
  }
  return input.warmUp !== null && input.thinning > longestStretch ? meansDiffer(actual, expected, input) : null;
}

/** Coordinate hit-and-run with equal random numbers forgets differences, so that samples stay near each other for ever. */
function coordinatesDiffer(
  actual: FluxSamples,
  expected: FluxSamples,
  { polytope: { dimension }, samples }: FluxSamplingInput,
  chain: number,
  sizes: Float64Array,
  relative: number,
): string | null {
  const first = chain * samples * dimension;
  for (let at = first; at < first + samples * dimension; at++) {
    const x = actual.points[at] ?? Number.NaN;
    const y = expected.points[at] ?? Number.NaN;
    if (Object.is(x, y)) continue;
    const bound = relative * (sizes[at % dimension] ?? 0);
    // written so that a NaN on one side only is a difference
    if (Math.abs(x - y) <= bound) continue;
    const sample = Math.floor((at - first) / dimension);
    return `chain ${chain}, sample ${sample}, coordinate ${at % dimension} is ${x}, expected ${y} within ${bound}`;
  }
  return null;
}

/**
 * Artificial centering multiplies differences instead, whoever computes: two right answers part after some hundred
 * steps. So each stretch from one kept point to the next is held against the oracle's walk from that very point; where
 * stretches are long, points need only keep to the constraints, and agree in the mean (`meansDiffer`).
 */
function stretchesDiffer(
  { points }: FluxSamples,
  input: FluxSamplingInput,
  chain: number,
  sizes: Float64Array,
  work: number,
): string | null {
  const { polytope, warmUp, starts, samples, thinning } = input;
  if (warmUp === null || thinning > longestStretch) return pointOutside(points, input, sizes);
  const { dimension, rows } = polytope;
  const centre = meanPoint(warmUp, dimension);
  // where all is too much, stretches spread over the chain
  const every = Math.max(1, Math.ceil((samples * thinning * rows * dimension) / work));
  let from = starts.subarray(chain * dimension, (chain + 1) * dimension);
  for (let sample = 0; sample < samples; sample++) {
    const place = (chain * samples + sample) * dimension;
    const to = points.subarray(place, place + dimension);
    if (sample % every === 0) {
      const walked = from.slice();
      walkToSample(input, chain, sample, walked, centre);
      for (let at = 0; at < dimension; at++) {
        const x = to[at] ?? Number.NaN;
        const y = walked[at] ?? Number.NaN;
        const bound = tolerance.double * (sizes[at] ?? 0);
        if (!(Math.abs(x - y) <= bound))
          return `chain ${chain}, sample ${sample}, coordinate ${at} is ${x}; from the sample before it the walk leads to ${y} within ${bound}`;
      }
    }
    moveCentre(input, centre, sample, to);
    from = to;
  }
  return null;
}

function meansDiffer(actual: FluxSamples, expected: FluxSamples, input: FluxSamplingInput): string | null {
  const { dimension } = input.polytope;
  for (let at = 0; at < dimension; at++) {
    const one = momentsOf(actual, input, at);
    const other = momentsOf(expected, input, at);
    const error = Math.hypot(one.error, other.error);
    if (Math.abs(one.mean - other.mean) > mostErrors * error)
      return `the mean of coordinate ${at} is ${one.mean}, expected ${other.mean} with a standard error of ${error}`;
  }
  return null;
}

function momentsOf(
  { points, statuses }: FluxSamples,
  { polytope: { dimension }, samples }: FluxSamplingInput,
  at: number,
): { readonly mean: number; readonly error: number } {
  const sampled = [...statuses.keys()].filter((chain) => statuses[chain] === chainStatus.sampled);
  const values = new Float64Array(sampled.length * samples);
  for (let value = 0; value < values.length; value++) {
    const chain = sampled[Math.floor(value / samples)] ?? 0;
    values[value] = points[(chain * samples + (value % samples)) * dimension + at] ?? Number.NaN;
  }
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const square = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  const size = effectiveSampleSize(values, sampled.length);
  // too few draws to say anything of their mean
  const error = Number.isNaN(size) ? Number.POSITIVE_INFINITY : Math.sqrt(square / size);
  return { mean, error };
}

function pointOutside(points: Float64Array, { polytope }: FluxSamplingInput, sizes: Float64Array): string | null {
  const { dimension, rows, coefficients, lower, upper } = polytope;
  const slacks = Float64Array.from({ length: rows }, (_, row) => {
    let size = Math.max(finite(lower[row]), finite(upper[row]));
    for (let at = 0; at < dimension; at++)
      size = Math.max(size, Math.abs((coefficients[at * rows + row] ?? 0) * (sizes[at] ?? 0)));
    return outsideTolerance * size;
  });
  for (let point = 0; point < points.length / dimension; point++) {
    const place = points.subarray(point * dimension, (point + 1) * dimension);
    // chains that were not sampled
    if (Number.isNaN(place[0])) continue;
    for (let row = 0; row < rows; row++) {
      const here = rowSum(polytope, row, place);
      const slack = slacks[row] ?? 0;
      if (!(here >= (lower[row] ?? 0) - slack && here <= (upper[row] ?? 0) + slack))
        return `point ${point} has ${here} in constraint ${row}, from ${lower[row]} to ${upper[row]} within ${slack}`;
    }
  }
  return null;
}

function finite(bound: number | undefined): number {
  return bound !== undefined && Number.isFinite(bound) ? Math.abs(bound) : 0;
}

/** The largest magnitude of each coordinate over the expected points and the starts. */
function coordinateSizes(
  { points }: FluxSamples,
  { polytope: { dimension }, starts }: FluxSamplingInput,
): Float64Array {
  const sizes = new Float64Array(dimension);
  for (const values of [points, starts])
    for (let at = 0; at < values.length; at++) {
      const size = Math.abs(values[at] ?? 0);
      if (size > (sizes[at % dimension] ?? 0)) sizes[at % dimension] = size;
    }
  return sizes;
}
