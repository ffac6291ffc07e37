import { type OnnxTensor, writeOnnxModel } from "../../src/workloads/index.ts";
import { boundedWeights, type OrientedMotif, roundingSlack } from "../../src/workloads/motif-scan/candidates.ts";
import type { Provider } from "./providers.ts";

/** Motifs whose kernels have as many taps; they are the channels of one convolution, `phases` channels each. */
interface Branch {
  readonly output: string;
  readonly taps: number;
  readonly motifs: readonly OrientedMotif[];
}

/**
 * The graph of a scan. Its input `bases` is `[1, 4 phases, 1, columns]`: base `phases * column + phase` sets channel
 * `4 * phase + letter` of its column to 1. Each output is `[1, motifs * phases, 1, blocks]`: the largest value of the
 * windows that start at `phases * column + phase` for the `columnsPerBlock` columns of a block.
 */
export interface MotifGraph {
  readonly model: Uint8Array;
  readonly branches: readonly Branch[];
  /** Bases that a window's neighbours in its column make it need, at most. */
  readonly overhang: number;
  readonly phases: number;
  readonly inputType: "uint8" | "float32";
  /** Least pooled value of a block of windows that may hold a hit. */
  readonly candidate: number;
}

/** A hit costs this many exact scores, a miss one such part of a value to look at. */
export const columnsPerBlock = 16;

/**
 * Bases a column. One would give a convolution of 4 input channels and few taps, which the runtime computes mostly in
 * moving data; 4 and 8 were quickest of 1, 4, 8, 16 and 32 for 6 to 20 columns and few or many motifs (20 to 200
 * channels: 1.7 to 2.9e9 base.motif/s for two strands, against 0.7 to 2.6e9 with 1, and 0.3 to 0.6e9 in single precision).
 */
function phasesFor(motifs: number): number {
  return motifs < 100 ? 8 : 4;
}

/** A threshold in the graph beyond which no sum of weights reaches: 200 columns of at most 127, or of -100. */
const unreachable = 30_000;

/**
 * Builds the graph that finds every block of windows which may hold a hit: one convolution per kernel length with
 * each motif a channel for each phase and minus its threshold the bias, then the maximum over each block. It may name
 * a block without a hit and never misses one, since weights are only ever rounded up, and the threshold down by more
 * than the arithmetic can err: 8-bit integers are exact, and floating point gets a proven slack.
 */
export function buildMotifGraph(motifs: readonly OrientedMotif[], provider: Provider): MotifGraph {
  const phases = phasesFor(motifs.length);
  const byTaps = new Map<number, OrientedMotif[]>();
  for (const motif of motifs) {
    const taps = Math.ceil((motif.scores.length / 4 + phases - 1) / phases);
    const members = byTaps.get(taps) ?? [];
    members.push(motif);
    byTaps.set(taps, members);
  }
  const branches = [...byTaps].map(([taps, members]): Branch => ({ output: `blocks${taps}`, taps, motifs: members }));
  const inputType = provider.integer ? "uint8" : "float32";
  const initializers: Record<string, OnnxTensor> = {};
  if (provider.integer) {
    initializers["one"] = { type: "float32", dims: [], data: Float32Array.of(1) };
    initializers["zero"] = { type: "uint8", dims: [], data: Uint8Array.of(0) };
    initializers["signedZero"] = { type: "int8", dims: [], data: Int8Array.of(0) };
  }
  const nodes = branches.flatMap(({ output, taps, motifs: members }) => {
    const [weights, bias, sums] = [`weights${taps}`, `bias${taps}`, `sums${taps}`];
    const dims = [members.length * phases, 4 * phases, 1, taps];
    if (provider.integer) {
      const kernels = members.map(integerKernel);
      initializers[weights] = { type: "int8", dims, data: Int8Array.from(lay(kernels, phases, taps)) };
      initializers[bias] = { type: "int32", dims: dims.slice(0, 1), data: Int32Array.from(biases(kernels, phases)) };
    } else {
      const kernels = members.map((motif) => floatKernel(motif, provider.roundoff));
      initializers[weights] = { type: "float32", dims, data: lay(kernels, phases, taps) };
      initializers[bias] = { type: "float32", dims: dims.slice(0, 1), data: biases(kernels, phases) };
    }
    return [
      provider.integer
        ? {
            op: "QLinearConv",
            inputs: ["bases", "one", "zero", weights, "one", "signedZero", "one", "zero", bias],
            outputs: [sums],
          }
        : { op: "Conv", inputs: ["bases", weights, bias], outputs: [sums] },
      {
        op: "MaxPool",
        inputs: [sums],
        outputs: [output],
        attributes: { kernel_shape: [1, columnsPerBlock], strides: [1, columnsPerBlock] },
      },
    ];
  });
  const model = writeOnnxModel({
    name: "motif-scan",
    nodes,
    inputs: [{ name: "bases", type: inputType, dims: [1, 4 * phases, 1, "columns"] }],
    outputs: branches.map(({ output, motifs: { length } }) => ({
      name: output,
      type: inputType,
      dims: [1, length * phases, 1, output],
    })),
    initializers,
  });
  return {
    model,
    branches,
    overhang: phases * (Math.max(...branches.map(({ taps }) => taps)) - 1),
    phases,
    inputType,
    // a sum of integers saturates to 0 below its threshold
    candidate: provider.integer ? 1 : 0,
  };
}

/** One motif's weights (column-major like its scores) and the bias that makes a possible hit's sum reach the candidate value. */
interface MotifKernel {
  readonly weights: Float64Array;
  readonly bias: number;
}

/** Lays kernels out as `[motif * phases + phase][4 * phaseOfBase + letter][tap]`, each shifted by its phase. */
function lay(kernels: readonly MotifKernel[], phases: number, taps: number): Float32Array {
  const laid = new Float32Array(kernels.length * phases * 4 * phases * taps);
  kernels.forEach(({ weights }, motif) => {
    for (let phase = 0; phase < phases; phase++)
      for (let column = 0; column < weights.length / 4; column++) {
        const base = column + phase;
        const channel = 4 * (base % phases);
        const row = ((motif * phases + phase) * 4 * phases + channel) * taps + Math.floor(base / phases);
        for (let letter = 0; letter < 4; letter++) laid[row + letter * taps] = weights[4 * column + letter] ?? 0;
      }
  });
  return laid;
}

function biases(kernels: readonly MotifKernel[], phases: number): Float32Array {
  return Float32Array.from({ length: kernels.length * phases }, (_, at) => kernels[Math.floor(at / phases)]?.bias ?? 0);
}

/**
 * 8-bit weights: each column centred, all columns of a motif on one scale, rounded up; products with 0 or 1 and
 * their sum are exact.
 */
function integerKernel(motif: OrientedMotif): MotifKernel {
  const weights = boundedWeights(motif);
  const columns = weights.length / 4;
  let centres = 0;
  let halfRange = 0;
  let magnitude = 0;
  for (let column = 0; column < columns; column++) {
    const of = weights.subarray(4 * column, 4 * column + 4);
    const most = Math.max(...of);
    const least = Math.min(...of);
    const centre = (most + least) / 2;
    centres += centre;
    halfRange = Math.max(halfRange, (most - least) / 2);
    magnitude += Math.max(Math.abs(most), Math.abs(least));
    for (let letter = 0; letter < 4; letter++) of[letter] = (of[letter] ?? 0) - centre;
  }
  // a little less than 127, so that the largest still rounds up to 127
  const scale = halfRange === 0 ? 1 : 126.9 / halfRange;
  // the doubles summed above, and the oracle's own sum, err by far less than this
  const slack = 8 * (columns + 4) * 2 ** -52 * (magnitude + Math.abs(motif.threshold) + 1);
  const least = Math.ceil((motif.threshold - centres - slack) * scale - 1e-6);
  return {
    weights: weights.map((weight) => Math.ceil(weight * scale)),
    bias: Number.isNaN(least) ? unreachable : Math.max(-unreachable, Math.min(unreachable, 1 - least)),
  };
}

/** Floating-point weights. */
function floatKernel(motif: OrientedMotif, roundoff: number): MotifKernel {
  const weights = boundedWeights(motif);
  const least = motif.threshold - roundingSlack(weights, motif.threshold, roundoff);
  return { weights, bias: Math.abs(least) < unreachable ? -least : unreachable };
}
