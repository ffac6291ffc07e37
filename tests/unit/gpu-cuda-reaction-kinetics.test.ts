// Solutions on a stand-in for the GPU: by the interpreter of flat code, and by code that a stand-in for NVRTC compiles.
import {
  type Expression,
  type KineticsInput,
  type KineticsSolutions,
  kineticsStatus,
  type ReactionNetwork,
  reactionKinetics,
  seededRandom,
} from "bioxen";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type CudaDevice, openCudaDevice } from "../../dist/accelerators/gpu-cuda/cuda-device.js";
import { operations } from "../../dist/accelerators/gpu-cuda/network-graph.js";
import { prepareSolver, reactionKineticsKernel, solveOn } from "../../dist/accelerators/gpu-cuda/reaction-kinetics.js";
import { kineticSource } from "../../dist/accelerators/gpu-cuda/reaction-kinetics-source.js";
import type { BinaryFunction, Comparison, ManyFunction, UnaryFunction } from "../../dist/src/network/expression.js";
import { buildStandIn, type StandIn, whyNoStandIn } from "../support/cuda-stand-in/stand-in.ts";
import { atLeast, networkOf, number, over, plus, time, times, value } from "../support/networks.ts";
import { solution } from "../support/reaction-kinetics-cases.ts";
import { isRequired } from "../support/required.ts";

const why = whyNoStandIn();
if (why !== null && isRequired("gpu-cuda")) throw new Error(why);
const info = {
  id: "gpu-cuda:0",
  kind: "gpu",
  name: "stand-in",
  memory: 2 ** 31,
  features: [],
  simulated: true,
} as const;
const context = { signal: new AbortController().signal, threads: null };

let standIn: StandIn;
let device: CudaDevice;
const open = (more: Partial<StandIn["libraries"]> = {}): CudaDevice =>
  openCudaDevice(info, 0, { ...standIn.libraries, nvrtc: [standIn.nvrtc], ...more });

describe.skipIf(why !== null)(`reaction-kinetics of gpu-cuda${why === null ? "" : ` (${why})`}`, () => {
  beforeAll(async () => {
    standIn = await buildStandIn(["reaction-kinetics"]);
    standIn.configure("");
    device = open();
  });
  afterAll(() => device[Symbol.asyncDispose]());
  afterEach(() => {
    delete process.env["STAND_IN_NVRTC"];
  });

  describe.each(["generated", "interpreted"] as const)("%s code", (by) => {
    const run = async (input: KineticsInput): Promise<KineticsSolutions> => {
      expect(await prepareSolver(device, input.network, by, context)).toBe(by);
      return solveOn(device, input, by, context);
    };
    const agrees = async (input: KineticsInput): Promise<KineticsSolutions> => {
      const solved = await run(input);
      const expected = reactionKinetics.reference?.(input);
      if (expected === undefined) throw new Error("no oracle");
      expect(reactionKinetics.differ(solved, expected, input)).toBeNull();
      return solved;
    };

    test("computes every function as the oracle does, at its edges too", async () => {
      const input = everyFunction();
      const { samples } = await run(input);
      const expected = reactionKinetics.reference?.(input).samples ?? [];
      expect(expected.length).toBeGreaterThan(1000);
      for (const [at, one] of expected.entries()) {
        const mine = samples[at] ?? Number.NaN;
        const what = `value ${at % input.network.values} of item ${Math.floor(at / input.network.values)}`;
        if (Number.isFinite(one)) expect(Math.abs(mine - one), what).toBeLessThanOrEqual(1e-12 * Math.abs(one));
        else expect(mine, what).toBe(one);
      }
    });

    test("a state counts the steps of the time before it, and goes on with them", async () => {
      const whole = solution(oscillator(), { times: Float64Array.of(1, 2), relative: 1e-7 });
      const first = await run({ ...whole, times: Float64Array.of(1) });
      const second = await run({ ...whole, times: Float64Array.of(2), from: 1, state: first.state });
      const both = await agrees(whole);
      expect(second.samples[1]).toBeCloseTo(both.samples[6] ?? Number.NaN, 4);
      expect([...second.state.times]).toEqual([2]);
      expect(second.steps[0]).toBeLessThan(both.steps[0] ?? 0);
    });

    test("more items than slots, each with its own step, over many launches", async () => {
      const count = 20_000;
      const random = seededRandom(4);
      const input = solution(stiffChain(3, seededRandom(2)), {
        count,
        times: Float64Array.of(0.1, 3),
        observed: Uint32Array.of(2),
        relative: 1e-4,
        changes: {
          offsets: Uint32Array.from({ length: count + 1 }, (_, at) => at),
          values: new Uint32Array(count),
          amounts: Float64Array.from({ length: count }, () => 10 ** (3 * random() - 1)),
        },
      });
      standIn.configure("multiprocessors=1");
      const small = open();
      try {
        const solved = await solveOn(small, input, by, context);
        expect(standIn.launches()).toBeGreaterThan(2);
        expect(new Set(solved.steps).size).toBeGreaterThan(5);
        for (const item of [0, 1, 4999, 10_000, count - 1]) {
          const amounts = input.changes?.amounts.subarray(item, item + 1) ?? Float64Array.of();
          const alone = await solveOn(
            small,
            { ...input, count: 1, changes: { offsets: Uint32Array.of(0, 1), values: Uint32Array.of(0), amounts } },
            by,
            context,
          );
          expect(solved.samples.subarray(2 * item, 2 * item + 2)).toEqual(alone.samples);
          expect(solved.steps[item]).toBe(alone.steps[0]);
        }
        expect(solved.statuses.every((status) => status === kineticsStatus.finished)).toBe(true);
      } finally {
        await small[Symbol.asyncDispose]();
        standIn.configure("");
      }
    });

    test("a network of forty states agrees with the oracle", async () => {
      await agrees(
        solution(stiffChain(40, seededRandom(9)), { count: 3, times: Float64Array.of(0.01, 0.3), relative: 1e-4 }),
      );
    });

    test("time, pieces and assigned values in rates and their derivatives", async () => {
      const pulse: Expression = {
        kind: "piecewise",
        pieces: [
          { value: times(number(3), value(0)), when: atLeast(value(0), number(2)) },
          { value: number(0.5), when: atLeast(number(0.5), time) },
        ],
        otherwise: over(value(1), plus(number(1), value(2))),
      };
      await agrees(
        solution(
          networkOf(
            [1, 3, 0, 0],
            [
              [[], [[0, 1]], over(value(1), plus(number(1), value(3)))],
              [[], [[0, -1]], pulse],
            ],
            {
              assignments: [
                { value: 2, of: plus(value(0), time) },
                { value: 3, of: times(value(2), value(2)) },
              ],
              rateRules: [{ value: 1, of: { kind: "binary", of: "subtract", left: number(1), right: value(1) } }],
            },
          ),
          { relative: 1e-5 },
        ),
      );
    });

    test("an item that is out of steps says so, and goes on from its state", async () => {
      const input = solution(oscillator(), { mostSteps: 7 });
      const { statuses, samples, steps, state } = await run(input);
      expect([statuses[0], steps[0], state.times[0]]).toEqual([kineticsStatus.exhausted, 7, expect.any(Number)]);
      expect(samples.slice(-2)).toEqual(Float64Array.of(Number.NaN, Number.NaN));
      const rest = await run({ ...input, mostSteps: 1e4, from: 0, state, times: Float64Array.of(10) });
      expect(rest.statuses[0]).toBe(kineticsStatus.finished);
    });

    test("an item that is stuck names the reaction, and leaves the others alone", async () => {
      const root: Expression = { kind: "unary", of: "logarithm", argument: value(0) };
      const input = solution(
        networkOf(
          [2],
          [
            [[[0, 1]], [[0, -1]], 1],
            [[], [[0, 1]], times(number(0.1), root)],
          ],
        ),
        {
          count: 2,
          changes: { offsets: Uint32Array.of(0, 0, 1), values: Uint32Array.of(0), amounts: Float64Array.of(-1) },
          times: Float64Array.of(0.5),
        },
      );
      const solved = await agrees(input);
      expect([...solved.statuses]).toEqual([kineticsStatus.finished, kineticsStatus.stuck]);
      expect([...solved.culprits]).toEqual([-1, 1]);
    });

    test("an abort ends a run between two launches", async () => {
      const abort = new AbortController();
      const long = solution(oscillator(), { count: 64, times: Float64Array.of(1e5), relative: 1e-9, mostSteps: 1e12 });
      const running = solveOn(device, long, by, { signal: abort.signal, threads: null });
      setTimeout(() => abort.abort(), 300);
      const from = performance.now();
      await expect(running).rejects.toMatchObject({ code: "ABORTED" });
      expect(performance.now() - from).toBeLessThan(2000);
      // the thread is free again
      await run(solution(oscillator(), { times: Float64Array.of(0.1) }));
      expect(performance.now() - from).toBeLessThan(10_000);
    });
  });

  test("names what it cannot solve", () => {
    const draw: Expression = { kind: "draw", of: "uniform", arguments: [number(0), number(1)] };
    const event = {
      trigger: atLeast(time, number(1)),
      initiallyTrue: true,
      persistent: true,
      delay: null,
      priority: null,
      valuesFromTrigger: true,
      assignments: [],
    };
    const reasonOf = (input: KineticsInput): unknown => reactionKineticsKernel.supports(input, info);
    expect(reasonOf(solution(networkOf([1], [[[], [[0, 1]], draw]])))).toMatchObject({ reason: /draws/ });
    expect(reasonOf(solution(networkOf([1], [], { events: [event] })))).toMatchObject({ reason: /events/ });
    expect(reasonOf(solution(networkOf([1], [[[], [[0, 1]], atLeast(time, number(1))]])))).toMatchObject({
      reason: /jump in time/,
    });
    expect(reasonOf(solution(oscillator(), { count: 1e9 }))).toMatchObject({ reason: /memory/ });
    expect(reasonOf(solution(oscillator()))).toEqual({ ok: true });
  });

  test("a compiler that writes newer code than the driver takes leaves it to the interpreter", async () => {
    process.env["STAND_IN_NVRTC"] = "ptx=9.9";
    const own = open();
    const input = solution(oscillator());
    expect(await prepareSolver(own, input.network, "generated", context)).toBe("interpreted");
    expect((await solveOn(own, input, "generated", context)).statuses[0]).toBe(kineticsStatus.finished);
    await own[Symbol.asyncDispose]();
  });

  test("no compiler leaves it to the interpreter, and one that fails says how", async () => {
    const without = open({ nvrtc: ["no-such-library.so"] });
    expect(await prepareSolver(without, oscillator(), "generated", context)).toBe("interpreted");
    await without[Symbol.asyncDispose]();
    process.env["STAND_IN_NVRTC"] = "compile=6";
    const failing = open();
    await expect(prepareSolver(failing, oscillator(), "generated", context)).rejects.toMatchObject({
      code: "KERNEL_FAILED",
      message: /nvrtcCompileProgram gave NVRTC_ERROR_COMPILATION \(6\): injected/,
    });
    await failing[Symbol.asyncDispose]();
  });

  test("generated code holds no word of the network's", () => {
    const network = { ...oscillator(), names: ["evil(); //", "*/ asm volatile"] };
    const source = kineticSource(network) ?? "";
    expect(source).toContain("solve_generated");
    expect(source).not.toMatch(/evil|asm/);
    const wrong = { kind: "unary", of: "exit(1);evil", argument: value(0) } as unknown as Expression;
    const input = solution(networkOf([1], [[[], [[0, 1]], wrong]]));
    expect(reactionKinetics.input["~standard"].validate(input)).toHaveProperty("issues");
    // and where a caller passed the schema by
    expect(() => kineticSource(input.network)).toThrow(/function/);
  });

  test("networks too large for a compiler are left to the interpreter", () => {
    expect(kineticSource(stiffChain(1500, seededRandom(1)))).toBeNull();
  });
});

/** The Brusselator: two values that swing. */
function oscillator(): ReactionNetwork {
  return networkOf(
    [1.2, 3],
    [
      [[], [[0, 1]], 1],
      [[[0, 1]], [[0, -1]], 1],
      [
        [[0, 1]],
        [
          [0, -1],
          [1, 1],
        ],
        3,
      ],
      [
        [],
        [
          [0, 1],
          [1, -1],
        ],
        times(value(0), value(0), value(1)),
      ],
    ],
  );
}

/** A chain of reversible steps, some a thousand times faster than others. */
function stiffChain(states: number, random: () => number): ReactionNetwork {
  const reactions = Array.from({ length: states - 1 }, (_, at) => {
    const fast = 10 ** (3 * random());
    return [
      [
        [[at, 1]],
        [
          [at, -1],
          [at + 1, 1],
        ],
        fast,
      ],
      [
        [[at + 1, 1]],
        [
          [at, 1],
          [at + 1, -1],
        ],
        fast * random(),
      ],
    ] as const;
  }).flat();
  return networkOf(
    Array.from({ length: states }, () => 5 * random()),
    reactions,
  );
}

/** One assigned value for each function there is, over arguments that are ordinary, at an edge or no numbers. */
function everyFunction(): KineticsInput {
  const [x, y, z] = [value(0), value(1), value(2)];
  const known = new Set<string>(operations);
  const unary = [...known]
    .slice(known.size - 33, known.size - 1)
    .map((of): Expression => ({ kind: "unary", of: of as UnaryFunction, argument: x }));
  const binary = (["subtract", "divide", "power", "quotient", "remainder", "implies"] satisfies BinaryFunction[]).map(
    (of): Expression => ({ kind: "binary", of, left: x, right: y }),
  );
  const names: ManyFunction[] = ["add", "multiply", "minimum", "maximum", "and", "or", "exclusiveOr"];
  const many = names.flatMap((of) =>
    [[x, y, z], [x], []].map((all): Expression => ({ kind: "many", of, arguments: all })),
  );
  const comparisons: Comparison[] = ["equal", "notEqual", "less", "lessOrEqual", "greater", "greaterOrEqual"];
  const compare = comparisons.flatMap((of) =>
    [[x, y, z], [x, y], [x]].map((all): Expression => ({ kind: "compare", of, arguments: all })),
  );
  const piece = (when: Expression, otherwise: Expression | null): Expression => ({
    kind: "piecewise",
    pieces: [
      { value: times(x, x), when },
      { value: y, when: z },
    ],
    otherwise,
  });
  const pieces = [piece(atLeast(x, y), plus(x, z)), piece(x, null), piece(atLeast(plus(x, y), z), times(x, x))];
  // parts that are shared, in both orders, and deeper than one result so far
  const shared = times(plus(x, y), plus(x, z));
  const deep = [
    plus(shared, over(shared, plus(shared, number(3)))),
    over(times(x, plus(y, z)), times(plus(x, z), plus(y, y))),
  ];
  const all = [...unary, ...binary, ...many, ...compare, ...pieces, ...deep, time, number(-0), number(7)];
  expect(unary).toHaveLength(32);
  const numbers = [
    0.5,
    -0.5,
    2,
    -3,
    0,
    -0,
    1,
    -1,
    7,
    0.1,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    Number.NaN,
  ];
  const triples = numbers.flatMap((a) => numbers.map((b, at) => [a, b, numbers[(at + 3) % numbers.length] ?? 0]));
  return solution(
    networkOf([0, 0, 0, ...all.map(() => 0)], [], {
      assignments: all.map((of, at) => ({ value: 3 + at, of })),
    }),
    {
      count: triples.length,
      from: 1.5,
      times: Float64Array.of(1.5),
      changes: {
        offsets: Uint32Array.from({ length: triples.length + 1 }, (_, at) => 3 * at),
        values: Uint32Array.from({ length: 3 * triples.length }, (_, at) => at % 3),
        amounts: Float64Array.from(triples.flat()),
      },
    },
  );
}
