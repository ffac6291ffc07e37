// Blocks, threads and lanes in other orders: what a kernel of gpu-cuda answers must not depend on who came first.
import { seededRandom } from "bioxen";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { runSnippet } from "../support/cuda-snippet.ts";
import { cuda, openCuda, standIn, whyNoCuda } from "../support/gpu-cuda.ts";
import { builtinCases } from "../support/workload-cases.ts";

const orders = ["forward", "reverse", "mixed:1"] as const;

describe.skipIf(whyNoCuda !== null)(`orders of gpu-cuda ${whyNoCuda ?? ""}`, () => {
  beforeAll(() => standIn.configure(""));
  afterEach(() => {
    delete process.env["STAND_IN_ORDER"];
  });

  /** Inputs of more units of their workload take half a minute, and no other ways through the kernels. */
  const most = 30_000;
  const kernels = whyNoCuda === null ? cuda().kernels : [];
  for (const { workload } of kernels)
    test(`${workload.id}: the very same answer in every order`, { timeout: 60_000 }, async () => {
      await using opened = await openCuda();
      const kernel = kernels.find((one) => one.workload === workload);
      const cases = builtinCases.find((one) => one.workload === workload)?.inputs ?? [];
      const inputs = [
        ...cases.filter(
          ({ input }) => workload.size(input).units <= most && kernel?.supports(input, opened.device.info).ok === true,
        ),
        { name: "generated", input: workload.generate(1000, seededRandom(3)) as unknown },
      ];
      expect(inputs.length).toBeGreaterThan(7);
      for (const { name, input } of inputs) {
        const answers = new Map<string, unknown>();
        for (const order of orders) {
          process.env["STAND_IN_ORDER"] = order;
          answers.set(order, await opened.run(workload, input));
        }
        for (const order of orders)
          expect(answers.get(order), `${name}, ${order}`).toStrictEqual(answers.get("forward"));
      }
    });

  /** What a kernel leaves in each order. */
  const left = (body: string): number[][] =>
    orders.map((order) => {
      process.env["STAND_IN_ORDER"] = order;
      return runSnippet(standIn, body, 5, 64, 2);
    });

  test("a kernel with a race between blocks answers otherwise, one without does not", () => {
    const racy = left("if (threadIdx.x == 0) out[0] = blockIdx.x + 1;").map(([last]) => last);
    expect(racy.slice(0, 2)).toEqual([5, 1]);
    for (const same of left("if (threadIdx.x == 0) atomicMax(out, (int)blockIdx.x + 1);")) expect(same).toEqual([5, 0]);
  });

  test("a kernel with a race between threads of a block answers otherwise, one without does not", () => {
    const racy = left("out[threadIdx.x / 32] = threadIdx.x;");
    expect(racy.slice(0, 2)).toEqual([
      [31, 63],
      [0, 32],
    ]);
    expect(new Set(racy.map(String)).size).toBeGreaterThan(2);
    for (const same of left("atomicMax(out + threadIdx.x / 32, (int)threadIdx.x);")) expect(same).toEqual([31, 63]);
  });

  test("a missing barrier shows, and one that is there does not", () => {
    // each thread adds what the one before it left
    const body = (barrier: string): string =>
      `__shared__ int room[64]; room[threadIdx.x] = -1; __syncthreads(); room[threadIdx.x] = threadIdx.x; ${barrier}
       if (threadIdx.x % 32 == 0) out[threadIdx.x / 32] = room[63 - threadIdx.x];`;
    const racy = left(body(""));
    expect(new Set(racy.map(String)).size).toBeGreaterThan(1);
    for (const same of left(body("__syncthreads();"))) expect(same).toEqual([63, 31]);
  });

  test("the order is mixed at atomic operations, the same way for the same seed", () => {
    // how many threads had others between two tickets of theirs
    const body = "int one = atomicAdd(out + 1, 1); if (atomicAdd(out + 1, 1) != one + 1) atomicAdd(out, 1);";
    const drawn = left(body);
    expect(left(body)).toEqual(drawn);
    expect(drawn.slice(0, 2)).toEqual([
      [0, 640],
      [0, 640],
    ]);
    expect(drawn[2]?.[0]).toBeGreaterThan(0);
  });
});
