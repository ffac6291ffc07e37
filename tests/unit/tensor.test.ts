import { mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { matrixMultiply, motifScan, seededRandom } from "bioxen";
import { createTensor, tensor } from "bioxen/accelerators";
import { describe, expect, test } from "vitest";
import { installedBackends, packages } from "../../dist/accelerators/tensor/backends.js";
import { openRunner } from "../../dist/accelerators/tensor/runner.js";
import { ended, everyKernelOnce } from "../support/ends-by-itself.ts";
import { agreeWithOracle, calmly, firstDevice, runKernel } from "../support/run-on.ts";
import { temporaryFiles } from "../support/temporary-files.ts";

const files = temporaryFiles();

/** A package in a folder of its own, by its path. */
function packageOf(name: string, code: string): string {
  mkdirSync(join(files.folder, name), { recursive: true });
  files.file(join(name, "package.json"), JSON.stringify({ name, version: "1.2.3", main: "index.js" }));
  files.file(join(name, "index.js"), code);
  return join(files.folder, name);
}

describe("the probe of tensor", () => {
  test("finds the WASM backend and says so, loading nothing here", async () => {
    const info = await firstDevice(createTensor({ native: [] }));
    expect(info).toMatchObject({
      id: "tensor:0",
      kind: "tensor",
      name: expect.stringMatching(/tfjs-backend-wasm 4\.\d+\.\d+ on WebAssembly SIMD on one thread$/),
      features: ["backend:wasm", "threads:1"],
    });
    expect(globalThis).not.toHaveProperty("_tfengine");
  });

  test("without any package it is absent, with the command that installs it", async () => {
    const none = createTensor({ native: [], core: "no-such-core", wasm: "no-such-wasm" });
    expect(await none.probe(calmly())).toEqual({
      status: "absent",
      reason: "TensorFlow.js is not installed: npm install no-such-core no-such-wasm",
    });
  });

  test("a native package that crashes is passed over for WASM, and the device's name says so", async () => {
    const crashing = packageOf("crashing", "console.error('libtensorflow: bad image'); process.abort();");
    const info = await firstDevice(createTensor({ native: [crashing] }));
    expect(info).toMatchObject({ id: "tensor:0", name: expect.stringMatching(/crashing fails: .*SIGABRT/) });
  });

  test("where every backend crashes it is broken", async () => {
    const crashing = packageOf("crashing", "process.abort();");
    const probe = await createTensor({ native: [crashing], wasm: "no-such-wasm" }).probe(calmly());
    expect(probe).toMatchObject({ status: "broken", error: { code: "DEVICE_LOST" } });
  });
});

test("a native package runs in a process of its own", async () => {
  // the WASM backend under TensorFlow's name: what runs natively needs libtensorflow, which npm does not have
  const { resolve } = createRequire(import.meta.url);
  const [core, wasm] = [resolve(packages.core), resolve(packages.wasm)].map((path) => JSON.stringify(path));
  const native = packageOf(
    "native",
    `const tf = require(${core});
     const wasm = require(${wasm});
     wasm.setWasmPaths(require("node:path").dirname(${wasm}) + "/");
     tf.copyRegisteredKernels("wasm", "tensorflow");
     tf.registerBackend("tensorflow", tf.findBackendFactory("wasm"));
     module.exports = tf;`,
  );
  const accelerator = createTensor({ native: [native] });
  const info = await firstDevice(accelerator);
  if (typeof info === "string") throw new Error(info);
  expect(info).toMatchObject({ id: "tensor:1", features: expect.arrayContaining(["backend:tensorflow"]) });
  await using device = await accelerator.open(info, calmly());
  await agreeWithOracle(accelerator, device, matrixMultiply, matrixMultiply.generate(1e5, seededRandom(1)));
  await agreeWithOracle(accelerator, device, motifScan, motifScan.generate(1e5, seededRandom(1)));
});

describe("a device of tensor", () => {
  const source = () => {
    const found = installedBackends({ ...packages, native: [] })[0];
    if (found === undefined) throw new Error("TensorFlow.js is not installed");
    return found.source;
  };

  test("opens and runs within 2 s", async () => {
    const info = await firstDevice(tensor);
    if (typeof info === "string") throw new Error(info);
    const before = performance.now();
    await using device = await tensor.open(info, calmly());
    await runKernel(tensor, device, matrixMultiply, matrixMultiply.generate(1000, seededRandom(1)));
    expect((performance.now() - before) / 1e3).toBeLessThan(2);
  });

  test("keeps no tensor after a run", async () => {
    await using runner = openRunner(source());
    const tensors = () => runner.turn(calmly(), (call) => call("start", { source: source() }));
    expect(await tensors()).toBe(0);
    const [multiply, scan] = [matrixMultiply, motifScan].map((workload) =>
      tensor.kernels.find((kernel) => kernel.workload === workload),
    ) as unknown as { run: (on: typeof runner, input: unknown, context: unknown) => Promise<unknown> }[];
    await multiply?.run(runner, matrixMultiply.generate(1e6, seededRandom(1)), calmly());
    await scan?.run(runner, motifScan.generate(1e6, seededRandom(1)), calmly());
    expect(await tensors()).toBe(0);
  });

  test("an abort ends a product in its middle, and the next run works", async () => {
    const info = await firstDevice(tensor);
    if (typeof info === "string") throw new Error(info);
    await using device = await tensor.open(info, calmly());
    const side = 3000;
    const input = { m: side, k: side, n: side, a: new Float32Array(side * side), b: new Float32Array(side * side) };
    const abort = new AbortController();
    const before = performance.now();
    const run = runKernel(tensor, device, matrixMultiply, input, { signal: abort.signal, threads: null });
    setTimeout(() => abort.abort(), 300);
    await expect(run).rejects.toMatchObject({ code: "ABORTED" });
    expect(performance.now() - before).toBeLessThan(2000);
    await agreeWithOracle(tensor, device, matrixMultiply, matrixMultiply.generate(1000, seededRandom(1)));
  });

  test("products that WebAssembly's memory does not hold are refused", async () => {
    const info = await firstDevice(createTensor({ native: [] }));
    const kernel = tensor.kernels.find(({ workload }) => workload === matrixMultiply);
    const side = 20_000;
    expect(kernel?.supports({ m: 1, k: side, n: side }, info as never)).toMatchObject({ ok: false });
  });

  test("a process that used it ends by itself, its globals its own", async () => {
    expect(await ended(everyKernelOnce("tensor"))).toEqual({ code: 0, printed: "0 new globals\n" });
  });
});
