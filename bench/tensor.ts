// node dist/bench/tensor.js [--json] [--out FILE]
// The tensor accelerator beside TensorFlow.js called directly on the same backend, in CPU time of all threads.
import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { installedBackends, packages } from "../accelerators/tensor/backends.ts";
import { tensor } from "../accelerators/tensor/index.ts";
import { loadTensorFlow, type TensorFlow } from "../accelerators/tensor/library.ts";
import type { AnyWorkload, Device, RunContext } from "../src/contract/index.ts";
import { matrixMultiply, motifScan, seededRandom } from "../src/index.ts";

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
async function race(calls: readonly (() => unknown)[], rounds: number, repeats: number): Promise<number[]> {
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
  const found = tensor.kernels.find((kernel) => kernel.workload === workload);
  if (found === undefined) throw new Error(`tensor has no kernel for ${workload.id}`);
  return found;
}

async function multiply(device: Device, tf: TensorFlow, side: number): Promise<Row> {
  const input = matrixMultiply.generate(2 * side ** 3, seededRandom(1));
  const direct = (): Float32Array => {
    const a = tf.tensor(input.a, [side, side]);
    const b = tf.tensor(input.b, [side, side]);
    const c = tf.matMul(a, b);
    const product = c.dataSync();
    for (const one of [a, b, c]) one.dispose();
    return product;
  };
  const ours = () => device.run(kernelOf(matrixMultiply), input, context);
  const difference = matrixMultiply.differ((await ours()) as Float32Array, direct(), input);
  if (difference !== null) throw new Error(`${side}^3: ${difference}`);
  const [library = 0, here = 0] = await race([direct, ours], 25, Math.min(1000, Math.ceil(2e8 / side ** 3)));
  return {
    case: `matrix-multiply ${side}^3`,
    cpuSeconds: here,
    rate: (2 * side ** 3) / here / 1e9,
    unit: "GFLOP/s",
    ratioToLibrary: library / here,
    checked: "TensorFlow.js called directly",
  };
}

async function motifs(device: Device, count: number, bases: number): Promise<Row> {
  const random = seededRandom(2);
  const { matrices } = motifScan.generate(1e4 * count ** 3, seededRandom(3));
  const text = (length: number) => ({
    names: ["random"],
    residues: Uint8Array.from({ length }, () => "ACGT".charCodeAt(Math.floor(4 * random()))),
    offsets: Uint32Array.of(0, length),
  });
  const input = { ...motifScan.generate(1, random), matrices, sequences: text(bases) };
  // the oracle is slow
  const short = { ...input, sequences: text(20_000) };
  const oracle = motifScan.reference?.(short);
  if (oracle === undefined || oracle.score.length === 0) throw new Error("the oracle finds no hits");
  const difference = motifScan.differ(await device.run(kernelOf(motifScan), short, context), oracle, short);
  if (difference !== null) throw new Error(`motif-scan: ${difference}`);
  const [seconds = 0] = await race([() => device.run(kernelOf(motifScan), input, context)], 3, 1);
  return {
    case: `motif-scan ${matrices.length} matrices x ${bases / 1e6} Mb, both strands, p = 1e-4`,
    cpuSeconds: seconds,
    rate: motifScan.size(input).units / seconds / 1e6,
    unit: "Mb.motif/s",
    ratioToLibrary: null,
    checked: "the oracle, on another 20 kb",
  };
}

const { values } = parseArgs({ options: { json: { type: "boolean" }, out: { type: "string" } } });
const probe = await tensor.probe(context);
if (probe.status !== "present") throw new Error(`tensor is ${probe.status}`);
const [info] = probe.devices;
const backend = installedBackends(packages).find(({ index }) => info.id === `tensor:${index}`);
if (backend === undefined) throw new Error(`no package for ${info.id}`);
const opened = performance.now();
const device = await tensor.open(info, context);
await device.run(kernelOf(matrixMultiply), matrixMultiply.generate(2, seededRandom(1)), context);
const firstRunSeconds = (performance.now() - opened) / 1e3;
const tf = await loadTensorFlow(backend.source);
const rows: Row[] = [
  await multiply(device, tf, 16),
  await multiply(device, tf, 64),
  await multiply(device, tf, 512),
  await multiply(device, tf, 1024),
  await motifs(device, 1, 1e6),
  await motifs(device, 10, 1e6),
  await motifs(device, 100, 0.25e6),
];
await device[Symbol.asyncDispose]();

const report = {
  command: "node dist/bench/tensor.js",
  date: new Date().toISOString().slice(0, 10),
  cpu: cpus()[0]?.model ?? "unknown",
  device: info.name,
  /** Opening the device and its first run, wall clock. */
  firstRunSeconds,
  rows,
};
if (values.out !== undefined) writeFileSync(values.out, `${JSON.stringify(report, null, 2)}\n`);
if (values.json === true) console.log(JSON.stringify(report, null, 2));
else {
  console.log(`${info.name}: open and first run ${firstRunSeconds.toFixed(3)} s`);
  for (const row of rows)
    console.log(
      `${row.case.padEnd(66)} ${row.rate.toPrecision(4).padStart(9)} ${row.unit.padEnd(10)} ${row.ratioToLibrary === null ? "" : `${row.ratioToLibrary.toFixed(3)} x library`}`,
    );
}
