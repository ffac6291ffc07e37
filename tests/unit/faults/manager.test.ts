import { type Accelerator, type Device, matrixMultiply, type Rejection, seededRandom, sequenceAlignment } from "bioxen";
import { cpuSimd, reference } from "bioxen/accelerators";
import { fakeAccelerator, fakeKernel } from "bioxen/testing";
import { expect, test } from "vitest";
import { openPool } from "../../../dist/src/host/worker-pool.js";
import { managerOf } from "../../support/manager.ts";

const input = matrixMultiply.generate(2e6, seededRandom(1));
const wanted = matrixMultiply.reference?.(input) ?? new Float32Array();
const pinnedTo = (device: string) => ({ device });

/** A device over real worker threads, whose every run ends as the named task does. */
function overWorkers(id: string, task: string): Accelerator {
  const inner = fakeAccelerator({ id, kernels: [fakeKernel(matrixMultiply, { seconds: 1e-9 })] });
  return {
    ...inner,
    open: async (info): Promise<Device> => {
      const pool = openPool<Record<string, (input: number) => never>>(
        new URL("../../support/faulty-worker.mjs", import.meta.url),
        1,
      );
      return {
        info,
        meter: null,
        prepare: null,
        run: async (_kernel, _input, context) => pool.run(task, 0, context),
        [Symbol.asyncDispose]: () => pool[Symbol.asyncDispose](),
      };
    },
  };
}

async function ranElsewhere(bad: Accelerator): Promise<readonly Rejection[]> {
  await using manager = await managerOf([bad, reference, cpuSimd]);
  const ran = await manager.run(matrixMultiply, input);
  expect(matrixMultiply.differ(ran.output, wanted, input)).toBeNull();
  expect(ran.device.id).not.toBe(`${bad.id}:0`);
  // what was merely slower is named too, and is no fault
  return ran.rejected.filter(({ reason }) => !reason.startsWith("slower"));
}

test.each<[string, RegExp]>([
  ["exits", /^DEVICE_LOST: a worker thread died in mid-run$/],
  ["throws", /^KERNEL_FAILED: throws: x is undefined$/],
  ["throws-in-a-timer", /^KERNEL_FAILED: .*nobody awaits me/],
  ["runs-out", /^OUT_OF_MEMORY: runs-out: 4 GiB asked for$/],
  ["missing", /^UNSUPPORTED: missing: no task missing$/],
])("a worker that %s: the right answer from elsewhere, and a record of it", async (task, reason) => {
  expect(await ranElsewhere(overWorkers("bad", task))).toEqual([
    { device: "bad:0", reason: expect.stringMatching(reason) },
  ]);
});

test("a kernel that lies under verify: the oracle's answer, and a record of it", async () => {
  const liar = fakeAccelerator({
    id: "liar",
    kernels: [fakeKernel(matrixMultiply, { seconds: 1e-9, run: ({ m, n }) => new Float32Array(m * n).fill(1) })],
  });
  await using manager = await managerOf([liar, reference, cpuSimd]);
  const ran = await manager.run(matrixMultiply, input, { verify: { sampleRate: 1 } });
  expect(matrixMultiply.differ(ran.output, wanted, input)).toBeNull();
  expect(ran.rejected[0]).toEqual({
    device: "liar:0",
    reason: expect.stringMatching(/^RESULT_MISMATCH: wrong answer: /),
  });
});

test("a probe that throws takes nobody with it", async () => {
  const bad = fakeAccelerator({ id: "bad", kernels: [], probe: () => Promise.reject(new TypeError("no driver")) });
  await using manager = await managerOf([bad, reference]);
  expect(manager.inventory[0]?.probe).toMatchObject({ status: "broken", error: { code: "KERNEL_FAILED" } });
  expect(matrixMultiply.differ((await manager.run(matrixMultiply, input)).output, wanted, input)).toBeNull();
});

test("an oracle in mid double loop ends at its deadline, and the next run is right", async () => {
  const long = sequenceAlignment.generate(2e10, seededRandom(1));
  await using manager = await managerOf([reference, cpuSimd]);
  const startedAt = performance.now();
  await expect(manager.run(sequenceAlignment, long, { ...pinnedTo("reference"), deadline: 0.3 })).rejects.toMatchObject(
    {
      code: "DEADLINE_EXCEEDED",
    },
  );
  expect((performance.now() - startedAt) / 1000).toBeLessThan(2);
  const ran = await manager.run(matrixMultiply, input, pinnedTo("reference"));
  expect(matrixMultiply.differ(ran.output, wanted, input)).toBeNull();
});
