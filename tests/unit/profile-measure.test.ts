import { setTimeout as sleep } from "node:timers/promises";
import {
  answerError,
  checkedProfile,
  type EnergyMeter,
  matrixMultiply,
  measuredProfile,
  measureKernel,
  measureTransfer,
  medianInterval,
  powerOf,
  seededRandom,
} from "bioxen";
import { fakeAccelerator, fakeKernel } from "bioxen/testing";
import { describe, expect, test } from "vitest";
import { managerOf } from "../support/manager.ts";
import { sum } from "../support/sum-workload.ts";

/** P(at least `least` of n draws fall into a share p). */
function atLeast(least: number, n: number, p: number): number {
  let [term, tail] = [(1 - p) ** n, 0];
  for (let k = 0; k <= n; k++) {
    if (k >= least) tail += term;
    term *= ((n - k) / (k + 1)) * (p / (1 - p));
  }
  return tail;
}

describe("the bootstrap of a median", () => {
  test("has the bounds that the binomial distribution gives for it", () => {
    const n = 31;
    const values = Array.from({ length: n }, (_, at) => at + 1);
    // the median of a resample is at most k where at least 16 of its 31 draws are
    const quantile = (share: number): number => values.find((k) => k === n || atLeast(16, n, k / n) >= share) ?? n;
    for (const seed of [1, 2, 3]) {
      const { median, low, high } = medianInterval(values, seed);
      expect(median).toBe(16);
      expect(Math.abs(low - quantile(0.025))).toBeLessThanOrEqual(0.5);
      expect(Math.abs(high - quantile(0.975))).toBeLessThanOrEqual(1);
    }
    expect([quantile(0.025), quantile(0.975)]).toEqual([11, 21]);
  });

  test("covers the true median of normal draws about 95 times in a hundred", () => {
    const random = seededRandom(7);
    const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    let covered = 0;
    for (let trial = 0; trial < 200; trial++) {
      const { low, high } = medianInterval(Array.from({ length: 30 }, normal), trial + 1);
      if (low <= 0 && high >= 0) covered++;
    }
    expect(covered).toBeGreaterThan(178);
    expect(covered).toBeLessThanOrEqual(199);
  });

  test("is the same for the same seed, a point for equal values, and of even counts between the two in the middle", () => {
    const values = [5, 1, 4, 2, 3, 9, 8];
    expect(medianInterval(values, 3)).toEqual(medianInterval(values, 3));
    expect(medianInterval([2, 2, 2])).toEqual({ median: 2, low: 2, high: 2 });
    expect(medianInterval([1, 2, 3, 10]).median).toBe(2.5);
  });
});

describe("the error against the reference", () => {
  test("is the largest difference of any two numbers, and that over the largest magnitude", () => {
    const actual = { scores: Float32Array.of(1, 2.5), name: "x", rows: [[3], [4, 8.5]] };
    const expected = { scores: Float64Array.of(1, 2), name: "x", rows: [[3], [4, 8]] };
    expect(answerError(actual, expected)).toEqual({ largest: 0.5, relative: 0.0625, numbers: 5 });
    expect(answerError(expected, expected)).toEqual({ largest: 0, relative: 0, numbers: 5 });
    expect(answerError([Number.NaN, 1], [Number.NaN, 1])).toMatchObject({ largest: 0 });
  });

  test("is not known of answers of unlike shape or with a number on one side only", () => {
    expect(answerError([1, 2], [1])).toEqual({ largest: null, relative: null, numbers: 0 });
    expect(answerError([Number.NaN], [1])).toMatchObject({ largest: null, relative: null });
  });

  test("of a product in single precision is that of the same product in doubles", async () => {
    const input = matrixMultiply.generate(2 * 8 ** 3, seededRandom(1));
    const expected = matrixMultiply.reference?.(input) ?? new Float32Array();
    const off = expected.map((x, at) => (at === 3 ? x + 2 ** -10 : x));
    expect(answerError(off, expected).largest).toBeCloseTo(2 ** -10, 9);
  });
});

describe("measuring a kernel", () => {
  const device = { id: "fake:0", kind: "cpu", name: "a fake", memory: null, features: [], simulated: false } as const;
  /** A manager of one device whose runs count up a meter and take a while. */
  const measured = async (
    options: Parameters<typeof measureKernel>[4],
    { meter, seconds = 0, wrong = 0 }: { meter?: EnergyMeter | null; seconds?: number; wrong?: number } = {},
  ) => {
    let runs = 0;
    const accelerator = fakeAccelerator({
      id: "fake",
      kernels: [
        fakeKernel(sum, {
          run: async ({ values }) => {
            // the first call compiles
            await sleep(runs === 0 ? 60 : seconds * 1000);
            runs++;
            return values.reduce((x, y) => x + y, 0) + wrong;
          },
        }),
      ],
    });
    await using manager = await managerOf([accelerator]);
    return { measurements: await measureKernel(manager, sum, device, meter ?? null, options), runs };
  };

  test("takes the first call and the warm-ups apart, and repeats each size", async () => {
    const { measurements, runs } = await measured({ sizes: [100, 1000], repeats: 30, warmUps: 2 });
    expect(runs).toBe(2 * (1 + 2 + 30));
    expect(measurements.map(({ units }) => units)).toEqual([100, 1000]);
    const [first, second] = measurements;
    expect(first?.firstCall.seconds).toBeGreaterThan(0.055);
    expect(first?.firstCall.fresh).toBe(true);
    expect(second?.firstCall.fresh).toBe(false);
    expect(first?.seconds.median).toBeLessThan(0.05);
    for (const { seconds, error, peakMemory, transfer, joules } of measurements) {
      expect(seconds.low).toBeLessThanOrEqual(seconds.median);
      expect(seconds.high).toBeGreaterThanOrEqual(seconds.median);
      expect(error).toMatchObject({ largest: 0, relative: 0, numbers: 1, agrees: true });
      expect(peakMemory.bytes).toBeGreaterThan(2 ** 24);
      expect(transfer.bytes).toBeGreaterThan(800);
      expect(joules).toEqual({ value: null, source: null, note: "no meter for this device" });
    }
  });

  test("memory on a board is the most that it held above what it held before, or is said not to be known", async () => {
    let held = 1000;
    const boardMemory = (): number => {
      held += 10;
      return held;
    };
    const known = await measured({ sizes: [100], boardMemory, warmUps: 1 });
    // one look before, one after the first call, thirty after the repeats
    expect(known.measurements[0]?.peakMemory.device).toMatchObject({ bytes: 310 });
    const unknown = await measured({ sizes: [100] });
    expect(unknown.measurements[0]?.peakMemory.device).toEqual({ bytes: null, note: "no board that NVML knows" });
  });

  test("transfers are a latency and a bandwidth each way, and go into a profile that can be read again", async () => {
    const clock = { seconds: 0 };
    // 2 ms, then 1 GB/s in and 0.5 GB/s out, whatever the machine does
    const took = (bytesIn: number, bytesOut: number): number => 2e-3 + bytesIn / 1e9 + bytesOut / 5e8;
    const dispatcher = {
      run: async (workload: typeof matrixMultiply, input: Parameters<typeof matrixMultiply.size>[0]) => {
        const { bytesIn, bytesOut } = workload.size(input);
        clock.seconds = took(bytesIn, bytesOut);
        return { measured: { seconds: clock.seconds } };
      },
    } as unknown as Parameters<typeof measureTransfer>[0];
    const vectors = (m: number, k: number, n: number) => ({
      ...{ m, k, n },
      ...{ a: new Float32Array(m * k), b: new Float32Array(k * n) },
    });
    const transfer = await measureTransfer(dispatcher, device, {
      workload: matrixMultiply,
      toDevice: (bytes) => vectors(1, bytes / 8, 1),
      fromDevice: (bytes) => vectors(Math.sqrt(bytes / 4), 1, Math.sqrt(bytes / 4)),
      note: "a test",
    });
    expect(transfer.latency).toBeCloseTo(2e-3, 5);
    expect((transfer.toDevice ?? 0) / 1e9).toBeCloseTo(1, 2);
    expect((transfer.fromDevice ?? 0) / 5e8).toBeCloseTo(1, 1);
    const { measurements } = await measured({ sizes: [100] });
    const profile = measuredProfile(measurements, { id: "a-test", transfers: [transfer] });
    expect(checkedProfile(JSON.parse(JSON.stringify(profile)), "a-test.json").transfers).toEqual([transfer]);
  });

  test("says how wrong a kernel is", async () => {
    const { measurements } = await measured({ sizes: [100] }, { wrong: 3 });
    expect(measurements[0]?.error).toMatchObject({ largest: 3, agrees: false, units: 100 });
  });

  test("shares the meter's joules out over all runs, repeating short ones for its sake", async () => {
    let joules = 0;
    let read = 0;
    const meter: EnergyMeter = {
      source: "counter",
      counts: "a test",
      resolution: 0.1,
      read: async () => {
        read++;
        return joules;
      },
    };
    const manager = await managerOf([
      fakeAccelerator({
        id: "fake",
        kernels: [
          fakeKernel(sum, {
            run: async ({ values }) => {
              joules += 2;
              await sleep(1);
              return values.reduce((x, y) => x + y, 0);
            },
          }),
        ],
      }),
    ]);
    const [one] = await measureKernel(manager, sum, device, meter, { sizes: [10] });
    expect(read).toBe(2);
    expect(one?.joules).toEqual({ value: 2, source: "counter", note: "a test" });
    await manager[Symbol.asyncDispose]();
  });

  test("gives no joules for what stays too short within the budget, nor where the meter lost count", async () => {
    const coarse: EnergyMeter = { source: "counter", resolution: 1e6, counts: "a calendar", read: async () => 1 };
    const { measurements } = await measured({ sizes: [10], budget: 0.2 }, { meter: coarse });
    expect(measurements[0]?.joules).toMatchObject({ value: null, source: null });
    expect(measurements[0]?.joules.note).toMatch(/^too short: all \d+ runs took .* s \(a calendar\)$/);
    let reading = 5;
    const broken: EnergyMeter = { source: "counter", read: async () => (reading -= 3) };
    expect((await measured({ sizes: [10] }, { meter: broken })).measurements[0]?.joules.note).toMatch(/lost count/);
  });

  test("stops before a size that would not fit the budget, and refuses fewer than 30 repeats", async () => {
    const { measurements } = await measured({ sizes: [100, 10 ** 7], budget: 1 }, { seconds: 0.002 });
    expect(measurements.map(({ units }) => units)).toEqual([100]);
    await expect(measured({ repeats: 29 })).rejects.toMatchObject({ code: "INPUT_INVALID" });
  });

  test("makes a profile that reads back, with rates, watts by their source and the idle power", async () => {
    const { measurements } = await measured({ sizes: [100, 1000, 10_000] }, { seconds: 0.001 });
    const counted = measurements.map((one) => ({
      ...one,
      joules: { value: 20 * one.seconds.median, source: "counter" as const, note: "a test" },
    }));
    const profile = measuredProfile(counted, { id: "a-host", idleWatts: 11, copyBandwidth: 1e10 });
    expect(checkedProfile(JSON.parse(JSON.stringify(profile)), "a-host.json")).toEqual(
      JSON.parse(JSON.stringify(profile)),
    );
    expect(profile.rates).toHaveLength(1);
    expect(profile.rates[0]).toMatchObject({ workload: "sum", kernel: "fake:0", watts: { basis: "measured" } });
    expect(profile.rates[0]?.watts.value).toBeCloseTo(20, 9);
    expect(powerOf(profile).idle).toBe(11);
    const modelled = counted.map((one) => ({ ...one, joules: { ...one.joules, source: "model" as const } }));
    expect(measuredProfile(modelled).rates[0]?.watts.basis).toBe("derived");
    const broken = { ...profile, measurements: [{ ...counted[0], joules: { value: 3, source: null, note: "" } }] };
    expect(() => checkedProfile(broken, "a-host.json")).toThrow(/a-host\.json: measurements\.0\.joules\.source: /);
  });
});
