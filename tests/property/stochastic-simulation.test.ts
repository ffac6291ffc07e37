import {
  BioAcceleratorManager,
  restarted,
  type StochasticInput,
  type StochasticTrajectories,
  stochasticSimulation,
  trajectoryStatus,
} from "bioxen";
import { builtin } from "bioxen/accelerators";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { dimerisation, expression, immigrationDeath, networkOf } from "../support/networks.ts";
import { ensemble } from "../support/stochastic-simulation-cases.ts";

let manager: BioAcceleratorManager;
beforeAll(async () => {
  manager = await BioAcceleratorManager.open({ accelerators: builtin.filter(({ id }) => id === "cpu-simd") });
});
afterAll(() => manager[Symbol.asyncDispose]());

async function run(input: StochasticInput, threads?: number): Promise<StochasticTrajectories> {
  const options = threads === undefined ? {} : { threads };
  return (await manager.run(stochasticSimulation, input, { device: "cpu-simd", ...options })).output;
}

interface Moments {
  readonly mean: number;
  readonly variance: number;
}

function momentsOf(
  { samples }: StochasticTrajectories,
  { observed, times, count }: StochasticInput,
  point: number,
  place = 0,
): Moments {
  const all = Array.from(
    { length: count },
    (_, item) => samples[(item * times.length + point) * observed.length + place] ?? Number.NaN,
  );
  const mean = all.reduce((sum, one) => sum + one, 0) / count;
  return { mean, variance: all.reduce((sum, one) => sum + (one - mean) ** 2, 0) / (count - 1) };
}

const methods = ["exact", "tau-leaping"] as const;
const count = 20_000;

describe.each(methods)("%s", (method) => {
  test("immigration and death: mean and variance of a Poisson number", async () => {
    const input = ensemble(immigrationDeath(0, 40, 0.2), {
      method,
      count,
      times: Float64Array.of(3, 30),
      mostEvents: 1e5,
    });
    const output = await run(input);
    for (const [point, time] of [3, 30].entries()) {
      const wanted = 200 * (1 - Math.exp(-0.2 * time));
      const { mean, variance } = momentsOf(output, input, point);
      // a leap lets rates change by 3 %
      const slack = method === "exact" ? 0 : 0.01 * wanted;
      expect(Math.abs(mean - wanted)).toBeLessThan(5 * Math.sqrt(wanted / count) + slack);
      expect(Math.abs(variance / wanted - 1)).toBeLessThan(5 * Math.sqrt(2 / count) + (method === "exact" ? 0 : 0.05));
    }
  });

  test("dimerisation conserves mass", async () => {
    const input = ensemble(dimerisation(100), {
      method,
      count,
      times: Float64Array.of(10, 50),
      observed: Uint32Array.of(0, 1),
      mostEvents: 1e5,
    });
    const output = await run(input);
    for (let at = 0; at < output.samples.length; at += 2)
      expect((output.samples[at] ?? 0) + 2 * (output.samples[at + 1] ?? 0)).toBe(100);
  });
});

test("dimerisation: the exact mean of a small system by its master equation", async () => {
  // 4 molecules: states by dimers 0, 1, 2, solved by small Euler steps
  let p = [1, 0, 0];
  const step = 1e-4;
  for (let at = 0; at < 1 / step; at++) {
    const [none = 0, one = 0, both = 0] = p;
    const [up0, up1, down1, down2] = [6 * 0.3 * none, 0.3 * one, 0.5 * one, 2 * 0.5 * both];
    p = [none + step * (down1 - up0), one + step * (up0 + down2 - up1 - down1), both + step * (up1 - down2)];
  }
  const wanted = (p[1] ?? 0) + 2 * (p[2] ?? 0);
  const input = ensemble(dimerisation(4, 0.3, 0.5), {
    count: 50_000,
    times: Float64Array.of(1),
    observed: Uint32Array.of(1),
    mostEvents: 1e4,
  });
  const { mean, variance } = momentsOf(await run(input), input, 0);
  expect(Math.abs(mean - wanted)).toBeLessThan(5 * Math.sqrt(variance / 50_000) + 2e-4);
});

test.each([
  ["in locals", immigrationDeath(50, 10, 0.1)],
  ["over a tree", expression(20)],
])(
  "the same seed gives the same bytes on any number of threads, and whatever else is simulated, %s",
  async (_, network) => {
    const input = ensemble(network, { count: 64, times: Float64Array.of(5, 30), mostEvents: 1e6 });
    const one = await run(input, 1);
    expect(stochasticSimulation.differ(await run(input, 2), one, input)).toBeNull();
    const part: StochasticInput = { ...input, count: 1, firstTrajectory: 41 };
    const alone = await run(part);
    const width = one.samples.length / 64;
    expect(alone.samples).toEqual(one.samples.slice(41 * width, 42 * width));
    const other = await run({ ...input, seed: 2 });
    expect(stochasticSimulation.differ(other, one, input)).not.toBeNull();
  },
);

test.each(methods)("%s: a run that is continued is the run that was not cut, bit by bit", async (method) => {
  const whole = ensemble(dimerisation(500, 0.001, 0.1), {
    method,
    count: 20,
    times: Float64Array.of(1, 2, 3, 4),
    mostEvents: 1e6,
  });
  const wanted = await run(whole);
  const first = await run({ ...whole, times: whole.times.slice(0, 2) });
  const second = await run({ ...whole, times: whole.times.slice(2), state: first.state });
  expect(second.state).toEqual(wanted.state);
  // and after a budget that ran out in its middle
  const short = await run({ ...whole, mostEvents: 7 });
  expect(new Set(short.statuses)).toEqual(new Set([trajectoryStatus.exhausted]));
  const rest = await run({ ...whole, state: short.state });
  expect(rest.state).toEqual(wanted.state);
});

test("a state at a later time, with changed values, forgets the waiting time", async () => {
  // nothing can happen in the first second; then the rate is set to 50
  const input = ensemble(immigrationDeath(0, 0, 1), { count, times: Float64Array.of(1), mostEvents: 1e5 });
  const { state } = await run(input);
  const changes = {
    offsets: Uint32Array.from({ length: count + 1 }, (_, item) => item),
    values: new Uint32Array(count).fill(1),
    amounts: new Float64Array(count).fill(50),
  };
  const later = { ...input, times: Float64Array.of(3), state: restarted(state, 1), changes };
  const { mean } = momentsOf(await run(later), later, 0);
  const wanted = 50 * (1 - Math.exp(-2));
  expect(Math.abs(mean - wanted)).toBeLessThan(5 * Math.sqrt(wanted / count));
});

test("a runaway model ends with its budget, and its neighbours end well", async () => {
  const growing = networkOf([1], [[[[0, 1]], [[0, 1]], 1]]);
  const input = ensemble(growing, {
    count: 2,
    times: Float64Array.of(1000),
    mostEvents: 1e5,
    changes: { offsets: Uint32Array.of(0, 0, 1), values: Uint32Array.of(0), amounts: Float64Array.of(0) },
  });
  const { statuses, events, samples } = await run(input);
  expect([...statuses]).toEqual([trajectoryStatus.exhausted, trajectoryStatus.finished]);
  expect(events[0]).toBe(1e5);
  expect(samples[0]).toBeNaN();
});
