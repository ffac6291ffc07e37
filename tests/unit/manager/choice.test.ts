import { BioAcceleratorManager, type Cost, type DeviceInfo, type EnergyMeter } from "bioxen";
import { type FakeKernelOptions, type FakeOptions, fakeAccelerator, fakeKernel } from "bioxen/testing";
import { expect, test } from "vitest";
import { managerOf } from "../../support/manager.ts";
import { numbers, type SumInput, sum } from "../../support/sum-workload.ts";

const input = numbers(10);

function device(
  id: string,
  options: FakeKernelOptions<SumInput, number> = {},
  info: Partial<DeviceInfo> = {},
  more: Partial<FakeOptions> = {},
) {
  return fakeAccelerator({ id, devices: [info], kernels: [fakeKernel(sum, options)], ...more });
}

const joules = (amount: number): Partial<Cost> => ({
  joules: amount,
  energySource: "model",
});
/** Least time, least energy, and the best of both. */
const three = [
  device("quick", { seconds: 1, cost: joules(100) }),
  device("frugal", { seconds: 50, cost: joules(1) }),
  device("both", { seconds: 2, cost: joules(10) }),
];

test("chooses by the objective, and explain says beforehand what run does", async () => {
  for (const [objective, id, reason] of [
    ["time", "quick:0", "2.0x faster than both:0, by prediction"],
    ["energy", "frugal:0", "10x less energy than both:0, by prediction"],
    ["edp", "both:0", "2.5x less energy x time than frugal:0, by prediction"],
  ] as const) {
    await using manager = await managerOf(three);
    const choice = manager.explain(sum, input, { objective });
    expect(choice.candidates.map((one) => one.device.id)).toHaveLength(3);
    expect(choice.reason).toBe(reason);
    const ran = await manager.run(sum, input, { objective });
    expect(ran.device).toEqual(choice.candidates[0]?.device);
    expect(ran.device.id).toBe(id);
    expect(ran.reason).toBe(reason);
    expect(ran.predicted).toEqual(choice.candidates[0]?.predicted);
  }
});

test("does not claim to know an energy that nobody knows", async () => {
  await using manager = await managerOf([device("slow", { seconds: 4 }), device("quick", { seconds: 1 })]);
  for (const objective of ["energy", "edp"] as const) {
    const { candidates, reason } = manager.explain(sum, input, { objective });
    expect(candidates[0]?.device.id).toBe("quick:0");
    expect(reason).toBe("the energy of no device is known; 4.0x faster than slow:0, by prediction");
  }
  await using known = await managerOf([device("a", { seconds: 1 }), device("b", { seconds: 9, cost: joules(5) })]);
  expect(known.explain(sum, input, { objective: "energy" })).toMatchObject({
    candidates: [{ device: { id: "b:0" } }, { device: { id: "a:0" } }],
    reason: "the only device whose energy is known",
  });
});

test("reads the device's meter, or the one it was given, and learns power from it", async () => {
  let total = 5;
  const meter: EnergyMeter = { source: "counter", read: async () => (total += 3) };
  await using own = await managerOf([device("a", {}, {}, { meter })]);
  expect((await own.run(sum, input)).measured).toMatchObject({ joules: 3, energySource: "counter", basis: "measured" });
  const [next] = own.explain(sum, input).candidates;
  expect(next?.predicted).toMatchObject({ energySource: "model", basis: "calibrated", joules: expect.any(Number) });
  await using given = await managerOf([device("b")], { meters: new Map([["b:0", meter]]) });
  expect((await given.run(sum, input)).measured.joules).toBe(3);
  await using none = await managerOf([device("c")]);
  expect((await none.run(sum, input)).measured).toMatchObject({ joules: null, energySource: null });
});

test("runs where it is told to, by device or accelerator, and says why the others did not", async () => {
  const twin = fakeAccelerator({ id: "twin", devices: [{}, {}], kernels: [fakeKernel(sum, { seconds: 5 })] });
  await using manager = await managerOf([...three, twin]);
  expect((await manager.run(sum, input, { device: "twin:1" })).device.id).toBe("twin:1");
  const ran = await manager.run(sum, input, { device: "twin" });
  expect(ran.device.id).toMatch(/^twin:/);
  expect(ran.rejected).toEqual(
    ["quick:0", "frugal:0", "both:0"]
      .map((id) => ({ device: id, reason: "another device was asked for" }))
      .concat({ device: ran.device.id === "twin:0" ? "twin:1" : "twin:0", reason: "slower: 5.00 s predicted" }),
  );
});

test("says of an unknown device what there is, or why it is not there", async () => {
  const absent = device("fpga", {}, {}, { probe: async () => ({ status: "absent", reason: "no board on the bus" }) });
  await using manager = await managerOf([device("a"), absent]);
  const failure = (wanted: string) => expect(manager.run(sum, input, { device: wanted })).rejects;
  await failure("tpu").toMatchObject({
    code: "NO_DEVICE",
    message: "no device tpu: no accelerator has this name; present: a:0",
  });
  await failure("fpga").toMatchObject({ message: "no device fpga: no board on the bus; present: a:0" });
  await failure("a:7").toMatchObject({ message: "no device a:7: it has other devices; present: a:0" });
  expect(() => manager.explain(sum, input, { device: "tpu" })).toThrow(/no device tpu/);
});

test("never chooses what is simulated, nor a GPU in software, unless asked", async () => {
  const simulated = device("sim", { seconds: 1e-9 }, { kind: "fpga", simulated: true });
  const software = device("soft", { seconds: 1e-8 }, { kind: "gpu", features: ["software"] });
  await using manager = await managerOf([simulated, software, device("cpu")]);
  const ran = await manager.run(sum, input);
  expect(ran.device.id).toBe("cpu:0");
  expect(ran.rejected).toEqual([
    { device: "sim:0", reason: "simulated, which has to be allowed" },
    { device: "soft:0", reason: "a GPU emulated in software; runs only when asked for" },
  ]);
  expect((await manager.run(sum, input, { allowSimulated: true })).device.id).toBe("sim:0");
  expect((await manager.run(sum, input, { device: "soft" })).device.id).toBe("soft:0");
  await expect(manager.run(sum, input, { device: "sim" })).rejects.toMatchObject({ code: "NO_DEVICE" });
});

test("names everyone that cannot run an input, with the reason", async () => {
  const full = device("full", { supports: () => ({ ok: false, reason: "larger than its memory" }) });
  const other = fakeAccelerator({ id: "other", kernels: [] });
  await using manager = await managerOf([full, other, device("cpu")]);
  expect((await manager.run(sum, input)).rejected).toEqual([
    { device: "full:0", reason: "larger than its memory" },
    { device: "other:0", reason: "no kernel for this workload" },
  ]);
  await using none = await managerOf([full, other]);
  await expect(none.run(sum, input)).rejects.toMatchObject({
    code: "NO_DEVICE",
    message: "no device can run sum: full:0 (larger than its memory); other:0 (no kernel for this workload)",
  });
});

test("refuses an input that the schema refuses, before any device sees it", async () => {
  const fake = device("cpu");
  await using manager = await managerOf([fake]);
  const wrong = { values: [1, 2] } as unknown as SumInput;
  await expect(manager.run(sum, wrong)).rejects.toMatchObject({
    code: "INPUT_INVALID",
    message: expect.stringMatching(/^sum: values: /),
  });
  expect(() => manager.explain(sum, wrong)).toThrow(expect.objectContaining({ code: "INPUT_INVALID" }));
  expect(() => manager.selectAccelerator("sum", wrong)).toThrow(expect.objectContaining({ code: "INPUT_INVALID" }));
  expect(fake.journal).toEqual([{ call: "probe", on: "cpu" }]);
});

test("runs a workload that nobody has a kernel for on its own oracle, and says so", async () => {
  const other = fakeAccelerator({ id: "other", kernels: [] });
  await using manager = await managerOf([other], { workloads: [sum] });
  const ran = await manager.run(sum, { values: Float64Array.of(1, 2, 4) });
  expect(ran).toMatchObject({
    output: 7,
    device: { id: "oracle:0", features: ["oracle"] },
    reason: "no accelerator has a kernel for it, so its oracle ran",
    rejected: [{ device: "other:0", reason: "no kernel for this workload" }],
    measured: { joules: null, basis: "measured" },
  });
  await expect(manager.run({ ...sum, reference: null }, input)).rejects.toMatchObject({ code: "NO_DEVICE" });
});

test("finds process types by id and alias, and names the nearest to a wrong one", async () => {
  await using manager = await managerOf(three);
  for (const name of ["sum", "add-up", "addition"])
    expect((await manager.optimizeBiologicalProcess(name, { values: Float64Array.of(1, 2) })).output).toBe(3);
  await expect(manager.optimizeBiologicalProcess("aditoin", input)).rejects.toMatchObject({
    code: "WORKLOAD_UNKNOWN",
    message: expect.stringContaining("near it: addition"),
  });
  expect(manager.selectAccelerator("addition").candidates[0]?.device.id).toBe("quick:0");
  expect(manager.selectAccelerator("addition", input, { objective: "energy" }).candidates[0]?.device.id).toBe(
    "frugal:0",
  );
  expect(() => manager.selectAccelerator("xyz")).toThrow(/no workload is called xyz/);
  expect(manager.availableAccelerators.map(({ id }) => id)).toEqual(["quick:0", "frugal:0", "both:0"]);
  expect(manager.optimizationProfiles["sequence-alignment"]).toMatchObject({ objective: "time" });
});

test("importing does nothing and opening opens no device", async () => {
  const fake = device("cpu");
  await using manager = await BioAcceleratorManager.open({ accelerators: [fake], calibration: false });
  manager.explain(sum, input);
  expect(fake.journal).toEqual([{ call: "probe", on: "cpu" }]);
});
