// The oracle: chains as they are defined, one step at a time, everything computed anew from the point.
import type { FluxSamples, FluxSamplingInput, Polytope } from "./index.ts";
import { chainDraws } from "./philox.ts";

/** How a chain ended, as stored in `FluxSamples.statuses`. */
export const chainStatus = { sampled: 0, outside: 1, unbounded: 2 } as const;

/** A start may be outside of a constraint by this much of its size: points come from solvers, whose feasibility is 1e-9 at best. */
const startTolerance = 1e-6;

export function sampleChains(input: FluxSamplingInput): FluxSamples {
  const { polytope, starts, samples } = input;
  const { dimension } = polytope;
  const chains = starts.length / dimension;
  const statuses = new Uint8Array(chains);
  const points = new Float64Array(chains * samples * dimension);
  for (let chain = 0; chain < chains; chain++)
    statuses[chain] = sampleChain(
      input,
      chain,
      points.subarray(chain * samples * dimension, (chain + 1) * samples * dimension),
    );
  return { statuses, points, precision: "double" };
}

/** Fills the chain's points, NaN unless it was sampled to its end; gives its status. */
function sampleChain(input: FluxSamplingInput, chain: number, points: Float64Array): number {
  const { polytope, warmUp, starts, samples } = input;
  const { dimension } = polytope;
  const point = starts.slice(chain * dimension, (chain + 1) * dimension);
  points.fill(Number.NaN);
  if (!isInside(polytope, point)) return chainStatus.outside;
  const centre = warmUp === null ? null : meanPoint(warmUp, dimension);
  const kept = new Float64Array(points.length);
  for (let sample = 0; sample < samples; sample++) {
    if (!walkToSample(input, chain, sample, point, centre)) return chainStatus.unbounded;
    kept.set(point, sample * dimension);
    if (centre !== null) moveCentre(input, centre, sample, point);
  }
  points.set(kept);
  return chainStatus.sampled;
}

/** Moves the point by the `thinning` steps that end at a sample; false where nothing bounds a step. */
export function walkToSample(
  { polytope, warmUp, thinning, seed, firstChain }: FluxSamplingInput,
  chain: number,
  sample: number,
  point: Float64Array,
  centre: Float64Array | null,
): boolean {
  const { dimension } = polytope;
  const choices = warmUp === null ? dimension : warmUp.length / dimension;
  const draw = chainDraws(seed, firstChain + chain, choices);
  const direction = new Float64Array(dimension);
  for (let step = sample * thinning; step < (sample + 1) * thinning; step++) {
    const { index, place } = draw(step);
    for (let at = 0; at < dimension; at++)
      direction[at] =
        warmUp === null || centre === null
          ? Number(at === index)
          : (warmUp[index * dimension + at] ?? 0) - (centre[at] ?? 0);
    const [least, most] = chord(polytope, point, direction);
    // rounding may leave nothing of a chord in a corner
    if (!(least < most)) continue;
    const length = least + place * (most - least);
    if (Number.isFinite(length))
      for (let at = 0; at < dimension; at++) point[at] = (point[at] ?? 0) + length * (direction[at] ?? 0);
    else if (direction.some((part) => part !== 0)) return false;
  }
  return true;
}

/** Brings the centre, the mean of all warm-up points and of the samples kept so far, up to a sample. */
export function moveCentre(
  { polytope: { dimension }, warmUp }: FluxSamplingInput,
  centre: Float64Array,
  sample: number,
  point: Float64Array,
): void {
  const count = (warmUp?.length ?? 0) / dimension + sample + 1;
  for (let at = 0; at < dimension; at++)
    centre[at] = (centre[at] ?? 0) + ((point[at] ?? 0) - (centre[at] ?? 0)) / count;
}

/** How far one can go from the point along the direction and stay inside. */
function chord(polytope: Polytope, point: Float64Array, direction: Float64Array): [least: number, most: number] {
  const { rows, lower, upper } = polytope;
  let least = Number.NEGATIVE_INFINITY;
  let most = Number.POSITIVE_INFINITY;
  for (let row = 0; row < rows; row++) {
    const slope = rowSum(polytope, row, direction);
    if (slope === 0) continue;
    const here = rowSum(polytope, row, point);
    const one = ((lower[row] ?? 0) - here) / slope;
    const other = ((upper[row] ?? 0) - here) / slope;
    least = Math.max(least, Math.min(one, other));
    most = Math.min(most, Math.max(one, other));
  }
  return [least, most];
}

/** The sum of one constraint at a point, or its slope along a direction. */
export function rowSum({ dimension, rows, coefficients }: Polytope, row: number, point: Float64Array): number {
  let sum = 0;
  for (let at = 0; at < dimension; at++) sum += (coefficients[at * rows + row] ?? 0) * (point[at] ?? 0);
  return sum;
}

/** Whether a point keeps to every constraint within `startTolerance`; false for one that is not finite. */
export function isInside(polytope: Polytope, point: Float64Array): boolean {
  const { rows, lower, upper } = polytope;
  for (let row = 0; row < rows; row++) {
    const here = rowSum(polytope, row, point);
    const low = lower[row] ?? 0;
    const high = upper[row] ?? 0;
    const slack = startTolerance * Math.max(1, Math.abs(here));
    if (!(here >= low - slack && here <= high + slack)) return false;
  }
  return point.every(Number.isFinite);
}

/** The mean of points, row by row. */
export function meanPoint(points: Float64Array, dimension: number): Float64Array {
  const mean = new Float64Array(dimension);
  const count = points.length / dimension;
  for (let point = 0; point < count; point++)
    for (let at = 0; at < dimension; at++)
      mean[at] = (mean[at] ?? 0) + ((points[point * dimension + at] ?? 0) - (mean[at] ?? 0)) / (point + 1);
  return mean;
}
