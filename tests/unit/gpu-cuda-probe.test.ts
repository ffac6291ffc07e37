import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { DeviceInfo } from "bioxen";
import { createGpuCuda } from "bioxen/accelerators";
import { afterEach, describe, expect, test } from "vitest";
import { standIn, whyNoCuda } from "../support/gpu-cuda.ts";
import { calmly } from "../support/run-on.ts";
import { temporaryFiles } from "../support/temporary-files.ts";

const { folder } = temporaryFiles();

test("without the driver: absent, with what would bring it", async () => {
  const none = { cuda: join(folder, "libcuda.so.1"), nvml: "libnvidia-ml-not-here.so.1", cublas: [], nvrtc: [] };
  const answer = await createGpuCuda(none).probe(calmly());
  expect(answer).toMatchObject({ status: "absent", reason: expect.stringMatching(/^no CUDA driver: .*--gpus all/) });
});

test("a driver's library that cannot be loaded is broken, not absent", async () => {
  const cuda = join(folder, "libcuda-torn.so.1");
  writeFileSync(cuda, "\x7fELF");
  const answer = await createGpuCuda({ cuda, nvml: "", cublas: [], nvrtc: [] }).probe(calmly());
  expect(answer).toMatchObject({ status: "broken", error: { code: "DEVICE_LOST" } });
});

describe.skipIf(whyNoCuda !== null)(`the probe of gpu-cuda on a stand-in driver ${whyNoCuda ?? ""}`, () => {
  afterEach(() => standIn.configure(""));
  const probe = (settings: string, management?: string, libraries = standIn.libraries) => {
    standIn.configure(settings, management);
    return createGpuCuda(libraries).probe(calmly());
  };
  const found = async (...how: Parameters<typeof probe>): Promise<readonly DeviceInfo[]> => {
    const answer = await probe(...how);
    if (answer.status !== "present") throw new Error(JSON.stringify(answer));
    return answer.devices;
  };

  test("names a GPU with its driver, memory and what matters to the chooser", async () => {
    expect(await found("name=Acme 9000,memory=3g,compute=90,multiprocessors=132,cuda=12080")).toEqual([
      {
        id: "gpu-cuda:0",
        kind: "gpu",
        name: "Acme 9000, CUDA 12.8, driver 580.95.05",
        memory: 3 * 2 ** 30,
        features: ["compute:9.0", "multiprocessors:132", "pci:0000:17:00.0", "ecc"],
        simulated: false,
      },
    ]);
  });

  test("each GPU is a device, with its own address", async () => {
    const both = await found("devices=2");
    expect(both.map(({ id }) => id)).toEqual(["gpu-cuda:0", "gpu-cuda:1"]);
    expect(both.map(({ features }) => features.find((one) => one.startsWith("pci:")))).toEqual([
      "pci:0000:17:00.0",
      "pci:0000:18:00.0",
    ]);
  });

  test("tells MIG and ECC", async () => {
    const [first] = await found("", "mig=1,ecc=0");
    expect(first?.features).toContain("mig");
    expect(first?.features).not.toContain("ecc");
  });

  test("without NVML, or where it refuses, the GPU is found all the same", async () => {
    const [missing] = await found("ecc=1", "", { ...standIn.libraries, nvml: join(folder, "libnvidia-ml.so.1") });
    expect(missing).toMatchObject({ name: "Stand-in GPU, CUDA 12.8", features: expect.arrayContaining(["ecc"]) });
    const [refusing] = await found("ecc=0", "init=9");
    expect(refusing?.features).not.toContain("ecc");
    const [mute] = await found("", "mig=no,ecc=no,version=1");
    expect(mute?.name).toContain("driver 1");
  });

  test.each([
    ["fault=init:100", /CUDA_ERROR_NO_DEVICE.*nvidia-smi/],
    ["devices=0", /CUDA_ERROR_NO_DEVICE/],
    ["fault=init:34", /CUDA_ERROR_STUB_LIBRARY/],
    ["compute=70", /Stand-in GPU: compute capability 7 is older than 7\.5/],
    ["mode=2", /compute mode prohibits contexts: nvidia-smi/],
  ])("%s: absent, and why", async (settings, reason) => {
    expect(await probe(settings)).toEqual({ status: "absent", reason: expect.stringMatching(reason) });
  });

  test.each([
    ["fault=init:803", "DEVICE_LOST", /CUDA_ERROR_SYSTEM_DRIVER_MISMATCH.*reboot/],
    ["fault=init:802", "DEVICE_LOST", /CUDA_ERROR_SYSTEM_NOT_READY.*fabricmanager/],
    ["fault=init:999", "DEVICE_LOST", /CUDA_ERROR_UNKNOWN/],
    ["fault=init:abort", "DEVICE_LOST", /died of SIGABRT/],
    [
      "cuda=11080",
      "DEVICE_LOST",
      /^CUDA 11\.8, driver 580\.95\.05 is older than the kernels need: update the driver to 525/,
    ],
  ])("%s: broken, and what to do", async (settings, code, message) => {
    expect(await probe(settings)).toMatchObject({
      status: "broken",
      error: { code, message: expect.stringMatching(message) },
    });
  });

  test("a driver that lacks what is needed is broken: too old", async () => {
    const answer = await probe("", "", { ...standIn.libraries, cuda: standIn.oldDriver });
    expect(answer).toMatchObject({
      status: "broken",
      error: { message: expect.stringMatching(/has no cuMemHostAlloc: the driver is older than 525\.60/) },
    });
  });

  test("a driver that hangs is broken after the deadline, and an abort does not wait for it", async () => {
    standIn.configure("fault=init:hang");
    const abort = new AbortController();
    const aborted = createGpuCuda(standIn.libraries).probe({ signal: abort.signal, threads: null });
    setTimeout(() => abort.abort(), 300);
    await expect(aborted).rejects.toMatchObject({ code: "ABORTED" });
    expect(await probe("fault=init:hang")).toMatchObject({ status: "broken", error: { code: "DEADLINE_EXCEEDED" } });
  });
});
