import {
  baseCode,
  logOdds,
  type MotifHits,
  type MotifScanInput,
  motifScan,
  reverseComplement,
  threshold,
  uniform,
} from "../../src/workloads/index.ts";
import { type OnnxKernel, pause, threadsOf } from "./kernel.ts";
import { buildMotifGraph, type MotifGraph, type OrientedMotif, windowsPerBlock } from "./motif-graph.ts";
import type { Provider } from "./providers.ts";
import type { Feeds } from "./sessions.ts";

/** Channels times windows of one run: its sums stay near the cache, and it ends within some 20 ms. */
const sumsPerRun = 4 << 20;
const mostWindowsPerRun = 1 << 16;

/** What is made of an input's matrices once, kept while the caller keeps the list of matrices. */
interface Prepared {
  readonly key: string;
  readonly thresholds: Float64Array;
  readonly motifs: readonly OrientedMotif[];
  readonly graph: MotifGraph;
}
const prepared = new WeakMap<object, Prepared>();

function prepare(input: MotifScanInput, provider: Provider): Prepared {
  const { matrices, pValue, strands, pseudocount = 1, background = uniform } = input;
  const key = JSON.stringify([provider.name, pValue, strands, pseudocount, background]);
  const known = prepared.get(matrices);
  if (known?.key === key) return known;
  const thresholds = new Float64Array(matrices.length);
  const motifs: OrientedMotif[] = [];
  matrices.forEach((motif, matrix) => {
    const scores = logOdds(motif, background, pseudocount);
    const least = threshold(scores, background, pValue);
    thresholds[matrix] = least;
    motifs.push({ matrix, strand: 1, scores, threshold: least });
    if (strands === "both") motifs.push({ matrix, strand: -1, scores: reverseComplement(scores), threshold: least });
  });
  const made = { key, thresholds, motifs, graph: buildMotifGraph(motifs, provider) };
  prepared.set(matrices, made);
  return made;
}

/** Hits of one oriented motif, in order of position. */
interface Found {
  /** Position in all residues. */
  readonly at: number[];
  readonly score: number[];
}

export const motifScanKernel: OnnxKernel<MotifScanInput, MotifHits> = {
  workload: motifScan,
  supports: () => ({ ok: true }),
  // measured on two EPYC cores with AVX-512 (bench/onnx.ts): thresholds and session 2 ms a matrix, 1.5e9 base.motif/s a core
  prior: ({ units, bytesIn, bytesOut }, device) => ({
    seconds: 5e-3 + units / (1.2e9 * threadsOf(device)) + bytesIn / 200e6 + bytesOut / 200e6,
    joules: null,
    energySource: null,
    basis: "guess",
  }),
  prepare: null,
  run: async (runner, input, context) => {
    const { residues, offsets } = input.sequences;
    const { thresholds, motifs, graph } = prepare(input, runner.provider);
    const found = new Map(motifs.map((motif): [OrientedMotif, Found] => [motif, { at: [], score: [] }]));
    const windows = windowsPerRun(motifs.length, residues.length);
    const scan = openScan(graph, windows, residues);
    for (let first = 0; first < residues.length; first += windows) {
      if (first > 0) await pause(context, motifScan.id);
      collect(graph, await runner.run(graph.model, scan.load(first), context), scan, found);
    }
    return assemble(input.matrices.length, thresholds, motifs, found, offsets);
  },
};

function windowsPerRun(channels: number, bases: number): number {
  const wanted = Math.min(mostWindowsPerRun, Math.ceil(sumsPerRun / channels), bases);
  return Math.max(1, Math.ceil(wanted / windowsPerBlock)) * windowsPerBlock;
}

/** One stretch of the residues as the graph wants it. */
interface Scan {
  readonly windows: number;
  /** Encodes the windows that start at `first`. */
  readonly load: (first: number) => Feeds;
  readonly first: () => number;
  /** Letter codes of the loaded stretch, -1 beyond the end of all residues. */
  readonly codes: Int8Array;
}

function openScan({ inputType, widest }: MotifGraph, windows: number, residues: Uint8Array): Scan {
  const length = windows + widest - 1;
  const codes = new Int8Array(length);
  const data = inputType === "uint8" ? new Uint8Array(4 * length) : new Float32Array(4 * length);
  const feeds = { bases: { type: inputType, dims: [1, 4, 1, length], data } } as Feeds;
  let start = 0;
  return {
    windows,
    codes,
    first: () => start,
    load: (first) => {
      start = first;
      data.fill(0);
      const known = Math.min(length, residues.length - first);
      codes.fill(-1, known);
      for (let at = 0; at < known; at++) {
        const code = baseCode(residues[first + at] ?? 0);
        codes[at] = code;
        // a letter other than ACGT counts as none: its windows are sorted out exactly, later
        if (code >= 0) data[code * length + at] = 1;
      }
      return feeds;
    },
  };
}

/** Scores every window of the blocks that the graph names, as the oracle does: doubles, in column order. */
function collect(graph: MotifGraph, blocks: Feeds, { windows, codes, first }: Scan, found: Map<OrientedMotif, Found>) {
  for (const { output, motifs } of graph.branches) {
    const { dims = [], data } = blocks[output] ?? {};
    // a narrow branch has a few windows more than this stretch: they are the next one's
    const row = dims[3] ?? 0;
    const used = windows / windowsPerBlock;
    motifs.forEach((motif, channel) => {
      const { at, score } = found.get(motif) ?? { at: [], score: [] };
      for (let block = 0; block < used; block++) {
        if (!(Number(data?.[channel * row + block]) >= graph.candidate)) continue;
        for (let window = block * windowsPerBlock; window < (block + 1) * windowsPerBlock; window++) {
          const exact = windowScore(codes, window, motif.scores);
          if (!(exact >= motif.threshold)) continue;
          at.push(first() + window);
          score.push(exact);
        }
      }
    });
  }
}

/** NaN where the window holds a letter other than ACGT. */
function windowScore(codes: Int8Array, window: number, scores: Float64Array): number {
  const columns = scores.length / 4;
  let sum = 0;
  for (let column = 0; column < columns; column++) {
    const code = codes[window + column] ?? -1;
    if (code < 0) return Number.NaN;
    sum += scores[4 * column + code] ?? 0;
  }
  return sum;
}

/** Puts hits in the workload's order and drops windows that run over the end of their sequence. */
function assemble(
  matrices: number,
  thresholds: Float64Array,
  motifs: readonly OrientedMotif[],
  found: ReadonlyMap<OrientedMotif, Found>,
  offsets: Uint32Array,
): MotifHits {
  const matrixStart = new Uint32Array(matrices + 1);
  const sequence: number[] = [];
  const position: number[] = [];
  const strand: number[] = [];
  const score: number[] = [];
  let next = 0;
  for (let matrix = 0; matrix < matrices; matrix++) {
    const strands: { motif: OrientedMotif; hits: Found; at: number }[] = [];
    for (let motif = motifs[next]; motif?.matrix === matrix; motif = motifs[++next])
      strands.push({ motif, hits: found.get(motif) ?? { at: [], score: [] }, at: 0 });
    let within = 0;
    for (;;) {
      // + stands before - in the list and wins where both have a hit
      let least: (typeof strands)[number] | null = null;
      for (const one of strands)
        if (one.at < one.hits.at.length && (least === null || start(one) < start(least))) least = one;
      if (least === null) break;
      const at = start(least);
      while ((offsets[within + 1] ?? 0) <= at) within++;
      if (at + least.motif.scores.length / 4 <= (offsets[within + 1] ?? 0)) {
        sequence.push(within);
        position.push(at - (offsets[within] ?? 0));
        strand.push(least.motif.strand);
        score.push(least.hits.score[least.at] ?? 0);
      }
      least.at++;
    }
    matrixStart[matrix + 1] = score.length;
  }
  return {
    thresholds,
    matrixStart,
    sequence: Uint32Array.from(sequence),
    position: Uint32Array.from(position),
    strand: Int8Array.from(strand),
    score: Float64Array.from(score),
  };
}

function start({ hits, at }: { hits: Found; at: number }): number {
  return hits.at[at] ?? Number.POSITIVE_INFINITY;
}
