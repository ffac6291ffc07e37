// node dist/bench/onnx.js [--json] [--out FILE]
// The npu-onnx accelerator on the CPU beside onnxruntime-node called directly, in CPU time of one thread.
import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import * as ort from "onnxruntime-node";
import { npuOnnx } from "../accelerators/npu-onnx/index.ts";
import type { AnyWorkload, Device, RunContext } from "../src/contract/index.ts";
import { matrixMultiply, motifScan, onnxInference, seededRandom, writeOnnxModel } from "../src/index.ts";

interface Row {
  readonly case: string;
  readonly cpuSeconds: number;
  /** In the workload's own unit of rate. */
  readonly rate: number;
  readonly unit: string;
  /** CPU time of the library called directly over ours. */
  readonly ratioToLibrary: number | null;
  /** What the output was compared with. */
  readonly checked: string;
}

const context: RunContext = { signal: new AbortController().signal, threads: 1 };

const cpuSeconds = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

/** Least CPU time a call over rounds that take turns, so that a disturbance hits all alike. */
async function race(calls: readonly (() => Promise<unknown>)[], rounds: number, repeats: number): Promise<number[]> {
  const best = calls.map(() => Number.POSITIVE_INFINITY);
  for (let round = 0; round < rounds; round++)
    for (const [index, call] of calls.entries()) {
      const before = cpuSeconds();
      for (let repeat = 0; repeat < repeats; repeat++) await call();
      best[index] = Math.min(best[index] ?? 0, (cpuSeconds() - before) / repeats);
    }
  return best;
}

function kernelOf(workload: AnyWorkload) {
  const found = npuOnnx.kernels.find((kernel) => kernel.workload === workload);
  if (found === undefined) throw new Error(`npu-onnx has no kernel for ${workload.id}`);
  return found;
}

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
  const ours = () => device.run(kernelOf(matrixMultiply), input, context);
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
  const random = seededRandom(2);
  const { matrices } = motifScan.generate(1e4 * count ** 3, seededRandom(3));
  const input = {
    ...motifScan.generate(1, random),
    matrices,
    sequences: {
      names: ["random"],
      residues: Uint8Array.from({ length: bases }, () => "ACGT".charCodeAt(Math.floor(4 * random()))),
      offsets: Uint32Array.of(0, bases),
    },
  };
  // the oracle is slow: on the first 20 kb only
  const short = {
    ...input,
    sequences: {
      ...input.sequences,
      residues: input.sequences.residues.slice(0, 20_000),
      offsets: Uint32Array.of(0, 20_000),
    },
  };
  const oracle = motifScan.reference?.(short);
  if (oracle === undefined) throw new Error("motif-scan has no oracle");
  const difference = motifScan.differ(await device.run(kernelOf(motifScan), short, context), oracle, short);
  if (difference !== null || oracle.score.length === 0) throw new Error(`motif-scan: ${difference ?? "no hits"}`);
  const before = cpuSeconds();
  await device.run(kernelOf(motifScan), { ...input, matrices: [...matrices] }, context);
  const cold = cpuSeconds() - before;
  const [warm = 0] = await race([() => device.run(kernelOf(motifScan), input, context)], 3, 1);
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
  const ours = () => device.run(kernelOf(onnxInference), input, context);
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

const { values } = parseArgs({ options: { json: { type: "boolean" }, out: { type: "string" } } });
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

const report = {
  command: "node dist/bench/onnx.js",
  date: new Date().toISOString().slice(0, 10),
  cpu: cpus()[0]?.model ?? "unknown",
  device: info.name,
  rows,
};
if (values.out !== undefined) writeFileSync(values.out, `${JSON.stringify(report, null, 2)}\n`);
if (values.json === true) console.log(JSON.stringify(report, null, 2));
else
  for (const row of rows)
    console.log(
      `${row.case.padEnd(66)} ${row.rate.toPrecision(4).padStart(9)} ${row.unit.padEnd(10)} ${row.ratioToLibrary === null ? "" : `${row.ratioToLibrary.toFixed(3)} x library`}`,
    );
