import type { RunContext, Seconds } from "../../src/contract/index.ts";
import { type MotifHits, type MotifScanInput, motifScan, uniform } from "../../src/workloads/index.ts";
import { assembleHits, type FoundHits } from "../../src/workloads/motif-scan/found-hits.ts";
import { type OrientedMotif, orientMotifs } from "../../src/workloads/motif-scan/oriented-motifs.ts";
import type { Gpu, GpuRun } from "./gpu.ts";
import type { WebgpuKernel } from "./kernel.ts";
import { codeOf, packedBytes, packMotifs, packPieces } from "./motif-scan-device-data.ts";
import { motifScanShader, windowsPerGroup } from "./motif-scan-shader.ts";
import { bindingBytes, isSoftware, tooLargeToKeep } from "./probe.ts";
import type { Resident } from "./residents.ts";

/** Windows of a piece: at most what one dispatch may start (65,535 workgroups), and the binding's limit. */
const mostWindows = windowsPerGroup * 65_535;
/** Candidates that one submission may name: 8 MiB. */
const capacity = 2 ** 20;
/** Motifs that one invocation goes through, unless there are more groups of them than a dispatch may start. */
const motifsPerGroup = 32;
/** Windows x columns of the first submission, before the device's pace is known. */
const firstColumns = { hardware: 5e10, software: 1e8 };

/** Guesses for a mid-range discrete GPU, and for SwiftShader on two cores (bench/webgpu.ts). */
const guess = { hardware: { rate: 1e11, bytes: 5e9 }, software: { rate: 2e7, bytes: 5e8 } };
const secondsPerRun: Seconds = 5e-4;

interface ResidentSequences extends Resident {
  readonly pieces: readonly {
    readonly first: number;
    readonly count: number;
    readonly buffers: readonly GPUBuffer[];
  }[];
}

interface Prepared {
  readonly key: string;
  readonly thresholds: Float64Array;
  readonly motifs: readonly OrientedMotif[];
  readonly packed: ReturnType<typeof packMotifs>;
}
/** What is made of an input's matrices once, kept while the caller keeps the list of matrices. */
const prepared = new WeakMap<object, Prepared>();

function prepareMotifs(input: MotifScanInput): Prepared {
  const { matrices, pValue, strands, pseudocount = 1, background = uniform } = input;
  const key = JSON.stringify([pValue, strands, pseudocount, background]);
  const known = prepared.get(matrices);
  if (known?.key === key) return known;
  const { thresholds, motifs } = orientMotifs(input);
  const made = { key, thresholds, motifs, packed: packMotifs(motifs) };
  prepared.set(matrices, made);
  return made;
}

/** Brings the sequences over, unless they are there. */
async function load(gpu: Gpu, run: GpuRun, { sequences }: MotifScanInput): Promise<ResidentSequences> {
  let fresh = false;
  const make = (): ResidentSequences => {
    fresh = true;
    const windows = Math.floor(Math.min(mostWindows, bindingBytes(gpu.info) / 2) / windowsPerGroup) * windowsPerGroup;
    const pieces = [...packPieces(sequences, windows)].map(({ first, count, bases, clean }) => ({
      first,
      count,
      buffers: [run.keep(bases), run.keep(clean)],
    }));
    return {
      bytes: packedBytes(sequences.residues.length),
      buffers: pieces.flatMap(({ buffers }) => buffers),
      pieces: pieces.reverse(),
    };
  };
  const resident = gpu.resident.get(sequences, motifScan.id, make);
  if (!fresh) return resident;
  try {
    await run.done();
  } catch (error) {
    gpu.resident.drop(sequences, motifScan.id);
    throw error;
  }
  return resident;
}

function pipeline(gpu: Gpu, context: RunContext): Promise<GPUComputePipeline> {
  return gpu.pipeline(motifScan.id, () => motifScanShader, context);
}

export const motifScanKernel: WebgpuKernel<MotifScanInput, MotifHits> = {
  workload: motifScan,
  supports: ({ matrices, sequences }, device) => {
    if (2 * matrices.length > capacity) return { ok: false, reason: `more than ${capacity / 2} matrices` };
    const reason = tooLargeToKeep("a sequence set", packedBytes(sequences.residues.length), device);
    return reason === null ? { ok: true } : { ok: false, reason };
  },
  prior: ({ units, bytesIn, bytesOut }, device) => {
    const { rate, bytes } = isSoftware(device) ? guess.software : guess.hardware;
    return {
      seconds: secondsPerRun + units / rate + bytesIn / bytes + bytesOut / 2e8,
      joules: null,
      energySource: null,
      basis: "guess",
    };
  },
  prepare: async (gpu, input, context) => {
    await pipeline(gpu, context);
    await gpu.run(motifScan.id, context, async (run) => {
      await load(gpu, run, input);
    });
  },
  run: async (gpu, input, context) => {
    const compiled = await pipeline(gpu, context);
    const { thresholds, motifs, packed } = prepareMotifs(input);
    const { residues, offsets } = input.sequences;
    const found = new Map(motifs.map((motif): [OrientedMotif, FoundHits] => [motif, { at: [], score: [] }]));
    await gpu.run(motifScan.id, context, async (run) => {
      const { pieces } = await load(gpu, run, input);
      const heads = run.upload(packed.heads);
      const tables = run.upload(packed.tables);
      const candidates = run.buffer(8 + 8 * capacity);
      const columns = motifs.reduce((sum, { scores }) => sum + scores.length / 4, 0);
      const pace = gpu.pace(motifScan.id, isSoftware(gpu.info) ? firstColumns.software : firstColumns.hardware);
      const perGroup = Math.max(motifsPerGroup, Math.ceil(motifs.length / 65_535));
      // half of the room for as many as expected, and halved again where a stretch has more
      const mostExpected = capacity / 2 / (input.pValue * motifs.length);
      const leastWindows = Math.max(1, Math.floor(capacity / motifs.length));
      for (const { first, count, buffers } of pieces)
        for (let from = 0; from < count; ) {
          const wanted = Math.floor(Math.min(pace.units() / columns, mostExpected));
          let windows = Math.min(count - from, Math.max(windowsPerGroup, wanted));
          const expected = Math.ceil(1.2 * input.pValue * motifs.length * windows) + 1024;
          const scan = (): Promise<ArrayBuffer> => {
            run.clear(candidates, 8);
            run.submit({
              pipeline: compiled,
              parameters: Uint32Array.of(from, windows, motifs.length, perGroup, capacity),
              buffers: [...buffers, heads, tables, candidates],
              workgroups: [Math.ceil(windows / windowsPerGroup), Math.ceil(motifs.length / perGroup)],
            });
            return run.read(candidates, 8 + 8 * Math.min(capacity, expected));
          };
          const startedAt = performance.now();
          let named = new Uint32Array(await scan());
          pace.took(windows * columns, (performance.now() - startedAt) / 1000);
          while ((named[0] ?? 0) > capacity) {
            // from `leastWindows` down even a hit everywhere fits
            windows = windows > 2 * leastWindows ? Math.floor(windows / 2) : leastWindows;
            named = new Uint32Array(await scan());
          }
          const total = named[0] ?? 0;
          if (named.length < 2 + 2 * total) named = new Uint32Array(await run.read(candidates, 8 + 8 * total));
          collect(named.subarray(2, 2 + 2 * total), first, residues, motifs, found);
          from += windows;
        }
    });
    return assembleHits(thresholds, motifs, found, offsets);
  },
};

/** Scores candidates, pairs of motif and start, as the oracle does: doubles, in column order. */
function collect(
  named: Uint32Array,
  first: number,
  residues: Uint8Array,
  motifs: readonly OrientedMotif[],
  found: ReadonlyMap<OrientedMotif, FoundHits>,
): void {
  // invocations name them in no order
  const ends = new Uint32Array(motifs.length + 1);
  for (let at = 0; at < named.length; at += 2) ends[(named[at] ?? 0) + 1] = (ends[(named[at] ?? 0) + 1] ?? 0) + 1;
  for (let motif = 0; motif < motifs.length; motif++) ends[motif + 1] = (ends[motif + 1] ?? 0) + (ends[motif] ?? 0);
  const starts = new Uint32Array(named.length / 2);
  const next = ends.slice();
  for (let at = 0; at < named.length; at += 2) {
    const motif = named[at] ?? 0;
    const slot = next[motif] ?? 0;
    starts[slot] = named[at + 1] ?? 0;
    next[motif] = slot + 1;
  }
  motifs.forEach((motif, index) => {
    const hits = found.get(motif);
    for (const start of starts.subarray(ends[index], ends[index + 1]).sort()) {
      const score = windowScore(residues, first + start, motif.scores);
      if (score < motif.threshold || hits === undefined || Number.isNaN(motif.threshold)) continue;
      hits.at.push(first + start);
      hits.score.push(score);
    }
  });
}

/** The device names windows of ACGT only. */
function windowScore(residues: Uint8Array, start: number, scores: Float64Array): number {
  let sum = 0;
  for (let column = 0; 4 * column < scores.length; column++)
    sum += scores[4 * column + (codeOf[residues[start + column] ?? 0] ?? 0)] ?? 0;
  return sum;
}
