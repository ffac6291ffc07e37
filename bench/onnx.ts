// node dist/bench/onnx.js [--json] [--out FILE]
// The npu-onnx accelerator on the CPU beside onnxruntime-node called directly, in CPU time of one thread.
import * as ort from "onnxruntime-node";
import { npuOnnx } from "../accelerators/npu-onnx/index.ts";
import type { Device } from "../src/contract/index.ts";
import { matrixMultiply, motifScan, onnxInference, seededRandom, writeOnnxModel } from "../src/index.ts";
import { context, cpuSeconds, kernelOf, motifInputs, type Row, race, tell } from "./beside-library.ts";

const multiplyKernel = kernelOf(npuOnnx, matrixMultiply);
const scanKernel = kernelOf(npuOnnx, motifScan);
const inferenceKernel = kernelOf(npuOnnx, onnxInference);

async function multiply(device: Device, side: number): Promise<Row> {
  const input = matrixMultiply.generate(2 * side ** 3, seededRandom(1));
  const session = await ort.InferenceSession.create(
    writeOnnxModel({
      name: "direct",
      nodes: [{ op: "MatMul", inputs: ["a", "b"], outputs: ["c"] }],
      inputs: [
        { name: "a", type: "float32", dims: ["m", "k"] },
        { name: "b", type: "float32", dims: ["k", "n"] },
      ],
      outputs: [{ name: "c", type: "float32", dims: ["m", "n"] }],
    }),
    { executionProviders: ["cpu"], intraOpNumThreads: 1 },
  );
  const direct = () =>
    session.run({
      a: new ort.Tensor("float32", input.a, [side, side]),
      b: new ort.Tensor("float32", input.b, [side, side]),
    });
  const ours = () => device.run(multiplyKernel, input, context);
  const expected = (await direct())["c"]?.data as Float32Array;
  const difference = matrixMultiply.differ((await ours()) as Float32Array, expected, input);
  if (difference !== null) throw new Error(`${side}^3: ${difference}`);
  const [library = 0, here = 0] = await race([direct, ours], 7, Math.ceil(2e9 / side ** 3));
  await session.release();
  return {
    case: `matrix-multiply ${side}^3`,
    cpuSeconds: here,
    rate: (2 * side ** 3) / here / 1e9,
    unit: "GFLOP/s",
    ratioToLibrary: library / here,
    checked: "onnxruntime-node called directly",
  };
}

async function motifs(device: Device, count: number, bases: number): Promise<Row> {
  const { input, short } = motifInputs(count, bases);
  const { matrices } = input;
  const oracle = motifScan.reference?.(short);
  if (oracle === undefined) throw new Error("motif-scan has no oracle");
  const difference = motifScan.differ(await device.run(scanKernel, short, context), oracle, short);
  if (difference !== null || oracle.score.length === 0) throw new Error(`motif-scan: ${difference ?? "no hits"}`);
  const before = cpuSeconds();
  await device.run(scanKernel, { ...input, matrices: [...matrices] }, context);
  const cold = cpuSeconds() - before;
  const [warm = 0] = await race([() => device.run(scanKernel, input, context)], 3, 1);
  const units = motifScan.size(input).units;
  console.error(
    `motif-scan ${matrices.length} matrices: first run ${(units / cold / 1e6).toFixed(0)} Mb.motif/s with thresholds and session`,
  );
  return {
    case: `motif-scan ${matrices.length} matrices x ${bases / 1e6} Mb, both strands, p = 1e-4`,
    cpuSeconds: warm,
    rate: units / warm / 1e6,
    unit: "Mb.motif/s",
    ratioToLibrary: null,
    checked: "the oracle, on the first 20 kb",
  };
}

async function inference(device: Device, rows: number): Promise<Row> {
  const input = onnxInference.generate(9610 * rows, seededRandom(4));
  const session = await ort.InferenceSession.create(input.model, { executionProviders: ["cpu"], intraOpNumThreads: 1 });
  const x = input.feeds["x"];
  if (x?.type !== "float32") throw new Error("the perceptron has one float32 input");
  const direct = () => session.run({ x: new ort.Tensor("float32", x.data, x.dims) });
  const { y } = await direct();
  const expected = { y: { type: "float32", dims: y?.dims ?? [], data: y?.data as Float32Array } } as const;
  const ours = () => device.run(inferenceKernel, input, context);
  const difference = onnxInference.differ((await ours()) as typeof expected, expected, input);
  if (difference !== null) throw new Error(`onnx-inference: ${difference}`);
  // the work is in another process, whose CPU time is not this one's: wall clock
  const before = performance.now();
  const repeats = 100;
  for (let repeat = 0; repeat < repeats; repeat++) await ours();
  const seconds = (performance.now() - before) / 1e3 / repeats;
  await session.release();
  return {
    case: `onnx-inference perceptron, ${rows} rows (wall clock)`,
    cpuSeconds: seconds,
    rate: rows / seconds,
    unit: "rows/s",
    ratioToLibrary: null,
    checked: "onnxruntime-node called directly",
  };
}

const probe = await npuOnnx.probe(context);
if (probe.status !== "present") throw new Error(`npu-onnx is ${probe.status}`);
const info = probe.devices.find(({ features }) => features.includes("provider:cpu"));
if (info === undefined) throw new Error("onnxruntime's CPU provider does not run here");
const device = await npuOnnx.open(info, context);
const rows: Row[] = [
  await multiply(device, 64),
  await multiply(device, 512),
  await multiply(device, 1024),
  await motifs(device, 1, 4e6),
  await motifs(device, 10, 4e6),
  await motifs(device, 100, 4e6),
  await inference(device, 1),
  await inference(device, 1000),
];
await device[Symbol.asyncDispose]();

tell("onnx", info.name, rows, {});
