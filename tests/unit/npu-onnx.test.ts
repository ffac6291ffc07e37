import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Device, matrixMultiply, onnxInference, seededRandom, writeOnnxModel } from "bioxen";
import { createNpuOnnx, npuOnnx } from "bioxen/accelerators";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { calm, cpuDevice, runOn } from "../support/npu-onnx.ts";

describe("the probe of npu-onnx", () => {
  test("finds the CPU's provider, labelled as what it is, quickly and without loading the library here", async () => {
    const before = performance.now();
    const info = await cpuDevice();
    expect(performance.now() - before).toBeLessThan(5000);
    expect(info.id).toBe("npu-onnx:0");
    expect(info.kind).toBe("npu");
    expect(info.name).toMatch(/^ONNX Runtime 1\.\d+\.\d+ on CPU$/);
    expect(info.simulated).toBe(false);
    const mapped = process.platform === "linux" ? readFileSync("/proc/self/maps", "utf8") : "";
    expect(mapped).not.toContain("libonnxruntime");
  });

  test("a missing package is absent, with the command that installs it", async () => {
    expect(await createNpuOnnx("no-such-onnxruntime").probe(calm())).toEqual({
      status: "absent",
      reason: expect.stringContaining("npm install no-such-onnxruntime --onnxruntime-node-install=skip"),
    });
  });

  test("a package whose native part crashes is broken, not the end of this process", async () => {
    const folder = mkdtempSync(join(tmpdir(), "bioxen-onnx-"));
    const library = join(folder, "crashing");
    mkdirSync(library);
    writeFileSync(
      join(library, "package.json"),
      JSON.stringify({ name: "crashing", version: "1.2.3", main: "index.js" }),
    );
    writeFileSync(join(library, "index.js"), "console.error('libonnxruntime: bad image'); process.abort();");
    try {
      const probe = await createNpuOnnx(library).probe(calm());
      if (probe.status !== "broken") throw new Error(`broken was expected, found ${probe.status}`);
      expect(probe.error).toMatchObject({ code: "DEVICE_LOST", context: { signal: "SIGABRT" } });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("an abort ends it", async () => {
    await expect(npuOnnx.probe({ signal: AbortSignal.abort(), threads: null })).rejects.toMatchObject({
      code: "ABORTED",
    });
  });
});

/** Some 4 s of work that no optimizer can do ahead. */
const longModel = writeOnnxModel({
  name: "long",
  nodes: [
    { op: "Expand", inputs: ["x", "shape"], outputs: ["y0"] },
    ...Array.from({ length: 120 }, (_, at) => ({ op: "MatMul", inputs: [`y${at}`, "y0"], outputs: [`y${at + 1}`] })),
    { op: "ReduceMax", inputs: ["y120"], outputs: ["most"], attributes: { keepdims: 0 } },
  ],
  inputs: [{ name: "x", type: "float32", dims: [1] }],
  outputs: [{ name: "most", type: "float32", dims: [] }],
  initializers: { shape: { type: "int64", dims: [2], data: BigInt64Array.of(1500n, 1500n) } },
});
const longInput = {
  model: longModel,
  feeds: { x: { type: "float32", dims: [1], data: Float32Array.of(1 / 1500) } },
} as const;

describe("a device of npu-onnx", () => {
  let device: Device;
  beforeAll(async () => {
    device = await npuOnnx.open(await cpuDevice(), calm());
  });
  afterAll(() => device[Symbol.asyncDispose]());

  const small = onnxInference.generate(1, seededRandom(1));
  const works = async (): Promise<void> => {
    const output = await runOn(device, onnxInference, small);
    expect(output["y"]?.dims).toEqual([1, 10]);
  };
  /** Runs past the schema, as a caller who skips the manager may. */
  const unchecked = (input: unknown): Promise<unknown> => {
    const kernel = npuOnnx.kernels.find((one) => one.workload === onnxInference);
    if (kernel === undefined) throw new Error("no kernel");
    return device.run(kernel, input, calm());
  };

  test("an abort rejects at once in mid-run, and the next run works", async () => {
    const abort = new AbortController();
    const before = performance.now();
    const run = runOn(device, onnxInference, longInput, { signal: abort.signal, threads: 1 });
    setTimeout(() => abort.abort(), 300);
    await expect(run).rejects.toMatchObject({ code: "ABORTED" });
    expect(performance.now() - before).toBeLessThan(2000);
    await works();
  });

  test("an abort ends a large product between two blocks of rows", async () => {
    const abort = new AbortController();
    const side = 3000;
    const input = { m: side, k: side, n: side, a: new Float32Array(side * side), b: new Float32Array(side * side) };
    const run = runOn(device, matrixMultiply, input, { signal: abort.signal, threads: 1 });
    setTimeout(() => abort.abort(), 60);
    await expect(run).rejects.toMatchObject({ code: "ABORTED" });
    await works();
  });

  test.skipIf(process.platform !== "linux")(
    "a model's process that is killed in mid-run is DEVICE_LOST, and the next run works",
    async () => {
      const run = runOn(device, onnxInference, longInput);
      setTimeout(() => {
        for (const pid of children()) process.kill(pid, "SIGKILL");
      }, 300);
      await expect(run).rejects.toMatchObject({ code: "DEVICE_LOST", message: expect.stringContaining("SIGKILL") });
      await works();
    },
  );

  test("a corrupted model is FORMAT_INVALID", async () => {
    const broken = small.model.slice();
    // the name of the second layer's input is no longer any value's name
    const at = Buffer.from(broken).indexOf("Relu") - 4;
    broken.fill(0xff, at, at + 40);
    await expect(unchecked({ ...small, model: broken })).rejects.toMatchObject({ code: "FORMAT_INVALID" });
    await expect(unchecked({ ...small, model: small.model.slice(0, 100) })).rejects.toMatchObject({
      code: "FORMAT_INVALID",
    });
    await works();
  });

  test("missing feeds and wrong types are the caller's errors", async () => {
    await expect(unchecked({ model: small.model, feeds: {} })).rejects.toMatchObject({ code: "INPUT_INVALID" });
    const integers = { x: { type: "int32", dims: [1, 64], data: new Int32Array(64) } };
    await expect(unchecked({ model: small.model, feeds: integers })).rejects.toMatchObject({ code: "INPUT_INVALID" });
    const narrow = { x: { type: "float32", dims: [1, 63], data: new Float32Array(63) } };
    await expect(unchecked({ model: small.model, feeds: narrow })).rejects.toMatchObject({ code: "INPUT_INVALID" });
  });

  const oneNode = (op: string, type: "float32" | "int64", domain?: string) => ({
    model: writeOnnxModel({
      name: "one",
      nodes: [{ op, inputs: ["x"], outputs: ["y"], ...(domain === undefined ? {} : { domain }) }],
      inputs: [{ name: "x", type, dims: [2] }],
      outputs: [{ name: "y", type, dims: [2] }],
    }),
    feeds: { x: { type, dims: [2], data: type === "int64" ? BigInt64Array.of(1n, -1n) : Float32Array.of(1, -1) } },
  });

  test.each([
    ["that no provider has", oneNode("Bogus", "float32"), "Bogus"],
    ["of an unknown set", oneNode("Fold", "float32", "com.acme"), "com.acme:Fold"],
    ["without a kernel for this type", oneNode("Relu", "int64"), "Relu"],
  ])("an operator %s is UNSUPPORTED and named", async (_, input, operator) => {
    await expect(unchecked(input)).rejects.toMatchObject({
      code: "UNSUPPORTED",
      retry: "elsewhere",
      context: { operator },
    });
  });

  test("an operator of another set runs", async () => {
    expect(await unchecked(oneNode("Gelu", "float32", "com.microsoft"))).toMatchObject({ y: { dims: [2] } });
  });

  test("an output too large for any memory is OUT_OF_MEMORY", async () => {
    const model = writeOnnxModel({
      name: "large",
      nodes: [{ op: "ConstantOfShape", inputs: ["x"], outputs: ["y"] }],
      inputs: [{ name: "x", type: "int64", dims: [2] }],
      outputs: [{ name: "y", type: "float32", dims: ["a", "b"] }],
    });
    const feeds = { x: { type: "int64", dims: [2], data: BigInt64Array.of(1_000_000n, 1_000_000n) } } as const;
    await expect(runOn(device, onnxInference, { model, feeds })).rejects.toMatchObject({ code: "OUT_OF_MEMORY" });
    await works();
  });

  test("a run that the operator refuses names the operator", async () => {
    const model = writeOnnxModel({
      name: "reshape",
      nodes: [{ op: "Reshape", inputs: ["x", "shape"], outputs: ["y"] }],
      inputs: [
        { name: "x", type: "float32", dims: ["n"] },
        { name: "shape", type: "int64", dims: [1] },
      ],
      outputs: [{ name: "y", type: "float32", dims: ["m"] }],
    });
    const feeds = {
      x: { type: "float32", dims: [4], data: new Float32Array(4) },
      shape: { type: "int64", dims: [1], data: BigInt64Array.of(5n) },
    } as const;
    await expect(runOn(device, onnxInference, { model, feeds })).rejects.toMatchObject({
      code: "KERNEL_FAILED",
      context: { operator: "Reshape" },
    });
  });

  test("more models than sessions are kept all run, and again", async () => {
    const inputs = Array.from({ length: 12 }, (_, seed) => onnxInference.generate(1, seededRandom(seed)));
    const answers = [];
    for (const input of inputs) answers.push(await runOn(device, onnxInference, input));
    for (const [at, input] of inputs.entries()) expect(await runOn(device, onnxInference, input)).toEqual(answers[at]);
  });
});

test("after dispose no child is left, and dispose twice is fine", async () => {
  const device = await npuOnnx.open(await cpuDevice(), calm());
  await runOn(device, onnxInference, onnxInference.generate(1, seededRandom(1)));
  await device[Symbol.asyncDispose]();
  await device[Symbol.asyncDispose]();
  if (process.platform === "linux") expect(children()).toEqual([]);
});

test("a process that used the accelerator and does not dispose of it ends by itself", async () => {
  const script = `
    import { npuOnnx } from "bioxen/accelerators";
    import { matrixMultiply, onnxInference, seededRandom } from "bioxen";
    const context = { signal: new AbortController().signal, threads: 1 };
    const { devices } = await npuOnnx.probe(context);
    const device = await npuOnnx.open(devices[0], context);
    for (const workload of [matrixMultiply, onnxInference]) {
      const kernel = npuOnnx.kernels.find((one) => one.workload === workload);
      await device.run(kernel, workload.generate(1000, seededRandom(1)), context);
    }
    console.log("ran");
  `;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const timer = setTimeout(() => child.kill("SIGKILL"), 20_000);
  let printed = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    printed += text;
  });
  const ended = await new Promise((resolve) => child.once("close", (code, signal) => resolve({ code, signal })));
  clearTimeout(timer);
  expect(ended).toEqual({ code: 0, signal: null });
  expect(printed).toBe("ran\n");
});

/** Children of this process that run models. */
function children(): number[] {
  return readdirSync("/proc/self/task")
    .flatMap((thread) => readFileSync(`/proc/self/task/${thread}/children`, "utf8").trim().split(" "))
    .filter((pid) => pid !== "" && readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("sessions.child"))
    .map(Number);
}
