import { BioXenError } from "../../src/contract/index.ts";
import { type TelemetryInput, type TelemetryScores, telemetryAnomaly } from "../../src/workloads/index.ts";
import { stateLength } from "../../src/workloads/telemetry-anomaly/state.ts";
import { type SimdKernel, threadsOf } from "./kernel.ts";
import { scoreOne, type TelemetryJob } from "./telemetry-anomaly.worker.ts";

/** Below so many points a run ends in a few milliseconds: quicker here than the way to workers and back. */
const inlinePoints = 1000;

/**
 * Streams are shared out over the threads; each is scored in place, with early ends of distances and sorted pasts in which
 * only what lies between two places moves. In JavaScript: a distance ends after two or four of its six terms mostly, and
 * what is left over is insertion into sorted memory, for which SIMD has no use. Floor of a point: 256 first terms, three
 * searches and moves within 12 kB.
 */
export const telemetryAnomalyKernel: SimdKernel<TelemetryInput, TelemetryScores> = {
  workload: telemetryAnomaly,
  supports: () => ({ ok: true }),
  // measured: 4 us a point
  prior: ({ units, bytesIn, bytesOut }) => ({
    seconds: 2e-5 + units * 0.9e-9 + (bytesIn + bytesOut) / 3e9,
    joules: null,
    energySource: null,
    basis: "guess",
  }),
  prepare: async (pool, input, context) => {
    if (isInline(input)) return;
    const none = { values: new Float64Array(0), offsets: new Uint32Array(1), learning: new Uint32Array(0), alarm: 1 };
    const job = { input: none, room: roomFor({ ...none, states: null }, true), cursor: new Int32Array(1) };
    await pool.start(threadsOf(pool, context), "telemetry-anomaly", job, context);
  },
  run: async (pool, input, context) => {
    const { states, ...rest } = input;
    const streams = input.offsets.length - 1;
    if (isInline(input)) {
      const room = roomFor(input, false);
      for (let stream = 0; stream < streams; stream++) {
        if (stream % 64 === 63) await new Promise((resolve) => setImmediate(resolve));
        if (context.signal.aborted)
          throw new BioXenError("ABORTED", `${telemetryAnomaly.id} was aborted`, { cause: context.signal.reason });
        scoreOne(rest, room, stream);
      }
      return room;
    }
    const job: TelemetryJob = {
      input: { ...rest, values: sharedCopy(rest.values) },
      room: roomFor(input, true),
      cursor: new Int32Array(new SharedArrayBuffer(4)),
    };
    const threads = Math.min(threadsOf(pool, context), streams);
    try {
      await Promise.all(Array.from({ length: threads }, () => pool.run("telemetry-anomaly", job, context)));
    } catch (error) {
      // nobody will read what the other threads have yet to do
      Atomics.store(job.cursor, 0, streams);
      throw error;
    }
    const { room } = job;
    return {
      statuses: room.statuses.slice(),
      scores: room.scores.slice(),
      causes: room.causes.slice(),
      states: room.states.slice(),
    };
  },
};

function isInline({ values }: TelemetryInput): boolean {
  return values.length <= inlinePoints;
}

/** Room for the answer, its states those before the call. */
function roomFor({ values, offsets, states }: TelemetryInput, isShared: boolean): TelemetryScores {
  const streams = offsets.length - 1;
  const buffer = (bytes: number): ArrayBufferLike => (isShared ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes));
  const room = {
    statuses: new Uint8Array(buffer(streams)),
    scores: new Float64Array(buffer(8 * values.length)),
    causes: new Uint8Array(buffer(values.length)),
    states: new Float64Array(buffer(8 * streams * stateLength)),
  };
  if (states !== null) room.states.set(states);
  return room;
}

function sharedCopy(values: Float64Array): Float64Array {
  if (values.buffer instanceof SharedArrayBuffer) return values;
  const copy = new Float64Array(new SharedArrayBuffer(values.byteLength));
  copy.set(values);
  return copy;
}
