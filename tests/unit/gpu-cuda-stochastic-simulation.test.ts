// The GPU's direct method on the stand-in driver, beyond what the conformance kit looks at.
import { readFileSync } from "node:fs";
import { type Expression, type StochasticInput, stochasticSimulation } from "bioxen";
import { createGpuCuda } from "bioxen/accelerators";
import { expect, test } from "vitest";
import { measureStochasticSimulation } from "../../dist/bench/cuda/stochastic-simulation.js";
import { buildStandIn, whyNoStandIn } from "../support/cuda-stand-in/stand-in.ts";
import {
  atLeast,
  dimerisation,
  expression,
  immigrationDeath,
  networkOf,
  number,
  plus,
  time,
  times,
  value,
} from "../support/networks.ts";
import { isRequired } from "../support/required.ts";
import { ensemble } from "../support/stochastic-simulation-cases.ts";

const context = { signal: new AbortController().signal, threads: 1 };
const why = whyNoStandIn();
if (why !== null && isRequired("gpu-cuda")) throw new Error(why);
const whenBuilt = test.skipIf(why !== null);
const opened = why === null ? await open() : null;

async function open() {
  const { libraries, configure } = await buildStandIn();
  configure("");
  const gpu = createGpuCuda(libraries);
  const probe = await gpu.probe(context);
  if (probe.status !== "present") throw new Error(`the stand-in is ${probe.status}`);
  const [info] = probe.devices;
  const kernel = gpu.kernels.find(({ workload }) => workload.id === stochasticSimulation.id);
  if (kernel === undefined) throw new Error("gpu-cuda has no kernel for stochastic-simulation");
  return { libraries, info, kernel, device: await gpu.open(info, context) };
}

/** The answer to an input, having been held against the oracle's. */
async function checked(input: StochasticInput) {
  if (opened === null) throw new Error("not built");
  expect(opened.kernel.supports(input, opened.info)).toEqual({ ok: true });
  const answer = await opened.device.run(opened.kernel, input, context);
  expect(stochasticSimulation.differ(answer, stochasticSimulation.reference?.(input) ?? answer, input)).toBeNull();
  return answer as ReturnType<NonNullable<typeof stochasticSimulation.reference>>;
}

function refusal(input: StochasticInput): string {
  const support = opened?.kernel.supports(input, opened.info);
  return support === undefined || support.ok ? "" : support.reason;
}

whenBuilt.each([2, 63, 64, 65, 600, 1100])("%i genes, four reactions each", async (genes) => {
  const { events } = await checked(
    ensemble(expression(genes), { count: 5, times: Float64Array.of(0.1, 20 / genes), seed: genes }),
  );
  expect(Math.min(...events)).toBeGreaterThan(5);
});

whenBuilt("more trajectories than the device takes at once, over many launches", async () => {
  const { events } = await checked(
    ensemble(immigrationDeath(5, 2, 0.1), { count: 3000, times: Float64Array.of(1, 9), observed: Uint32Array.of(0) }),
  );
  expect(events.length).toBe(3000);
});

whenBuilt("a trajectory in two parts is the one in a whole, constants its own", async () => {
  const whole = ensemble(dimerisation(100), {
    count: 6,
    times: Float64Array.of(20, 60),
    changes: {
      offsets: Uint32Array.of(0, 1, 1, 3, 3, 4, 4),
      values: Uint32Array.of(2, 0, 3, 2),
      amounts: Float64Array.of(0.01, 31, 0.5, 0.0001),
    },
  });
  const expected = await checked(whole);
  const first = await checked({ ...whole, times: Float64Array.of(20) });
  const second = await checked({ ...whole, times: Float64Array.of(60), changes: null, state: first.state });
  expect([...second.state.values]).toEqual([...expected.state.values]);
  expect([...second.state.draws]).toEqual([...expected.state.draws]);
  // the state of an unchanged network has the network's own constants, of which the kernel then reads one copy
  const plain = ensemble(dimerisation(100), { times: Float64Array.of(20) });
  const { state } = await checked(plain);
  await checked({ ...plain, times: Float64Array.of(60), state });
});

whenBuilt("budgets that end in the midst of a launch, and a stop that reads the time", async () => {
  for (const mostEvents of [0, 1, 63, 64, 65, 100.5])
    expect((await checked(ensemble(immigrationDeath(10, 50, 0.1), { mostEvents }))).statuses[0]).toBe(1);
  const late = await checked(ensemble(immigrationDeath(10, 5, 0.1), { stopWhen: atLeast(time, number(3)) }));
  expect([...late.statuses]).toEqual([2, 2, 2, 2, 2]);
});

whenBuilt("a rate that becomes bad in one trajectory alone, and one whose sum overflows", async () => {
  const rate = plus(value(0), number(-5));
  const { statuses, culprits } = await checked(
    ensemble(
      networkOf(
        [10],
        [
          [[[0, 1]], [[0, -1]], 1],
          [[], [[0, 1]], times(number(0.1), rate)],
        ],
      ),
      { count: 12, times: Float64Array.of(1) },
    ),
  );
  expect(new Set(statuses)).toEqual(new Set([0, 3]));
  expect(culprits[statuses.indexOf(3)]).toBe(1);
  const huge = await checked(
    ensemble(
      networkOf(
        [1],
        [
          [[[0, 1]], [], 1.7e308],
          [[[0, 1]], [], 1.7e308],
        ],
      ),
    ),
  );
  expect([huge.statuses[0], huge.culprits[0]]).toEqual([3, -1]);
});

whenBuilt("nothing observed, no values changed, no values at all", async () => {
  const none = new Uint32Array(0);
  const changes = { offsets: new Uint32Array(6), values: none, amounts: new Float64Array(0) };
  await checked(ensemble(immigrationDeath(10, 5, 0.1), { observed: none, changes }));
  await checked(ensemble(networkOf([], []), { observed: none }));
});

const unary = (of: "negate" | "absolute" | "floor" | "ceiling" | "not", argument: Expression): Expression => ({
  kind: "unary",
  of,
  argument,
});
const binary = (
  of: "subtract" | "divide" | "power" | "quotient" | "remainder" | "implies",
  left: Expression,
  right: Expression,
): Expression => ({ kind: "binary", of, left, right });
const [x, y, z] = [value(0), value(1), value(2)];
const operations: readonly Expression[] = [
  ...(["negate", "absolute", "floor", "ceiling", "not"] as const).map((of) => unary(of, x)),
  ...(["subtract", "divide", "quotient", "remainder", "implies"] as const).map((of) => binary(of, x, y)),
  ...[-1, 0, 0.5, 1, 2].map((exponent) => binary("power", x, number(exponent))),
  ...(["add", "multiply", "minimum", "maximum", "and", "or", "exclusiveOr"] as const).flatMap((of) =>
    [[], [x], [x, y], [x, y, z]].map((all): Expression => ({ kind: "many", of, arguments: all })),
  ),
  ...(["equal", "notEqual", "less", "lessOrEqual", "greater", "greaterOrEqual"] as const).flatMap((of) =>
    [[x], [x, y], [x, y, z]].map((all): Expression => ({ kind: "compare", of, arguments: all })),
  ),
  { kind: "piecewise", pieces: [], otherwise: null },
  {
    kind: "piecewise",
    pieces: [
      { value: plus(x, y), when: atLeast(x, y) },
      { value: times(y, z), when: atLeast(y, z) },
    ],
    otherwise: z,
  },
  { kind: "piecewise", pieces: [{ value: x, when: y }], otherwise: null },
  Array.from({ length: 30 }).reduce<Expression>((inner) => binary("subtract", x, inner), y),
];

whenBuilt("each operation has the oracle's bits, of numbers of every kind", async () => {
  const numbers = [0, -0, 1, -1, 2.5, -2.5, 1 / 3, 7e300, -7e300, 5e-324, 1e16, Number.NaN];
  const all = [...numbers, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  const triples = all.flatMap((a) => all.map((b) => [a, b, a === 1 ? 0.5 : 1])).flat();
  const count = triples.length / 3;
  const network = networkOf([0, 0, 0, ...operations.map(() => 0)], [], {
    assignments: operations.map((of, at) => ({ value: 3 + at, of })),
  });
  await checked(
    ensemble(network, {
      count,
      changes: {
        offsets: Uint32Array.from({ length: count + 1 }, (_, item) => 3 * item),
        values: Uint32Array.from({ length: 3 * count }, (_, at) => at % 3),
        amounts: Float64Array.from(triples),
      },
    }),
  );
});

whenBuilt("what has no bits of its own, or moves between reactions, is refused with the reason", () => {
  const rated = (rate: Expression): StochasticInput => ensemble(networkOf([1], [[[], [[0, 1]], rate]]));
  const exponential: Expression = { kind: "unary", of: "exponential", argument: value(0) };
  expect(refusal(rated(exponential))).toMatch(/reaction 0: the last bit of exponential/);
  expect(refusal(rated(binary("power", value(0), number(3))))).toMatch(/last bit of a power/);
  expect(refusal(rated(binary("power", value(0), value(0))))).toMatch(/last bit of a power/);
  const deep = Array.from({ length: 40 }).reduce<Expression>((inner) => binary("subtract", value(0), inner), value(0));
  expect(refusal(rated(deep))).toMatch(/stack of 41/);
  expect(refusal(ensemble(immigrationDeath(1, 1, 1), { method: "tau-leaping" }))).toMatch(/tau-leaping/);
  expect(refusal(ensemble(immigrationDeath(1, 1, 1), { stopWhen: exponential }))).toMatch(/exponential/);
  const clock = networkOf([0, 0], [], { assignments: [{ value: 0, of: time }] });
  expect(refusal(ensemble(clock))).toMatch(/reads the time/);
  expect(refusal(ensemble(networkOf([0], [], { rateRules: [{ value: 0, of: number(1) }] })))).toMatch(/rate rules/);
  expect(refusal(ensemble(immigrationDeath(1, 1, 1), { count: 1e9 }))).toMatch(/device memory/);
});

test("the PTX contracts no multiplication and addition, which would round once where the oracle rounds twice", () => {
  for (const target of [75, 90]) {
    const file = `../../accelerators/gpu-cuda/ptx/stochastic-simulation.compute_${target}.ptx`;
    const ptx = readFileSync(new URL(file, import.meta.url), "latin1");
    const operations = new Set(ptx.match(/\b(?:add|sub|mul|mad|fma|div|sqrt)\.[a-z.]*f(?:32|64)\b/g));
    // without .rn the driver may contract them too
    expect([...operations].sort()).toEqual(["add.rn.f64", "div.rn.f64", "mul.rn.f64", "sqrt.rn.f64", "sub.rn.f64"]);
  }
});

whenBuilt("the benchmark's net runs in every shape that it times, and agrees with the CPU", async () => {
  if (opened === null) throw new Error("not built");
  const { info, libraries } = opened;
  const result = await measureStochasticSimulation(info, { count: 70, seconds: 0.002, runs: 1, libraries });
  const rows = result["rows"] as readonly { readonly events: number; readonly kernelSeconds: number }[];
  expect(result["reactions"]).toBeGreaterThan(1400);
  expect(rows).toHaveLength(3);
  for (const { events } of rows) expect(events).toBeGreaterThan(70 * 20);
});
