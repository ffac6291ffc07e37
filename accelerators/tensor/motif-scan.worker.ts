import type { MotifHits } from "../../src/workloads/index.ts";
import { eachTap, floatKernel } from "../../src/workloads/motif-scan/candidate-sums.ts";
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
import { type BackendSource, type Tensor, type TensorFlow, tensorOf } from "./library.ts";
import { tensorFlow, withTensors } from "./tensor-flow.worker.ts";

export interface Scan extends SentScan {
  readonly source: BackendSource;
}

/** Unit roundoff of IEEE single precision, in which every backend here computes. */
const singleRoundoff = 2 ** -24;

/** A hit costs this many exact scores, a miss one such part of a value to look at (as in npu-onnx). */
const windowsPerBlock = 16;

/** Windows of one convolution: 2^14 and 2^16 were equally quick, and its sums for 400 motifs take 26 MB. */
const windowsPerRun = 1 << 14;

/**
 * Bases a column. With 1, motifs of 15 lengths are 15 convolutions of few channels each, which spend their time moving
 * data; with 4 they are 4. One convolution of 2, 20 and 200 motifs gave 38, 156 and 168 Mb.motif/s (two strands) with
 * 1 base a column, 134, 161 and 150 with 4, and 103, 108 and 106 with 8.
 */
const phases = 4;

/** Motifs whose kernels have as many taps: the channels of one convolution, `phases` channels each. */
interface Branch {
  readonly taps: number;
  readonly motifs: readonly OrientedMotif[];
  /** `[1, tap, channel of the column, motif * phases + phase]`. */
  readonly weights: Float32Array;
  readonly biases: Float32Array;
}

interface Prepared {
  readonly thresholds: Float64Array;
  readonly motifs: readonly OrientedMotif[];
  readonly branches: readonly Branch[];
}

const prepared = keepPrepared<Prepared>();

function make(rules: MotifScanRules): Prepared {
  const { thresholds, motifs } = orientMotifs(rules);
  const byTaps = new Map<number, OrientedMotif[]>();
  for (const motif of motifs) {
    const taps = Math.ceil((motif.scores.length / 4 + phases - 1) / phases);
    byTaps.set(taps, [...(byTaps.get(taps) ?? []), motif]);
  }
  const branches = [...byTaps].map(([taps, members]): Branch => {
    const outputs = members.length * phases;
    const weights = new Float32Array(taps * 4 * phases * outputs);
    const biases = new Float32Array(outputs);
    members.forEach((motif, index) => {
      const kernel = floatKernel(motif, singleRoundoff);
      biases.fill(kernel.bias, index * phases, (index + 1) * phases);
      eachTap(kernel, phases, (phase, tap, channel, weight) => {
        weights[(tap * 4 * phases + channel) * outputs + index * phases + phase] = weight;
      });
    });
    return { taps, motifs: members, weights, biases };
  });
  return { thresholds, motifs, branches };
}

/**
 * Scans with a convolution and a maximum over blocks of windows, which name every block that may hold a hit, then
 * scores the windows of those exactly. See `floatKernel` for why none is missed.
 */
export async function scanMotifs({ source, key, rules, residues, offsets }: Scan): Promise<MotifHits> {
  const tf = await tensorFlow(source);
  const { thresholds, motifs, branches } = prepared(key, rules, make);
  const found = new Map(motifs.map((motif): [OrientedMotif, FoundHits] => [motif, { at: [], score: [] }]));
  const block = phases * windowsPerBlock;
  const windows = Math.min(windowsPerRun, Math.max(1, Math.ceil(residues.length / block)) * block);
  withTensors((keep) => {
    const filters = branches.map(({ taps, weights, biases }) => ({
      filter: keep(tensorOf(tf, weights, [1, taps, 4 * phases, biases.length])),
      bias: keep(tensorOf(tf, biases, [biases.length])),
    }));
    const overhang = phases * (Math.max(...branches.map(({ taps }) => taps)) - 1);
    const stretch = openStretch(windows + overhang, residues);
    for (let first = 0; first < residues.length; first += windows) {
      stretch.load(first);
      branches.forEach((branch, at) => {
        const { filter, bias } = filters[at] ?? {};
        if (filter === undefined || bias === undefined) return;
        const columns = windows / phases + branch.taps - 1;
        const bases = stretch.oneHot.subarray(0, 4 * phases * columns);
        const blocks = pooled(tf, tensorOf(tf, bases, [1, 1, columns, 4 * phases]), filter, bias);
        collect(branch, blocks, stretch.codes, first, found);
      });
    }
  });
  return assembleHits(thresholds, motifs, found, offsets);
}

/** The largest sum of each block and channel, `[block][channel]`; disposes the bases. */
function pooled(tf: TensorFlow, bases: Tensor, filter: Tensor, bias: Tensor): Float32Array {
  return withTensors((keep) => {
    keep(bases);
    const sums = keep(tf.fused.conv2d({ x: bases, filter, strides: 1, pad: "valid", bias }));
    return keep(tf.maxPool(sums, [1, windowsPerBlock], [1, windowsPerBlock], "valid")).dataSync();
  });
}

/** One stretch of the residues: its letter codes, -1 beyond the end, and the same as one number a letter, 0 or 1. */
function openStretch(length: number, residues: Uint8Array) {
  const codes = new Int8Array(length);
  const oneHot = new Float32Array(4 * length);
  return {
    codes,
    oneHot,
    load: (first: number): void => {
      oneHot.fill(0);
      const known = Math.min(length, residues.length - first);
      codes.fill(-1, known);
      for (let at = 0; at < known; at++) {
        const code = baseCodes[residues[first + at] ?? 0] ?? -1;
        codes[at] = code;
        // a letter other than ACGT counts as none: its windows are sorted out exactly, later
        if (code >= 0) oneHot[4 * at + code] = 1;
      }
    },
  };
}

/** Scores every window of the blocks that the convolution names, as the oracle does. */
function collect(
  { motifs }: Branch,
  blocks: Float32Array,
  codes: Int8Array,
  first: number,
  found: ReadonlyMap<OrientedMotif, FoundHits>,
): void {
  const channels = motifs.length * phases;
  const hits: number[][] = motifs.map(() => []);
  for (let at = 0; at < blocks.length; at++) {
    // written so that a NaN, were there one, is looked at
    if ((blocks[at] ?? 0) < 0) continue;
    const channel = at % channels;
    const index = Math.floor(channel / phases);
    const motif = motifs[index];
    if (motif === undefined) continue;
    const start = phases * windowsPerBlock * Math.floor(at / channels) + (channel % phases);
    for (let window = start; window < start + phases * windowsPerBlock; window += phases)
      if (windowScore(codes, window, motif.scores) >= motif.threshold) hits[index]?.push(window);
  }
  motifs.forEach((motif, index) => {
    const kept = found.get(motif);
    if (kept !== undefined) keepHits(kept, motif, hits[index] ?? [], codes, first);
  });
}
