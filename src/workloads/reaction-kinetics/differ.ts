import type { KineticsInput } from "./input.ts";
import type { KineticsSolutions } from "./output.ts";

/** Steps are accurate to the tolerance; what comes of many of them, and the times of events, to this many times as much. */
const slack = 100;

/**
 * Null where two answers to the same input are equal within a hundred times the tolerance of a step (the relative one taken of
 * the largest size that the value has in the item), else a sentence saying how not.
 */
export function solutionsDiffer(
  actual: KineticsSolutions,
  expected: KineticsSolutions,
  { times, observed, relative, absolute, network }: KineticsInput,
): string | null {
  if (actual.statuses.length !== expected.statuses.length)
    return `${actual.statuses.length} items, expected ${expected.statuses.length}`;
  for (const [item, status] of expected.statuses.entries()) {
    if (actual.statuses[item] !== status) return `item ${item} has status ${actual.statuses[item]}, expected ${status}`;
    if (actual.culprits[item] !== expected.culprits[item])
      return `item ${item} failed at ${actual.culprits[item]}, expected ${expected.culprits[item]}`;
  }
  const width = observed.length;
  if (actual.samples.length !== expected.samples.length || actual.state.values.length !== expected.state.values.length)
    return `${actual.samples.length} samples, expected ${expected.samples.length}`;
  const sizes = new Float64Array(expected.statuses.length * width);
  for (const [at, sample] of expected.samples.entries()) {
    const place = Math.floor(at / Math.max(1, times.length * width)) * width + (at % Math.max(1, width));
    if (Number.isFinite(sample)) sizes[place] = Math.max(sizes[place] ?? 0, Math.abs(sample));
  }
  for (const [at, sample] of expected.samples.entries()) {
    const item = Math.floor(at / (times.length * width));
    const bound = slack * (absolute + relative * (sizes[item * width + (at % width)] ?? 0));
    const mine = actual.samples[at] ?? Number.NaN;
    if (Object.is(mine, sample) || Math.abs(mine - sample) <= bound) continue;
    return `item ${item}, time ${Math.floor(at / width) % times.length}, value ${at % width} is ${mine}, expected ${sample} within ${bound}`;
  }
  for (const [at, value] of expected.state.values.entries()) {
    if (expected.statuses[Math.floor(at / network.values)] !== 0) continue;
    const mine = actual.state.values[at] ?? Number.NaN;
    // a value that swings has no size of its own at the end
    const bound = slack * (absolute + relative * Math.max(Math.abs(value), ...sizes));
    if (!Object.is(mine, value) && !(Math.abs(mine - value) <= bound))
      return `value ${at} of the state is ${mine}, expected ${value}`;
  }
  return null;
}
