// node dist/bench/tensor.js [--json] [--out FILE]
// The tensor accelerator beside TensorFlow.js called directly on the same backend, in CPU time of all threads.
import { installedBackends, packages } from "../accelerators/tensor/backends.ts";
import { tensor } from "../accelerators/tensor/index.ts";
import { loadTensorFlow, type TensorFlow } from "../accelerators/tensor/library.ts";
import type { Device } from "../src/contract/index.ts";
import { matrixMultiply, motifScan, seededRandom } from "../src/index.ts";
import { context, kernelOf, motifInputs, type Row, race, tell } from "./beside-library.ts";

const multiplyKernel = kernelOf(tensor, matrixMultiply);
const scanKernel = kernelOf(tensor, motifScan);
/** One race may be lucky: the median of these is told, and each of them. */
const races = 5;

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
  const ours = () => device.run(multiplyKernel, input, context);
  const difference = matrixMultiply.differ((await ours()) as Float32Array, direct(), input);
  if (difference !== null) throw new Error(`${side}^3: ${difference}`);
  const repeats = Math.min(1000, Math.ceil(2e8 / side ** 3));
  const rounds = Math.ceil(80 / Math.max(1, side / 512) ** 2);
  const raced: { readonly here: number; readonly ratio: number }[] = [];
  for (let at = 0; at < races; at++) {
    const [library = 0, here = 0] = await race([direct, ours], rounds, repeats);
    raced.push({ here, ratio: library / here });
  }
  const cpuSeconds = Math.min(...raced.map(({ here }) => here));
  const ratios = raced.map(({ ratio }) => ratio);
  return {
    case: `matrix-multiply ${side}^3`,
    cpuSeconds,
    rate: (2 * side ** 3) / cpuSeconds / 1e9,
    unit: "GFLOP/s",
    ratioToLibrary: ratios.toSorted((one, other) => one - other)[races >> 1] ?? null,
    ratios,
    checked: "TensorFlow.js called directly",
  };
}

async function motifs(device: Device, count: number, bases: number): Promise<Row> {
  const { input, short } = motifInputs(count, bases);
  const oracle = motifScan.reference?.(short);
  if (oracle === undefined || oracle.score.length === 0) throw new Error("the oracle finds no hits");
  const difference = motifScan.differ(await device.run(scanKernel, short, context), oracle, short);
  if (difference !== null) throw new Error(`motif-scan: ${difference}`);
  const [seconds = 0] = await race([() => device.run(scanKernel, input, context)], 3, 1);
  return {
    case: `motif-scan ${input.matrices.length} matrices x ${bases / 1e6} Mb, both strands, p = 1e-4`,
    cpuSeconds: seconds,
    rate: motifScan.size(input).units / seconds / 1e6,
    unit: "Mb.motif/s",
    ratioToLibrary: null,
    checked: "the oracle, on the first 20 kb",
  };
}

const probe = await tensor.probe(context);
if (probe.status !== "present") throw new Error(`tensor is ${probe.status}`);
const [info] = probe.devices;
const backend = installedBackends(packages).find(({ index }) => info.id === `tensor:${index}`);
if (backend === undefined) throw new Error(`no package for ${info.id}`);
const opened = performance.now();
const device = await tensor.open(info, context);
await device.run(multiplyKernel, matrixMultiply.generate(2, seededRandom(1)), context);
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

/** `firstRunSeconds`: opening the device and its first run, wall clock. */
tell("tensor", info.name, rows, { firstRunSeconds });
