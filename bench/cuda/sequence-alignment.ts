import { cpuSimd } from "../../accelerators/cpu-simd/index.ts";
import { openCudaDevice } from "../../accelerators/gpu-cuda/cuda-device.ts";
import { nvidiaLibraries } from "../../accelerators/gpu-cuda/libraries.ts";
import { alignOn, planned } from "../../accelerators/gpu-cuda/sequence-alignment.ts";
import type { DeviceInfo, RunContext, Sequences } from "../../src/contract/index.ts";
import { blosum62, type SequenceAlignmentInput, seededRandom, sequenceAlignment } from "../../src/index.ts";
import { median } from "./median.ts";

const context: RunContext = { signal: new AbortController().signal, threads: null };
const queryLengths = [375, 1000, 2000, 5000];
const runs = 6;
/** Operations on both halves of a register that a pair of cells takes: `kernels/sequence-alignment.md`. */
const operations = { sums: 3, maxima: 1.5 };

/**
 * Queries against random proteins with lengths like Swiss-Prot's (mean 360, median 294, the longest of 35,000), by the
 * two heights of strips; 200 targets of each are held against cpu-simd. The ceiling is what the device makes of the
 * search's operations alone.
 */
export async function measureSequenceAlignment(info: DeviceInfo, residues = 2e8): Promise<Record<string, unknown>> {
  await using device = openCudaDevice(info, Number(info.id.split(":")[1]), nvidiaLibraries);
  const { computeCapability } = await device.facts(context);
  const random = seededRandom(1);
  const targets = randomDatabase(residues, random);
  const rates: Record<string, number> = {};
  if (computeCapability >= 90)
    for (const kind of ["sums", "maxima"] as const)
      for (const rounds of [1, 2 ** 16]) {
        const count = await device.run("repeat-packed-operations", { kind, rounds }, context);
        rates[kind] = count / device.times().kernelSeconds;
      }
  const { sums, maxima } = rates;
  const ceiling =
    sums === undefined || maxima === undefined ? null : 2 / (operations.sums / sums + operations.maxima / maxima);

  const searches = [];
  let startedAt = performance.now();
  for (const length of queryLengths) {
    const input: SequenceAlignmentInput = {
      queries: randomDatabase(length, random, [length]),
      targets,
      pairing: "database",
      mode: "local",
      matrix: blosum62,
      gapOpen: 11,
      gapExtend: 1,
      ambiguous: "score",
    };
    const cells = length * targets.residues.length;
    for (const rows of [24, 16] as const) {
      const seconds: number[] = [];
      const whole: number[] = [];
      for (let run = 0; run < runs; run++) {
        startedAt = performance.now();
        const { scores } = await alignOn(device, input, context, { ...planned, rows });
        whole.push((performance.now() - startedAt) / 1000);
        seconds.push(device.times().kernelSeconds);
        if (run === 0) await check(input, scores, random);
      }
      const teracups = cells / median(seconds.slice(1)) / 1e12;
      searches.push({
        query: length,
        rows,
        teracups,
        wholeRunTeracups: cells / median(whole.slice(1)) / 1e12,
        shareOfCeiling: ceiling === null ? null : (1e12 * teracups) / ceiling,
        // with the database's way to the device
        firstSeconds: whole[0],
      });
    }
  }
  return {
    targets: targets.offsets.length - 1,
    residues: targets.residues.length,
    operationsPerSecond: rates,
    ceilingTeracups: ceiling === null ? null : ceiling / 1e12,
    searches,
  };
}

/** Random proteins: stretches of one random text, as drawing each residue would take longer than all the rest. */
function randomDatabase(residues: number, random: () => number, given?: readonly number[]): Sequences {
  const text = sequenceAlignment.generate(2 ** 28, random).targets.residues;
  const lengths = [...(given ?? [35_000])];
  let sum = lengths.reduce((x, y) => x + y, 0);
  while (given === undefined && sum < residues) {
    // log-normal, by Box and Muller
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    const length = Math.min(35_000, Math.max(2, Math.round(294 * Math.exp(0.636 * normal))));
    lengths.push(length);
    sum += length;
  }
  const all = new Uint8Array(new SharedArrayBuffer(sum));
  const offsets = new Uint32Array(lengths.length + 1);
  lengths.forEach((length, at) => {
    const end = (offsets[at] ?? 0) + length;
    offsets[at + 1] = end;
    for (let to = offsets[at] ?? 0; to < end; ) {
      const piece = Math.min(end - to, 4096);
      const from = Math.floor(random() * (text.length - piece));
      all.set(text.subarray(from, from + piece), to);
      to += piece;
    }
  });
  return { names: [], residues: all, offsets };
}

/** Holds the scores of 200 targets, and of the longest, against cpu-simd's. */
async function check(input: SequenceAlignmentInput, scores: Int32Array, random: () => number): Promise<void> {
  const { residues, offsets } = input.targets;
  const chosen = [0, ...Array.from({ length: 200 }, () => Math.floor(random() * scores.length))];
  const own = new Uint32Array(chosen.length + 1);
  const pieces = chosen.map((target, at) => {
    const piece = residues.subarray(offsets[target], offsets[target + 1]);
    own[at + 1] = (own[at] ?? 0) + piece.length;
    return piece;
  });
  const letters = new Uint8Array(own.at(-1) ?? 0);
  pieces.forEach((piece, at) => {
    letters.set(piece, own[at]);
  });
  const sample = { ...input, targets: { names: [], residues: letters, offsets: own } };
  const kernel = cpuSimd.kernels.find(({ workload }) => workload === sequenceAlignment);
  const probe = await cpuSimd.probe(context);
  if (kernel === undefined || probe.status !== "present") throw new Error("cpu-simd is not there to check against");
  await using cpu = await cpuSimd.open(probe.devices[0], context);
  const expected = await cpu.run<unknown, { scores: Int32Array }>(kernel, sample, context);
  const difference = sequenceAlignment.differ(
    { scores: Int32Array.from(chosen, (target) => scores[target] ?? -1) },
    expected,
    sample,
  );
  if (difference !== null) throw new Error(`query of ${input.queries.residues.length}: ${difference}`);
}
