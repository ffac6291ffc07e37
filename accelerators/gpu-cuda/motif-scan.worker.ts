import { BioXenError } from "../../src/contract/index.ts";
import type { CudaGpu } from "./gpu.ts";
import { i32, type Job, type Parameter } from "./job.ts";
import { type LossTables, lossTables, type MotifTable } from "./motif-scan-motifs.ts";
import type { Resident, ResidentReference } from "./residents.ts";

export interface MotifScanCall {
  readonly motifs: MotifTable;
  readonly matrices: number;
  readonly pValue: number;
  /** What the scan goes by: as many letters as suit the sequences. */
  readonly tables: LossTables;
}

/** Sequences as the caller has them. */
export interface LetterSequences {
  readonly residues: Uint8Array;
  readonly offsets: Uint32Array;
}

/** Hits in the workload's order; `sequence` is empty where there is one sequence only. */
export interface SortedHits {
  readonly matrixStart: Uint32Array;
  readonly sequence: Uint32Array;
  readonly position: Uint32Array;
  readonly strand: Int8Array;
  readonly score: Float64Array;
}

interface ResidentBases extends Resident {
  readonly count: number;
  readonly sequences: number;
  readonly bases: bigint;
  readonly clean: bigint;
  readonly offsets: bigint;
}

const module = "motif-scan";
const threads = 256;
/** Entries of all lists, and the share of the device's memory that they may take; more would take as long to write as they save. */
const mostEntries = 2 ** 28;
const entriesShare = 1 / 8;
/** What one launch does at most: some tens of milliseconds on an H200. */
const mostOfLaunch = { words: 4e10, entries: 4e9, windows: 2 ** 27, hits: 2 ** 25 } as const;
/** Words that a window reaches past the last base: 200 columns, and one more that is read and thrown away. */
const padding = 16;

/** Has the code compiled, and the sequences packed on the device. */
export async function prepareScan(
  gpu: CudaGpu,
  job: Job,
  _: null,
  reference: ResidentReference<LetterSequences> | null,
): Promise<null> {
  resident(gpu, job, reference);
  gpu.kernel(module, "scan_windows");
  job.done();
  return null;
}

export async function scanMotifs(
  gpu: CudaGpu,
  job: Job,
  { motifs, tables, matrices, pValue }: MotifScanCall,
  reference: ResidentReference<LetterSequences> | null,
): Promise<SortedHits> {
  const text = resident(gpu, job, reference);
  if (text.count === 0) return noHits(matrices);
  const index = buildIndex(gpu, job, motifs, tables);
  const windows = findWindows(gpu, job, index, text, motifs.columns.length * pValue);
  if (windows.count === 0) return noHits(matrices);
  const scores = job.upload(motifs.scores);
  const thresholds = job.upload(motifs.thresholds);

  // about eight hits of a matrix in a tile: their order is found by comparing all with all
  const tileShift = Math.min(12, Math.max(6, Math.floor(Math.log2(8 / pValue))));
  const tiles = Math.ceil(text.count / 2 ** tileShift);
  const cells = job.buffer(4 * matrices * tiles);
  job.clear(cells, 4 * matrices * tiles);
  const sums = job.buffer(8 * windows.count);
  const slots = job.buffer(4 * windows.count);
  const { found } = windows;
  const { motifs: info } = index;
  const inCells = [i32(tileShift), i32(tiles)] as const;
  const eachHit = (name: string, ...parameters: readonly Parameter[]): void => {
    for (let first = 0; first < windows.count; first += mostOfLaunch.hits) {
      const count = Math.min(mostOfLaunch.hits, windows.count - first);
      launch(gpu, job, name, count, i32(first), i32(count), found, ...parameters);
    }
  };
  eachHit("score_windows", text.bases, info, scores, thresholds, ...inCells, cells, sums, slots);
  const { starts } = startsOf(gpu, job, cells, matrices * tiles);
  const matrixStart = new Uint32Array(matrices + 1);
  const ends = job.buffer(matrixStart.byteLength);
  launch(gpu, job, "matrix_starts", matrices + 1, i32(matrices), i32(tiles), starts, ends);
  job.read(ends, matrixStart);
  const hits = matrixStart[matrices] ?? 0;

  const keys = job.buffer(4 * hits);
  eachHit("write_keys", info, ...inCells, starts, slots, keys);
  const several = text.sequences > 1 ? hits : 0;
  const [sequence, position, strand, score] = [4 * several, 4 * hits, hits, 8 * hits].map((bytes) => job.buffer(bytes));
  if (sequence === undefined || position === undefined || strand === undefined || score === undefined)
    throw new Error("four buffers");
  const inText = [i32(text.sequences), text.offsets] as const;
  const to = [sequence, position, strand, score] as const;
  eachHit("write_hits", info, ...inCells, starts, slots, keys, sums, ...inText, ...to);
  const read = <T extends ArrayBufferView>(from: bigint, into: T): T => {
    if (into.byteLength > 0) job.read(from, into);
    return into;
  };
  return {
    matrixStart,
    sequence: read(sequence, new Uint32Array(several)),
    position: read(position, new Uint32Array(hits)),
    strand: read(strand, new Int8Array(hits)),
    score: read(score, new Float64Array(hits)),
  };
}

function noHits(matrices: number): SortedHits {
  return {
    matrixStart: new Uint32Array(matrices + 1),
    sequence: new Uint32Array(0),
    position: new Uint32Array(0),
    strand: new Int8Array(0),
    score: new Float64Array(0),
  };
}

/** One thread for each of so many. */
function launch(gpu: CudaGpu, job: Job, name: string, count: number, ...parameters: readonly Parameter[]): void {
  job.launch(gpu.kernel(module, name), { grid: [Math.ceil(count / threads)], block: [threads] }, ...parameters);
}

function resident(gpu: CudaGpu, job: Job, reference: ResidentReference<LetterSequences> | null): ResidentBases {
  return gpu.residents.get(reference, ({ residues, offsets: starts }): ResidentBases => {
    const count = residues.length;
    const sequences = Math.max(0, starts.length - 1);
    const offsets = job.keep(starts);
    const words = Math.ceil(count / 16) + padding;
    const bases = gpu.allocate(4 * words);
    const clean = gpu.allocate(count);
    const made = { buffers: [offsets, bases, clean], count, sequences, bases, clean, offsets };
    if (count === 0) return made;
    const letters = job.upload(residues);
    const bits = 4 * Math.ceil(count / 32);
    const ends = job.buffer(bits);
    job.clear(ends, bits);
    launch(gpu, job, "mark_ends", sequences, i32(sequences), offsets, ends);
    launch(gpu, job, "pack_bases", words, i32(count), i32(words), letters, bases);
    launch(gpu, job, "clean_runs", Math.ceil(count / 64), i32(count), letters, ends, clean);
    return made;
  });
}

interface Index {
  readonly letters: number;
  readonly motifs: bigint;
  readonly heads: bigint;
  readonly pairs: bigint;
  readonly starts: bigint;
  readonly entries: bigint;
  /** Entries of a list, on average. */
  readonly mean: number;
}

/** Lists of the motifs that may match around each word: a letter less where most motifs match around most words. */
function buildIndex(gpu: CudaGpu, job: Job, table: MotifTable, prepared: LossTables): Index {
  const motifs = table.columns.length;
  const most = Math.min(mostEntries, Math.floor((entriesShare * gpu.facts.memoryBytes) / 4));
  for (let tables = prepared; ; ) {
    const { letters, motifs: info, losses, heads, pairs } = tables;
    const words = 4 ** letters;
    const given = [i32(letters), job.upload(info), job.upload(losses)] as const;
    const counts = job.buffer(4 * words);
    job.clear(counts, 4 * words);
    const eachMotif = (name: string, ...parameters: readonly Parameter[]): void => {
      const together = Math.max(1, Math.min(motifs, Math.floor(mostOfLaunch.words / words)));
      // parts of a motif's words, so that a few motifs occupy the device too
      const parts = Math.max(1, Math.min(2 ** letters, Math.ceil((4 * gpu.facts.multiprocessors) / motifs)));
      for (let first = 0; first < motifs; first += together) {
        const grid = [Math.min(together, motifs - first), parts] as const;
        job.launch(gpu.kernel(module, name), { grid, block: [threads] }, i32(first), ...given, counts, ...parameters);
      }
    };
    eachMotif("count_entries");
    const { starts, total } = startsOf(gpu, job, counts, words);
    const entries = readTotal(job, total);
    if (entries > most && letters > 2) {
      tables = lossTables(table, Math.max(2, letters - Math.ceil(Math.log2(entries / most) / 2)));
      continue;
    }
    const list = job.buffer(4 * entries);
    eachMotif("write_entries", starts, list);
    return {
      letters,
      motifs: given[1],
      heads: job.upload(heads),
      pairs: job.upload(pairs),
      starts,
      entries: list,
      mean: entries / words,
    };
  }
}

/** Where each of some stretches starts, given how long they are, with the end of the last; `total` is that end in 64 bits. */
function startsOf(
  gpu: CudaGpu,
  job: Job,
  counts: bigint,
  count: number,
): { readonly starts: bigint; readonly total: bigint } {
  const blocks = Math.ceil(count / 4096);
  const sums = job.buffer(8 * (blocks + 1));
  const starts = job.buffer(4 * (count + 1));
  const shape = { grid: [blocks], block: [threads] } as const;
  job.launch(gpu.kernel(module, "sum_blocks"), shape, i32(count), counts, sums);
  job.launch(gpu.kernel(module, "scan_sums"), { grid: [1], block: [1024] }, i32(blocks), sums);
  job.launch(gpu.kernel(module, "scan_blocks"), shape, i32(count), counts, sums, starts);
  return { starts, total: sums + BigInt(8 * blocks) };
}

function readTotal(job: Job, at: bigint): number {
  const total = new BigUint64Array(1);
  job.read(at, total);
  return Number(total[0]);
}

/** Windows that may be hits, in no order: 4 bytes where they start, 4 the motif. */
function findWindows(
  gpu: CudaGpu,
  job: Job,
  { letters, heads, pairs, starts, entries, mean }: Index,
  { count, bases, clean }: ResidentBases,
  expected: number,
): { readonly found: bigint; readonly count: number } {
  const together = Math.min(mostOfLaunch.windows, Math.max(threads, Math.floor(mostOfLaunch.entries / (8 + mean))));
  const counter = job.buffer(8);
  const scan = (capacity: number): { readonly found: bigint; readonly count: number } => {
    const found = job.buffer(8 * capacity);
    job.clear(counter, 8);
    for (let first = 0; first < count; first += together) {
      // no more is queued than an abort may wait for
      if (first > 0) job.done();
      const windows = Math.min(together, count - first);
      const range = [i32(first), i32(windows), i32(letters)] as const;
      const tables = [bases, clean, heads, pairs, starts, entries] as const;
      launch(gpu, job, "scan_windows", windows, ...range, ...tables, i32(capacity), found, counter);
    }
    return { found, count: readTotal(job, counter) };
  };
  const room = Math.min(2 ** 32 - 1, Math.ceil(1.1 * expected * count) + 2 ** 16);
  const first = scan(room);
  if (first.count <= room) return first;
  if (first.count >= 2 ** 32)
    throw new BioXenError("OUT_OF_MEMORY", `${first.count} windows may be hits: more than one answer can hold`);
  // sequences that repeat themselves have more than chance does
  return scan(first.count);
}
