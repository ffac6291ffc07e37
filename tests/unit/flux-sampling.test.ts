import { chainStatus, type FluxSamples, type FluxSamplingInput, fluxSampling, seededRandom } from "bioxen";
import { cpuSimd } from "bioxen/accelerators";
import { describe, expect, test } from "vitest";
import { philox } from "../../dist/src/network/philox.js";
// the random numbers and the effective size are no part of the package's face
import { effectiveSampleSize } from "../../dist/src/workloads/flux-sampling/effective-sample-size.js";
import { calmly, firstDevice, runKernel } from "../support/run-on.ts";

function input(more: Partial<FluxSamplingInput> = {}): FluxSamplingInput {
  const polytope = {
    dimension: 2,
    rows: 3,
    coefficients: Float64Array.of(1, 0, 1, 0, 1, 1),
    lower: Float64Array.of(0, 0, Number.NEGATIVE_INFINITY),
    upper: Float64Array.of(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 1),
  };
  const starts = Float64Array.of(0.2, 0.2, 0.5, 0.1);
  return { polytope, warmUp: null, starts, samples: 50, thinning: 20, seed: 3, firstChain: 0, ...more };
}

const corners = Float64Array.of(0, 0, 1, 0, 0, 1);

function oracle(of: FluxSamplingInput): FluxSamples {
  const answer = fluxSampling.reference?.(of);
  if (answer === undefined) throw new Error("flux-sampling has an oracle");
  return answer;
}

async function onThreads(of: FluxSamplingInput, threads: number): Promise<FluxSamples> {
  const info = await firstDevice(cpuSimd);
  if (typeof info === "string") throw new Error(info);
  await using device = await cpuSimd.open(info, calmly());
  return await runKernel(cpuSimd, device, fluxSampling, of, { ...calmly(), threads });
}

/** The answer with one number changed. */
function changed(answer: FluxSamples, at: number, by: number): FluxSamples {
  const points = answer.points.slice();
  points[at] = (points[at] ?? 0) + by;
  return { ...answer, points };
}

test("Philox4x32-10 gives the numbers of its authors' known-answer file", () => {
  const words = new Uint32Array(4);
  philox(new Uint32Array(4), new Uint32Array(2), words);
  expect([...words]).toEqual([0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]);
  philox(new Uint32Array(4).fill(0xffffffff), new Uint32Array(2).fill(0xffffffff), words);
  expect([...words]).toEqual([0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd]);
  philox(Uint32Array.of(0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344), Uint32Array.of(0xa4093822, 0x299f31d0), words);
  expect([...words]).toEqual([0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1]);
});

describe("what counts as equal", () => {
  test("coordinate hit-and-run: a coordinate that is off by more than 1e-6, a status, a missing sample", () => {
    const right = oracle(input());
    expect(fluxSampling.differ(right, right, input())).toBeNull();
    expect(fluxSampling.differ(changed(right, 17, 1e-9), right, input())).toBeNull();
    expect(fluxSampling.differ(changed(right, 17, 1e-5), right, input())).toMatch(/chain 0, sample 8, coordinate 1/);
    expect(fluxSampling.differ(changed(right, 17, Number.NaN), right, input())).toMatch(/NaN/);
    const lost = { ...right, statuses: Uint8Array.of(0, chainStatus.unbounded) };
    expect(fluxSampling.differ(lost, right, input())).toMatch(/chain 1 has status 2/);
    expect(fluxSampling.differ({ ...right, points: right.points.slice(2) }, right, input())).toMatch(/expected 200/);
  });

  test("single precision: near the oracle's samples, and inside", () => {
    const right = oracle(input());
    const single = (answer: FluxSamples): FluxSamples => ({ ...answer, precision: "single" });
    expect(fluxSampling.differ(single({ ...right, points: right.points.map(Math.fround) }), right, input())).toBeNull();
    expect(fluxSampling.differ(single(changed(right, 17, 0.02)), right, input())).toMatch(/coordinate 1/);
    // near, and yet outside
    const nearest = right.points.reduce((best, value, at) => (value < (right.points[best] ?? 0) ? at : best), 0);
    const outside = changed(right, nearest, -(right.points[nearest] ?? 0) - 5e-4);
    expect(fluxSampling.differ(single(outside), right, input())).toMatch(/constraint/);
    // another stream
    expect(fluxSampling.differ(single(oracle(input({ seed: 4 }))), right, input())).not.toBeNull();
  });

  test("artificial centering: every stretch follows from the point before it", () => {
    const one = input({ warmUp: corners });
    const right = oracle(one);
    expect(fluxSampling.differ(right, right, one)).toBeNull();
    expect(fluxSampling.differ(changed(right, 101, 1e-3), right, one)).toMatch(/the walk leads to/);
    expect(fluxSampling.differ(oracle({ ...one, seed: 4 }), right, one)).toMatch(/the walk leads to/);
    expect(fluxSampling.differ(oracle({ ...one, warmUp: null }), right, one)).toMatch(/the walk leads to/);
  });

  test("artificial centering over long stretches: inside, and equal in the mean", () => {
    const long = input({ warmUp: corners, thinning: 300, samples: 400 });
    const right = oracle(long);
    expect(fluxSampling.differ(oracle({ ...long, seed: 4 }), right, long)).toBeNull();
    expect(fluxSampling.differ(changed(right, 101, 2), right, long)).toMatch(/constraint/);
    // the uniform distribution on the half of the triangle that is nearer to the origin
    const half = { ...right, points: right.points.map((value) => value / 2) };
    expect(fluxSampling.differ(half, right, long)).toMatch(/mean of coordinate/);
  });
});

describe("the input", () => {
  const wrong: Readonly<Record<string, Partial<FluxSamplingInput>>> = {
    "no thinning": { thinning: 0 },
    "half a sample": { samples: 0.5 },
    "no chain": { starts: new Float64Array(0) },
    "half a point": { starts: new Float64Array(3) },
    "no dimension": { polytope: { ...input().polytope, dimension: 0, coefficients: new Float64Array(0) } },
    "a NaN coefficient": {
      polytope: { ...input().polytope, coefficients: Float64Array.of(1, 0, 1, 0, Number.NaN, 1) },
    },
    "a lower bound above the upper": { polytope: { ...input().polytope, lower: Float64Array.of(0, 0, 2) } },
    "a width of 0": { polytope: { ...input().polytope, lower: Float64Array.of(0, 0, 1) } },
    "a NaN bound": { polytope: { ...input().polytope, upper: Float64Array.of(1, Number.NaN, 1) } },
    "one warm-up point": { warmUp: Float64Array.of(0, 0) },
    "more steps than a counter holds": { samples: 2 ** 20, thinning: 2 ** 13 },
    "a negative seed": { seed: -1 },
  };
  test.each(Object.entries(wrong))("%s is refused", async (_, more) => {
    const checked = await fluxSampling.input["~standard"].validate(input(more));
    expect(checked.issues).toBeDefined();
  });
});

describe("the distribution", () => {
  /** Standard errors between a sample's mean of a function and its expectation. */
  function errors(
    answer: FluxSamples,
    chains: number,
    dimension: number,
    expected: number,
    of: (point: Float64Array) => number,
  ): number {
    const values = Float64Array.from({ length: answer.points.length / dimension }, (_, at) =>
      of(answer.points.subarray(at * dimension, (at + 1) * dimension)),
    );
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const square = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    const size = effectiveSampleSize(values, chains);
    expect(size).toBeGreaterThan(400);
    return Math.abs(mean - expected) / Math.sqrt(square / size);
  }

  test.each([
    ["coordinate hit-and-run", null],
    ["artificial centering", Float64Array.of(0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1)],
  ] as const)("%s is uniform on a simplex", async (_, warmUp) => {
    const polytope = {
      dimension: 3,
      rows: 4,
      coefficients: Float64Array.of(1, 0, 0, 1, 0, 1, 0, 1, 0, 0, 1, 1),
      lower: Float64Array.of(0, 0, 0, Number.NEGATIVE_INFINITY),
      upper: Float64Array.of(...new Array<number>(3).fill(Number.POSITIVE_INFINITY), 1),
    };
    const starts = new Float64Array(12).fill(0.2);
    const answer = await onThreads(input({ polytope, warmUp, starts, samples: 2000, thinning: 30 }), 1);
    // Dirichlet(1, 1, 1, 1): mean 1/4, second moment 1/10, mixed 1/20, chance that all are below 1/2 1 - 4 / 8
    for (const at of [0, 1, 2]) {
      expect(errors(answer, 4, 3, 1 / 4, (point) => point[at] ?? 0)).toBeLessThan(4.5);
      expect(errors(answer, 4, 3, 1 / 10, (point) => (point[at] ?? 0) ** 2)).toBeLessThan(4.5);
    }
    expect(errors(answer, 4, 3, 1 / 20, ([x = 0, y = 0]) => x * y)).toBeLessThan(4.5);
    const largest = ([x = 0, y = 0, z = 0]: Float64Array): number => Math.max(x, y, z, 1 - x - y - z);
    expect(errors(answer, 4, 3, 1 / 2, (point) => Number(largest(point) < 0.5))).toBeLessThan(4.5);
    // the test can fail: a moment that is off by a twentieth is seen
    expect(errors(answer, 4, 3, 1.1 / 4, ([x = 0]) => x)).toBeGreaterThan(4.5);
  });
});

test("chains depend on neither threads nor neighbours", async () => {
  const large = { ...fluxSampling.generate(4e6, seededRandom(1)), firstChain: 5 };
  const { dimension } = large.polytope;
  const one = await onThreads(large, 1);
  expect((await onThreads(large, 2)).points).toEqual(one.points);
  const third = { ...large, starts: large.starts.slice(2 * dimension, 3 * dimension), firstChain: 7 };
  const length = large.samples * dimension;
  expect((await onThreads(third, 1)).points).toEqual(one.points.slice(2 * length, 3 * length));
});

describe("the effective size", () => {
  test("of an autoregressive series is (1 - r) / (1 + r) of its length", () => {
    const random = seededRandom(5);
    const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    for (const r of [0, 0.5, 0.9, -0.4]) {
      const values = new Float64Array(4 * 20_000);
      for (let at = 0; at < values.length; at++)
        values[at] = at % 20_000 === 0 ? normal() / Math.sqrt(1 - r * r) : r * (values[at - 1] ?? 0) + normal();
      const share = effectiveSampleSize(values, 4) / values.length / ((1 - r) / (1 + r));
      expect(share).toBeGreaterThan(0.85);
      expect(share).toBeLessThan(1.15);
    }
  });

  test("of chains that stay apart is about their number, and of one number nothing", () => {
    const random = seededRandom(6);
    const apart = Float64Array.from({ length: 4000 }, (_, at) => Math.floor(at / 1000) + random() / 10);
    expect(effectiveSampleSize(apart, 4)).toBeLessThan(10);
    expect(effectiveSampleSize(new Float64Array(400), 4)).toBeNaN();
    expect(effectiveSampleSize(new Float64Array(3), 1)).toBeNaN();
  });
});
