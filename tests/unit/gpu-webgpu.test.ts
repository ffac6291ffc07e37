import { spawn } from "node:child_process";
import {
  type Device,
  matrixMultiply,
  motifScan,
  type SequenceAlignmentInput,
  seededRandom,
  sequenceAlignment,
} from "bioxen";
import { createGpuWebgpu, gpuWebgpu } from "bioxen/accelerators";
import { afterEach, describe, expect, test } from "vitest";
import { openGpu } from "../../dist/accelerators/gpu-webgpu/gpu.js";
import { findLibrary, loadLibrary } from "../../dist/accelerators/gpu-webgpu/library.js";
import { sequenceAlignmentKernel } from "../../dist/accelerators/gpu-webgpu/sequence-alignment.js";
import { calm, openWebgpu, runOn, webgpu } from "../support/gpu-webgpu.ts";

const nullBackend = new URL("../support/webgpu-null-backend.mjs", import.meta.url);
const watchedLibrary = new URL("../support/webgpu-watched.mjs", import.meta.url);

describe("the probe of gpu-webgpu", () => {
  afterEach(() => {
    delete process.env["WATCHED"];
  });
  const probeWatched = (watched: unknown): ReturnType<typeof gpuWebgpu.probe> => {
    process.env["WATCHED"] = JSON.stringify(watched);
    return createGpuWebgpu(watchedLibrary).probe(calm());
  };

  test("without the package: absent, with the command that installs it", async () => {
    expect(await createGpuWebgpu("webgpu-that-is-not-here").probe(calm())).toEqual({
      status: "absent",
      reason: "webgpu-that-is-not-here is not installed: npm install webgpu-that-is-not-here",
    });
  });

  test("without an adapter: absent, with what to install", async () => {
    const answer = await probeWatched({ none: true });
    expect(answer).toMatchObject({ status: "absent", reason: expect.stringContaining("no adapter") });
    expect(JSON.stringify(answer)).toMatch(/install|comes with|driver/);
  });

  test("the null backend is refused", async () => {
    const answer = await createGpuWebgpu(nullBackend).probe(calm());
    expect(answer).toMatchObject({ status: "absent", reason: expect.stringContaining("computes nothing") });
  });

  test("a library that crashes is broken, and this process lives", async () => {
    expect(await probeWatched({ crash: true })).toMatchObject({ status: "broken", error: { code: "DEVICE_LOST" } });
  });

  test.skipIf(webgpu.info === null)(`tells software from hardware by name ${webgpu.reason}`, async () => {
    const software = async (info: object): Promise<boolean> => {
      const answer = await probeWatched({ info });
      if (answer.status !== "present") throw new Error(JSON.stringify(answer));
      return answer.devices[0].features.includes("software");
    };
    const real = { vendor: "acme", architecture: "one", device: "Acme 9000", isFallbackAdapter: false };
    expect(await software({ ...real, description: "Acme driver 1.0" })).toBe(false);
    expect(await software({ ...real, description: "llvmpipe (LLVM 19.1.7, 256 bits)" })).toBe(true);
    expect(await software({ ...real, description: "SwiftShader driver 5.0.0" })).toBe(true);
    expect(await software({ ...real, description: "Acme driver 1.0", isFallbackAdapter: true })).toBe(true);
  });

  test("ends within a second, and prints nothing", async () => {
    const before = performance.now();
    await gpuWebgpu.probe(calm());
    expect(performance.now() - before).toBeLessThan(process.env["CI"] === undefined ? 1000 : 3000);
  });
});

describe.skipIf(webgpu.info === null)(`a device of gpu-webgpu ${webgpu.reason}`, () => {
  const small = matrixMultiply.generate(1000, seededRandom(1));
  const works = async (device: Device): Promise<void> => {
    const expected = matrixMultiply.reference?.(small) ?? new Float32Array();
    expect(matrixMultiply.differ(await runOn(device, matrixMultiply, small), expected, small)).toBeNull();
  };
  const large = matrixMultiply.generate(2 * 700 ** 3, seededRandom(2));

  test("an abort rejects at once in mid-run, and the next run works", async () => {
    await using device = await openWebgpu();
    await works(device);
    const abort = new AbortController();
    const run = runOn(device, matrixMultiply, large, { signal: abort.signal, threads: null });
    let abortedAt = 0;
    setTimeout(() => {
      abortedAt = performance.now();
      abort.abort();
    }, 60);
    await expect(run).rejects.toMatchObject({ code: "ABORTED" });
    expect(performance.now() - abortedAt).toBeLessThan(500);
    await works(device);
  });

  test("a device that is lost in mid-run is DEVICE_LOST, then and later, and can be opened again", async () => {
    const devices: GPUDevice[] = [];
    Object.assign(globalThis, { watched: { devices } });
    const info = webgpu.info;
    if (info === null) throw new Error(webgpu.reason);
    const accelerator = createGpuWebgpu(watchedLibrary);
    const device = await accelerator.open(info, calm());
    await works(device);
    const run = runOn(device, matrixMultiply, large);
    setTimeout(() => devices[0]?.destroy(), 60);
    await expect(run).rejects.toMatchObject({ code: "DEVICE_LOST", retry: "elsewhere" });
    await expect(works(device)).rejects.toMatchObject({ code: "DEVICE_LOST" });
    await device[Symbol.asyncDispose]();
    await using again = await accelerator.open(info, calm());
    await works(again);
  });

  test("an adapter that is no longer there is DEVICE_LOST", async () => {
    const info = webgpu.info;
    if (info === null) throw new Error(webgpu.reason);
    const open = gpuWebgpu.open({ ...info, name: "Acme driver 1.0" }, calm());
    await expect(open).rejects.toMatchObject({ code: "DEVICE_LOST" });
  });

  test("a shader that does not compile is KERNEL_FAILED with its name, and more memory than there is OUT_OF_MEMORY", async () => {
    const installed = findLibrary("webgpu");
    if (installed === null || webgpu.info === null) throw new Error(webgpu.reason);
    await using gpu = await openGpu(webgpu.info, await loadLibrary(installed.entry));
    await expect(gpu.pipeline("no shader", () => "fn (", calm())).rejects.toMatchObject({
      code: "KERNEL_FAILED",
      message: expect.stringContaining("no shader"),
    });
    const greedy = gpu.run("greed", calm(), async (run) => {
      for (let times = 0; times < 64; times++) run.buffer(gpu.limits.maxBufferSize);
      await run.done();
    });
    await expect(greedy).rejects.toMatchObject({ code: "OUT_OF_MEMORY", retry: "elsewhere" });
    const beyond = gpu.run("beyond the limits", calm(), async (run) => {
      run.buffer(2 * gpu.limits.maxBufferSize);
      await run.done();
    });
    await expect(beyond).rejects.toMatchObject({ message: expect.stringContaining("beyond the limits") });
    const data = Uint32Array.of(1, 2, 3);
    const echo = await gpu.run("echo", calm(), async (run) => run.read(run.upload(data), 12));
    expect(new Uint32Array(echo)).toEqual(data);
  });

  test("a database goes to the device once, whatever the queries", async () => {
    const installed = findLibrary("webgpu");
    if (installed === null || webgpu.info === null) throw new Error(webgpu.reason);
    await using gpu = await openGpu(webgpu.info, await loadLibrary(installed.entry));
    const first = sequenceAlignment.generate(1e5, seededRandom(1));
    const second: SequenceAlignmentInput = {
      ...sequenceAlignment.generate(1e5, seededRandom(2)),
      targets: first.targets,
    };
    await sequenceAlignmentKernel.prepare(gpu, first, calm());
    const kept = gpu.keptBytes();
    expect(kept).toBeGreaterThan(first.targets.residues.length);
    for (const input of [first, second, first]) await sequenceAlignmentKernel.run(gpu, input, calm());
    expect(gpu.keptBytes()).toBe(kept);
    // the letters of another matrix mean something else
    await sequenceAlignmentKernel.run(gpu, { ...first, ambiguous: "mask" }, calm());
    expect(gpu.keptBytes()).toBe(2 * kept);
  });

  test("what cannot run there is refused beforehand, with the reason", () => {
    const device = { ...webgpu.info, features: ["binding:65536"] } as NonNullable<typeof webgpu.info>;
    const reasons = [
      [matrixMultiply, matrixMultiply.generate(2 * 200 ** 3, seededRandom(1))],
      [sequenceAlignment, sequenceAlignment.generate(4e7, seededRandom(1))],
      [
        motifScan,
        { matrices: Array(2 ** 20), sequences: { names: [], residues: new Uint8Array(), offsets: Uint32Array.of(0) } },
      ],
    ].map(([workload, input]) => gpuWebgpu.kernels.find((one) => one.workload === workload)?.supports(input, device));
    for (const support of reasons) expect(support).toMatchObject({ ok: false, reason: expect.stringMatching(/\d/) });
  });

  test("a process that used it ends by itself, disposed of or not, and may end in mid-run", async () => {
    const endings = [
      "await device[Symbol.asyncDispose]();",
      "",
      // in mid-run: the library would crash if its device were still at work
      `device.run(kernel, matrixMultiply.generate(2e9, seededRandom(1)), context).catch(() => {});
       setTimeout(() => process.exit(0), 50);`,
    ];
    for (const ending of endings) {
      const script = `
        import { gpuWebgpu } from "bioxen/accelerators";
        import { matrixMultiply, seededRandom } from "bioxen";
        const context = { signal: new AbortController().signal, threads: null };
        const kernel = gpuWebgpu.kernels.find(({ workload }) => workload === matrixMultiply);
        const { devices } = await gpuWebgpu.probe(context);
        const device = await gpuWebgpu.open(devices[0], context);
        await device.run(kernel, matrixMultiply.generate(1000, seededRandom(1)), context);
        ${ending}
        console.log("ran");
      `;
      const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
        stdio: ["ignore", "pipe", "pipe"],
      });
      const timer = setTimeout(() => child.kill("SIGKILL"), 20_000);
      let printed = "";
      for (const stream of [child.stdout, child.stderr])
        stream.setEncoding("utf8").on("data", (text: string) => {
          printed += text;
        });
      const ended = await new Promise((resolve) => child.once("close", (code, signal) => resolve({ code, signal })));
      clearTimeout(timer);
      expect({ printed, ended }).toEqual({ printed: "ran\n", ended: { code: 0, signal: null } });
    }
  });
});
