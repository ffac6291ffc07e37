import { availableParallelism } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import {
  type DeviceInfo,
  type EnergyMeter,
  hostUtilisation,
  idleWatts,
  isOnHost,
  marginal,
  modelMeter,
  openHostMeters,
  powerOf,
  processUtilisation,
  readProfile,
  sumOfMeters,
} from "bioxen";
import { fakeAccelerator, fakeKernel } from "bioxen/testing";
import { afterEach, describe, expect, test } from "vitest";
import { openBoard } from "../../dist/src/energy/nvml-board.js";
import { nvmlGpus, openNvml } from "../../dist/src/host/nvml.js";
import { buildStandIn, whyNoStandIn } from "../support/cuda-stand-in/stand-in.ts";
import { fakeSystem } from "../support/fake-system.ts";
import { managerOf } from "../support/manager.ts";
import { setCounter, zone } from "../support/powercap.ts";
import { numbers, sum } from "../support/sum-workload.ts";

const device = (of: Partial<DeviceInfo>): DeviceInfo => ({
  id: "a:0",
  kind: "cpu",
  name: "a",
  memory: null,
  features: [],
  simulated: false,
  ...of,
});

/** A meter that stands where the test puts it. */
function dial(source: "counter" | "model" = "counter"): EnergyMeter & { joules: number } {
  const meter = { source, joules: 0, read: async () => meter.joules };
  return meter;
}

describe("the model", () => {
  test("is the integral of idle and busy watts over the share that was at work", async () => {
    let [seconds, busy] = [5, 2];
    const meter = modelMeter(
      { idle: 20, busy: 100, from: "a test" },
      { busySeconds: () => busy, resolution: 0.1 },
      () => seconds,
    );
    const before = await meter.read();
    seconds += 10;
    busy += 2.5;
    // 10 s at 20 W, and a quarter of them at 80 W more
    expect((await meter.read()) - before).toBeCloseTo(400, 9);
    expect(meter).toMatchObject({
      source: "model",
      counts: expect.stringMatching(/^modelled: 20 W idle to 100 W busy.*a test/),
    });
  });

  test.each([
    [-1, 5],
    [10, 5],
    [1, Number.POSITIVE_INFINITY],
    [Number.NaN, 5],
  ])("of %d W idle and %d W busy is refused", (idle, busy) => {
    const use = { busySeconds: () => 0, resolution: 0 };
    expect(() => modelMeter({ idle, busy, from: "" }, use)).toThrow(/0 <= idle <= busy/);
  });

  test("takes its watts from a profile, and says when they are a cap", () => {
    expect(() => powerOf(readProfile("nvidia-h200-sxm"))).toThrow(/nvidia-h200-sxm gives no idle-power/);
    const epyc = readProfile("amd-epyc-9755");
    expect(() => powerOf(epyc)).toThrow(/idle-power/);
    const quantities = {
      ...epyc.quantities,
      "idle-power": { value: 90, unit: "W", source: "a page", basis: "cited" as const },
    };
    expect(powerOf({ ...epyc, quantities })).toEqual({
      idle: 90,
      busy: epyc.quantities.tdp.value,
      from: "profile amd-epyc-9755: idle-power and its tdp, a cap: joules are at most these",
    });
  });

  test("counts this process's threads, or all of the host's work but what was stolen", () => {
    const use = processUtilisation(2);
    const before = use.busySeconds() ?? Number.NaN;
    const until = performance.now() + 30;
    while (performance.now() < until);
    expect((use.busySeconds() ?? Number.NaN) - before).toBeGreaterThan(0);
    const files = fakeSystem({ "/proc/stat": "cpu  100 20 30 9999 5 10 40 777 0 0\ncpu0 1 2 3\n" });
    expect(hostUtilisation(2, files).busySeconds()).toBeCloseTo(1, 12);
    expect(hostUtilisation(2, fakeSystem({})).busySeconds()).toBeNull();
  });
});

describe("meters together", () => {
  test("are a counter only where each is one, and as coarse as the coarsest", async () => {
    const [one, other] = [dial(), { ...dial(), resolution: 0.5, read: async () => 7 }];
    one.joules = 3;
    const both = sumOfMeters([one, other]);
    expect(await both.read()).toBe(10);
    expect(both).toMatchObject({ source: "counter", resolution: 0.5 });
    expect(sumOfMeters([one, dial("model")]).source).toBe("model");
  });

  test("above idle is what is left when idle power is taken off, measured in a quiet moment", async () => {
    const meter = dial();
    let seconds = 0;
    const wait = async (): Promise<void> => {
      seconds += 2;
      meter.joules += 60;
    };
    const watts = await idleWatts(meter, wait, () => seconds);
    expect(watts).toBe(30);
    const above = marginal(meter, watts ?? 0, () => seconds);
    const before = await above.read();
    seconds += 4;
    meter.joules += 200;
    expect((await above.read()) - before).toBeCloseTo(80, 9);
    expect(above.counts).toContain("30.0 W of idle power taken off");
    expect(() => marginal(meter, -1)).toThrow(/idle power of -1 W/);
    // too short a moment tells nothing
    expect(await idleWatts({ ...meter, resolution: 3 }, wait, () => seconds)).toBeNull();
  });

  test("of the host are for devices on its own cores", () => {
    expect(isOnHost(device({}))).toBe(true);
    expect(isOnHost(device({ kind: "npu", features: ["provider:cpu", "threads:2"] }))).toBe(true);
    expect(isOnHost(device({ kind: "gpu", features: ["software"] }))).toBe(true);
    expect(isOnHost(device({ kind: "gpu", features: ["pci:0000:17:00.0"] }))).toBe(false);
    expect(isOnHost(device({ kind: "fpga", features: ["threads:1"], simulated: true }))).toBe(false);
  });
});

describe("runs of the manager", () => {
  const tree = zone("intel-rapl:0", "package-0", 1e6);
  const files = fakeSystem(tree);
  /** Each run takes so long and so many joules of the package. */
  const metered = (seconds: number, joules: number) =>
    fakeAccelerator({
      id: "cpu",
      devices: [{}, { kind: "gpu" }],
      kernels: [
        fakeKernel(sum, {
          run: async () => {
            await sleep(seconds * 1000);
            setCounter(tree, "intel-rapl:0", 1e6 + 1e6 * joules);
            return numbers(3).values.reduce((x, y) => x + y, 0);
          },
        }),
      ],
    });

  afterEach(() => setCounter(tree, "intel-rapl:0", 1e6));

  test("have the counter's joules where it sees the device, and none with the reason where it does not", async () => {
    using meters = await openHostMeters({ files });
    expect(meters).toMatchObject({ source: "counter", note: "RAPL package-0; idle power included", idle: null });
    await using manager = await managerOf([metered(0.03, 12)], { meters: meters.meterOf });
    expect((await manager.run(sum, numbers(3), { device: "cpu:0" })).measured).toMatchObject({
      joules: 12,
      energySource: "counter",
      energyNote: "RAPL package-0; idle power included",
    });
    expect((await manager.run(sum, numbers(3), { device: "cpu:1" })).measured).toMatchObject({
      joules: null,
      energySource: null,
      energyNote: "no meter for this device",
    });
    // power that was metered becomes a model of runs to come
    const [next] = manager.explain(sum, numbers(3), { objective: "energy" }).candidates;
    expect(next).toMatchObject({ device: { id: "cpu:0" }, predicted: { energySource: "model" } });
  });

  test("shorter than the counter's period are too short to meter, not free", async () => {
    using meters = await openHostMeters({ files });
    // a counter that moves once in an hour, however long a busy machine takes
    const meterOf = (of: DeviceInfo): EnergyMeter | null => {
      const meter = meters.meterOf(of);
      return meter === null ? null : { ...meter, resolution: 3600 };
    };
    expect(meters.meterOf(device({}))?.resolution).toBe(0.01);
    await using manager = await managerOf([metered(0, 0)], { meters: meterOf });
    const { measured } = await manager.run(sum, numbers(3), { device: "cpu:0" });
    expect(measured).toMatchObject({ joules: null, energySource: null });
    expect(measured.energyNote).toMatch(/^too short: .* s, and the meter needs 3600 s \(RAPL package-0/);
  });

  test("have no joules above idle where they drew less than that, and say so", async () => {
    using meters = await openHostMeters({ files, attribution: "marginal", idle: 1e4 });
    expect(meters.idle).toBe(1e4);
    await using manager = await managerOf([metered(0.03, 12)], { meters: meters.meterOf });
    const { measured } = await manager.run(sum, numbers(3), { device: "cpu:0" });
    expect(measured).toMatchObject({ joules: null, energyNote: expect.stringMatching(/lost count, or stands below/) });
  });

  test("measure idle power themselves where it is to be taken off and nobody gave it", async () => {
    using meters = await openHostMeters({ files, attribution: "marginal", quiet: 0.05 });
    expect(meters).toMatchObject({ source: "counter", idle: 0 });
  });

  test("have a model's joules where no counter can be read and a model is given, tagged as such", async () => {
    const model = { idle: 10, busy: 50, from: "a test" };
    using nothing = await openHostMeters({ files: fakeSystem({}) });
    expect(nothing).toMatchObject({ source: null, note: expect.stringMatching(/powercap is not there/) });
    using meters = await openHostMeters({ files: fakeSystem({}), model, threads: availableParallelism() });
    expect(meters).toMatchObject({ source: "model", note: expect.stringMatching(/no counter: .*powercap/) });
    await using manager = await managerOf([metered(0.05, 0)], { meters: meters.meterOf });
    const { measured } = await manager.run(sum, numbers(3), { device: "cpu:0" });
    expect(measured.energySource).toBe("model");
    expect((measured.joules ?? 0) / measured.seconds).toBeGreaterThanOrEqual(9.9);
    expect((measured.joules ?? 0) / measured.seconds).toBeLessThanOrEqual(51);
    // a counter comes before a model
    using counter = await openHostMeters({ files, model });
    expect(counter.source).toBe("counter");
  });
});

const whyNot = whyNoStandIn();

describe.skipIf(whyNot !== null)(`NVML by a stand-in ${whyNot ?? ""}`, async () => {
  if (whyNot !== null) return;
  // the libraries alone, no kernels
  const standIn = await buildStandIn([]);
  afterEach(() => standIn.configure(""));
  const pci = device({ kind: "gpu", features: ["pci:0000:17:00.0"] });

  test("the board's counter is read in joules, and is none on a part of a GPU or without the library", async () => {
    standIn.configure("", "idle=0");
    const { meter } = openBoard(pci, standIn.libraries.nvml);
    const before = (await meter?.read()) ?? Number.NaN;
    standIn.use(0, 12.5);
    expect(((await meter?.read()) ?? Number.NaN) - before).toBeCloseTo(12.5, 3);
    expect(meter?.counts).toMatch(/whole board.*idle power included/);
    expect(openBoard(device({ features: [...pci.features, "mig"] }), standIn.libraries.nvml).meter).toBeNull();
    expect(openBoard(pci, "libnot-here.so").meter).toBeNull();
    expect(openBoard(device({}), standIn.libraries.nvml).meter).toBeNull();
  });

  test("power is the instant field's where the driver has it, else the board's average", () => {
    standIn.configure("", "idle=60000,instant=412345");
    expect(openBoard(pci, standIn.libraries.nvml).watts()).toBe(412.345);
    standIn.configure("", "idle=60000");
    expect(openBoard(pci, standIn.libraries.nvml).watts()).toBe(60);
  });

  test("memory is what is in use on the board, or not told", () => {
    standIn.configure("", "memory=123456789");
    expect(openBoard(pci, standIn.libraries.nvml).memory()).toBe(123_456_789);
    standIn.configure("", "idle=0");
    expect(openBoard(pci, standIn.libraries.nvml).memory()).toBeNull();
    expect(openBoard(device({}), standIn.libraries.nvml).memory()).toBeNull();
  });

  test("GPUs are listed by name and address, with their power limits", () => {
    standIn.configure("", "gpus=2");
    const gpus = nvmlGpus(standIn.libraries.nvml);
    expect(gpus.map(({ name, pci }) => [name, pci])).toEqual([
      ["Stand-in GPU 0", "00000000:17:00.0"],
      ["Stand-in GPU 1", "00000000:18:00.0"],
    ]);
    expect(gpus[0]?.powerLimit()).toEqual({ now: 700_000, standard: 700_000, least: 200_000, most: 700_000 });
    standIn.configure("", "limit=no");
    expect(openNvml(standIn.libraries.nvml, "0000:17:00.0")?.powerLimit()).toBeNull();
    expect(nvmlGpus("libnot-here.so")).toEqual([]);
  });
});
