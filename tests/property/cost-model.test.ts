import fc from "fast-check";
import { expect, test } from "vitest";
// the cost model is the manager's own: it has no public name
import { CostModel } from "../../dist/src/manager/cost-model.js";

const work = (units: number): { units: number; bytesIn: number; bytesOut: number } => ({
  units,
  bytesIn: Math.ceil(Math.sqrt(units)),
  bytesOut: 8,
});
/** Wrong by 50 times, as priors may be. */
const prior = ({ units }: { units: number }): number => 1e-4 + 50 * units * 1e-9;

interface Truth {
  readonly a: number;
  readonly b: number;
  readonly c: number;
}
const truth: fc.Arbitrary<Truth> = fc.record({
  a: fc.double({ min: 1e-6, max: 1e-3, noNaN: true }),
  b: fc.double({ min: 1e-11, max: 1e-8, noNaN: true }),
  c: fc.double({ min: 0, max: 1e-8, noNaN: true }),
});
const noises: fc.Arbitrary<number[]> = fc.array(fc.double({ min: 0.95, max: 1.05, noNaN: true }), {
  minLength: 45,
  maxLength: 45,
});

function secondsOf({ a, b, c }: Truth, units: number): number {
  const { bytesIn, bytesOut } = work(units);
  return a + b * units + c * (bytesIn + bytesOut);
}

/** Three runs at each of 15 sizes, as calibration does. */
function calibrated(line: Truth, noise: readonly number[]): CostModel {
  const model = new CostModel();
  noise.forEach((factor, at) => {
    const units = 2 ** (8 + 2 * Math.floor(at / 3));
    model.record(work(units), secondsOf(line, units) * factor, null);
  });
  return model;
}

const between = fc
  .integer({ min: 8, max: 36 })
  .chain((exponent) => fc.integer({ min: 2 ** exponent, max: 2 ** (exponent + 1) - 1 }));

test("learns a line from noisy runs, and is right between the sizes it saw", () => {
  fc.assert(
    fc.property(truth, noises, between, (line, noise, units) => {
      const predicted = calibrated(line, noise).predict(work(units), prior);
      expect((predicted ?? 0) / secondsOf(line, units)).toBeGreaterThan(0.75);
      expect((predicted ?? 0) / secondsOf(line, units)).toBeLessThan(1.3);
    }),
  );
});

test("predicts sizes that it never saw within 15 % in the median, from every second one with 10 % of noise", () => {
  const loud = fc.array(fc.double({ min: 0.9, max: 1.1, noNaN: true }), { minLength: 45, maxLength: 45 });
  fc.assert(
    fc.property(truth, loud, (line, noise) => {
      const model = calibrated(line, noise);
      const errors = Array.from({ length: 14 }, (_, at) => {
        const units = 2 ** (9 + 2 * at);
        return Math.abs((model.predict(work(units), prior) ?? 0) / secondsOf(line, units) - 1);
      }).sort((x, y) => x - y);
      expect(errors[7]).toBeLessThan(0.15);
    }),
  );
});

test("is moved little by one run that took 300 times as long", () => {
  fc.assert(
    fc.property(truth, noises, fc.nat(44), (line, noise, spike) => {
      const units = 2 ** (8 + 2 * Math.floor(spike / 3));
      const model = calibrated(
        line,
        noise.map((factor, at) => (at === spike ? 300 * factor : factor)),
      );
      expect((model.predict(work(units), prior) ?? 0) / secondsOf(line, units)).toBeLessThan(1.4);
    }),
  );
});

test("is moved little by two spikes among the runs of a size in use", () => {
  fc.assert(
    fc.property(truth, noises, between, (line, noise, units) => {
      const model = calibrated(line, noise);
      const seconds = secondsOf(line, units);
      for (const factor of [1, 300, 1, 1, 300, 1, 1]) model.record(work(units), seconds * factor, null);
      expect((model.predict(work(units), prior) ?? 0) / seconds).toBeLessThan(1.3);
    }),
  );
});

test("follows a device that becomes five times as slow, or as fast, within ten runs", () => {
  fc.assert(
    fc.property(truth, noises, between, fc.constantFrom(5, 0.2), (line, noise, units, change) => {
      const model = calibrated(line, noise);
      const seconds = secondsOf(line, units) * change;
      for (let run = 0; run < 10; run++) model.record(work(units), seconds, null);
      const ratio = (model.predict(work(units), prior) ?? 0) / seconds;
      expect(ratio).toBeGreaterThan(0.7);
      expect(ratio).toBeLessThan(1.4);
    }),
  );
});

test("never predicts a negative time or none at all, whatever it was told", () => {
  const run = fc.record({
    units: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1e15, noNaN: true })),
    bytes: fc.integer({ min: 0, max: 1e12 }),
    seconds: fc.double({ min: 1e-9, max: 1e4, noNaN: true }),
  });
  fc.assert(
    fc.property(fc.array(run, { minLength: 1, maxLength: 80 }), run, (runs, { units, bytes }) => {
      const model = new CostModel();
      for (const one of runs) model.record({ units: one.units, bytesIn: one.bytes, bytesOut: 0 }, one.seconds, null);
      const predicted = model.predict({ units, bytesIn: bytes, bytesOut: 0 }, prior);
      expect(Number.isFinite(predicted)).toBe(true);
      expect(predicted).toBeGreaterThanOrEqual(0);
    }),
    { numRuns: 500 },
  );
});

test("predicts a number for no units where its line passes through nothing there", () => {
  const model = new CostModel();
  for (const [units, seconds] of [
    [2, 1e-9],
    [0, 1.2514655996103728e-9],
    [2098806959.9148464, 1.1898328864605108],
  ] as const)
    model.record({ units, bytesIn: 0, bytesOut: 0 }, seconds, null);
  expect(model.predict({ units: 0, bytesIn: 0, bytesOut: 0 }, prior)).toBeGreaterThanOrEqual(0);
});

test("predicts the same after its runs were kept and restored", () => {
  fc.assert(
    fc.property(truth, noises, between, (line, noise, units) => {
      const model = calibrated(line, noise);
      const second = new CostModel();
      second.restore(model.measurements());
      const third = new CostModel();
      third.restore(second.measurements());
      const predicted = second.predict(work(units), prior) ?? 0;
      expect(third.predict(work(units), prior)).toBe(predicted);
      // the first one's line is refitted every 32 runs only
      expect(predicted / (model.predict(work(units), prior) ?? 0)).toBeGreaterThan(0.8);
      expect(predicted / (model.predict(work(units), prior) ?? 0)).toBeLessThan(1.25);
    }),
  );
});

test("knows nothing before the first run, and takes joules from metered runs alone", () => {
  const model = new CostModel();
  expect(model.predict(work(100), prior)).toBeNull();
  expect(model.joules(1)).toBeNull();
  model.record(work(100), 1, null);
  expect(model.joules(1)).toBeNull();
  model.record(work(100), 2, 30);
  expect(model.joules(3)).toBe(45);
});
