import type { TelemetryInput, TelemetryScores } from "./index.ts";
import { stateLength } from "./state.ts";

/** Relative difference of two scores, or numbers of a state, that other orders of a sum and other logarithms may make. */
const tolerance = 1e-9;

/** Says how scores, causes, statuses or states differ; null where they do not, within 1e-9. */
export function telemetryDiffers(
  actual: TelemetryScores,
  expected: TelemetryScores,
  { offsets }: TelemetryInput,
): string | null {
  for (const part of ["statuses", "scores", "causes", "states"] as const)
    if (actual[part].length !== expected[part].length)
      return `${actual[part].length} ${part}, expected ${expected[part].length}`;
  const streams = offsets.length - 1;
  for (let stream = 0; stream < streams; stream++) {
    const status = actual.statuses[stream];
    if (status !== expected.statuses[stream])
      return `stream ${stream} has status ${status}, expected ${expected.statuses[stream]}`;
    for (let point = offsets[stream] ?? 0; point < (offsets[stream + 1] ?? 0); point++) {
      const name = `point ${point - (offsets[stream] ?? 0)} of stream ${stream}`;
      if (!isNear(actual.scores[point], expected.scores[point]))
        return `${name} scores ${actual.scores[point]}, expected ${expected.scores[point]}`;
      if (actual.causes[point] !== expected.causes[point])
        return `${name} has cause ${actual.causes[point]}, expected ${expected.causes[point]}`;
    }
    for (let at = stream * stateLength; at < (stream + 1) * stateLength; at++)
      if (!isNear(actual.states[at], expected.states[at]))
        return `number ${at - stream * stateLength} of the state of stream ${stream} is ${actual.states[at]}, expected ${expected.states[at]}`;
  }
  return null;
}

function isNear(x = Number.NaN, y = Number.NaN): boolean {
  return Object.is(x, y) || Math.abs(x - y) <= tolerance * Math.max(Math.abs(x), Math.abs(y));
}
