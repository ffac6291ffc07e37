import { type MotifHits, type MotifScanInput, motifScan } from "../../src/workloads/index.ts";
import {
  assembleHits,
  baseCodes,
  type FoundHits,
  keepHits,
  windowScore,
} from "../../src/workloads/motif-scan/found-hits.ts";
import { type OrientedMotif, orientMotifs, rulesKey } from "../../src/workloads/motif-scan/oriented-motifs.ts";
import { type OnnxKernel, pause, threadsOf } from "./kernel.ts";
import { buildMotifGraph, columnsPerBlock, type MotifGraph } from "./motif-graph.ts";
import type { Provider } from "./providers.ts";
import type { Feeds } from "./sessions.ts";

/** Channels times windows of one run: its sums stay near the cache, and it ends within some 20 ms (1 to 8 million are equally quick). */
const sumsPerRun = 2 << 20;
const mostWindowsPerRun = 1 << 16;

/** What is made of an input's matrices once, kept while the caller keeps the list of matrices. */
interface Prepared {
  readonly key: string;
  readonly thresholds: Float64Array;
  readonly motifs: readonly OrientedMotif[];
  readonly graph: MotifGraph;
}
const prepared = new WeakMap<object, Prepared>();

function preparedFor(input: MotifScanInput, provider: Provider): Prepared {
  const key = `${provider.name} ${rulesKey(input)}`;
  const known = prepared.get(input.matrices);
  if (known?.key === key) return known;
  const { thresholds, motifs } = orientMotifs(input);
  const made = { key, thresholds, motifs, graph: buildMotifGraph(motifs, provider) };
  prepared.set(input.matrices, made);
  return made;
}

export const motifScanKernel: OnnxKernel<MotifScanInput, MotifHits> = {
  workload: motifScan,
  supports: () => ({ ok: true }),
  // measured on two EPYC cores with AVX-512 (bench/onnx.ts): 1.1e9 base.motif/s a core, 2.5 ns a base
  prior: ({ units, bytesIn, bytesOut }, device) => ({
    seconds: 5e-4 + units / (1.1e9 * threadsOf(device)) + bytesIn / 400e6 + bytesOut / 200e6,
    joules: null,
    energySource: null,
    basis: "guess",
  }),
  // a threshold costs some 0.4 ms: a scan of few bases by many matrices is little else
  prepare: (runner, input, context) => runner.prepare(preparedFor(input, runner.provider).graph.model, context),
  run: async (runner, input, context) => {
    const { residues, offsets } = input.sequences;
    const { thresholds, motifs, graph } = preparedFor(input, runner.provider);
    const found = new Map(motifs.map((motif): [OrientedMotif, FoundHits] => [motif, { at: [], score: [] }]));
    const windows = windowsPerRun(motifs.length, residues.length, graph.phases);
    const scan = openScan(graph, windows, residues);
    for (let first = 0; first < residues.length; first += windows) {
      if (first > 0) await pause(context, motifScan.id);
      collect(graph, await runner.run(graph.model, scan.load(first), context), first, scan, found);
    }
    return assembleHits(thresholds, motifs, found, offsets);
  },
};

function windowsPerRun(channels: number, bases: number, phases: number): number {
  const block = columnsPerBlock * phases;
  const wanted = Math.min(mostWindowsPerRun, Math.ceil(sumsPerRun / channels), bases);
  return Math.max(1, Math.ceil(wanted / block)) * block;
}

/** One stretch of the residues as the graph wants it. */
interface Scan {
  readonly windows: number;
  /** Encodes the windows that start at `first`. */
  readonly load: (first: number) => Feeds;
  /** Letter codes of the loaded stretch, -1 beyond the end of all residues. */
  readonly codes: Int8Array;
}

function openScan({ inputType, overhang, phases }: MotifGraph, windows: number, residues: Uint8Array): Scan {
  const length = windows + overhang;
  const columns = length / phases;
  const codes = new Int8Array(length);
  const data = inputType === "uint8" ? new Uint8Array(4 * length) : new Float32Array(4 * length);
  const feeds = { bases: { type: inputType, dims: [1, 4 * phases, 1, columns], data } } as Feeds;
  return {
    windows,
    codes,
    load: (first) => {
      data.fill(0);
      const known = Math.min(length, residues.length - first);
      codes.fill(-1, known);
      for (let phase = 0; phase < phases; phase++) {
        const channel = 4 * phase * columns;
        for (let at = phase, column = channel; at < known; at += phases, column++) {
          const code = baseCodes[residues[first + at] ?? 0] ?? -1;
          codes[at] = code;
          // a letter other than ACGT counts as none: its windows are sorted out exactly, later
          if (code >= 0) data[code * columns + column] = 1;
        }
      }
      return feeds;
    },
  };
}

/** Scores every window of the blocks that the graph names, as the oracle does: doubles, in column order. */
function collect(
  { branches, phases, candidate }: MotifGraph,
  outputs: Feeds,
  first: number,
  { windows, codes }: Scan,
  found: ReadonlyMap<OrientedMotif, FoundHits>,
): void {
  for (const { output, motifs } of branches) {
    const { dims = [], data } = outputs[output] ?? {};
    if (!(data instanceof Uint8Array || data instanceof Float32Array)) continue;
    // a short kernel has some windows more than this stretch: they are the next one's
    const row = dims[3] ?? 0;
    const used = windows / phases / columnsPerBlock;
    const hits: number[][] = motifs.map(() => []);
    eachCandidate(data, candidate, (at) => {
      const channel = Math.floor(at / row);
      const block = at - channel * row;
      if (block >= used) return;
      const motif = Math.floor(channel / phases);
      const { scores, threshold: least } = motifs[motif] ?? nothing;
      const start = phases * columnsPerBlock * block + (channel % phases);
      for (let window = start; window < start + phases * columnsPerBlock; window += phases)
        if (windowScore(codes, window, scores) >= least) hits[motif]?.push(window);
    });
    motifs.forEach((motif, index) => {
      const kept = found.get(motif);
      if (kept !== undefined) keepHits(kept, motif, hits[index] ?? [], codes, first);
    });
  }
}

/** What an index out of range would find: it reaches no threshold. */
const nothing = { scores: new Float64Array(0), threshold: Number.NaN };

function eachCandidate(data: Uint8Array | Float32Array, candidate: number, visit: (at: number) => void): void {
  if (data instanceof Float32Array || data.byteOffset % 4 !== 0) {
    for (let at = 0; at < data.length; at++) if ((data[at] ?? 0) >= candidate) visit(at);
    return;
  }
  // nearly all are 0: four at a time
  const words = new Uint32Array(data.buffer, data.byteOffset, data.length >> 2);
  for (let word = 0; word < words.length; word++) {
    if (words[word] === 0) continue;
    for (let at = 4 * word; at < 4 * word + 4; at++) if ((data[at] ?? 0) >= candidate) visit(at);
  }
  for (let at = 4 * words.length; at < data.length; at++) if ((data[at] ?? 0) >= candidate) visit(at);
}
