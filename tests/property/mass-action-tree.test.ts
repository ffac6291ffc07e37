// Networks too large for locals whose rates are all mass action have their sum tree in WebAssembly: bit for bit the oracle's answer.
import { BioAcceleratorManager, type StochasticInput, stochasticSimulation, trajectoryStatus } from "bioxen";
import { builtin } from "bioxen/accelerators";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { networkOf, type ReactionOf } from "../support/networks.ts";
import { ensemble } from "../support/stochastic-simulation-cases.ts";

let manager: BioAcceleratorManager;
beforeAll(async () => {
  manager = await BioAcceleratorManager.open({ accelerators: builtin.filter(({ id }) => id === "cpu-simd") });
});
afterAll(() => manager[Symbol.asyncDispose]());

async function differs(input: StochasticInput): Promise<string | null> {
  const { output } = await manager.run(stochasticSimulation, input, { device: "cpu-simd" });
  const wanted = stochasticSimulation.reference?.(input);
  if (wanted === undefined) throw new Error("no oracle");
  return stochasticSimulation.differ(output, await wanted, input);
}

const species = 12;
const one = fc.integer({ min: 0, max: species - 1 });
const rate = fc.double({ min: 1e-4, max: 2, noNaN: true });
const law: fc.Arbitrary<ReactionOf> = fc.oneof(
  rate.chain((k) => one.map((to): ReactionOf => [[], [[to, 1]], 5 * k])),
  fc.tuple(one, one, rate).map(
    ([from, to, k]): ReactionOf => [
      [[from, 1]],
      from === to
        ? [[from, -1]]
        : [
            [from, -1],
            [to, 1],
          ],
      k,
    ],
  ),
  fc.tuple(one, rate).map(([from, k]): ReactionOf => [[[from, 2]], [[from, -2]], 0.01 * k]),
  fc
    .tuple(one, one, rate)
    .filter(([a, b]) => a !== b)
    .map(
      ([a, b, k]): ReactionOf => [
        [
          [a, 1],
          [b, 1],
        ],
        [[a, -1]],
        0.01 * k,
      ],
    ),
);

test("random networks of 25 to 90 reactions: every value, time and count of draws is the oracle's", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(law, { minLength: 25, maxLength: 90 }),
      fc.array(fc.integer({ min: 0, max: 60 }), { minLength: species, maxLength: species }),
      fc.integer({ min: 0, max: 2 ** 32 - 1 }),
      async (reactions, start, seed) => {
        const input = ensemble(networkOf(start, reactions), { seed, count: 3, mostEvents: 2000 });
        expect(await differs(input)).toBeNull();
      },
    ),
    { numRuns: 40 },
  );
});

test("values that many reactions read, two of them changed by one reaction", async () => {
  // twenty genes compete for the machines of value 0, which decay into value 1 and come back
  const genes = Array.from({ length: 20 }, (_, at) => at + 2);
  const network = networkOf(
    [30, 10, ...genes.map(() => 2)],
    [
      ...genes.map(
        (gene): ReactionOf => [
          [
            [0, 1],
            [gene, 1],
          ],
          [
            [0, -1],
            [1, 1],
          ],
          0.01 * gene,
        ],
      ),
      ...genes.map(
        (gene): ReactionOf => [
          [
            [1, 1],
            [gene, 1],
          ],
          [
            [1, -1],
            [0, 1],
            [gene, gene % 2 === 0 ? 1 : -1],
          ],
          0.02,
        ],
      ),
    ],
  );
  expect(await differs(ensemble(network, { times: Float64Array.of(2, 30) }))).toBeNull();
});

const death: ReactionOf = [[[0, 1]], [[0, -1]], 1];
const births = Array.from({ length: 30 }, (): ReactionOf => [[], [[0, 1]], 3]);

test("more random numbers than are made at once, a budget in the middle, and a run that goes on from it", async () => {
  const network = networkOf([5], [...births, death]);
  expect(await differs(ensemble(network, { times: Float64Array.of(3, 9, 20), count: 2 }))).toBeNull();
  const cut = ensemble(network, { times: Float64Array.of(20), count: 2, mostEvents: 1111 });
  const { output } = await manager.run(stochasticSimulation, cut, { device: "cpu-simd" });
  expect([...output.statuses]).toEqual([trajectoryStatus.exhausted, trajectoryStatus.exhausted]);
  expect(await differs(cut)).toBeNull();
  expect(await differs({ ...cut, mostEvents: 20_000, state: output.state })).toBeNull();
});

test("a value that would be negative and a rate that is none are blamed as the oracle blames them", async () => {
  const greedy: ReactionOf = [[[0, 1]], [[0, -3]], 50];
  const lacking = ensemble(networkOf([4], [...births.map((b): ReactionOf => [b[0], b[1], 0.1]), greedy]), { count: 4 });
  const { output } = await manager.run(stochasticSimulation, lacking, { device: "cpu-simd" });
  expect([...output.statuses]).toContain(trajectoryStatus.negative);
  expect(await differs(lacking)).toBeNull();
  const nameless = networkOf([5], [...births, [[[0, 1]], [[0, -1]], Number.NaN]]);
  const wrong = ensemble(nameless, { count: 2 });
  const answer = await manager.run(stochasticSimulation, wrong, { device: "cpu-simd" });
  expect([...answer.output.culprits]).toEqual([30, 30]);
  expect(await differs(wrong)).toBeNull();
});
