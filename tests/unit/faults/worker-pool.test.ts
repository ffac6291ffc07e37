import { setTimeout as sleep } from "node:timers/promises";
import type { RunContext } from "bioxen";
import { expect, test } from "vitest";
// the pool is the accelerators' own: it has no public name
import { openPool, type WorkerPool } from "../../../dist/src/host/worker-pool.js";

type FaultyTasks = Readonly<Record<string, (input: number) => number>>;
const context = (signal = new AbortController().signal): RunContext => ({ signal, threads: null });
const pool = (threads = 1): WorkerPool<FaultyTasks> =>
  openPool<FaultyTasks>(new URL("../../support/faulty-worker.mjs", import.meta.url), threads);

test("runs tasks, and the next one after one that threw", async () => {
  await using one = pool();
  expect(await one.run("double", 4, context())).toBe(8);
  await expect(one.run("throws", 0, context())).rejects.toMatchObject({
    code: "KERNEL_FAILED",
    message: "throws: x is undefined",
  });
  await expect(one.run("missing", 0, context())).rejects.toMatchObject({ code: "UNSUPPORTED" });
  expect(await one.run("double", 5, context())).toBe(10);
});

test("keeps the code of an error that leaves a worker", async () => {
  await using one = pool();
  await expect(one.run("runs-out", 0, context())).rejects.toMatchObject({
    code: "OUT_OF_MEMORY",
    message: "runs-out: 4 GiB asked for",
  });
  await expect(one.run("says-allocation-failed", 0, context())).rejects.toMatchObject({ code: "OUT_OF_MEMORY" });
  expect(await one.run("double", 5, context())).toBe(10);
});

test("tells every task in flight when a worker exits in mid-run, and refuses more", async () => {
  await using two = pool(2);
  await two.run("double", 1, context());
  const other = two.run("loops", 0, context());
  const both = Promise.allSettled([other, two.run("exits", 0, context())]);
  for (const result of await both)
    expect(result).toMatchObject({ status: "rejected", reason: { code: "DEVICE_LOST" } });
  await expect(two.run("double", 1, context())).rejects.toMatchObject({ code: "DEVICE_LOST" });
});

test("survives an error that no task awaits", async () => {
  await using one = pool();
  await expect(one.run("throws-in-a-timer", 0, context())).rejects.toMatchObject({
    code: "KERNEL_FAILED",
    message: expect.stringContaining("nobody awaits me"),
  });
});

test("ends a task that would loop for ever when it is aborted, and runs the next at once", async () => {
  await using one = pool();
  await one.run("double", 1, context());
  for (let round = 0; round < 3; round++) {
    const control = new AbortController();
    const looping = one.run("loops", 0, context(control.signal));
    await sleep(20);
    control.abort();
    await expect(looping).rejects.toMatchObject({ code: "ABORTED" });
    expect(await one.run("double", round, context())).toBe(2 * round);
  }
});

test("refuses a task once it is closed", async () => {
  const one = pool();
  expect(await one.run("double", 1, context())).toBe(2);
  await one[Symbol.asyncDispose]();
  await one[Symbol.asyncDispose]();
  await expect(one.run("double", 1, context())).rejects.toMatchObject({ code: "DEVICE_LOST" });
});
