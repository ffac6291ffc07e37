// node dist/bench/webgpu.js [--json] [--out FILE]
// The gpu-webgpu accelerator in wall clock, transfers included and resident data prepared; answers compared with cpu-simd's.
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { cpuSimd } from "../accelerators/cpu-simd/index.ts";
import { gpuWebgpu } from "../accelerators/gpu-webgpu/index.ts";
import { isSoftware } from "../accelerators/gpu-webgpu/probe.ts";
import type { Accelerator, Device, RunContext, WorkloadSpec } from "../src/contract/index.ts";
import { matrixMultiply, motifScan, seededRandom, sequenceAlignment } from "../src/index.ts";

interface Row {
  readonly case: string;
  /** The first run with compilation and the way of resident data to the device. */
  readonly firstSeconds: number;
  /** Least of the repeats. */
  readonly seconds: number;
  readonly rate: number;
  readonly unit: string;
  /** What the hardware must do at least; see accelerators/gpu-webgpu/README.md. */
  readonly floor: { readonly operations: number; readonly deviceBytes: number; readonly busBytes: number };
}

const context: RunContext = { signal: new AbortController().signal, threads: null };
const repeats = 5;

async function runOn<I, O>(
  accelerator: Accelerator,
  device: Device,
  workload: WorkloadSpec<I, O>,
  input: I,
): Promise<O> {
  const kernel = accelerator.kernels.find((one) => one.workload === workload);
  if (kernel === undefined) throw new Error(`${accelerator.id} has no kernel for ${workload.id}`);
  const support = kernel.supports(input, device.info);
  if (!support.ok) throw new Error(`${workload.id}: ${support.reason}`);
  return device.run<I, O>(kernel, input, context);
}

async function measure<I, O>(name: string, workload: WorkloadSpec<I, O>, input: I, floor: Row["floor"]): Promise<Row> {
  const startedAt = performance.now();
  const answer = await runOn(gpuWebgpu, gpu, workload, input);
  const firstSeconds = (performance.now() - startedAt) / 1000;
  const difference = workload.differ(answer, await runOn(cpuSimd, cpu, workload, input), input);
  if (difference !== null) throw new Error(`${name}: ${difference}`);
  let seconds = Number.POSITIVE_INFINITY;
  for (let repeat = 0; repeat < repeats; repeat++) {
    const before = performance.now();
    await runOn(gpuWebgpu, gpu, workload, input);
    seconds = Math.min(seconds, (performance.now() - before) / 1000);
  }
  const { rate: unit, per } = workload.throughput;
  return { case: name, firstSeconds, seconds, rate: workload.size(input).units / seconds / per, unit, floor };
}

function multiply(side: number): Promise<Row> {
  const tile = Math.ceil(side / 128) ** 2 >= 128 ? 128 : 64;
  return measure(`matrix-multiply ${side}^3`, matrixMultiply, matrixMultiply.generate(2 * side ** 3, seededRandom(1)), {
    operations: 2 * side ** 3,
    deviceBytes: 8 * side ** 2 * Math.ceil(side / tile) + 4 * side ** 2,
    busBytes: 12 * side ** 2,
  });
}

function align(cells: number): Promise<Row> {
  const input = sequenceAlignment.generate(cells, seededRandom(2));
  const strip = isSoftware(gpu.info) ? 4 : 16;
  const { units, bytesOut } = sequenceAlignment.size(input);
  return measure(
    `sequence-alignment ${input.queries.residues.length} x ${input.targets.residues.length} residues`,
    sequenceAlignment,
    input,
    {
      operations: 11 * units,
      deviceBytes: (16 / strip) * units,
      busBytes: 4 * input.queries.residues.length + bytesOut,
    },
  );
}

function motifs(count: number, bases: number): Promise<Row> {
  const random = seededRandom(3);
  const input = {
    ...motifScan.generate(1, random),
    matrices: motifScan.generate(1e4 * count ** 3, random).matrices,
    sequences: {
      names: ["random"],
      residues: Uint8Array.from({ length: bases }, () => "ACGT".charCodeAt(Math.floor(4 * random()))),
      offsets: Uint32Array.of(0, bases),
    },
  };
  const columns = input.matrices.reduce((sum, { counts }) => sum + counts.length / 4, 0);
  const { units } = motifScan.size(input);
  return measure(`motif-scan ${count} matrices x ${bases / 1e6} Mb, both strands, p = 1e-4`, motifScan, input, {
    // both strands, two columns a look-up of 4 operations
    operations: 4 * columns * bases,
    deviceBytes: 1.25 * bases * Math.ceil((2 * count) / 32),
    busBytes: 8 * 2 * input.pValue * units,
  });
}

const { values } = parseArgs({ options: { json: { type: "boolean" }, out: { type: "string" } } });
const probe = await gpuWebgpu.probe(context);
if (probe.status !== "present")
  throw new Error(`gpu-webgpu is ${probe.status}: ${probe.status === "absent" ? probe.reason : probe.error.message}`);
const [info] = probe.devices;
const simd = await cpuSimd.probe(context);
if (simd.status !== "present") throw new Error(`cpu-simd, which answers are compared with, is ${simd.status}`);
const gpu = await gpuWebgpu.open(info, context);
const cpu = await cpuSimd.open(simd.devices[0], context);
// a software GPU is some thousand times slower
const rows: Row[] = isSoftware(info)
  ? [await multiply(128), await multiply(512), await align(1e7), await motifs(1, 1e5), await motifs(20, 1e5)]
  : [
      await multiply(512),
      await multiply(2048),
      await multiply(4096),
      await align(1e8),
      await align(1e10),
      await motifs(1, 1e7),
      await motifs(20, 1e7),
      await motifs(100, 1e7),
    ];
await gpu[Symbol.asyncDispose]();
await cpu[Symbol.asyncDispose]();

const report = {
  command: "node dist/bench/webgpu.js",
  date: new Date().toISOString().slice(0, 10),
  device: info.name,
  software: isSoftware(info),
  checked: "each answer against cpu-simd's",
  rows,
};
if (values.out !== undefined) writeFileSync(values.out, `${JSON.stringify(report, null, 2)}\n`);
if (values.json === true) console.log(JSON.stringify(report, null, 2));
else {
  console.log(info.name);
  for (const { case: name, rate, unit, seconds, firstSeconds, floor } of rows)
    console.log(
      `${name.padEnd(60)} ${rate.toPrecision(4).padStart(9)} ${unit.padEnd(10)} ${(1000 * seconds).toFixed(1)} ms, first ${(1000 * firstSeconds).toFixed(0)} ms; floor ${floor.operations.toExponential(2)} operations, ${floor.deviceBytes.toExponential(2)} + ${floor.busBytes.toExponential(2)} bytes`,
    );
}
