import { execFile } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { Worker } from "node:worker_threads";
import { type Accelerator, BioXenError, type Support, type WorkloadSpec } from "bioxen";
import {
  casesOf,
  type FakeKernel,
  type FakeKernelOptions,
  fakeAccelerator,
  fakeKernel,
  type Options,
  testAccelerator,
} from "bioxen/testing";
import { expect, test } from "vitest";
import { numbers, type SumInput, sum } from "../support/sum-workload.ts";

interface Verdict {
  readonly failed: Record<string, string>;
  readonly skipped: Record<string, string>;
}

const cases = [
  casesOf(sum, {
    three: { values: Float64Array.of(3, 1, 2) },
    none: numbers(0),
    many: numbers(5000),
    more: numbers(6000),
  }),
];

/** Runs the kit on a runner that only remembers. */
async function judge(accelerator: Accelerator, options: Partial<Options> = {}, given = cases): Promise<Verdict> {
  const bodies: [string, (context: { skip(reason?: string): void }) => Promise<void>][] = [];
  testAccelerator(
    { describe: (_, body) => body(), test: (name, body) => void bodies.push([name, body]) },
    accelerator,
    given,
    { atLeast: 5, sizes: [10, 100], seeds: [1], stopWithin: 0.5, probeWithin: 0.5, ...options },
  );
  const failed: Record<string, string> = {};
  const skipped: Record<string, string> = {};
  for (const [name, body] of bodies) {
    const skip = (reason = ""): void => {
      skipped[name] = reason;
    };
    await body({ skip }).catch((error: unknown) => {
      failed[name] = String(error);
    });
  }
  return { failed, skipped };
}

/** A kernel that takes no large inputs, so that the kit is quickly done with looking for one that lasts. */
function kernel(options: FakeKernelOptions<SumInput, number> = {}): FakeKernel<SumInput, number> {
  return fakeKernel(sum, { supports: atMost(20_000), ...options });
}

function atMost(count: number): (input: SumInput) => Support {
  return ({ values }) => (values.length > count ? { ok: false, reason: `more than ${count} values` } : { ok: true });
}

const honest = kernel();
const add = ({ values }: SumInput): number => values.reduce((x, y) => x + y, 0);

test("finds nothing wrong with an honest accelerator, and says what it could not try", async () => {
  const { failed, skipped } = await judge(fakeAccelerator({ devices: [{}, {}], kernels: [honest] }), { atLeast: 10 });
  expect(failed).toEqual({});
  expect(skipped).toEqual({
    "sum: a run aborted in its middle rejects with ABORTED": expect.stringContaining("busy for long enough"),
  });
});

test("finds an honest accelerator's long runs abortable", async () => {
  const slow = kernel({
    run: async ({ values }, { signal }) => {
      await sleep(values.length / 10, null, { signal }).catch(() => {
        throw new BioXenError("ABORTED", "stopped");
      });
      return add({ values });
    },
  });
  const options = { memory: { longest: 0.6 } };
  expect(
    await judge(fakeAccelerator({ kernels: [slow] }), options, [casesOf(sum, { three: numbers(3) })]),
  ).toMatchObject({
    failed: { "at least 5 answers were compared": expect.stringContaining("only 3") },
    skipped: { "sum: 1000 runs do not grow the memory": expect.stringMatching(/only \d+ of 1000 runs/) },
  });
});

test("catches a wrong answer", async () => {
  const liar = kernel({ run: (input) => add(input) + 1 });
  const { failed } = await judge(fakeAccelerator({ kernels: [liar] }));
  expect(Object.keys(failed)).toEqual([
    "sum: three: agrees with the oracle",
    "sum: none: agrees with the oracle",
    "sum: many: agrees with the oracle",
    "sum: more: agrees with the oracle",
    "sum: generated inputs agree with the oracle",
    "sum: prepare may be called never, once or twice",
    "sum: one thread gives the same answer",
    "sum: a run whose signal had fired rejects with ABORTED",
    "sum: two runs started at once both end right, or one is told DEVICE_BUSY",
    "at least 5 answers were compared",
  ]);
  expect(failed["sum: three: agrees with the oracle"]).toBe("Error: three on fake:0: 7, expected 6");
});

test("catches a wrong answer on the second device only", async () => {
  const liar = kernel({ run: (input, _, { id }) => add(input) + (id === "fake:1" ? 1 : 0) });
  const { failed } = await judge(fakeAccelerator({ devices: [{}, {}], kernels: [liar] }));
  expect(failed["sum: three: agrees with the oracle"]).toContain("fake:1");
});

test("catches an answer that only generated inputs show to be wrong", async () => {
  const liar = kernel({ run: (input) => add(input) + (input.values.length === 100 ? 1 : 0) });
  const { failed } = await judge(fakeAccelerator({ kernels: [liar] }));
  expect(failed["sum: generated inputs agree with the oracle"]).toContain("size 100, seed 1");
  expect(failed).not.toHaveProperty("sum: many: agrees with the oracle");
});

test.each<[string, string, FakeKernelOptions<SumInput, number>]>([
  [
    "an input that is written to",
    "sum: inputs stay as they were",
    {
      run: ({ values }) => {
        const total = add({ values });
        values.set(values.toSorted());
        return total;
      },
    },
  ],
  [
    "supports without a reason",
    "sum: supports throws nothing and gives a reason",
    {
      supports: ({ values }) => (values.length > 5000 ? { ok: false, reason: "" } : { ok: true }),
    },
  ],
  [
    "a prior that is no number",
    "sum: the prior cost is finite and positive, its joules tagged or null",
    { seconds: Number.NaN },
  ],
  [
    "joules from nowhere",
    "sum: the prior cost is finite and positive, its joules tagged or null",
    { cost: { joules: 3 } },
  ],
  [
    "an answer that depends on threads",
    "sum: one thread gives the same answer",
    { run: (input, { threads }) => add(input) + (threads ?? 0) },
  ],
])("catches %s", async (_, name, options) => {
  expect(Object.keys((await judge(fakeAccelerator({ kernels: [kernel(options)] }))).failed)).toEqual([name]);
});

test("catches an answer that changes from run to run, or under its receiver", async () => {
  const list: WorkloadSpec<SumInput, Float64Array> = {
    ...sum,
    split: undefined,
    reference: ({ values }) => Float64Array.of(add({ values })),
    differ: (actual, expected) => (Math.abs((actual[0] ?? 0) - (expected[0] ?? 0)) < 10 ? null : "far off"),
  };
  const given = [casesOf(list, { three: numbers(3), four: numbers(4), five: numbers(5) }, { identical: true })];
  let noise = 0;
  const noisy = fakeKernel(list, {
    supports: atMost(20_000),
    run: (input) => Float64Array.of(add(input) + (noise++ % 2)),
  });
  expect(Object.keys((await judge(fakeAccelerator({ kernels: [noisy] }), {}, given)).failed)).toEqual([
    "sum: two runs give the very same answer",
  ]);
  const kept = new Float64Array(1);
  const reused = fakeKernel(list, {
    supports: atMost(20_000),
    run: (input) => {
      kept[0] = add(input) + (noise++ % 2);
      return kept;
    },
  });
  const { failed } = await judge(fakeAccelerator({ kernels: [reused] }), {}, given);
  expect(failed["sum: two runs give the very same answer"]).toContain("wrote into an answer given before");
});

test("catches a leak", async () => {
  const hoard: Float64Array[] = [];
  const leaky = kernel({
    run: (input) => {
      hoard.push(input.values.slice());
      return add(input);
    },
  });
  const { failed } = await judge(fakeAccelerator({ kernels: [leaky] }));
  expect(Object.keys(failed)).toEqual(["sum: 1000 runs do not grow the memory"]);
  expect(failed["sum: 1000 runs do not grow the memory"]).toMatch(/the heap grew by \d+\.\d MiB over 1000 runs/);
});

test.each([
  [0, undefined],
  [10_000, undefined],
  // what the slack of 64 MiB lets through in 1,000 runs is below 67 kB of each
  [100_000, expect.stringMatching(/the process grew by \d+\.\d MiB over 1000 runs/)],
])("%i bytes that another thread keeps of each run: the check says %s", async (bytes, verdict) => {
  const hoarder = new Worker(
    `const { parentPort } = require("node:worker_threads");
     const hoard = [];
     parentPort.on("message", (bytes) => parentPort.postMessage(hoard.push(new Uint8Array(bytes).fill(1))));`,
    { eval: true },
  );
  const hoarding = kernel({
    supports: atMost(300),
    run: async (input) => {
      hoarder.postMessage(bytes);
      await once(hoarder, "message");
      return add(input);
    },
  });
  const only = { atLeast: 0, stopWithin: 2, seeds: [] };
  const { failed, skipped } = await judge(fakeAccelerator({ kernels: [hoarding] }), only, []);
  await hoarder.terminate();
  expect(failed["sum: 1000 runs do not grow the memory"]).toEqual(verdict);
  expect(skipped).not.toHaveProperty("sum: 1000 runs do not grow the memory");
});

test("catches a kernel that ignores an abort, and one that blocks the thread", async () => {
  const aborted = "sum: a run aborted in its middle rejects with ABORTED";
  const options = { memory: { runs: 1, seconds: 0.1 } };
  const three = [casesOf(sum, { three: numbers(3) })];
  const deaf = kernel({
    run: async (input) => {
      await sleep(input.values.length / 10);
      return add(input);
    },
  });
  const ignored = await judge(fakeAccelerator({ kernels: [deaf] }), { ...options, atLeast: 3 }, three);
  expect(ignored.failed).toEqual({ [aborted]: "Error: the run did not reject" });

  const blocking = kernel({
    run: (input) => {
      const until = performance.now() + Math.min(600, input.values.length / 5);
      while (performance.now() < until);
      return add(input);
    },
    supports: atMost(5000),
  });
  const blocked = await judge(fakeAccelerator({ kernels: [blocking] }), { ...options, atLeast: 3 }, three);
  expect(blocked.failed[aborted]).toMatch(/it blocked this thread for 0.6\d* s/);
});

test("catches a supports that throws", async () => {
  const thrower = kernel({
    supports: () => {
      throw new TypeError("no idea");
    },
  });
  const { failed } = await judge(fakeAccelerator({ kernels: [thrower] }));
  expect(failed["sum: supports throws nothing and gives a reason"]).toContain(
    "three: supports threw TypeError: no idea",
  );
});

test("catches a probe that throws, hangs, or tells another story each time", async () => {
  const probe = "the probe ends, throws nothing and agrees with itself";
  const kernels = [honest];
  let asked = 0;
  const throwing = await judge(fakeAccelerator({ kernels, probe: () => Promise.reject(new Error("segfault")) }));
  expect(throwing.failed[probe]).toContain("must answer absent or broken, and threw Error: segfault");
  const hanging = await judge(fakeAccelerator({ kernels, probe: () => new Promise(() => {}) }));
  expect(hanging.failed[probe]).toContain("did not end within 0.5 s");
  expect(hanging.failed["the probe ends when it is aborted"]).toContain("did not end within 0.5 s");
  const unstable = await judge(
    fakeAccelerator({
      kernels,
      probe: async (_, [first]) => ({ status: "present", devices: [{ ...first, name: `device ${asked++}` }] }),
    }),
  );
  expect(Object.keys(unstable.failed)).toEqual([probe]);
  const fickle = await judge(
    fakeAccelerator({
      kernels,
      probe: async (_, devices) =>
        asked++ % 2 === 0 ? { status: "absent", reason: "unplugged" } : { status: "present", devices },
    }),
  );
  expect(fickle.failed[probe]).toMatch(/said (absent, then present|present, then absent)/);
});

test("catches ids that are malformed or shared", async () => {
  const name = "ids are well formed and unique";
  const kernels = [honest];
  const misnamed = await judge(fakeAccelerator({ kernels, devices: [{ id: "other:0" }] }));
  expect(misnamed.failed[name]).toContain("other:0 is not of the form fake:<index>");
  const twins = await judge(fakeAccelerator({ kernels, devices: [{}, { id: "fake:0" }] }));
  expect(twins.failed[name]).toContain("share an id");
  const doubled = await judge(fakeAccelerator({ kernels: [honest, kernel()] }));
  expect(doubled.failed[name]).toContain("two kernels");
});

test("catches a second dispose that throws, and a device that runs on after the first", async () => {
  const disposed = new Set<object>();
  const wrap = (change: (device: Awaited<ReturnType<Accelerator["open"]>>) => object): Accelerator => {
    const inner = fakeAccelerator({ kernels: [honest] });
    return {
      ...inner,
      open: async (info, context) => {
        const device = await inner.open(info, context);
        return { ...device, ...change(device) };
      },
    };
  };
  const once = wrap((device) => ({
    [Symbol.asyncDispose]: async () => {
      if (disposed.has(device)) throw new Error("already freed");
      disposed.add(device);
    },
  }));
  const twice = await judge(once);
  expect(twice.failed["sum: dispose may be called twice, used or not"]).toContain("already freed");
  const undead = await judge(wrap(() => ({ [Symbol.asyncDispose]: async () => {} })));
  expect(undead.failed).toEqual({
    "sum: a run after dispose rejects with a typed error": "Error: a run after dispose did not reject",
  });
});

test("fails a suite that skipped its work", async () => {
  const refusing = kernel({ supports: () => ({ ok: false, reason: "not today" }) });
  const { failed, skipped } = await judge(fakeAccelerator({ kernels: [refusing] }));
  expect(Object.keys(failed)).toEqual(["at least 5 answers were compared"]);
  expect(skipped["sum: three: agrees with the oracle"]).toBe("fake:0: not today");
  const absent = fakeAccelerator({ kernels: [honest], probe: async () => ({ status: "absent", reason: "no board" }) });
  const nothing = await judge(absent, { atLeast: 0 });
  expect(nothing.failed).toEqual({});
  expect(nothing.skipped["sum: three: agrees with the oracle"]).toBe("absent: no board");
});

test("compares a workload without an oracle with itself, and says so", async () => {
  const own: WorkloadSpec<SumInput, number> = { ...sum, reference: null };
  let noise = 0;
  const noisy = fakeKernel(own, { supports: atMost(20_000), run: (input) => add(input) + noise++ });
  const { failed } = await judge(fakeAccelerator({ kernels: [noisy] }), {}, [casesOf(own, { three: numbers(3) })]);
  expect(Object.keys(failed)).toContain("sum: three: agrees with itself, for want of an oracle");
});

test("fits node:test as it is", async () => {
  const script = `
    import { describe, test } from "node:test";
    import { matrixMultiply } from "bioxen";
    import { casesOf, fakeAccelerator, fakeKernel, testAccelerator } from "bioxen/testing";
    const one = { m: 1, k: 1, n: 1, a: Float32Array.of(2), b: Float32Array.of(3) };
    testAccelerator({ describe, test }, fakeAccelerator({ kernels: [fakeKernel(matrixMultiply, { supports: ({ m }) => ({ ok: m < 64, reason: "large" }) })] }),
      [casesOf(matrixMultiply, { one })], { atLeast: Number(process.argv[1]), sizes: [10] });`;
  const run = (atLeast: number): Promise<{ stdout: string }> =>
    promisify(execFile)(process.execPath, ["--input-type=module", "--eval", script, String(atLeast)], {
      timeout: 30_000,
    });
  const { stdout } = await run(4);
  expect(stdout).toMatch(/fail 0/);
  expect(stdout).toMatch(/skipped [1-9]/);
  await expect(run(5)).rejects.toThrow();
});
