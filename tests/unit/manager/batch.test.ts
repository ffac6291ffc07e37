import { type Accelerator, BioXenError } from "bioxen";
import { type FakeAccelerator, fakeAccelerator, fakeKernel } from "bioxen/testing";
import { expect, test } from "vitest";
import { managerOf } from "../../support/manager.ts";
import { numbers, sum } from "../../support/sum-workload.ts";

const perValue =
  (rate: number) =>
  ({ units }: { units: number }) =>
    units * rate;

function two(): readonly [FakeAccelerator, FakeAccelerator] {
  return [
    fakeAccelerator({ id: "fast", kernels: [fakeKernel(sum, { seconds: perValue(1e-3), takes: 0.01 })] }),
    fakeAccelerator({ id: "slow", kernels: [fakeKernel(sum, { seconds: perValue(4e-3), takes: 0.01 })] }),
  ];
}

async function refused(
  accelerators: readonly Accelerator[],
  run: Parameters<typeof withManager>[1],
): Promise<BioXenError> {
  const error: unknown = await withManager(accelerators, run).catch((caught: unknown) => caught);
  if (error instanceof BioXenError) return error;
  throw new Error(`no typed error: ${String(error)}`);
}

async function withManager<T>(
  accelerators: readonly Accelerator[],
  run: (manager: Awaited<ReturnType<typeof managerOf>>) => Promise<T>,
): Promise<T> {
  const manager = await managerOf(accelerators);
  try {
    return await run(manager);
  } finally {
    await manager[Symbol.asyncDispose]();
  }
}

test("jobs run where and in the order that the policy says, after those they name", async () => {
  const accelerators = two();
  const jobs = [
    { workload: sum, input: numbers(100) },
    { workload: sum, input: numbers(10), after: [0] },
    { workload: sum, input: numbers(20), after: [0] },
    { workload: sum, input: numbers(30), after: [1, 2] },
  ];
  const batch = await withManager(accelerators, (manager) => manager.schedule(jobs, { policy: "heft" }));
  // fast: 0.1, 0.02, then 0.01 as slow would end it at 0.14, as late as after 2; the lower device wins
  expect(batch.plan.placed.map(({ device }) => device)).toEqual(["fast:0", "fast:0", "fast:0", "fast:0"]);
  expect(batch.plan.makespan).toBeCloseTo(0.16, 12);
  expect(batch.results.map(({ output }) => output)).toEqual(jobs.map(({ input }) => sum.reference?.(input)));
  for (const [at, { after = [] }] of jobs.entries())
    for (const parent of after)
      expect(batch.ran[at]?.start).toBeGreaterThanOrEqual(batch.ran[parent]?.end ?? Number.NaN);
  const spread = await withManager(two(), (manager) => manager.schedule(jobs, { policy: "round-robin" }));
  expect(spread.ran.map(({ device }) => device)).toEqual(["fast:0", "slow:0", "fast:0", "slow:0"]);
});

test("independent jobs share the devices out by predicted cost", async () => {
  const jobs = [40, 10, 10, 10, 10].map((size) => ({ workload: sum, input: numbers(size) }));
  const batch = await withManager(two(), (manager) => manager.schedule(jobs, { policy: "optimal" }));
  expect(batch.plan.makespan).toBeCloseTo(0.07, 12);
  expect(batch.ran.filter(({ device }) => device === "slow:0").length).toBe(1);
});

test("a job that its device fails at runs elsewhere, and says so", async () => {
  const broken = fakeAccelerator({
    id: "broken",
    kernels: [
      fakeKernel(sum, {
        seconds: 1e-6,
        run: () => {
          throw new BioXenError("KERNEL_FAILED", "broken on purpose");
        },
      }),
    ],
  });
  const [fast] = two();
  const jobs = [
    { workload: sum, input: numbers(5) },
    { workload: sum, input: numbers(6), after: [0] },
  ];
  const { results, ran } = await withManager([broken, fast], (manager) => manager.schedule(jobs, { policy: "heft" }));
  expect(ran.map(({ device }) => device)).toEqual(["fast:0", "fast:0"]);
  expect(results[0]?.rejected[0]).toMatchObject({ device: "broken:0", reason: expect.stringContaining("on purpose") });
  const error = await refused([broken, fast], (manager) => manager.schedule(jobs, { policy: "heft", fallback: false }));
  expect(error.code).toBe("KERNEL_FAILED");
});

test("what cannot be planned is refused before anything runs", async () => {
  const accelerators = two();
  const job = { workload: sum, input: numbers(3) };
  const plans = [
    [[job], { policy: "nobody" }, "no policy nobody"],
    [[job], { policy: "energy-greedy" }, "reads watts, and none are given for fast:0, slow:0"],
    [
      [
        { ...job, after: [1] },
        { ...job, after: [0] },
      ],
      { policy: "heft" },
      "cycle",
    ],
    [[{ ...job, after: [7] }], { policy: "heft" }, "edge from or to no task"],
    [[{ workload: sum, input: { values: "none" } }], { policy: "heft" }, ""],
  ] as const;
  for (const [jobs, options, message] of plans) {
    const error = await refused(accelerators, (manager) => manager.schedule(jobs, options));
    expect(error.code).toBe("INPUT_INVALID");
    expect(error.message).toContain(message);
  }
  expect(accelerators.flatMap(({ journal }) => journal).filter(({ call }) => call === "run")).toEqual([]);
  const none = await withManager(accelerators, (manager) => manager.schedule([], { policy: "heft" }));
  expect(none).toMatchObject({ results: [], ran: [], makespan: 0 });
});

test("an abort stops the batch, watts let policies weigh joules", async () => {
  const stop = new AbortController();
  const slow = fakeAccelerator({ id: "slow", kernels: [fakeKernel(sum, { takes: 30 })] });
  const jobs = [
    { workload: sum, input: numbers(3) },
    { workload: sum, input: numbers(3), after: [0] },
  ];
  setTimeout(() => stop.abort(), 50);
  const error = await refused([slow], (manager) => manager.schedule(jobs, { policy: "mct", signal: stop.signal }));
  expect(error.code).toBe("ABORTED");
  const watts = new Map([
    ["fast:0", { busy: 100, idle: 1 }],
    ["slow:0", { busy: 1, idle: 1 }],
  ]);
  const frugal = await withManager(two(), (manager) => manager.schedule(jobs, { policy: "energy-greedy", watts }));
  expect(frugal.ran.map(({ device }) => device)).toEqual(["slow:0", "slow:0"]);
});
