import type { TelemetryInput, TelemetryScores } from "../../src/workloads/index.ts";
import { scoreStream } from "../../src/workloads/telemetry-anomaly/score-stream.ts";
import { stateLength } from "../../src/workloads/telemetry-anomaly/state.ts";

export interface TelemetryJob {
  readonly input: Omit<TelemetryInput, "states">;
  /** What the threads write to; its states hold those from before the call. */
  readonly room: TelemetryScores;
  /** The next stream that nobody scores yet. */
  readonly cursor: Int32Array;
}

/** Scores streams, drawing from the list, until there are none. */
export function scoreStreams({ input, room, cursor }: TelemetryJob): void {
  const streams = input.offsets.length - 1;
  for (let stream = Atomics.add(cursor, 0, 1); stream < streams; stream = Atomics.add(cursor, 0, 1))
    scoreOne(input, room, stream);
}

/** Scores one stream of a call. */
export function scoreOne(input: TelemetryJob["input"], room: TelemetryScores, stream: number): void {
  const { values, offsets, learning, alarm } = input;
  const from = offsets[stream] as number;
  const to = offsets[stream + 1] as number;
  room.statuses[stream] = scoreStream(
    {
      values: values.subarray(from, to),
      learning: learning[stream] as number,
      alarm,
      state: room.states.subarray(stream * stateLength, (stream + 1) * stateLength),
      scores: room.scores.subarray(from, to),
      causes: room.causes.subarray(from, to),
    },
    null,
  );
}
