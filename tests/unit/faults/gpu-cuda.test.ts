// What may go wrong on a GPU, injected by the stand-in driver: the host lives, and the answer is right or absent.
import { setTimeout as sleep } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { type Dispatched, type MotifScanInput, matrixMultiply, motifScan, seededRandom } from "bioxen";
import { reference } from "bioxen/accelerators";
import { afterEach, describe, expect, test } from "vitest";
import { cuda, devicesFound, type OpenCuda, openCuda, standIn, whyNoCuda } from "../../support/gpu-cuda.ts";
import { managerOf } from "../../support/manager.ts";
import { calmly } from "../../support/run-on.ts";

const input = matrixMultiply.generate(2 * 150 ** 3, seededRandom(1));
const expected = matrixMultiply.reference?.(input) ?? new Float32Array();
const right = (output: Float32Array): void => expect(matrixMultiply.differ(output, expected, input)).toBeNull();
/** A second or so on the stand-in. */
const large = matrixMultiply.generate(2 * 900 ** 3, seededRandom(2));

/** Runs elsewhere than on the GPU, with the right answer; gives why. */
const elsewhere = ({ output, device, rejected }: Dispatched<Float32Array>): string => {
  right(output);
  expect(device.id).toBe("reference:0");
  return rejected.find((one) => one.device === "gpu-cuda:0")?.reason ?? "";
};
/** Node offers its collector to those who ask for it at run time too. */
const collectGarbage = ((): (() => void) => {
  setFlagsFromString("--expose-gc");
  return runInNewContext("gc") as () => void;
})();
const onGpu = ({ output, device }: Dispatched<Float32Array>): void => {
  right(output);
  expect(device.id).toBe("gpu-cuda:0");
};

describe.skipIf(whyNoCuda !== null)(`gpu-cuda on a stand-in driver ${whyNoCuda ?? ""}`, () => {
  afterEach(() => {
    standIn.release();
    standIn.reserve(0);
    standIn.configure("");
    expect(standIn.contexts()).toBe(0);
    expect(standIn.allocations()).toBe(0);
  });

  test.each([
    ["719", /CUDA_ERROR_LAUNCH_FAILED \(719\); dmesg/],
    ["700", /CUDA_ERROR_ILLEGAL_ADDRESS \(700\); .*report it/],
    ["214", /CUDA_ERROR_ECC_UNCORRECTABLE \(214\); .*ECC/],
    ["702", /CUDA_ERROR_LAUNCH_TIMEOUT \(702\)/],
    ["999", /CUDA_ERROR_UNKNOWN \(999\)/],
  ])(
    "a context lost in mid-run (%s): the job ends elsewhere, and the device works again later",
    async (status, why) => {
      standIn.configure(`fault=launch:${status}@1`);
      await using manager = await managerOf([cuda(), reference]);
      const reason = elsewhere(await manager.run(matrixMultiply, input));
      expect(reason).toMatch(/^DEVICE_LOST: .*kernel multiply_(large|small): cu\w+ gave /);
      expect(reason).toMatch(why);
      expect(elsewhere(await manager.run(matrixMultiply, input))).toMatch(/^quarantined for .* DEVICE_LOST/);
      await sleep(1100);
      onGpu(await manager.run(matrixMultiply, input, { device: "gpu-cuda" }));
      expect(standIn.contexts()).toBe(1);
    },
  );

  test("a fault that takes the whole process' CUDA with it: work goes on elsewhere", async () => {
    standIn.configure("fault=launch:719@1!");
    await using manager = await managerOf([cuda(), reference]);
    expect(elsewhere(await manager.run(matrixMultiply, input))).toMatch(/^DEVICE_LOST/);
    await sleep(1100);
    const reason = elsewhere(await manager.run(matrixMultiply, input));
    expect(reason).toMatch(/DEVICE_LOST.*CUDA_ERROR_LAUNCH_FAILED/);
  });

  test.each([
    ["fault=create:999", /^DEVICE_LOST: .*cuCtxCreate_v2 gave CUDA_ERROR_UNKNOWN/],
    ["fault=create:46", /^DEVICE_LOST: .*CUDA_ERROR_DEVICE_UNAVAILABLE .*another process/],
    ["fault=create:2", /^OUT_OF_MEMORY: .*CUDA_ERROR_OUT_OF_MEMORY .*nvidia-smi/],
    ["fault=pinned:2", /^OUT_OF_MEMORY: .*cuMemHostAlloc/],
    ["ptx=7.8", /^UNSUPPORTED: .*matrix-multiply: .*CUDA_ERROR_UNSUPPORTED_PTX_VERSION .*update it to 525/],
    ["fault=load:221", /^UNSUPPORTED: .*CUDA_ERROR_JIT_COMPILER_NOT_FOUND/],
    ["fault=load:209", /^UNSUPPORTED: .*CUDA_ERROR_NO_BINARY_FOR_GPU/],
    ["memory=2g,used=2047.9m", /^OUT_OF_MEMORY: .*bytes of device memory; \d+ of 2147483648 are free; .*nvidia-smi/],
  ])("%s: the job ends elsewhere, and the error says what to do", async (settings, why) => {
    standIn.configure(settings);
    await using manager = await managerOf([cuda(), reference]);
    expect(elsewhere(await manager.run(matrixMultiply, input))).toMatch(why);
  });

  test("memory that is used up: what fits still runs there, and no piece of a failed run stays", async () => {
    standIn.configure("memory=2g,used=2047.75m");
    await using manager = await managerOf([cuda(), reference]);
    expect(elsewhere(await manager.run(matrixMultiply, input))).toMatch(/^OUT_OF_MEMORY/);
    const small = matrixMultiply.generate(2 * 30 ** 3, seededRandom(3));
    const ran = await manager.run(matrixMultiply, small, { device: "gpu-cuda" });
    expect(matrixMultiply.differ(ran.output, matrixMultiply.reference?.(small) ?? ran.output, small)).toBeNull();
  });

  test("an input larger than the GPU is refused before anything is sent there", async () => {
    standIn.configure("memory=100k");
    await using manager = await managerOf([cuda(), reference]);
    expect(elsewhere(await manager.run(matrixMultiply, input))).toMatch(/^it needs \d+ bytes of device memory, and/);
    expect(standIn.contexts()).toBe(0);
  });

  test("a kernel over its time is given up, the host lives, and the device is opened anew", async () => {
    standIn.configure("fault=launch:hang@1");
    await using manager = await managerOf([cuda(0.3), reference]);
    const startedAt = performance.now();
    const reason = elsewhere(await manager.run(matrixMultiply, input));
    expect(reason).toMatch(/^DEVICE_LOST: .*kernel multiply_(large|small): still running after 0.3 s.*dmesg/);
    expect(performance.now() - startedAt).toBeLessThan(10_000);
    await sleep(1100);
    onGpu(await manager.run(matrixMultiply, input, { device: "gpu-cuda" }));
    // the context that was given up would have blocked whoever closed it
    expect(standIn.contexts()).toBe(2);
    standIn.abandon();
  });

  test("an abort rejects at once while a kernel runs, and the next run is right", async () => {
    await using opened = await openCuda();
    right(await opened.run(matrixMultiply, input));
    for (let times = 0; times < 3; times++) {
      const abort = new AbortController();
      const run = opened.run(matrixMultiply, large, { signal: abort.signal, threads: null });
      let abortedAt = 0;
      setTimeout(() => {
        abortedAt = performance.now();
        abort.abort();
      }, 100);
      await expect(run).rejects.toMatchObject({ code: "ABORTED" });
      expect(performance.now() - abortedAt).toBeLessThan(500);
      right(await opened.run(matrixMultiply, input));
    }
  });

  test("an abort rejects at once where a kernel never ends, and the next run waits for it", async () => {
    standIn.configure("fault=launch:hang@1");
    await using opened = await openCuda();
    const abort = new AbortController();
    const run = opened.run(matrixMultiply, input, { signal: abort.signal, threads: null });
    setTimeout(() => abort.abort(), 300);
    await expect(run).rejects.toMatchObject({ code: "ABORTED" });
    const next = opened.run(matrixMultiply, input);
    setTimeout(() => standIn.release(), 300);
    right(await next);
  });

  test("a device that was lost says so until it is closed, and can be opened again", async () => {
    standIn.configure("fault=launch:719@2");
    const accelerator = cuda();
    {
      await using opened = await openCuda(accelerator);
      right(await opened.run(matrixMultiply, input));
      await expect(opened.run(matrixMultiply, input)).rejects.toMatchObject({
        code: "DEVICE_LOST",
        retry: "elsewhere",
      });
      await expect(opened.run(matrixMultiply, input)).rejects.toMatchObject({ code: "DEVICE_LOST" });
    }
    await using again = await openCuda(accelerator);
    right(await again.run(matrixMultiply, input));
  });

  test("1,000 runs leave no more device memory behind than 50, and closing leaves none", async () => {
    const small = matrixMultiply.generate(2 * 20 ** 3, seededRandom(4));
    await using opened = await openCuda();
    const runs = async (count: number): Promise<void> => {
      for (let run = 0; run < count; run++) await opened.run(matrixMultiply, small);
    };
    await runs(50);
    const held = standIn.allocations();
    expect(held).toBeGreaterThan(0);
    await runs(1000);
    expect(standIn.allocations()).toBe(held);
  });

  test("a device that is gone since the probe is DEVICE_LOST", async () => {
    const accelerator = cuda();
    const [info] = await devicesFound(accelerator);
    const gone = { ...info, id: "gpu-cuda:7" };
    await expect(accelerator.open(gone, calmly())).rejects.toMatchObject({
      code: "DEVICE_LOST",
      message: expect.stringContaining("CUDA_ERROR_INVALID_DEVICE"),
    });
  });

  describe("residents", () => {
    const first = motifScan.generate(4e5, seededRandom(1));
    const others = [2, 3].map(
      (seed): MotifScanInput => ({
        ...first,
        sequences: motifScan.generate(4e5, seededRandom(seed)).sequences,
      }),
    );
    const texts = [first, ...others];
    const scans = texts.map((text) => motifScan.reference?.(text));
    const agree = async (opened: OpenCuda, at: number): Promise<void> => {
      const text = texts[at] ?? first;
      const hits = await opened.run(motifScan, text);
      expect(motifScan.differ(hits, scans[at] ?? hits, text)).toBeNull();
    };
    /** What a text keeps on the device: a byte and two bits for each letter. */
    const each = 1.25 * first.sequences.residues.length;

    test("the longest unused goes where memory is short, and comes again when it is asked for", async () => {
      let forOne = 0;
      {
        await using opened = await openCuda();
        await agree(opened, 0);
        forOne = standIn.taken(0);
      }
      await using narrow = await openCuda();
      // one text with all that preparing and running work in: two at most, where the one makes room for the other
      standIn.reserve(2 ** 31 - forOne);
      for (const at of [0, 1, 2, 0, 2, 1, 1, 0]) await agree(narrow, at);
    });

    test("one that cannot be made whole leaves nothing behind", async () => {
      await using opened = await openCuda();
      const small = matrixMultiply.generate(1000, seededRandom(1));
      await opened.run(matrixMultiply, small);
      const before = standIn.allocations();
      // no room for all of it: some of its pieces fit
      standIn.reserve(2 ** 31 - standIn.taken(0) - Math.floor(0.6 * each));
      for (let times = 0; times < 3; times++)
        await expect(opened.run(motifScan, first)).rejects.toMatchObject({ code: "OUT_OF_MEMORY" });
      expect(standIn.allocations()).toBeLessThanOrEqual(before);
      standIn.reserve(0);
      await agree(opened, 0);
    });

    test("those whose owner is gone are dropped by the next run", async () => {
      await using opened = await openCuda();
      await agree(opened, 0);
      const kept = standIn.allocations();
      const scanOnce = async (): Promise<void> => {
        await opened.run(motifScan, { ...first, sequences: motifScan.generate(4e5, seededRandom(9)).sequences });
      };
      await scanOnce();
      expect(standIn.allocations()).toBeGreaterThan(kept);
      for (let times = 0; times < 50 && standIn.allocations() > kept; times++) {
        collectGarbage();
        await sleep(20);
        await agree(opened, 0);
      }
      expect(standIn.allocations()).toBe(kept);
    });
  });

  test("a batch split over two GPUs has the same answer, and each does its part", async () => {
    standIn.configure("devices=2");
    await using manager = await managerOf([cuda()]);
    const measure = async (): Promise<void> => {
      for (const size of [2 * 200 ** 3, 2 * 300 ** 3, 2 * 400 ** 3])
        for (const device of ["gpu-cuda:0", "gpu-cuda:1"])
          for (let run = 0; run < 3; run++)
            await manager.run(matrixMultiply, matrixMultiply.generate(size, seededRandom(5)), { device });
    };
    const whole = matrixMultiply.generate(2 * 400 ** 3, seededRandom(6));
    const alone = await manager.run(matrixMultiply, whole, { device: "gpu-cuda:0" });
    // on a busy machine the rates of both may take a while to be alike
    let both = alone;
    for (let times = 0; times < 8 && both.parts.length === 0; times++) {
      await measure();
      both = await manager.run(matrixMultiply, whole, { split: true });
    }
    expect(both.parts.map(({ device }) => device.id).sort()).toEqual(["gpu-cuda:0", "gpu-cuda:1"]);
    expect(both.output).toEqual(alone.output);
    expect(matrixMultiply.differ(both.output, matrixMultiply.reference?.(whole) ?? both.output, whole)).toBeNull();
  });

  test("a GPU too old for the newest code runs the older", async () => {
    standIn.configure("compute=75");
    await using opened = await openCuda();
    expect(opened.device.info.features).toContain("compute:7.5");
    right(await opened.run(matrixMultiply, input));
  });
});
