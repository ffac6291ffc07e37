import { type TelemetryInput, type TelemetryScores, telemetryAnomaly } from "bioxen";
import { builtin } from "bioxen/accelerators";
import fc from "fast-check";
import { expect, test } from "vitest";
import { managerOf } from "../support/manager.ts";
import { telemetry } from "../support/telemetry-cases.ts";

await using manager = await managerOf(builtin.filter(({ id }) => id === "cpu-simd"));

/** The quick kernel; conformance holds it to the oracle. */
async function score(input: TelemetryInput): Promise<TelemetryScores> {
  return (await manager.run(telemetryAnomaly, input, { device: "cpu-simd" })).output;
}

/** Levels with noise, jumps, repeats, gaps and outliers. */
const stream = fc
  .array(
    fc.record({
      run: fc.integer({ min: 1, max: 80 }),
      level: fc.integer({ min: -50, max: 50 }),
      noise: fc.constantFrom(0, 1, 4),
      seed: fc.nat(1000),
    }),
    { minLength: 1, maxLength: 8 },
  )
  .map((pieces) =>
    pieces.flatMap(({ run, level, noise, seed }) =>
      Array.from({ length: run }, (_, at) => {
        if ((at * 7 + seed) % 61 === 60) return seed % 2 === 0 ? Number.NaN : 300;
        return level + noise * Math.sin(at * at + seed);
      }),
    ),
  );

test("a score uses nothing that comes after it", async () => {
  await fc.assert(
    fc.asyncProperty(stream, stream, stream, async (past, one, other) => {
      const [left, right] = [
        await score(telemetry([[...past, ...one]], 30)),
        await score(telemetry([[...past, ...other]], 30)),
      ];
      expect(left.scores.subarray(0, past.length)).toEqual(right.scores.subarray(0, past.length));
      expect(left.causes.subarray(0, past.length)).toEqual(right.causes.subarray(0, past.length));
    }),
    { numRuns: 60 },
  );
});

test("a stream cut into calls has the scores and the state of the whole, bit for bit", async () => {
  await fc.assert(
    fc.asyncProperty(stream, stream, fc.array(fc.nat(600), { maxLength: 6 }), async (one, other, cuts) => {
      const whole = telemetry([one, other], 30);
      const expected = await score(whole);
      const places = [...new Set([0, ...cuts.filter((cut) => cut < Math.max(one.length, other.length))])].sort(
        (a, b) => a - b,
      );
      let states: Float64Array | null = null;
      const scores: [number[], number[]] = [[], []];
      for (const [at, from] of places.entries()) {
        const part = telemetry([one.slice(from, places[at + 1]), other.slice(from, places[at + 1])], 30);
        const answer: TelemetryScores = await score({ ...part, states });
        states = answer.states;
        scores[0].push(...answer.scores.subarray(0, part.offsets[1]));
        scores[1].push(...answer.scores.subarray(part.offsets[1]));
      }
      expect(Float64Array.from(scores.flat())).toEqual(expected.scores);
      expect(states).toEqual(expected.states);
    }),
    { numRuns: 60 },
  );
});

test("the same points score the same, alone or among other streams", async () => {
  await fc.assert(
    fc.asyncProperty(stream, stream, async (one, other) => {
      const alone = await score(telemetry([one], 30));
      const among = await score(telemetry([other, one, other], 30));
      expect(among.scores.subarray(other.length, other.length + one.length)).toEqual(alone.scores);
      expect(await score(telemetry([one], 30))).toEqual(alone);
    }),
    { numRuns: 40 },
  );
});

test("the unit does not matter: powers of two change no bit of a score", async () => {
  await fc.assert(
    fc.asyncProperty(stream, fc.integer({ min: -60, max: 60 }), async (values, exponent) => {
      const scaled = values.map((value) => value * 2 ** exponent);
      expect((await score(telemetry([scaled], 30))).scores).toEqual((await score(telemetry([values], 30))).scores);
    }),
    { numRuns: 60 },
  );
});

test("nor does the sign: measured upside down, a stream has the same scores", async () => {
  await fc.assert(
    fc.asyncProperty(stream, async (values) => {
      const mirrored = values.map((value) => -value);
      expect((await score(telemetry([mirrored], 30))).scores).toEqual((await score(telemetry([values], 30))).scores);
    }),
    { numRuns: 40 },
  );
});
