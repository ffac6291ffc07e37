import type { TelemetryInput } from "./index.ts";
import { flopsOfPoint } from "./method.ts";

/** Streams with a daily swing, noise, a few spikes and a shift: some hundred points long each. */
export function generateTelemetry(size: number, random: () => number): TelemetryInput {
  const points = Math.max(1, Math.round(size / flopsOfPoint));
  const streams = Math.max(1, Math.min(64, Math.round(points / 400)));
  const offsets = Uint32Array.from({ length: streams + 1 }, (_, at) => Math.round((at * points) / streams));
  const values = new Float64Array(points);
  for (let stream = 0; stream < streams; stream++) {
    const first = offsets[stream] ?? 0;
    const length = (offsets[stream + 1] ?? 0) - first;
    const level = 10 ** (4 * random());
    const noise = 0.2 * random() * level;
    const swing = 0.5 * random() * level;
    const shifted = length * (0.4 + 0.5 * random());
    for (let at = 0; at < length; at++) {
      // a sum of uniform numbers is near enough to normal
      const chance = random() + random() + random() - 1.5;
      const spike = random() < 0.002 ? level * random() : 0;
      values[first + at] =
        level + swing * Math.sin((2 * Math.PI * at) / 288) + noise * chance + spike + (at > shifted ? level / 4 : 0);
    }
  }
  return { values, offsets, learning: new Uint32Array(streams).fill(300), alarm: 3.5, states: null };
}
