import { openCudaDevice } from "../../accelerators/gpu-cuda/cuda-device.ts";
import { deviceTimes } from "../../accelerators/gpu-cuda/index.ts";
import { nvidiaLibraries } from "../../accelerators/gpu-cuda/libraries.ts";
import { lossTables, motifTable } from "../../accelerators/gpu-cuda/motif-scan-motifs.ts";
import { cpuSimd, gpuCuda } from "../../accelerators/index.ts";
import type { Accelerator, Device, DeviceInfo, RunContext, Sequences } from "../../src/contract/index.ts";
import { type MotifHits, type MotifMatrix, type MotifScanInput, motifScan, seededRandom } from "../../src/index.ts";
import { orientMotifs } from "../../src/workloads/motif-scan/oriented-motifs.ts";
import { median } from "./median.ts";

const context: RunContext = { signal: new AbortController().signal, threads: null };
const oneCore: RunContext = { ...context, threads: 1 };
/** As many matrices as JASPAR 2018 has of vertebrates, and a chromosome. */
const matrixCount = 579;
const bases = 1e8;
/** What the CPU scans, once prepared: the first bases, compared hit by hit with what the GPU finds there. */
const peerBases = 4e6;
const runs = 5;

/** Rate of the whole run, answers brought back and all, sequences resident; beside one core of `cpu-simd` in the same process. */
export async function measureMotifScan(info: DeviceInfo): Promise<Record<string, unknown>> {
  await using gpu = await gpuCuda.open(info, context);
  const probe = await cpuSimd.probe(context);
  if (probe.status !== "present") throw new Error("no CPU to compare with");
  await using cpu = await cpuSimd.open(probe.devices[0], oneCore);
  const random = seededRandom(1);
  const matrices = Array.from({ length: matrixCount }, (_, at) => randomMatrix(`random-${at}`, random));
  const sequences = randomSequence(random);
  const part: Sequences = {
    names: ["part"],
    residues: sequences.residues.slice(0, peerBases),
    offsets: Uint32Array.of(0, peerBases),
  };
  const results: Record<string, unknown> = {};
  for (const pValue of [1e-4, 1e-5]) {
    const rules = { matrices, pValue, strands: "both" } as const;
    const onCpu = await measure(cpuSimd, cpu, { ...rules, sequences: part }, oneCore);
    const onPart = await measure(gpuCuda, gpu, { ...rules, sequences: part }, context);
    const input: MotifScanInput = { ...rules, sequences: part };
    const difference = motifScan.differ(onPart.hits, onCpu.hits, input);
    if (difference !== null) throw new Error(`the hits differ: ${difference}`);
    // lists for words of as many letters as the kernel takes, and of one letter more or less
    const byLetters: Record<string, number> = {};
    for (const letters of [10, 11, 12])
      byLetters[letters] = await kernelSecondsWith(letters, info, { ...rules, sequences });
    const whole = await measure(gpuCuda, gpu, { ...rules, sequences }, context);
    results[`p ${pValue}`] = {
      hits: whole.hits.score.length,
      hitsComparedWithCpu: onPart.hits.score.length,
      seconds: whole.seconds,
      kernelSeconds: whole.kernelSeconds,
      kernelSecondsByLetters: byLetters,
      firstSeconds: whole.firstSeconds,
      megabaseMotifsPerSecond: whole.rate / 1e6,
      cpuCoreMegabaseMotifsPerSecond: onCpu.rate / 1e6,
      ratioToCpuCore: whole.rate / onCpu.rate,
    };
  }
  return { matrices: matrixCount, bases, peerBases, ...results };
}

async function measure(
  { kernels }: Accelerator,
  device: Device,
  input: MotifScanInput,
  context: RunContext,
): Promise<{
  readonly hits: MotifHits;
  /** Bases x matrices a second. */
  readonly rate: number;
  readonly seconds: number;
  readonly firstSeconds: number;
  readonly kernelSeconds: number;
}> {
  const kernel = kernels.find(({ workload }) => workload === motifScan);
  if (kernel === undefined) throw new Error("no kernel for motif-scan");
  await device.prepare?.(kernel, input, context);
  const seconds: number[] = [];
  const kernelSeconds: number[] = [];
  let hits: MotifHits | null = null;
  for (let run = 0; run <= runs; run++) {
    const from = performance.now();
    hits = await device.run<MotifScanInput, MotifHits>(kernel, input, context);
    seconds.push((performance.now() - from) / 1e3);
    kernelSeconds.push(deviceTimes(device)?.kernelSeconds ?? Number.NaN);
  }
  if (hits === null) throw new Error("no run");
  const [first = Number.NaN, ...later] = seconds;
  return {
    hits,
    rate: (input.sequences.residues.length * input.matrices.length) / median(later),
    seconds: median(later),
    firstSeconds: first,
    kernelSeconds: median(kernelSeconds.slice(1)),
  };
}

async function kernelSecondsWith(letters: number, info: DeviceInfo, input: MotifScanInput): Promise<number> {
  await using device = openCudaDevice(info, Number(info.id.split(":")[1]), nvidiaLibraries);
  const motifs = motifTable(orientMotifs(input).motifs);
  const { sequences, matrices, pValue } = input;
  const data = { motifs, tables: lossTables(motifs, letters), matrices: matrices.length, pValue };
  const resident = { owner: sequences, part: motifScan.id, load: () => sequences };
  const seconds: number[] = [];
  for (let run = 0; run <= runs; run++) {
    await device.run("motif-scan", data, context, resident);
    if (run > 0) seconds.push(device.times().kernelSeconds);
  }
  return median(seconds);
}

function randomSequence(random: () => number): Sequences {
  const residues = new Uint8Array(new SharedArrayBuffer(bases));
  const letters = new TextEncoder().encode("ACGT");
  for (let at = 0; at < bases; ) {
    // twelve bases a draw
    let word = Math.floor(2 ** 24 * random());
    for (let one = 0; one < 12 && at < bases; one++, word >>= 2) residues[at++] = letters[word & 3] ?? 0;
  }
  return { names: ["random"], residues, offsets: Uint32Array.of(0, bases) };
}

/** 6 to 20 columns of 100 counts, each with a favourite letter of random strength: about as informative as JASPAR's. */
function randomMatrix(id: string, random: () => number): MotifMatrix {
  const columns = 6 + Math.floor(15 * random());
  const counts = new Float64Array(4 * columns);
  for (let column = 0; column < columns; column++) {
    const favourite = Math.floor(4 * random());
    const strength = random() ** 0.5;
    for (let letter = 0; letter < 4; letter++)
      counts[letter * columns + column] = Math.round(
        100 * ((1 - strength) / 4 + (letter === favourite ? strength : 0)),
      );
  }
  return { id, name: id, counts };
}
