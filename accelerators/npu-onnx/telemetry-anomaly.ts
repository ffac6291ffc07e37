import { BioXenError } from "../../src/contract/index.ts";
import { type TelemetryInput, type TelemetryScores, telemetryAnomaly } from "../../src/workloads/index.ts";
import { knownValues, type StreamRoom, scoreStream } from "../../src/workloads/telemetry-anomaly/score-stream.ts";
import { stateLength } from "../../src/workloads/telemetry-anomaly/state.ts";
import { type OnnxKernel, pause } from "./kernel.ts";
import { providerOf } from "./providers.ts";
import { overhang, pointsPerRun, telemetryModel } from "./telemetry-graph.ts";

let model: Uint8Array | null = null;

function graph(): Uint8Array {
  model ??= telemetryModel();
  return model;
}

/** The distances, nine tenths of the arithmetic, as a graph in doubles; what becomes of them point after point, here. */
export const telemetryAnomalyKernel: OnnxKernel<TelemetryInput, TelemetryScores> = {
  workload: telemetryAnomaly,
  supports: (_, device) => {
    const { name, title } = providerOf(device);
    return name === "cpu" ? { ok: true } : { ok: false, reason: `${title} does not compute in doubles` };
  },
  // measured on two EPYC cores: some 12 us a point
  prior: ({ units, bytesIn, bytesOut }) => ({
    seconds: 4e-3 + units * 2.6e-9 + (bytesIn + bytesOut) / 3e9,
    joules: null,
    energySource: null,
    basis: "guess",
  }),
  prepare: async (runner, _, context) => runner.prepare(graph(), context),
  run: async (runner, { values, offsets, learning, alarm, states }, context) => {
    const streams = offsets.length - 1;
    const answer = {
      statuses: new Uint8Array(streams),
      scores: new Float64Array(values.length),
      causes: new Uint8Array(values.length),
      states: states?.slice() ?? new Float64Array(streams * stateLength),
    };
    let runs = 0;
    for (let stream = 0; stream < streams; stream++) {
      const [from, to] = [offsets[stream] ?? 0, offsets[stream + 1] ?? 0];
      const room: StreamRoom = {
        values: values.subarray(from, to),
        learning: learning[stream] ?? 0,
        alarm,
        state: answer.states.subarray(stream * stateLength, (stream + 1) * stateLength),
        scores: answer.scores.subarray(from, to),
        causes: answer.causes.subarray(from, to),
      };
      const { line, start, first } = knownValues(room);
      // no vector with a value from before the stream's beginning is near any
      const padded = new Float64Array(Math.ceil((line.length - first) / pointsPerRun) * pointsPerRun + first);
      padded.set(line);
      padded.fill(Number.POSITIVE_INFINITY, 0, start);
      const unlikeness = new Float64Array(padded.length - first);
      for (let at = 0; at < unlikeness.length; at += pointsPerRun) {
        if (runs++ > 0) await pause(context, telemetryAnomaly.id);
        const data = padded.subarray(first + at - overhang, first + at + pointsPerRun);
        const fed = { line: { type: "float64", dims: [data.length], data } } as const;
        const { unlikeness: found } = await runner.run(graph(), fed, context);
        if (found?.type !== "float64")
          throw new BioXenError("KERNEL_FAILED", `float64 distances were expected, found ${found?.type ?? "none"}`);
        unlikeness.set(found.data, at);
      }
      answer.statuses[stream] = scoreStream(room, unlikeness);
    }
    return answer;
  },
};
