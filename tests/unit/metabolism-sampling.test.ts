import {
  type BioAcceleratorManager,
  type FluxProblem,
  type FluxSampleSet,
  problemOf,
  type SamplingOptions,
  sampleFluxes,
  seededRandom,
} from "bioxen";
import { cpuSimd } from "bioxen/accelerators";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
// diagnostics are no part of the package's face
import { mixingOf, normalQuantile } from "../../dist/src/metabolism/sampling-diagnostics.js";
import { Moments } from "../../dist/src/metabolism/sampling-rounding.js";
import { managerOf } from "../support/manager.ts";
import { modelOf } from "../support/metabolic.ts";

let manager: BioAcceleratorManager;
beforeAll(async () => {
  manager = await managerOf([cpuSimd]);
});
afterAll(() => manager[Symbol.asyncDispose]());

/** An uptake of at most 1 that two exports share: their fluxes fill a triangle. */
const fork = problemOf(modelOf(["IN: -> a [0, 1]", "B: a -> [0, 10]", "C: a -> [0, 10]"], "B"));

async function sampled(problem: FluxProblem, options: SamplingOptions = {}): Promise<FluxSampleSet> {
  const set = await sampleFluxes(problem, manager, options);
  if (set.status !== "sampled") throw new Error(set.reason);
  return set;
}

/** Standard errors between a column's mean and its expectation. */
function errors({ mean, deviation, effectiveSize }: FluxSampleSet, column: number, expected: number): number {
  const error = (deviation[column] ?? Number.NaN) / Math.sqrt(effectiveSize[column] ?? Number.NaN);
  return Math.abs((mean[column] ?? Number.NaN) - expected) / error;
}

describe.each(["coordinate-hit-and-run", "artificial-centering"] as const)("%s", (method) => {
  test("a fork's fluxes are uniform on their triangle", async () => {
    const set = await sampled(fork, { method, samples: 4000, thinning: 20 });
    expect(set).toMatchObject({ dimension: 2, chains: 4, samples: 1000, thinning: 20 });
    expect(errors(set, 0, 2 / 3)).toBeLessThan(4.5);
    expect(errors(set, 1, 1 / 3)).toBeLessThan(4.5);
    expect(errors(set, 2, 1 / 3)).toBeLessThan(4.5);
    expect(errors(set, 2, 0.37)).toBeGreaterThan(4.5);
    for (const column of [0, 1, 2]) {
      // a triangle's coordinate has variance 1/18
      expect(set.deviation[column]).toBeCloseTo(Math.sqrt(1 / 18), 1);
      expect(set.effectiveSize[column]).toBeGreaterThan(1000);
      expect(set.rHat[column]).toBeLessThan(1.02);
    }
    expect(set.residual).toBeLessThan(1e-12);
    expect(set.violation).toBeLessThan(1e-9);
    expect([...set.least]).toEqual([0, 0, 0]);
    for (const most of set.most) expect(most).toBeCloseTo(1, 9);
  });
});

test("bounds that are infinite leave a space as it is where balances limit it, and none where nothing does", async () => {
  const open = ["IN: -> a [0, 1]", ...Array.from({ length: 80 }, (_, at) => `B${at}: a -> [0, Infinity]`)];
  const set = await sampled(problemOf(modelOf(open, "B0")), { samples: 40, thinning: 1 });
  expect(set.dimension).toBe(80);
  // each by itself takes all that comes in, which no corner but its own shows
  for (const most of set.most) expect(most).toBeCloseTo(1, 9);
  const loop = ["L1: a -> x [-Infinity, Infinity]", "L2: x -> a [-Infinity, Infinity]"];
  const answer = await sampleFluxes(problemOf(modelOf([...open, ...loop], "B0")), manager);
  expect(answer).toMatchObject({ status: "unbounded" });
});

test("moments of samples that come in pieces are those of all", () => {
  const random = (at: number): number =>
    Math.sin(12.9898 * at) * 43758.5453 - Math.floor(Math.sin(12.9898 * at) * 43758.5453);
  const samples = Float64Array.from(
    { length: 3 * 200 },
    (_, at) => 1e3 + (at % 3) * random(at) + random(at - (at % 3)),
  );
  const whole = new Moments(3);
  whole.add(samples);
  const pieces = new Moments(3);
  for (const [from, to] of [
    [0, 3],
    [3, 90],
    [90, 600],
  ] as const)
    pieces.add(samples.subarray(from, to));
  expect(pieces.count).toBe(200);
  const [mean, covariance] = [whole.mean(), whole.covariance()];
  for (let at = 0; at < 3; at++) {
    const column = samples.filter((_, place) => place % 3 === at);
    expect(mean[at]).toBeCloseTo(column.reduce((sum, value) => sum + value, 0) / 200, 9);
    expect(pieces.mean()[at]).toBeCloseTo(mean[at] ?? 0, 9);
    for (let other = 0; other <= at; other++) {
      const second = samples.filter((_, place) => place % 3 === other);
      const expected =
        column.reduce((sum, value, i) => sum + (value - (mean[at] ?? 0)) * ((second[i] ?? 0) - (mean[other] ?? 0)), 0) /
        200;
      expect(covariance[3 * at + other]).toBeCloseTo(expected, 9);
      expect(pieces.covariance()[3 * at + other]).toBeCloseTo(expected, 9);
    }
  }
});

test("a fraction of the optimum cuts the triangle", async () => {
  // B of 0.5 or more: a triangle of half the size
  const set = await sampled(fork, { objectiveFraction: 0.5, samples: 4000, thinning: 20 });
  expect(errors(set, 1, 0.5 + 1 / 6)).toBeLessThan(4.5);
  expect(errors(set, 2, 1 / 6)).toBeLessThan(4.5);
  expect(Math.min(...set.fluxes.filter((_, at) => at % 3 === 1))).toBeGreaterThanOrEqual(0.5 - 1e-9);
});

test("a single point is sampled as itself", async () => {
  const set = await sampled(fork, { objectiveFraction: 1, samples: 8 });
  expect(set.dimension).toBe(0);
  for (let at = 0; at < set.fluxes.length; at++) expect(set.fluxes[at]).toBeCloseTo(at % 3 === 2 ? 0 : 1, 9);
  expect(set.effectiveSize.every(Number.isNaN)).toBe(true);
});

test("a line between two implicit equations, and a flux that is fixed by its bounds", async () => {
  const model = modelOf(["IN: -> a [3, 3]", "B: a -> b [0, 10]", "C: a -> b [0, 2]", "OUT: b -> [0, 3]"], "B");
  const set = await sampled(problemOf(model), { samples: 4000, thinning: 20 });
  expect(set.dimension).toBe(1);
  expect(errors(set, 2, 1)).toBeLessThan(4.5);
  expect(set.mean[0]).toBeCloseTo(3, 9);
  expect(set.deviation[3]).toBeLessThan(1e-9);
});

test("fluxes of which one is a billionth of the other", async () => {
  const model = modelOf(["IN: -> a [0, 1000]", "B: a -> [0, 1000]", "C: 1000000 a -> [0, 1000]"], "B");
  const set = await sampled(problemOf(model), { samples: 4000, thinning: 20 });
  expect(set.dimension).toBe(2);
  expect(errors(set, 2, 1e-3 / 3)).toBeLessThan(4.5);
});

test("the same seed gives the same samples on one thread and on two, another one others", async () => {
  const one = await sampled(fork, { dispatch: { threads: 1 }, seed: 7 });
  const two = await sampled(fork, { dispatch: { threads: 2 }, seed: 7 });
  expect(two.fluxes).toEqual(one.fluxes);
  expect((await sampled(fork, { seed: 8 })).fluxes).not.toEqual(one.fluxes);
});

describe("what cannot be sampled", () => {
  test("is told by its status", async () => {
    const infeasible = problemOf(modelOf(["IN: -> a [0, 1]", "B: a -> [2, 10]"], "B"));
    expect(await sampleFluxes(infeasible, manager)).toMatchObject({ status: "infeasible" });
    const unbounded = problemOf(modelOf(["IN: -> a [0, Infinity]", "B: a -> [0, Infinity]"], "B"));
    expect(await sampleFluxes(unbounded, manager)).toMatchObject({ status: "unbounded" });
    const half = problemOf(modelOf(["IN: -> a [0, Infinity]", "B: a -> [0, Infinity]", "C: a -> [0, 1]"], "B"));
    expect(await sampleFluxes(half, manager)).toMatchObject({ status: "unbounded" });
    const cycle = problemOf(modelOf(["A: a -> b [-Infinity, Infinity]", "B: b -> a [-Infinity, Infinity]"], "B"));
    expect(await sampleFluxes(cycle, manager)).toMatchObject({ status: "unbounded" });
  });

  test.each<[string, Partial<FluxProblem>, SamplingOptions]>([
    ["a lower bound above the upper", { lower: Float64Array.of(0, 11, 0) }, {}],
    ["a NaN bound", { upper: Float64Array.of(1, Number.NaN, 1) }, {}],
    ["a NaN coefficient", { values: Float64Array.of(1, Number.NaN, -1) }, {}],
    ["integer columns", { integer: Uint8Array.of(0, 1, 0) }, {}],
    ["no thinning", {}, { thinning: 0 }],
    ["half a sample", {}, { samples: 0.5 }],
    ["one chain", {}, { chains: 1 }],
    ["a seed below 0", {}, { seed: -1 }],
    ["a fraction above 1", {}, { objectiveFraction: 1.5 }],
  ])("%s is refused", async (_, problem, options) => {
    await expect(sampleFluxes({ ...fork, ...problem }, manager, options)).rejects.toMatchObject({
      code: "INPUT_INVALID",
    });
  });
});

describe("diagnostics", () => {
  const random = seededRandom(9);
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

  test("of independent draws: all of them count, and chains agree", () => {
    const { effectiveSize, rHat } = mixingOf(
      Float64Array.from({ length: 4000 }, () => normal()),
      4,
    );
    expect(effectiveSize).toBeGreaterThan(3200);
    expect(effectiveSize).toBeLessThan(4800);
    expect(rHat).toBeLessThan(1.01);
  });

  test("of chains in different places, of different widths, and of one that drifts", () => {
    const place = Float64Array.from({ length: 4000 }, (_, at) => normal() + Number(at < 1000));
    const width = Float64Array.from({ length: 4000 }, (_, at) => normal() * (at < 1000 ? 3 : 1));
    const drift = Float64Array.from({ length: 4000 }, (_, at) => normal() + at / 1000);
    // infinite variance hides nothing from ranks
    const heavy = Float64Array.from({ length: 4000 }, (_, at) => normal() / normal() + 3 * Number(at < 1000));
    for (const draws of [place, width, drift, heavy]) expect(mixingOf(draws, 4).rHat).toBeGreaterThan(1.05);
    expect(mixingOf(drift, 1).rHat).toBeGreaterThan(1.5);
  });

  test("of one number there is nothing to say", () => {
    expect(mixingOf(new Float64Array(100).fill(3), 4)).toEqual({ effectiveSize: Number.NaN, rHat: Number.NaN });
  });

  test("normal quantiles", () => {
    expect(normalQuantile(0.5)).toBe(0);
    expect(normalQuantile(0.975)).toBeCloseTo(1.959963985, 7);
    expect(normalQuantile(1e-6)).toBeCloseTo(-4.753424309, 6);
    expect(normalQuantile(0.01) + normalQuantile(0.99)).toBeCloseTo(0, 9);
  });
});
