import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { BioXenError, type CalibrationProgress } from "bioxen";
import { fakeAccelerator, fakeKernel } from "bioxen/testing";
import { afterEach, beforeEach, expect, test } from "vitest";
import { managerOf } from "../../support/manager.ts";
import { numbers, sum } from "../../support/sum-workload.ts";

const input = numbers(1000);
let folder = "";
let path = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "bioxen-calibration-"));
  path = join(folder, "deep", "calibration.json");
});
afterEach(() => rmSync(folder, { recursive: true }));

const cpu = () => fakeAccelerator({ id: "cpu", kernels: [fakeKernel(sum, { seconds: 77 })] });
const budget = 0.3;

/** A calibrated host's file. */
async function calibrated(): Promise<string> {
  await using manager = await managerOf([cpu()], { calibration: path });
  expect(manager.calibration).toEqual({ status: "none", reason: "this host is not calibrated yet", path });
  expect(manager.explain(sum, input).candidates[0]?.predicted).toMatchObject({ seconds: 77, basis: "guess" });
  expect(await manager.calibrate({ budget })).toMatchObject({ failed: [], kept: { status: "saved", path } });
  return readFileSync(path, "utf8");
}

test("keeps what it measured for the next session, and refines it by use", async () => {
  const text = await calibrated();
  expect(readdirSync(dirname(path))).toEqual(["calibration.json"]);
  await using next = await managerOf([cpu()], { calibration: path });
  expect(next.calibration.status).toBe("loaded");
  const [first] = next.explain(sum, input).candidates;
  expect(first?.predicted.basis).toBe("calibrated");
  expect(first?.predicted.seconds).toBeLessThan(0.01);
  await next.run(sum, input);
  await next[Symbol.asyncDispose]();
  expect(readFileSync(path, "utf8")).not.toBe(text);
});

test.each<[string, (text: string) => string, RegExp]>([
  [
    "of another host",
    (text) => text.replace(/"host":"/, '"host":"elsewhere '),
    /^calibrated on another host: elsewhere /,
  ],
  [
    "of another version",
    (text) => text.replace(/"package":"[^"]*"/, '"package":"9.9.9"'),
    /^calibrated by version 9\.9\.9$/,
  ],
  ["that is broken off", (text) => text.slice(0, 100), /is no JSON$/],
  ["of another shape", () => '{"format":1,"runs":[]}', /is no calibration of this version$/],
  ["with a time below zero", (text) => text.replace(/"seconds":/, '"seconds":-'), /is no calibration of this version$/],
])("takes a file %s for no calibration, and says so", async (_, change, reason) => {
  writeFileSync(path, change(await calibrated()));
  await using manager = await managerOf([cpu()], { calibration: path });
  expect(manager.calibration).toMatchObject({ status: "none", reason: expect.stringMatching(reason) });
  expect((await manager.run(sum, input)).predicted.basis).toBe("guess");
});

test("fails at nothing where the file cannot be read or written", async () => {
  mkdirSync(path, { recursive: true });
  {
    await using manager = await managerOf([cpu()], { calibration: path });
    expect(manager.calibration).toMatchObject({
      status: "none",
      reason: expect.stringMatching(/cannot be read: EISDIR/),
    });
    expect((await manager.calibrate({ budget })).kept).toMatchObject({
      status: "not saved",
      reason: expect.stringMatching(/cannot be written: /),
    });
  }
  // a folder that cannot be made: even root cannot make one under a file
  const file = join(folder, "file");
  writeFileSync(file, "");
  await using manager = await managerOf([cpu()], { calibration: join(file, "calibration.json") });
  expect((await manager.calibrate({ budget })).kept.status).toBe("not saved");
});

test("disposes quietly where a loaded file has become unwritable", async () => {
  await calibrated();
  const manager = await managerOf([cpu()], { calibration: path });
  await manager.run(sum, input);
  rmSync(dirname(path), { recursive: true });
  writeFileSync(dirname(path), "in the way");
  await manager[Symbol.asyncDispose]();
});

test("calibrates within half as much again as its budget, the hanging kernel and the failing one too", async () => {
  const hanging = fakeAccelerator({
    id: "hanging",
    kernels: [fakeKernel(sum, { run: () => new Promise<number>(() => {}) })],
  });
  const failing = fakeAccelerator({
    id: "failing",
    kernels: [
      fakeKernel(sum, {
        run: () => {
          throw new BioXenError("KERNEL_FAILED", "no");
        },
      }),
    ],
  });
  const emulated = fakeAccelerator({ id: "emulated", devices: [{ simulated: true }], kernels: [fakeKernel(sum)] });
  const progress: CalibrationProgress[] = [];
  await using manager = await managerOf([failing, emulated, cpu(), hanging]);
  const startedAt = performance.now();
  const { failed, runs, kept } = await manager.calibrate({ budget, onProgress: (one) => void progress.push(one) });
  expect((performance.now() - startedAt) / 1000).toBeLessThan(1.5 * budget);
  expect(failed).toEqual([
    { device: "failing:0", workload: "sum", reason: "no" },
    { device: "hanging:0", workload: "sum", reason: expect.stringMatching(/did not end within/) },
  ]);
  expect(runs).toBeGreaterThan(0);
  expect(kept).toEqual({ status: "not saved", reason: "not asked for" });
  expect(progress.map(({ device }) => device)).not.toContain("emulated:0");
  expect(progress.every(({ share }) => share >= 0 && share <= 1)).toBe(true);
});

test("ends a calibration that is aborted", async () => {
  const slow = fakeAccelerator({ id: "slow", kernels: [fakeKernel(sum, { takes: 0.01 })] });
  await using manager = await managerOf([slow]);
  const control = new AbortController();
  const calibrating = manager.calibrate({ budget: 20, signal: control.signal });
  await sleep(30);
  control.abort();
  await expect(calibrating).rejects.toMatchObject({ code: "ABORTED" });
});
