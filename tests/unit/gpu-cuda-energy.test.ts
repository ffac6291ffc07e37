import { setTimeout as sleep } from "node:timers/promises";
import { matrixMultiply, seededRandom } from "bioxen";
import { createGpuCuda } from "bioxen/accelerators";
import { fakeAccelerator, fakeKernel } from "bioxen/testing";
import { afterEach, describe, expect, test } from "vitest";
import { boardPower } from "../../dist/accelerators/gpu-cuda/index.js";
import { measureEnergy } from "../../dist/bench/cuda/energy.js";
import { cuda, devicesFound, openCuda, standIn, whyNoCuda } from "../support/gpu-cuda.ts";
import { managerOf } from "../support/manager.ts";
import { numbers, sum } from "../support/sum-workload.ts";

describe.skipIf(whyNoCuda !== null)(`energy of gpu-cuda by a stand-in NVML ${whyNoCuda ?? ""}`, () => {
  afterEach(() => standIn.configure(""));

  test("the meter reads the board's counter, and the power before and after opening is apart", async () => {
    standIn.configure("", "idle=60000");
    await using opened = await openCuda();
    const { meter } = opened.device;
    const before = (await meter?.read()) ?? Number.NaN;
    standIn.use(0, 250);
    expect(((await meter?.read()) ?? Number.NaN) - before).toBeCloseTo(250, -1.5);
    expect(meter?.source).toBe("counter");
    const power = boardPower(opened.device);
    standIn.configure("", "idle=95000");
    expect(power?.idle).toBe(60);
    expect(power?.now()).toBe(95);
  });

  test.each([
    ["without NVML", "", { ...standInOr(), nvml: "libnvidia-ml-not-here.so.1" }],
    ["where NVML has no counter for the GPU", "energy=no", standInOr()],
    ["on a part of a GPU, as the counter is the whole board's", "mig=1", standInOr()],
  ])("%s there is no meter, and joules are null", async (_, management, libraries) => {
    standIn.configure("", management);
    await using manager = await managerOf([createGpuCuda(libraries)]);
    const input = matrixMultiply.generate(1000, seededRandom(1));
    const { measured } = await manager.run(matrixMultiply, input);
    expect(measured).toMatchObject({ joules: null, energySource: null });
  });

  test("a run shorter than the counter can tell has no joules, a longer one those of the counter", async () => {
    await using manager = await managerOf([cuda()]);
    const short = await manager.run(matrixMultiply, matrixMultiply.generate(1000, seededRandom(1)));
    expect(short.measured).toMatchObject({ joules: null, energySource: null });
    const long = await manager.run(matrixMultiply, matrixMultiply.generate(2 * 1300 ** 3, seededRandom(1)));
    expect(long.measured.seconds).toBeGreaterThan(0.5);
    expect(long.measured.energySource).toBe("counter");
    // 60 W all the time
    expect((long.measured.joules ?? 0) / long.measured.seconds).toBeGreaterThan(54);
    expect((long.measured.joules ?? 0) / long.measured.seconds).toBeLessThan(80);
  });

  test("the benchmark takes idle and context power off", async () => {
    const accelerator = cuda();
    const [info] = await devicesFound(accelerator);
    const result = await measureEnergy(info, accelerator, 100, 0.5);
    expect(result).toMatchObject({ idleWatts: 60, contextWatts: 60 });
    expect(result["runs"]).toBeGreaterThan(1);
    const joules = Number(result["joules"]);
    expect(joules / Number(result["seconds"])).toBeCloseTo(60, -1);
    expect(Math.abs(Number(result["joulesAboveIdle"]))).toBeLessThan(0.1 * joules);
  });
});

function standInOr() {
  return whyNoCuda === null ? standIn.libraries : { cuda: "", nvml: "", cublas: [], nvrtc: [] };
}

test("a counter that fails in mid-run gives no joules, whatever the device", async () => {
  let reading = 5;
  const meter = { source: "counter" as const, read: async () => reading };
  const run = async (): Promise<number> => {
    await sleep(1);
    reading = Number.NaN;
    return 0;
  };
  const accelerator = fakeAccelerator({ id: "a", kernels: [fakeKernel(sum, { run })], meter });
  await using manager = await managerOf([accelerator]);
  expect((await manager.run(sum, numbers(3))).measured).toMatchObject({ joules: null, energySource: null });
});
