import type { Split } from "../../contract/index.ts";
import type { TelemetryInput, TelemetryScores } from "./index.ts";
import { stateLength } from "./state.ts";

/** Cut between streams, into parts of about their shares of the points. */
export const splitStreams: Split<TelemetryInput, TelemetryScores> = {
  parts: (input, shares) => {
    const { values, offsets, learning, states } = input;
    const streams = offsets.length - 1;
    if (streams < shares.length) return null;
    let first = 0;
    let until = 0;
    return shares.map((share, at) => {
      until += share;
      const left = shares.length - at - 1;
      let end = first + 1;
      while (end < streams - left && (left === 0 || (offsets[end] ?? 0) < until * values.length)) end++;
      const from = offsets[first] ?? 0;
      const part = {
        ...input,
        values: values.slice(from, offsets[end]),
        offsets: offsets.slice(first, end + 1).map((offset) => offset - from),
        learning: learning.slice(first, end),
        states: states?.slice(first * stateLength, end * stateLength) ?? null,
      };
      first = end;
      return part;
    });
  },
  join: (outputs, { values, offsets }) => {
    const streams = offsets.length - 1;
    const whole = {
      statuses: new Uint8Array(streams),
      scores: new Float64Array(values.length),
      causes: new Uint8Array(values.length),
      states: new Float64Array(streams * stateLength),
    };
    let stream = 0;
    let point = 0;
    for (const part of outputs) {
      whole.statuses.set(part.statuses, stream);
      whole.scores.set(part.scores, point);
      whole.causes.set(part.causes, point);
      whole.states.set(part.states, stream * stateLength);
      stream += part.statuses.length;
      point += part.scores.length;
    }
    return whole;
  },
};
