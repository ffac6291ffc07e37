import type { StochasticInput } from "./input.ts";
import type { StochasticTrajectories } from "./output.ts";
import { singleTrajectoriesDiffer } from "./single-precision.ts";

/**
 * Null where two answers to the same input are the same to the last bit, else a sentence saying where not: all devices compute
 * the same sums in the same order from the same random numbers. For answers in single precision see `singleTrajectoriesDiffer`.
 */
export function trajectoriesDiffer(
  actual: StochasticTrajectories,
  expected: StochasticTrajectories,
  input: StochasticInput,
): string | null {
  const { times, observed, network, precision } = input;
  if (actual.precision !== expected.precision) {
    if (precision !== "single") return `precision ${actual.precision}, which the input does not accept`;
    return singleTrajectoriesDiffer(actual, expected, input);
  }
  const points = Math.max(1, times.length * observed.length);
  const parts: readonly (readonly [string, ArrayLike<number>, ArrayLike<number>, number])[] = [
    ["status", actual.statuses, expected.statuses, 1],
    ["culprit", actual.culprits, expected.culprits, 1],
    ["count of events", actual.events, expected.events, 1],
    ["time", actual.state.times, expected.state.times, 1],
    ["count of draws", actual.state.draws, expected.state.draws, 1],
    ["sample", actual.samples, expected.samples, points],
    ["value", actual.state.values, expected.state.values, Math.max(1, network.values)],
  ];
  for (const [what, one, other, each] of parts) {
    if (one.length !== other.length) return `${one.length} of ${what}, expected ${other.length}`;
    for (let at = 0; at < one.length; at++)
      if (!Object.is(one[at], other[at]))
        return `trajectory ${Math.floor(at / each)} has ${what} ${at % each} ${one[at]}, expected ${other[at]}`;
  }
  const [mine, theirs] = [actual.state.events, expected.state.events];
  if (mine?.length !== theirs?.length) return `${mine?.length} states of events, expected ${theirs?.length}`;
  for (const [at, { holding, pending }] of (mine ?? []).entries()) {
    const other = theirs?.[at];
    if (String(holding) !== String(other?.holding) || String(pending) !== String(other?.pending))
      return `trajectory ${at} has other events pending`;
  }
  return null;
}
