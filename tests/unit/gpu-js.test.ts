import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { matrixMultiply, motifScan, seededRandom } from "bioxen";
import { createGpuJs, gpuJs } from "bioxen/accelerators";
import { describe, expect, test } from "vitest";
import { ended, everyKernelOnce } from "../support/ends-by-itself.ts";
import { calmly, firstDevice, runKernel } from "../support/run-on.ts";
import { temporaryFiles } from "../support/temporary-files.ts";

const files = temporaryFiles();

/** A package in a folder of its own, by its path. */
function packageOf(name: string, code: string): string {
  mkdirSync(join(files.folder, name), { recursive: true });
  files.file(join(name, "package.json"), JSON.stringify({ name, version: "1.2.3", main: "index.js" }));
  files.file(join(name, "index.js"), code);
  return join(files.folder, name);
}

describe("the probe of gpu-js", () => {
  test("without gpu.js it is absent, with the command that installs it", async () => {
    expect(await createGpuJs({ library: "no-such-gpu.js" }).probe(calmly())).toEqual({
      status: "absent",
      reason: "no-such-gpu.js is not installed: npm install no-such-gpu.js webgpu",
    });
  });

  test("with gpu.js and no way to a GPU it is absent, with every reason", async () => {
    const probe = await createGpuJs({ webgpu: "no-such-webgpu" }).probe(calmly());
    expect(probe).toMatchObject({ status: "absent" });
    const { reason } = probe as { reason: string };
    expect(reason).toContain("WebGPU: webgpu is not installed: npm install webgpu");
    expect(reason).toMatch(/WebGL: gl (is not installed: npm install gl|makes no context)/);
  });

  test("a webgpu that finds no adapter makes it absent", async () => {
    const webgpu = packageOf(
      "no-adapter",
      "exports.globals = {}; exports.create = () => ({ requestAdapter: async () => null });",
    );
    const probe = await createGpuJs({ webgpu }).probe(calmly());
    expect(probe).toMatchObject({ status: "absent", reason: expect.stringContaining("webgpu finds no adapter") });
  });

  test("a driver that crashes makes it broken, and this process lives", async () => {
    const webgpu = packageOf("crashing", "exports.globals = {}; exports.create = () => process.abort();");
    const probe = await createGpuJs({ webgpu }).probe(calmly());
    expect(probe).toMatchObject({ status: "broken", error: { code: "DEVICE_LOST" } });
  });

  test("a gpu.js that falls back to the CPU in silence is not taken for a GPU", async () => {
    const webgpu = packageOf(
      "an-adapter",
      `exports.globals = {};
       const adapter = { info: { vendor: "v", architecture: "a", device: "d", description: "d" },
         limits: { maxStorageBufferBindingSize: 1e9, maxBufferSize: 1e9 } };
       exports.create = () => ({ requestAdapter: async () => adapter });`,
    );
    const library = packageOf(
      "silent",
      `class CPUKernel { static mode = "cpu"; }
       exports.input = (values) => values;
       exports.GPU = class { createKernel() {
         const run = () => [Float32Array.of(19, 22), Float32Array.of(43, 50)];
         return Object.assign(run, { setOutput() {}, kernel: new CPUKernel() });
       } };`,
    );
    const probe = await createGpuJs({ webgpu, library }).probe(calmly());
    expect(probe).toMatchObject({
      status: "absent",
      reason: expect.stringContaining("gpu.js ran on CPUKernel, not on webgpu"),
    });
  });
});

const info = await firstDevice(gpuJs);
describe.skipIf(typeof info === "string")("a device of gpu-js", () => {
  test("is named after its adapter; a software one is labelled", () => {
    if (typeof info === "string") return;
    expect(info).toMatchObject({ kind: "gpu", simulated: false, name: expect.stringMatching(/^gpu\.js \d/) });
    expect(info.features.includes("software")).toBe(/SwiftShader|llvmpipe/i.test(info.name));
  });

  test("an abort ends it in mid-run, and the next run works", async () => {
    if (typeof info === "string") return;
    await using device = await gpuJs.open(info, calmly());
    const abort = new AbortController();
    const long = motifScan.generate(1e9, () => 0.5);
    const run = runKernel(gpuJs, device, motifScan, long, { signal: abort.signal, threads: null });
    setTimeout(() => abort.abort(), 200);
    await expect(run).rejects.toMatchObject({ code: "ABORTED" });
    const product = await runKernel(gpuJs, device, matrixMultiply, matrixMultiply.generate(2, seededRandom(1)));
    expect(product).toHaveLength(1);
  });

  test("a process that used it ends by itself, its globals its own", async () => {
    expect(await ended(everyKernelOnce("gpuJs"))).toEqual({ code: 0, printed: "0 new globals\n" });
  });
});
