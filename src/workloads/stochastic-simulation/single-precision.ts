import type { StochasticInput } from "./input.ts";
import type { StochasticTrajectories } from "./output.ts";

/** Chance for each reaction that rounding parts a trajectory: sums over a dozen levels, each right to 2^-24. */
const partingChance = 2 ** -19;
/** Trajectories that may have parted by bad luck. */
const leeway = 2;
/** Of a sample that is no whole number, relative. */
const tolerance = 1e-4;
/** Standard errors between the means of those that parted: 6 and more happen once in 5e8 comparisons. */
const mostErrors = 6;
/** Below so many parted trajectories their mean tells nothing. */
const leastParted = 16;

/**
 * Null where an answer in single precision is right, else a sentence saying how not: trajectories follow the other answer's, sample
 * by sample, but for so many as rounding may have parted, whose means must then agree.
 */
export function singleTrajectoriesDiffer(
  actual: StochasticTrajectories,
  expected: StochasticTrajectories,
  { times, observed, count }: StochasticInput,
): string | null {
  const points = times.length * observed.length;
  if (actual.statuses.length !== count || actual.samples.length !== expected.samples.length)
    return `${actual.statuses.length} trajectories with ${actual.samples.length} samples, expected ${count} with ${expected.samples.length}`;
  const parted: number[] = [];
  let first: string | null = null;
  let allowed = leeway;
  for (let item = 0; item < count; item++) {
    const events = Math.max(actual.events[item] ?? 0, expected.events[item] ?? 0);
    allowed += 1 - Math.exp(-events * partingChance);
    const difference = differenceOf(actual, expected, item, points);
    if (difference === null) continue;
    parted.push(item);
    first ??= `trajectory ${item} ${difference}`;
  }
  if (parted.length > allowed + 4 * Math.sqrt(allowed))
    return `${parted.length} of ${count} trajectories differ, ${allowed.toFixed(1)} expected by rounding: ${first}`;
  if (parted.length < leastParted) return null;
  for (let point = 0; point < points; point++) {
    const one = momentsOf(actual, parted, points, point);
    const other = momentsOf(expected, parted, points, point);
    const error = Math.hypot(one.error, other.error);
    if (Math.abs(one.mean - other.mean) > mostErrors * error + tolerance * Math.abs(other.mean))
      return `trajectories that parted have mean ${one.mean} in sample ${point}, expected ${other.mean} with a standard error of ${error}`;
  }
  return null;
}

function differenceOf(
  actual: StochasticTrajectories,
  expected: StochasticTrajectories,
  item: number,
  points: number,
): string | null {
  for (const part of ["statuses", "culprits", "events"] as const)
    if (actual[part][item] !== expected[part][item])
      return `has ${part} ${actual[part][item]}, expected ${expected[part][item]}`;
  for (let at = item * points; at < (item + 1) * points; at++) {
    const [x = Number.NaN, y = Number.NaN] = [actual.samples[at], expected.samples[at]];
    if (Object.is(x, y) || Math.abs(x - y) <= tolerance * Math.abs(y)) continue;
    return `has sample ${at % points} ${x}, expected ${y}`;
  }
  return null;
}

function momentsOf(
  { samples }: StochasticTrajectories,
  items: readonly number[],
  points: number,
  point: number,
): { readonly mean: number; readonly error: number } {
  // ended ones have no sample
  const values = items
    .map((item) => samples[item * points + point] ?? Number.NaN)
    .filter((value) => !Number.isNaN(value));
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const square = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
  // too few to say anything of their mean
  const error = values.length < 2 ? Number.POSITIVE_INFINITY : Math.sqrt(square / values.length);
  return { mean: values.length === 0 ? 0 : mean, error };
}
