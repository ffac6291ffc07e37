import { z } from "zod";
import type { WorkloadSpec } from "../../contract/index.ts";
import { telemetryDiffers } from "./differ.ts";
import { generateTelemetry } from "./generate.ts";
import { flopsOfPoint } from "./method.ts";
import { scoreTelemetry } from "./reference.ts";
import { splitStreams } from "./split.ts";
import { stateLength } from "./state.ts";

export { highestScore, scoreCause, streamStatus } from "./method.ts";

/** Score from which a point counts as anomalous: once in some 3,000 points of an ordinary stream. */
export const usualAlarm = 3.5;

/** Points of many streams of measurements, each stream in the order of time, at equal or nearly equal steps. */
export interface TelemetryInput {
  /** One stream after the other. A value that is NaN, infinite or beyond 1e150 is missing. */
  readonly values: Float64Array;
  /** `offsets[i]` to `offsets[i + 1]` (exclusive) is stream `i`; one entry more than there are streams. */
  readonly offsets: Uint32Array;
  /** For each stream, how many points it learns from before it is scored: 20 to 100,000. */
  readonly learning: Uint32Array;
  /** Score from which a point is an alarm, after which its stream keeps quiet for a while; `usualAlarm`. */
  readonly alarm: number;
  /** `states` of the answer to the points before these, of the same streams; null at their beginning. */
  readonly states: Float64Array | null;
}

export interface TelemetryScores {
  /** Codes of `streamStatus`, one a stream. */
  readonly statuses: Uint8Array;
  /**
   * Minus the decimal logarithm of how rare a point is in its stream's past, 0 to `highestScore`; 0 while learning, at
   * most half the alarm while the stream keeps quiet, NaN for a missing value. Looks back only.
   */
  readonly scores: Float64Array;
  /** Codes of `scoreCause`, one a point. */
  readonly causes: Uint8Array;
  /** Where each stream stands, for the call with its next points. */
  readonly states: Float64Array;
}

const input: z.ZodType<TelemetryInput> = z
  .object({
    values: z.instanceof(Float64Array),
    offsets: z.instanceof(Uint32Array),
    learning: z.instanceof(Uint32Array),
    alarm: z.number().positive(),
    states: z.instanceof(Float64Array).nullable(),
  })
  .superRefine(({ values, offsets, learning, states }, context) => {
    const complain = (path: string, message: string): void =>
      context.addIssue({ code: "custom", path: [path], message });
    const streams = offsets.length - 1;
    if (streams < 1) complain("offsets", "at least one stream is expected");
    else if (offsets[0] !== 0 || offsets[streams] !== values.length)
      complain("offsets", "offsets do not span the values");
    const falling = offsets.findIndex((offset, at) => offset < (offsets[at - 1] ?? 0));
    if (falling > 0) complain("offsets", `stream ${falling - 1} ends before it starts`);
    if (learning.length !== streams) complain("learning", `${learning.length} lengths for ${streams} streams`);
    const odd = learning.findIndex((points) => points < 20 || points > 100_000);
    if (odd >= 0) complain("learning", `stream ${odd} learns from ${learning[odd]} points, 20 to 100,000 are expected`);
    if (states !== null && states.length !== streams * stateLength)
      complain("states", `${states.length} numbers are no states of ${streams} streams`);
  });

/**
 * Anomaly scores of streams of measurements, such as a device's load or a machine's temperature. Causal, and the same
 * bit for bit however a stream is cut into calls. See ./README.md for the method.
 */
export const telemetryAnomaly: WorkloadSpec<TelemetryInput, TelemetryScores> = {
  id: "telemetry-anomaly",
  version: 1,
  aliases: ["telemetry_anomaly", "anomaly_detection", "anomalies"],
  throughput: { unit: "flop", rate: "GFLOP/s", per: 1e9 },
  input,
  size: ({ values, offsets, states }) => ({
    units: values.length * flopsOfPoint,
    bytesIn: values.byteLength + (states?.byteLength ?? 0),
    bytesOut: 9 * values.length + 8 * stateLength * (offsets.length - 1),
  }),
  resident: () => null,
  reference: scoreTelemetry,
  generate: generateTelemetry,
  split: splitStreams,
  differ: telemetryDiffers,
};
