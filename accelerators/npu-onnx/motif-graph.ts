import { type OnnxTensor, writeOnnxModel } from "../../src/workloads/index.ts";
import type { Provider } from "./providers.ts";

/** One matrix in one orientation, as the scan sees it. */
export interface OrientedMotif {
  readonly matrix: number;
  readonly strand: 1 | -1;
  /** Column-major log-odds, `scores[4 * column + letter]`. */
  readonly scores: Float64Array;
  readonly threshold: number;
}

/** Motifs whose kernels have one width; they are the channels of one convolution. */
export interface Branch {
  readonly output: string;
  readonly width: number;
  readonly motifs: readonly OrientedMotif[];
}

export interface MotifGraph {
  readonly model: Uint8Array;
  readonly branches: readonly Branch[];
  readonly widest: number;
  /** The graph's input: 1 where a base is this letter, as `[1, 4, 1, bases]`. */
  readonly inputType: "uint8" | "float32";
  /** Least pooled value of a block of windows that may hold a hit. */
  readonly candidate: number;
}

/** Windows that share one pooled value: a hit costs this many exact scores, a miss 1 / 16 of a value to look at. */
export const windowsPerBlock = 16;

/** Kernels are padded with zero columns to a multiple of this, so that few convolutions have many channels each. */
const widthStep = 4;

/** A threshold in the graph beyond which no sum of weights reaches: 200 columns of at most 127, or of -100. */
const unreachable = 30_000;

/**
 * Builds the graph that finds every block of windows which may hold a hit: one convolution per kernel width with
 * each motif a channel and minus its threshold the bias, then the maximum over each block. It may name a block
 * without a hit and never misses one, since weights are only ever rounded up, and the threshold down by more than
 * the arithmetic can err: 8-bit integers are exact, and single precision gets a proven slack.
 */
export function buildMotifGraph(motifs: readonly OrientedMotif[], provider: Provider): MotifGraph {
  const byWidth = new Map<number, OrientedMotif[]>();
  for (const motif of motifs) {
    const width = widthStep * Math.ceil(motif.scores.length / 4 / widthStep);
    byWidth.set(width, [...(byWidth.get(width) ?? []), motif]);
  }
  const branches = [...byWidth]
    .sort(([x], [y]) => x - y)
    .map(([width, members]): Branch => ({ output: `blocks${width}`, width, motifs: members }));
  const inputType = provider.integer ? "uint8" : "float32";
  const initializers: Record<string, OnnxTensor> = {};
  if (provider.integer) {
    initializers["one"] = { type: "float32", dims: [], data: Float32Array.of(1) };
    initializers["zero"] = { type: "uint8", dims: [], data: Uint8Array.of(0) };
    initializers["signedZero"] = { type: "int8", dims: [], data: Int8Array.of(0) };
  }
  const nodes = branches.flatMap(({ output, width, motifs: members }) => {
    const [weights, bias, sums] = [`weights${width}`, `bias${width}`, `sums${width}`];
    const kernels = provider.integer ? integerKernels(members, width) : floatKernels(members, width, provider.roundoff);
    initializers[weights] = kernels.weights;
    initializers[bias] = kernels.bias;
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
        attributes: { kernel_shape: [1, windowsPerBlock], strides: [1, windowsPerBlock] },
      },
    ];
  });
  const model = writeOnnxModel({
    name: "motif-scan",
    nodes,
    inputs: [{ name: "bases", type: inputType, dims: [1, 4, 1, "bases"] }],
    outputs: branches.map(({ output, motifs: { length } }) => ({
      name: output,
      type: inputType,
      dims: [1, length, 1, output],
    })),
    initializers,
  });
  return {
    model,
    branches,
    widest: Math.max(...branches.map(({ width }) => width)),
    inputType,
    // a sum of integers saturates to 0 below its threshold
    candidate: provider.integer ? 1 : 0,
  };
}

interface Kernels {
  readonly weights: OnnxTensor;
  readonly bias: OnnxTensor;
}

/**
 * Weights that are never below a motif's scores and are finite. A letter that costs more than the best word has
 * to spare rules a window out however much more it costs, so it is raised to that; a NaN (which no oracle's hit
 * holds) counts as such a letter.
 */
function boundedWeights({ scores, threshold }: OrientedMotif): { weights: Float64Array; best: number } {
  const most = (column: number): number =>
    Math.max(
      ...[0, 1, 2, 3].map((letter) => scores[4 * column + letter] ?? 0).map((x) => (Number.isFinite(x) ? x : 0)),
    );
  const columns = scores.length / 4;
  let best = 0;
  for (let column = 0; column < columns; column++) best += most(column);
  const spare = best - threshold;
  // half a unit more than needed keeps such a window below the threshold after rounding; 100 keeps half precision finite
  const reach = Math.min(100, Math.max(1, (Number.isNaN(spare) ? 0 : spare) + 0.5));
  const weights = scores.map((score, at) => {
    const floor = most(at >> 2) - reach;
    return score > floor ? score : floor;
  });
  return { weights, best };
}

/**
 * 8-bit weights: each column centred, all columns of a motif on one scale, rounded up; products with 0 or 1 and
 * their sum are exact.
 */
function integerKernels(motifs: readonly OrientedMotif[], width: number): Kernels {
  const weights = new Int8Array(motifs.length * 4 * width);
  const bias = new Int32Array(motifs.length);
  motifs.forEach((motif, channel) => {
    const { weights: real } = boundedWeights(motif);
    const columns = real.length / 4;
    let centres = 0;
    let halfRange = 0;
    let magnitude = 0;
    const centre = new Float64Array(columns);
    for (let column = 0; column < columns; column++) {
      const of = real.subarray(4 * column, 4 * column + 4);
      const most = Math.max(...of);
      const least = Math.min(...of);
      centre[column] = (most + least) / 2;
      centres += centre[column] ?? 0;
      halfRange = Math.max(halfRange, (most - least) / 2);
      magnitude += Math.max(Math.abs(most), Math.abs(least));
    }
    // a little less than 127, so that the largest still rounds up to 127
    const scale = halfRange === 0 ? 1 : 126.9 / halfRange;
    for (let column = 0; column < columns; column++)
      for (let letter = 0; letter < 4; letter++)
        weights[(4 * channel + letter) * width + column] = Math.ceil(
          ((real[4 * column + letter] ?? 0) - (centre[column] ?? 0)) * scale,
        );
    // the doubles summed above err by far less than this
    const slack = 4 * columns * 2 ** -52 * (magnitude + Math.abs(motif.threshold) + 1);
    const least = Math.ceil((motif.threshold - centres - slack) * scale - 1e-6);
    bias[channel] = Number.isNaN(least) ? unreachable : Math.max(-unreachable, Math.min(unreachable, 1 - least));
  });
  return {
    weights: { type: "int8", dims: [motifs.length, 4, 1, width], data: weights },
    bias: { type: "int32", dims: [motifs.length], data: bias },
  };
}

/**
 * Floating-point weights. Products with 0 or 1 add no error beyond a weight's own rounding, so the sum of n columns
 * and the bias, in any order, errs by at most (n + 4) u (sum |w| + |threshold|) / (1 - (n + 4) u), u the provider's
 * roundoff (Higham, Accuracy and Stability of Numerical Algorithms, eq. 4.4); the factor 2 covers the quotient.
 */
function floatKernels(motifs: readonly OrientedMotif[], width: number, roundoff: number): Kernels {
  const weights = new Float32Array(motifs.length * 4 * width);
  const bias = new Float32Array(motifs.length);
  motifs.forEach((motif, channel) => {
    const { weights: real } = boundedWeights(motif);
    const columns = real.length / 4;
    let magnitude = 0;
    for (let column = 0; column < columns; column++) {
      magnitude += Math.max(...real.subarray(4 * column, 4 * column + 4).map(Math.abs));
      for (let letter = 0; letter < 4; letter++)
        weights[(4 * channel + letter) * width + column] = real[4 * column + letter] ?? 0;
    }
    const slack = 2 * (columns + 4) * roundoff * (magnitude + Math.abs(motif.threshold) + 1);
    const least = motif.threshold - slack;
    bias[channel] = Math.abs(least) < unreachable ? -least : unreachable;
  });
  return {
    weights: { type: "float32", dims: [motifs.length, 4, 1, width], data: weights },
    bias: { type: "float32", dims: [motifs.length], data: bias },
  };
}
