import { seededRandom, type TelemetryInput, telemetryAnomaly, usualAlarm } from "bioxen";
import { type Cases, casesOf } from "bioxen/testing";

/** Streams of values, each learning from as many points. */
export function telemetry(streams: readonly ArrayLike<number>[], learning = 60, alarm = usualAlarm): TelemetryInput {
  const offsets = new Uint32Array(streams.length + 1);
  streams.forEach(({ length }, at) => {
    offsets[at + 1] = (offsets[at] ?? 0) + length;
  });
  const values = new Float64Array(offsets[streams.length] ?? 0);
  streams.forEach((stream, at) => {
    values.set(stream, offsets[at]);
  });
  return { values, offsets, learning: new Uint32Array(streams.length).fill(learning), alarm, states: null };
}

/** Numbers around a level, from a seed. */
export function noise(points: number, seed: number, level = 50, width = 4): Float64Array {
  const random = seededRandom(seed);
  return Float64Array.from({ length: points }, () => level + width * (random() + random() - 1));
}

/** Noise with other values in some places. */
function changed(points: number, at: Readonly<Record<number, number>>): Float64Array {
  const values = noise(points, 3);
  for (const [place, value] of Object.entries(at)) values[Number(place)] = value;
  return values;
}

const batch = telemetryAnomaly.generate(9e6, seededRandom(9));
const shared = new Float64Array(new SharedArrayBuffer(8 * 2500));
shared.set(noise(2500, 8));
const first = telemetry([noise(700, 5), noise(300, 6)]);

export const telemetryCases: Cases = casesOf(telemetryAnomaly, {
  "one point": telemetry([[1]]),
  "no points": telemetry([[], []]),
  "shorter than it learns": telemetry([noise(59, 1)]),
  "a spike and a dip": telemetry([changed(600, { 300: 90, 500: 10 })]),
  constant: telemetry([new Float64Array(500).fill(0.1)]),
  "constant, then noise": telemetry([[...new Float64Array(300).fill(0.1), ...noise(300, 2)]]),
  "noise, then constant": telemetry([[...noise(300, 2), ...new Float64Array(300).fill(48)]]),
  "a level that shifts for good": telemetry([[...noise(400, 2), ...noise(400, 4, 80)]]),
  zeros: telemetry([new Float64Array(400)]),
  "NaN, infinities and what is too large are missing": telemetry([
    changed(600, { 100: Number.NaN, 101: Number.POSITIVE_INFINITY, 102: Number.NEGATIVE_INFINITY, 400: 1e151 }),
  ]),
  "nothing but NaN beside another stream": telemetry([new Float64Array(100).fill(Number.NaN), noise(300, 1)]),
  "large and small numbers": telemetry([
    noise(300, 1).map((value) => value * 1e140),
    noise(300, 1).map((value) => value * 1e-160),
  ]),
  "past its memory, threads": telemetry([noise(2600, 1), noise(1900, 2), noise(10, 3), [], noise(1800, 4)], 400),
  "every point an alarm": telemetry([noise(500, 1)], 40, 0.1),
  "streams of their own learning": { ...batch, learning: batch.learning.map((_, at) => 20 + 200 * at) },
  "shared memory": { ...telemetry([noise(1, 1)]), values: shared, offsets: Uint32Array.of(0, 2500) },
  "goes on from states": {
    ...telemetry([noise(400, 15), noise(800, 16)]),
    states: telemetryAnomaly.reference?.(first).states ?? null,
  },
});
