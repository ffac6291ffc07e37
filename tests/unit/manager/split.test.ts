import { setTimeout as sleep } from "node:timers/promises";
import { type BioAcceleratorManager, BioXenError, type DeviceInfo, type WorkloadSpec } from "bioxen";
import { type FakeAccelerator, fakeAccelerator, fakeKernel } from "bioxen/testing";
import { expect, test } from "vitest";
import { managerOf } from "../../support/manager.ts";
import { numbers, type SumInput, sum } from "../../support/sum-workload.ts";

const parted: WorkloadSpec<SumInput, number> = {
  ...sum,
  split: {
    parts: ({ values }, shares) => {
      let from = 0;
      let until = 0;
      return shares.map((share) => {
        until += share;
        const part = { values: values.slice(from, Math.round(until * values.length)) };
        from = Math.round(until * values.length);
        return part;
      });
    },
    join: (outputs) => outputs.reduce((x, y) => x + y, 0),
  },
};
const input = numbers(30_000);
const right = sum.reference?.(input);
/** Seconds a value of a device of ordinary speed. */
const pace = 2e-6;

function device(id: string, slower: number, info: Partial<DeviceInfo> = {}, fails: () => boolean = () => false) {
  const run = async ({ values }: SumInput): Promise<number> => {
    if (fails()) throw new BioXenError("KERNEL_FAILED", "no luck");
    await sleep(values.length * pace * slower * 1000);
    return values.reduce((x, y) => x + y, 0);
  };
  const seconds = ({ units }: { units: number }) => units * pace * slower;
  return fakeAccelerator({ id, devices: [info], kernels: [fakeKernel(parted, { run, seconds })] });
}

/** A manager that has measured its devices. */
async function measured(devices: readonly FakeAccelerator[]): Promise<BioAcceleratorManager> {
  const manager = await managerOf(devices);
  for (const size of [5_000, 10_000, 20_000, 30_000])
    for (const { id } of devices)
      for (let run = 0; run < 3; run++) await manager.run(parted, numbers(size), { device: id });
  return manager;
}

test("splits by predicted rate where that is faster, both at once, and says who did what", async () => {
  await using manager = await measured([device("cpu", 1), device("gpu", 2, { kind: "gpu" })]);
  const { reason } = manager.explain(parted, input, { split: true });
  const ran = await manager.run(parted, input, { split: true });
  expect(ran).toMatchObject({ output: right, device: { id: "cpu:0" }, reason });
  expect(reason).toMatch(/^split over cpu:0 \(\d+%\), gpu:0 \(\d+%\): 1\.\dx faster than cpu:0 alone, as predicted$/);
  expect(ran.parts.map(({ device: { id } }) => id)).toEqual(["cpu:0", "gpu:0"]);
  expect(ran.parts[0]?.share).toBeGreaterThan(0.55);
  expect(ran.parts[0]?.share).toBeLessThan(0.8);
  const [a, b] = ran.parts.map((part) => part.measured.seconds);
  expect(ran.measured.seconds).toBeLessThan((a ?? 0) + (b ?? 0));
});

test.each<[string, readonly FakeAccelerator[], SumInput]>([
  ["two devices share the host's cores", [device("a", 1), device("b", 1)], input],
  ["one is emulated there", [device("a", 1), device("b", 1, { kind: "gpu", features: ["software"] })], input],
  ["the other is far slower", [device("a", 1), device("b", 10, { kind: "gpu" })], input],
  ["the batch is soon done", [device("a", 1), device("b", 1, { kind: "gpu" })], numbers(500)],
])("does not split where %s", async (_, devices, given) => {
  await using manager = await measured(devices);
  const ran = await manager.run(parted, given, { split: true });
  expect(ran).toMatchObject({ output: sum.reference?.(given), parts: [] });
});

test("does not split unasked, by guesses, on one device, or what cannot be cut", async () => {
  const two = () => [device("a", 1), device("b", 1, { kind: "gpu" })];
  await using guessing = await managerOf(two());
  expect((await guessing.run(parted, input, { split: true })).parts).toEqual([]);
  await using manager = await measured(two());
  expect((await manager.run(parted, input)).parts).toEqual([]);
  expect((await manager.run(parted, input, { split: true, device: "b" })).parts).toEqual([]);
  const uncut = { ...parted.split, parts: () => null, join: () => 0 };
  const whole = { ...parted, split: uncut };
  await using other = await managerOf([
    fakeAccelerator({ id: "a", kernels: [fakeKernel(whole)] }),
    fakeAccelerator({ id: "b", devices: [{ kind: "gpu" }], kernels: [fakeKernel(whole)] }),
  ]);
  for (const id of ["a", "b"]) await other.run(whole, input, { device: id });
  expect(await other.run(whole, input, { split: true })).toMatchObject({ output: right, parts: [] });
});

test("a part whose device fails is done elsewhere, and the record says so", async () => {
  let fails = false;
  await using manager = await measured([device("cpu", 1), device("gpu", 1, { kind: "gpu" }, () => fails)]);
  fails = true;
  const ran = await manager.run(parted, input, { split: true });
  expect(ran.output).toBe(right);
  expect(ran.parts.map(({ device: { id } }) => id)).toEqual(["cpu:0", "cpu:0"]);
  expect(ran.rejected).toContainEqual({ device: "gpu:0", reason: "KERNEL_FAILED: no luck" });
});
