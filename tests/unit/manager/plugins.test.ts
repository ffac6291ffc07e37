import { type Accelerator, BioXenError, type Probe } from "bioxen";
import { fakeAccelerator, fakeKernel } from "bioxen/testing";
import { expect, test } from "vitest";
import { managerOf } from "../../support/manager.ts";
import { numbers, sum } from "../../support/sum-workload.ts";

const input = numbers(10);
const spare = () => fakeAccelerator({ id: "spare", kernels: [fakeKernel(sum, { seconds: 9 })] });
const bug = (): never => {
  throw new TypeError("x is undefined");
};

test.each([
  ["supports", fakeKernel(sum, { supports: bug }), "its kernel's supports or prior threw TypeError: x is undefined"],
  ["prior", fakeKernel(sum, { seconds: bug }), "its kernel's supports or prior threw TypeError: x is undefined"],
  ["a prior that is no number", fakeKernel(sum, { seconds: Number.NaN }), /RangeError: a cost of NaN s/],
])("passes over a device that throws in %s, and says so", async (_, kernel, reason) => {
  await using manager = await managerOf([fakeAccelerator({ id: "bad", kernels: [kernel] }), spare()]);
  expect(await manager.run(sum, input)).toMatchObject({
    output: sum.reference?.(input),
    device: { id: "spare:0" },
    rejected: [{ device: "bad:0", reason: typeof reason === "string" ? reason : expect.stringMatching(reason) }],
  });
});

test.each<[string, unknown, RegExp]>([
  ["nothing", undefined, /neither present, absent nor broken/],
  ["another status", { status: "maybe" }, /neither present, absent nor broken/],
  ["no device", { status: "present", devices: [] }, /present, and no device/],
  [
    "another's device",
    { status: "present", devices: [{ id: "spare:0" }] },
    /a device spare:0, which is not liar:<index>/,
  ],
  ["a device without a name", { status: "present", devices: [{ id: "liar:0" }] }, /liar:0 without its name/],
])("takes a probe that answers %s for broken", async (_, answer, message) => {
  // sound in a test of what a plugin in plain JavaScript may do
  const liar = fakeAccelerator({ id: "liar", kernels: [fakeKernel(sum)], probe: async () => answer as Probe });
  await using manager = await managerOf([liar, spare()]);
  const [{ probe }] = manager.inventory as unknown as [{ probe: Probe }];
  expect(probe).toMatchObject({ status: "broken", error: { message: expect.stringMatching(message) } });
  expect((await manager.run(sum, input)).device.id).toBe("spare:0");
});

test("takes two devices of one id for a broken probe", async () => {
  const twins = fakeAccelerator({ id: "twins", devices: [{ id: "twins:0" }, { id: "twins:0" }], kernels: [] });
  await using manager = await managerOf([twins]);
  expect(manager.inventory[0]?.probe).toMatchObject({ status: "broken" });
});

test("goes elsewhere when what the probe promised cannot be opened", async () => {
  const liar = fakeAccelerator({
    id: "liar",
    kernels: [fakeKernel(sum)],
    opening: () => Promise.reject(new Error("no such board")),
  });
  await using manager = await managerOf([liar, spare()]);
  expect(await manager.run(sum, input)).toMatchObject({ device: { id: "spare:0" }, rejected: [{ device: "liar:0" }] });
});

test("refuses two accelerators of one id, and two workloads of one name", async () => {
  const other: Accelerator = fakeAccelerator({ id: "other", kernels: [fakeKernel({ ...sum, id: "total" })] });
  const twice = (all: readonly Accelerator[]) => expect(managerOf(all)).rejects;
  await twice([spare(), spare()]).toMatchObject({
    code: "PLUGIN_INVALID",
    message: "two accelerators have the id spare",
  });
  await twice([spare(), other]).toBeInstanceOf(BioXenError);
  await twice([spare(), other]).toMatchObject({ message: "two workloads are called add-up" });
});
