import type { MotifHits } from "../../src/workloads/index.ts";
import { floatKernel, unreachable } from "../../src/workloads/motif-scan/candidate-sums.ts";
import {
  assembleHits,
  baseCodes,
  type FoundHits,
  keepHits,
  windowScore,
} from "../../src/workloads/motif-scan/found-hits.ts";
import {
  type MotifScanRules,
  type OrientedMotif,
  orientMotifs,
} from "../../src/workloads/motif-scan/oriented-motifs.ts";
import { keepPrepared, type SentScan } from "../../src/workloads/motif-scan/prepared-rules.ts";
import { gpuJs, watched } from "./gpu-js.worker.ts";
import { type GpuJs, type GpuJsSource, type GpuPath, type Kernel, runOn } from "./library.ts";

export interface Scan extends SentScan {
  readonly source: GpuJsSource;
}

/**
 * Relative error of one addition. WGSL rounds sums of f32 correctly (W3C WGSL, 15.7.4); GLSL ES 1.00 promises 2^-16
 * of highp (section 4.5.2).
 */
const roundoffs: Readonly<Record<GpuPath, number>> = { webgpu: 2 ** -24, headlessgl: 2 ** -16 };

/** A hit costs this many exact scores, a miss one such part of a value to bring back (as in npu-onnx). */
const windowsPerBlock = 16;
/** Blocks times motifs of one run: 8 MB to bring back, far below what a driver takes for a hang. */
const blocksPerRun = 1 << 21;
const mostWindowsPerRun = 1 << 20;

/** Letters of a column: A, C, G, T and everything else, which rules a window out. */
const letters = 5;

interface Prepared {
  readonly thresholds: Float64Array;
  readonly motifs: readonly OrientedMotif[];
  /** One row a motif, all as long as the longest: `[motif][letters * column + letter]`. */
  readonly weights: Float32Array;
  readonly rowLength: number;
  readonly biases: Float32Array;
  readonly columns: Float32Array;
}

const prepared = keepPrepared<Prepared>();

function make(path: GpuPath, rules: MotifScanRules): Prepared {
  const { thresholds, motifs } = orientMotifs(rules);
  const columns = Float32Array.from(motifs, ({ scores }) => scores.length / 4);
  const rowLength = letters * Math.max(...columns);
  const weights = new Float32Array(motifs.length * rowLength).fill(-unreachable);
  const biases = new Float32Array(motifs.length);
  motifs.forEach((motif, row) => {
    const kernel = floatKernel(motif, roundoffs[path]);
    biases[row] = kernel.bias;
    kernel.weights.forEach((weight, at) => {
      weights[row * rowLength + letters * (at >> 2) + (at & 3)] = weight;
    });
  });
  return { thresholds, motifs, weights, rowLength, biases, columns };
}

/** One thread a block of windows and motif: the largest sum of the block. */
function blockKernel({ gpu }: GpuJs): Kernel {
  return gpu.createKernel(
    `function (codes, weights, biases, columns) {
      const first = this.thread.x * ${windowsPerBlock};
      const length = columns[this.thread.y];
      let most = -1;
      for (let window = 0; window < ${windowsPerBlock}; window++) {
        let sum = biases[this.thread.y];
        for (let column = 0; column < length; column++) {
          sum += weights[this.thread.y][column * ${letters} + codes[first + window + column]];
        }
        if (sum > most) {
          most = sum;
        }
      }
      return most;
    }`,
    { output: [1, 1], dynamicOutput: true, dynamicArguments: true, precision: "single", loopMaxIterations: 200 },
  );
}

let kernel: Kernel | null = null;

/**
 * Scans for blocks of windows that may hold a hit on the GPU, then scores their windows exactly. See `floatKernel`
 * for why none is missed.
 */
export async function scanMotifs({ source, key, rules, residues, offsets }: Scan): Promise<MotifHits> {
  const library = await gpuJs(source);
  kernel ??= blockKernel(library);
  const built = kernel;
  const { thresholds, motifs, weights, rowLength, biases, columns } = prepared(key, rules, (asked) =>
    make(library.path, asked),
  );
  const found = new Map(motifs.map((motif): [OrientedMotif, FoundHits] => [motif, { at: [], score: [] }]));
  const blocks = Math.max(
    1,
    Math.min(
      Math.ceil(Math.min(residues.length, mostWindowsPerRun) / windowsPerBlock),
      Math.floor(blocksPerRun / motifs.length),
    ),
  );
  const windows = blocks * windowsPerBlock;
  const codes = new Int8Array(windows + Math.max(...columns) - 1);
  const indices = new Float32Array(codes.length);
  const weightRows = library.input(weights, [rowLength, motifs.length]);
  for (let first = 0; first < residues.length; first += windows) {
    for (let at = 0; at < codes.length; at++) {
      const code = first + at < residues.length ? (baseCodes[residues[first + at] ?? 0] ?? -1) : -1;
      codes[at] = code;
      indices[at] = code < 0 ? letters - 1 : code;
    }
    const rows = await watched(() =>
      runOn(library, built, [blocks, motifs.length], indices, weightRows, biases, columns),
    );
    rows.forEach((row, index) => {
      const motif = motifs[index];
      const kept = motif === undefined ? undefined : found.get(motif);
      if (motif === undefined || kept === undefined) return;
      keepHits(kept, motif, hitsOf(row, motif, codes), codes, first);
    });
  }
  return assembleHits(thresholds, motifs, found, offsets);
}

/** Windows that truly are hits, of the blocks that may hold one. */
function hitsOf(row: Float32Array, { scores, threshold }: OrientedMotif, codes: Int8Array): number[] {
  const hits: number[] = [];
  for (let block = 0; block < row.length; block++) {
    if ((row[block] ?? 0) < 0) continue;
    for (let window = block * windowsPerBlock; window < (block + 1) * windowsPerBlock; window++)
      if (windowScore(codes, window, scores) >= threshold) hits.push(window);
  }
  return hits;
}
