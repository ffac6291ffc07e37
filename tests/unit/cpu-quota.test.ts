import { syncBuiltinESMExports } from "node:module";
import os, { availableParallelism } from "node:os";
import type { Accelerator, RunContext } from "bioxen";
import { matrixMultiply, seededRandom } from "bioxen";
import { afterAll, beforeEach, describe, expect, test, vi } from "vitest";
import { cpuSimd } from "../../dist/accelerators/cpu-simd/index.js";
import { usefulThreads } from "../../dist/src/host/cpu-limit.js";
import { systemFiles } from "../../dist/src/host/system-files.js";
import { fakeSystem } from "../support/fake-system.ts";

// the accelerators ask this machine, which has 2 CPUs or 64 and no quota: it is given 16, and quotas
const quota = { files: {} as Record<string, string> };
vi.spyOn(systemFiles, "read").mockImplementation((path) => quota.files[path] ?? "");
vi.spyOn(os, "availableParallelism").mockReturnValue(16);
// those who imported the function by its name get the other one
syncBuiltinESMExports();
afterAll(() => {
  vi.restoreAllMocks();
  syncBuiltinESMExports();
});

const limitedTo = (cpus: number | null): Record<string, string> => ({
  "/proc/self/cgroup": "0::/job",
  "/sys/fs/cgroup/job/cpu.max": cpus === null ? "max 100000" : `${100_000 * cpus} 100000`,
});
const calmly: RunContext = { signal: new AbortController().signal, threads: null };

beforeEach(() => {
  quota.files = limitedTo(null);
});

describe("threads worth starting", () => {
  test.each([
    [null, 16],
    [0.25, 1],
    [1, 1],
    [2.5, 3],
    [64, 16],
  ])("with a quota of %s CPUs on 16 are %i", (cpus, threads) => {
    expect(usefulThreads(fakeSystem(limitedTo(cpus)))).toBe(threads);
  });

  test("are asked of this machine where no other is named", () => {
    expect(availableParallelism()).toBe(16);
    expect(usefulThreads()).toBe(16);
    quota.files = limitedTo(3);
    expect(usefulThreads()).toBe(3);
  });
});

const threadsOf = async (accelerator: Accelerator): Promise<string | undefined> => {
  const probe = await accelerator.probe(calmly);
  if (probe.status !== "present") throw new Error(`${accelerator.id} is ${probe.status}`);
  return probe.devices[0].features.find((feature) => feature.startsWith("threads:"));
};

describe("under a quota", () => {
  test("cpu-simd has as many threads as it keeps busy, and computes with them", async () => {
    expect(await threadsOf(cpuSimd)).toBe("threads:16");
    quota.files = limitedTo(2);
    expect(await threadsOf(cpuSimd)).toBe("threads:2");
    const probe = await cpuSimd.probe(calmly);
    if (probe.status !== "present") throw new Error("cpu-simd is not present");
    let started = 0;
    const onWorker = (): void => {
      started++;
    };
    process.on("worker", onWorker);
    await using device = await cpuSimd.open(probe.devices[0], calmly);
    const kernel = cpuSimd.kernels.find(({ workload }) => workload.id === matrixMultiply.id);
    if (kernel === undefined) throw new Error("cpu-simd multiplies no matrices");
    const input = matrixMultiply.generate(2 * 512 ** 3, seededRandom(1));
    await device.prepare?.(kernel, input, calmly);
    await device.run(kernel, input, calmly);
    process.off("worker", onWorker);
    expect(started).toBe(2);
  });
});
