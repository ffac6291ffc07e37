import type { Bytes, RunContext, Seconds, Sequences } from "../../src/contract/index.ts";
import { type MotifHits, type MotifScanInput, motifScan, uniform } from "../../src/workloads/index.ts";
import { type SimdKernel, type SimdPool, threadsOf } from "./kernel.ts";
import { scanMotifPiece } from "./motif-scan.worker.ts";
import { joinParts, type Part } from "./motif-scan-hits.ts";
import { inLanes, oneAtATime } from "./motif-scan-lanes.ts";
import { learn, type PreparedMatrices, prepareMatrices, selected } from "./motif-scan-matrices.ts";
import { cutPieces, type Piece, type PieceSizes, writeText } from "./motif-scan-pieces.ts";
import { bytesOf, indexLetters, layoutOf, type PieceInMemory, reserve } from "./motif-scan-scanner.ts";
import { type MotifStore, mostMemories, openStore, type Resident } from "./motif-scan-store.ts";
import { type ThresholdTask, thresholds } from "./motif-scan-thresholds.ts";

/** What the kernel goes by; tests make it small. */
export interface MotifScanTuning extends PieceSizes {
  /**
   * Matrices that scanning without an index may cost before the index is made: about what making it costs. So sequences
   * scanned again and again come to be indexed, and never cost more than twice the least.
   */
  readonly indexFrom: number;
  /** Sequences whose prepared form takes more are prepared piece by piece in each run, and not kept. */
  readonly residentBytes: Bytes;
  /** A run expected to be shorter is done at once on the calling thread. */
  readonly inline: Seconds;
}

/** Measured on one core of an AMD EPYC (family 26) with E. coli 536 and JASPAR 2018 vertebrates: bench/motif-scan.ts. */
const measured: MotifScanTuning = {
  // an index over 8 Mb takes 70 MB; over more, its slices no longer stay in a second-level cache of 1 MiB
  most: 8_000_000,
  least: 1_000_000,
  // scanning costs 0.3 ns a base and matrix without an index, 0.05 with one; making it 9 ns a base, 18 when all is cold
  indexFrom: 48,
  residentBytes: 512 * 2 ** 20,
  inline: 1e-3,
};
/** What the workload's `size` counts for a hit, and what one takes here. */
const bytesOutPerHit = 21;
const bytesPerHit = 17;
const secondsPerThreshold = 120e-6;
const secondsPerBase = 0.5e-9;
const secondsPerColumn = 12e-12;

export const motifScanKernel: SimdKernel<MotifScanInput, MotifHits> = motifScanKernelWith(measured);

/** The kernel with other sizes than the measured ones; its answers do not depend on them. */
export function motifScanKernelWith(tuning: MotifScanTuning): SimdKernel<MotifScanInput, MotifHits> {
  const stores = new WeakMap<SimdPool, { readonly store: MotifStore; readonly queue: ReturnType<typeof oneAtATime> }>();
  const of = (pool: SimdPool) => {
    const found = stores.get(pool) ?? { store: openStore(tuning.residentBytes), queue: oneAtATime() };
    stores.set(pool, found);
    return found;
  };
  return {
    workload: motifScan,
    supports: (input, { memory }) => {
      const hits = motifScan.size(input).bytesOut / bytesOutPerHit;
      if (hits >= 2 ** 32) return { ok: false, reason: `about ${hits} hits are expected, 2^32 can be counted` };
      // once as the workers' parts, once joined
      const bytes = 2 * bytesPerHit * hits;
      return memory === null || bytes <= memory
        ? { ok: true }
        : { ok: false, reason: `about ${hits} hits are expected, which take ${bytes} bytes of ${memory}` };
    },
    prior: ({ units, bytesIn }) => ({
      seconds: 20e-6 + units / 12e9 + bytesIn / 2e9,
      joules: null,
      energySource: null,
      basis: "guess",
    }),
    prepare: async (pool, input, context) => {
      const threads = threadsOf(pool, context);
      const matrices = prepareMatrices(input);
      if (secondsInline(input, matrices) <= tuning.inline) {
        findThresholdsInline(input, matrices);
        return;
      }
      const { store, queue } = of(pool);
      await queue(async () => {
        await pool.start(threads, "motif-thresholds", smallest, context);
        const run = { tuning, pool, store, context, threads };
        await resident(run, input);
        if (store.get(input.sequences)?.indexed !== true) await warm(run, input);
      });
    },
    run: async (pool, input, context) => {
      const matrices = prepareMatrices(input);
      const { store, queue } = of(pool);
      if (secondsInline(input, matrices) <= tuning.inline) return scanInline(store, input, matrices);
      const threads = threadsOf(pool, context);
      return queue(() => scan({ tuning, pool, store, context, threads }, input, matrices));
    },
  };
}

/** Starts a worker and compiles the kernel there. */
const smallest: ThresholdTask = {
  columns: Uint8Array.of(1),
  scores: new Float64Array(4),
  background: uniform,
  pValue: 0.5,
};

interface Run {
  readonly tuning: MotifScanTuning;
  readonly pool: SimdPool;
  readonly store: MotifStore;
  readonly context: RunContext;
  readonly threads: number;
}

/** Expected time of a run on the calling thread, without an index. */
function secondsInline({ sequences, strands }: MotifScanInput, { set, unknown }: PreparedMatrices): Seconds {
  const columns = (set.scores.length / 4) * (strands === "both" ? 2 : 1);
  return (
    unknown.length * secondsPerThreshold + sequences.residues.length * (secondsPerBase + columns * secondsPerColumn)
  );
}

/** Finds the thresholds that no earlier run did, on the calling thread. */
function findThresholdsInline(input: MotifScanInput, matrices: PreparedMatrices): void {
  const { set, background, unknown } = matrices;
  if (unknown.length === 0) return;
  const { columns, scores } = selected(set, unknown);
  learn(input, matrices, unknown, thresholds({ columns, scores, background, pValue: input.pValue }));
}

function scanInline(store: MotifStore, input: MotifScanInput, matrices: PreparedMatrices): MotifHits {
  const { set } = matrices;
  findThresholdsInline(input, matrices);
  const [piece] = cutPieces(input.sequences, { most: Number.POSITIVE_INFINITY, least: Number.POSITIVE_INFINITY }, 1);
  if (piece === undefined) return joinParts([], set.thresholds);
  const memory = store.take();
  const held = load(memory, piece, 0, input.sequences);
  const hits = scanMotifPiece({ held, slot: 0, matrices: set, unprepared: true });
  store.giveBack([memory]);
  return joinParts([{ firstMatrix: 0, hits }], set.thresholds);
}

/** Puts a piece's letters into a memory, where `prepareMotifPiece` finds them. */
function load(memory: WebAssembly.Memory, piece: Piece, k: number, sequences: Sequences): PieceInMemory {
  const layout = layoutOf({ piece, k });
  reserve(memory, bytesOf(layout, 1));
  writeText(piece, sequences, new Uint8Array(memory.buffer, layout.slots, piece.bases));
  return { memory, piece, k };
}

interface Plan {
  readonly pieces: readonly { readonly piece: Piece; readonly k: number }[];
  readonly indexed: boolean;
  /** Whether all pieces may be kept at once. */
  readonly resident: boolean;
}

/** How to prepare sequences that `scanned` matrices have been scanned against already. */
function planOf({ tuning, threads }: Run, { sequences, matrices }: MotifScanInput, scanned: number): Plan {
  const indexed = scanned + matrices.length >= tuning.indexFrom;
  const pieces = cutPieces(sequences, tuning, threads).map((piece) => ({
    piece,
    k: indexed ? indexLetters(piece.bases) : 0,
  }));
  const bytes = pieces.reduce((sum, one) => sum + bytesOf(layoutOf(one), 1), 0);
  return { pieces, indexed, resident: bytes <= tuning.residentBytes && pieces.length <= mostMemories };
}

/** The prepared sequences, made now where need be; null where they would not fit the budget. */
async function resident(run: Run, input: MotifScanInput): Promise<Resident | null> {
  const { pool, store, context, threads } = run;
  const { sequences } = input;
  const kept = store.get(sequences);
  const plan = planOf(run, input, kept?.scanned ?? 0);
  // an index serves few matrices too
  if (kept !== null && (kept.indexed || !plan.indexed)) return kept;
  if (!plan.resident) return null;
  const pieces = await inLanes(threads, plan.pieces, async ({ piece, k }) => {
    const held = load(store.take(), piece, k, sequences);
    await pool.run("motif-prepare", held, context);
    return held;
  });
  const made = { pieces, indexed: plan.indexed, scanned: kept?.scanned ?? 0 };
  store.put(sequences, made);
  return made;
}

async function scan(run: Run, input: MotifScanInput, matrices: PreparedMatrices): Promise<MotifHits> {
  const [kept] = await Promise.all([resident(run, input), findThresholds(run, input, matrices)]);
  const parts = kept === null ? await scanStream(run, input, matrices) : await scanResident(run, input, matrices, kept);
  return joinParts(parts, matrices.set.thresholds);
}

async function findThresholds(run: Run, input: MotifScanInput, matrices: PreparedMatrices): Promise<void> {
  const { set, background, unknown } = matrices;
  await inLanes(run.threads, ranges(unknown.length, run.threads), async ({ from, until }) => {
    const indices = unknown.slice(from, until);
    const { columns, scores } = selected(set, indices);
    const task = { columns, scores, background, pValue: input.pValue };
    learn(input, matrices, indices, await run.pool.run("motif-thresholds", task, run.context));
  });
}

/** Pools by the threads that have scanned without an index. */
const warmed = new WeakMap<SimdPool, number>();
/** Bases of the piece that warms up. */
const warmBases = 20_000;

/** With an index the many calls warm up by themselves; without, a first matrix is one long call. */
async function warm(run: Run, input: MotifScanInput): Promise<void> {
  const { pool, store, context, threads } = run;
  if ((warmed.get(pool) ?? 0) >= threads) return;
  const residues = input.sequences.residues.subarray(0, warmBases);
  const some = { names: [""], residues, offsets: Uint32Array.of(0, residues.length) };
  const [piece] = cutPieces(some, { most: warmBases, least: warmBases }, 1);
  if (piece === undefined) return;
  const { set, background } = prepareMatrices(input);
  const one = selected(set, [0]);
  const { scores } = one;
  let best = 0;
  for (let at = 0; at < scores.length; at += 4) best += Math.max(...scores.subarray(at, at + 4));
  // the best word alone is a hit
  const matrices = { ...one, thresholds: Float64Array.of(best) };
  const memories = Array.from({ length: threads }, () => store.take());
  await inLanes(threads, memories, async (memory) => {
    const scan = { held: load(memory, piece, 0, some), slot: 0, matrices, unprepared: false };
    const threshold = { columns: one.columns, scores, background, pValue: input.pValue };
    await pool.run("motif-warm", { scan, threshold }, context);
  });
  store.giveBack(memories);
  warmed.set(pool, threads);
}

/** Each piece against all matrices or, where there are fewer pieces than threads, against shares of them. */
async function scanResident(
  { pool, store, context, threads }: Run,
  { sequences }: MotifScanInput,
  { set }: PreparedMatrices,
  kept: Resident,
): Promise<Part[]> {
  const { pieces } = kept;
  if (pieces.length === 0) return [];
  kept.scanned += set.columns.length;
  const shares = ranges(set.columns.length, Math.ceil(threads / pieces.length)).map(({ from, until }) => ({
    firstMatrix: from,
    matrices: selected(
      set,
      Array.from({ length: until - from }, (_, at) => from + at),
    ),
  }));
  for (const { memory, piece, k } of pieces) reserve(memory, bytesOf(layoutOf({ piece, k }), shares.length));
  const tasks = pieces.flatMap((held) => shares.map((share, slot) => ({ held, slot, ...share })));
  try {
    return await inLanes(threads, tasks, async ({ held, slot, matrices, firstMatrix }) => ({
      firstMatrix,
      hits: await pool.run("motif-scan", { held, slot, matrices, unprepared: false }, context),
    }));
  } catch (error) {
    store.forget(sequences);
    throw error;
  }
}

/** Piece after piece, each prepared, scanned and dropped: one memory a thread, however long the sequences. */
async function scanStream(run: Run, input: MotifScanInput, { set }: PreparedMatrices): Promise<Part[]> {
  const { pool, store, context, threads } = run;
  const { pieces } = planOf(run, input, 0);
  const memories = Array.from({ length: Math.min(threads, pieces.length) }, () => store.take());
  const parts = await inLanes(threads, pieces, async ({ piece, k }, lane) => {
    const held = load(memories[lane] ?? store.take(), piece, k, input.sequences);
    const hits = await pool.run("motif-scan", { held, slot: 0, matrices: set, unprepared: true }, context);
    return { firstMatrix: 0, hits };
  });
  store.giveBack(memories);
  return parts;
}

/** 0 to `length` in at most `parts` stretches of nearly equal size. */
function ranges(length: number, parts: number): { readonly from: number; readonly until: number }[] {
  const count = Math.min(length, parts);
  return Array.from({ length: count }, (_, at) => ({
    from: Math.floor((at * length) / count),
    until: Math.floor(((at + 1) * length) / count),
  }));
}
