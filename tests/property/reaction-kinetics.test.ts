import {
  BioAcceleratorManager,
  type KineticsInput,
  type KineticsSolutions,
  kineticsStatus,
  reactionKinetics,
} from "bioxen";
import { builtin } from "bioxen/accelerators";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { atLeast, dimerisation, networkOf, number, time, value } from "../support/networks.ts";
import { solution } from "../support/reaction-kinetics-cases.ts";

let manager: BioAcceleratorManager;
beforeAll(async () => {
  manager = await BioAcceleratorManager.open({ accelerators: builtin.filter(({ id }) => id === "cpu-simd") });
});
afterAll(() => manager[Symbol.asyncDispose]());

async function run(input: KineticsInput): Promise<KineticsSolutions> {
  return (await manager.run(reactionKinetics, input, { device: "cpu-simd" })).output;
}

test("decay is an exponential, at any rate", async () => {
  await fc.assert(
    fc.asyncProperty(fc.double({ min: 0.01, max: 1000, noNaN: true }), async (rate) => {
      const { samples } = await run(
        solution(networkOf([8], [[[[0, 1]], [[0, -1]], rate]]), {
          observed: Uint32Array.of(0),
          times: Float64Array.of(0.5, 2),
        }),
      );
      expect(samples[0]).toBeCloseTo(8 * Math.exp(-0.5 * rate), 4);
      expect(samples[1]).toBeCloseTo(8 * Math.exp(-2 * rate), 4);
    }),
    { numRuns: 30 },
  );
});

test("mass is conserved to rounding", async () => {
  const { samples } = await run(
    solution(dimerisation(100), { observed: Uint32Array.of(0, 1), times: Float64Array.of(1, 100, 1e4) }),
  );
  for (let at = 0; at < samples.length; at += 2)
    expect((samples[at] ?? 0) + 2 * (samples[at + 1] ?? 0)).toBeCloseTo(100, 9);
});

test("Robertson's problem at 40 and at 4e5: Hairer & Wanner's values", async () => {
  const network = networkOf(
    [1, 0, 0],
    [
      [
        [[0, 1]],
        [
          [0, -1],
          [1, 1],
        ],
        0.04,
      ],
      // a rate constant of 3e7 for y2 squared; mass action divides by 2
      [
        [[1, 2]],
        [
          [1, -1],
          [2, 1],
        ],
        6e7,
      ],
      [
        [
          [1, 1],
          [2, 1],
        ],
        [
          [0, 1],
          [1, -1],
        ],
        1e4,
      ],
    ],
  );
  const { samples } = await run(
    solution(network, {
      times: Float64Array.of(40),
      relative: 1e-8,
      absolute: 1e-12,
      observed: Uint32Array.of(0, 1, 2),
    }),
  );
  expect(samples[0]).toBeCloseTo(0.7158270688, 6);
  expect((samples[1] ?? 0) / 9.185534765e-6).toBeCloseTo(1, 5);
  expect(samples[2]).toBeCloseTo(0.2841637457, 6);
});

test("an event happens at the time its trigger becomes true, and before the sample of that time", async () => {
  const network = networkOf([1, 0], [[[[0, 1]], [[0, -1]], 1]], {
    events: [
      {
        trigger: { kind: "compare", of: "lessOrEqual", arguments: [value(0), number(0.25)] },
        initiallyTrue: true,
        persistent: true,
        delay: null,
        priority: null,
        valuesFromTrigger: true,
        assignments: [{ value: 1, of: time }],
      },
      {
        trigger: atLeast(time, number(2)),
        initiallyTrue: true,
        persistent: true,
        delay: null,
        priority: null,
        valuesFromTrigger: true,
        assignments: [{ value: 0, of: number(5) }],
      },
    ],
  });
  const { samples } = await run(
    solution(network, {
      times: Float64Array.of(1.99, 2),
      observed: Uint32Array.of(0, 1),
      relative: 1e-9,
      absolute: 1e-11,
    }),
  );
  expect(samples[1]).toBeCloseTo(Math.log(4), 8);
  expect(samples[2]).toBe(5);
});

test("a solution that is continued is the one that was not cut, within the tolerance; a blow-up gets stuck", async () => {
  const input = solution(dimerisation(100), { times: Float64Array.of(3, 50) });
  const whole = await run(input);
  const first = await run({ ...input, times: Float64Array.of(3) });
  const second = await run({ ...input, times: Float64Array.of(50), state: first.state });
  expect(second.samples[0]).toBeCloseTo(whole.samples[input.observed.length] ?? Number.NaN, 4);
  // x' = x squared ends at time 1
  const { statuses } = await run(solution(networkOf([1], [[[[0, 2]], [[0, 1]], 2]]), { times: Float64Array.of(2) }));
  expect(statuses[0]).not.toBe(kineticsStatus.finished);
});
