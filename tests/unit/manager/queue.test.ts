import { setTimeout as sleep } from "node:timers/promises";
import { BioXenError } from "bioxen";
import { fakeAccelerator, fakeKernel } from "bioxen/testing";
import { expect, test } from "vitest";
import { managerOf } from "../../support/manager.ts";
import { numbers, sum } from "../../support/sum-workload.ts";

const input = numbers(10);
/** A device that goes on for so long whatever it is told. */
const deaf = (id: string, seconds: number, prior: number) =>
  fakeAccelerator({
    id,
    kernels: [
      fakeKernel(sum, {
        seconds: prior,
        run: async () => {
          await sleep(seconds * 1000);
          return 0;
        },
      }),
    ],
  });
const spare = (seconds = 1) => fakeAccelerator({ id: "spare", kernels: [fakeKernel(sum, { seconds })] });

test("runs one job at a time on a device, in order, and several devices side by side", async () => {
  const fake = fakeAccelerator({ id: "a", kernels: [fakeKernel(sum, { takes: 0.02 })] });
  const other = fakeAccelerator({ id: "b", kernels: [fakeKernel(sum, { takes: 0.02, seconds: 2e-3 })] });
  await using manager = await managerOf([fake, other]);
  const ran = await Promise.all(Array.from({ length: 6 }, () => manager.run(sum, input)));
  for (const { journal } of [fake, other]) {
    const calls = journal.filter(({ call }) => call === "run" || call === "end").map(({ call }) => call);
    expect(calls.length).toBeGreaterThan(0);
    expect(calls).toEqual(calls.map((_, at) => (at % 2 === 0 ? "run" : "end")));
  }
  expect(new Set(ran.map(({ device }) => device.id))).toEqual(new Set(["a:0", "b:0"]));
  expect(ran.every(({ measured: { cpuSeconds } }) => cpuSeconds === null || cpuSeconds >= 0)).toBe(true);
});

test("counts what waits on a device into the choice, and nothing once it is idle", async () => {
  const quick = fakeAccelerator({ id: "quick", kernels: [fakeKernel(sum, { seconds: 1, takes: 0.03 })] });
  await using manager = await managerOf([quick, spare(2.5)]);
  const running = [0.1, 0.2, 0.3].map(() => manager.run(sum, input, { device: "quick" }));
  const { candidates } = manager.explain(sum, input);
  expect(candidates.map(({ device: { id }, waitSeconds }) => [id, waitSeconds])).toEqual([
    ["spare:0", 0],
    ["quick:0", 3],
  ]);
  await Promise.all(running);
  expect(manager.explain(sum, input, { device: "quick" }).candidates[0]?.waitSeconds).toBe(0);
});

test("ends at the deadline, in the queue as in mid-run", async () => {
  const slow = fakeAccelerator({ id: "slow", kernels: [fakeKernel(sum, { takes: 0.2 })] });
  await using manager = await managerOf([slow]);
  const first = manager.run(sum, input);
  const queued = manager.run(sum, input, { deadline: 0.03 });
  await expect(queued).rejects.toMatchObject({
    code: "DEADLINE_EXCEEDED",
    message: "sum on slow:0 did not end within 0.03 s",
  });
  expect((await first).output).toBe(sum.reference?.(input));
  await expect(manager.run(sum, input, { deadline: 0.03 })).rejects.toMatchObject({ code: "DEADLINE_EXCEEDED" });
  expect((await manager.run(sum, input, { deadline: 1e9 })).output).toBe(sum.reference?.(input));
});

test("aborts before, in the queue and in mid-run, and the device goes on working", async () => {
  const slow = fakeAccelerator({ id: "slow", kernels: [fakeKernel(sum, { takes: 0.1 })] });
  await using manager = await managerOf([slow, spare()]);
  await expect(manager.run(sum, input, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "ABORTED" });
  expect(slow.journal).toHaveLength(1);
  const control = new AbortController();
  const runs = [0, 1].map(() => manager.run(sum, input, { device: "slow", signal: control.signal }));
  await sleep(20);
  control.abort("enough");
  for (const run of runs) await expect(run).rejects.toMatchObject({ code: "ABORTED", cause: "enough" });
  expect((await manager.run(sum, input, { device: "slow" })).device.id).toBe("slow:0");
});

test("avoids a device that does not stop until it has, and is busy where there is no other", async () => {
  await using manager = await managerOf([deaf("deaf", 1.6, 1e-3), spare()]);
  await expect(manager.run(sum, input, { deadline: 0.02 })).rejects.toMatchObject({ code: "DEADLINE_EXCEEDED" });
  await sleep(1100);
  const ran = await manager.run(sum, input);
  expect(ran.device.id).toBe("spare:0");
  expect(ran.rejected).toEqual([{ device: "deaf:0", reason: "still busy with sum on deaf:0, which was given up" }]);
  await expect(manager.run(sum, input, { device: "deaf" })).rejects.toMatchObject({ code: "DEVICE_BUSY" });
  await sleep(600);
  expect(manager.explain(sum, input).rejected).toEqual([]);
});

test("sends those who wait behind a run that does not stop elsewhere", async () => {
  const hanging = deaf("hanging", 2.2, 1e-3);
  await using manager = await managerOf([hanging, spare()]);
  const given = manager.run(sum, input, { deadline: 0.02 });
  const waiting = manager.run(sum, input);
  await expect(given).rejects.toMatchObject({ code: "DEADLINE_EXCEEDED" });
  expect(await waiting).toMatchObject({
    device: { id: "spare:0" },
    rejected: [
      { device: "hanging:0", reason: "DEVICE_LOST: hanging:0 does not stop sum on hanging:0, which was given up" },
    ],
  });
});

test("does not call a device stuck because a job in its queue was given up", async () => {
  const slow = fakeAccelerator({ id: "slow", kernels: [fakeKernel(sum, { takes: 1.3, seconds: 1e-3 })] });
  await using manager = await managerOf([slow]);
  const long = manager.run(sum, input);
  await expect(manager.run(sum, input, { deadline: 0.01 })).rejects.toMatchObject({ code: "DEADLINE_EXCEEDED" });
  await sleep(1100);
  expect(manager.explain(sum, input).rejected).toEqual([]);
  await long;
});

test("expects a preparation to cost what those of its size did, not so much a byte", async () => {
  const fake = fakeAccelerator({ id: "a", kernels: [fakeKernel(sum)], prepare: () => sleep(30) });
  await using manager = await managerOf([fake]);
  for (const count of [10, 20, 10, 20]) await manager.run(sum, { ...numbers(count), database: {} });
  const expected = manager.explain(sum, { ...numbers(20_000), database: {} }).candidates[0]?.prepareSeconds;
  for (const count of [10_000, 20_000, 10_000]) await manager.run(sum, { ...numbers(count), database: {} });
  const learnt = manager.explain(sum, { ...numbers(20_000), database: {} }).candidates[0]?.prepareSeconds;
  // by the bytes of the small ones it would be 30 s
  expect(expected).toBeGreaterThan(0.02);
  expect(learnt).toBeGreaterThan(0.02);
  expect(learnt).toBeLessThan(0.1);
  expect(manager.explain(sum, { ...numbers(10), database: {} }).candidates[0]?.prepareSeconds).toBeLessThan(0.1);
});

test("prepares resident data once, apart from the run, and again after the device was lost", async () => {
  let lose = false;
  const kernel = fakeKernel(sum, {
    run: () => {
      if (lose) throw new BioXenError("DEVICE_LOST", "unplugged");
      return 1;
    },
  });
  const fake = fakeAccelerator({ id: "a", kernels: [kernel], prepare: () => sleep(30) });
  await using manager = await managerOf([fake, spare()]);
  const kept = { ...input, database: {} };
  const pinned = { device: "a" };
  const first = await manager.run(sum, kept, pinned);
  expect(first.prepareSeconds).toBeGreaterThan(0.02);
  expect(first.measured.seconds).toBeLessThan(0.02);
  expect((await manager.run(sum, kept, pinned)).prepareSeconds).toBe(0);
  expect(manager.explain(sum, kept).candidates[0]?.prepareSeconds).toBe(0);
  expect(manager.explain(sum, { ...input, database: {} }, pinned).candidates[0]?.prepareSeconds).toBeGreaterThan(0.02);
  lose = true;
  await expect(manager.run(sum, kept, pinned)).rejects.toMatchObject({ code: "DEVICE_LOST" });
  lose = false;
  await sleep(1050);
  expect((await manager.run(sum, kept, pinned)).prepareSeconds).toBeGreaterThan(0.02);
  expect(fake.journal.map(({ call }) => call).join(" ")).toBe(
    "probe open prepare run end run end run end dispose probe open prepare run end",
  );
});
