import type { RunContext, Sequences } from "../../src/contract/index.ts";
import { noteSharedBytes } from "../../src/host/collect-garbage.ts";
import {
  type AlignmentScores,
  longestSequence,
  type SequenceAlignmentInput,
  sequenceAlignment,
} from "../../src/workloads/index.ts";
import { runTraceback, supportsMatrix } from "./alignment-traceback.ts";
import { type SimdKernel, type SimdPool, threadsOf } from "./kernel.ts";
import {
  type InterleavedDatabase,
  interleaveDatabase,
  shared,
  sharedBuffer,
  sharedLetters,
  sharedWords,
} from "./sequence-alignment-database.ts";
import { mostLetters } from "./sequence-alignment-lanes.ts";
import { alignPairs, type PairsJob } from "./sequence-alignment-pairs.ts";
import { planRanges, planUnits } from "./sequence-alignment-plan.ts";
import { pairLookup, scoringOf } from "./sequence-alignment-scoring.ts";
import { type SearchJob, searchDatabase, unitFields } from "./sequence-alignment-search.ts";
import { warmPairs, warmSearch } from "./sequence-alignment-warm-up.ts";

/** Below this a run ends in a tenth of a millisecond or so: quicker here than the way to a worker and back. */
const inlineCells = 2e6;
/** Below this a database is interleaved in about 0.1 ms. */
const inlineResidues = 40_000;
/** What a query may take of a 32-bit memory: 4 bytes for its row, 32 for its state, 48 more where pairs differ. */
const mostQueryBytes = 3e9;
/** Cells a second and thread, and seconds a dispatch, seen on one core of an AMD EPYC with Node 20.20: the bench gives 18 to 20e9, tiny inputs 8 to 12 us. */
const cellsPerSecond = 17e9;
/** One pair after the other, on the same machine. */
const cellsOneByOne = 1e9;
const secondsPerDispatch = 1.5e-5;

/** Databases by their targets, and by what their letters mean: one matrix' alphabet is not another's. */
const resident = new WeakMap<Sequences, Map<string, InterleavedDatabase>>();

async function database(
  pool: SimdPool,
  input: SequenceAlignmentInput,
  context: RunContext,
): Promise<InterleavedDatabase> {
  const { targets } = input;
  const { codes } = scoringOf(input);
  const meaning = Buffer.from(codes).toString("latin1");
  const known = resident.get(targets) ?? new Map<string, InterleavedDatabase>();
  const found = known.get(meaning);
  if (found !== undefined) return found;
  const letters = { ...sharedLetters(targets), codes };
  const made =
    targets.residues.length <= inlineResidues
      ? interleaveDatabase(letters)
      : await pool.run("sequence-alignment-interleave", letters, context);
  noteSharedBytes(targets.residues.byteLength + made.columns.byteLength);
  resident.set(targets, known.set(meaning, made));
  return made;
}

/** Runs a job on each thread; they draw its parts from one cursor, so that none waits while another has work. */
async function onThreads(
  parts: number,
  threads: number,
  cursor: Int32Array,
  start: () => Promise<void>,
): Promise<void> {
  try {
    await Promise.all(Array.from({ length: Math.min(threads, parts) }, start));
  } catch (error) {
    Atomics.store(cursor, 0, parts); // nobody will read what the other threads have yet to do
    throw error;
  }
}

/** The job over shared memory, or over the caller's own where it stays on the calling thread. */
function searchJob(
  input: SequenceAlignmentInput,
  interleaved: InterleavedDatabase,
  units: readonly number[],
  inline: boolean,
): SearchJob {
  const { queries, targets } = input;
  const count = (queries.offsets.length - 1) * (targets.offsets.length - 1);
  return {
    database: interleaved,
    queries: inline ? queries.residues : shared(queries.residues),
    queryOffsets: inline ? queries.offsets : sharedWords(queries.offsets),
    scoring: scoringOf(input),
    units: Uint32Array.from(units),
    cursor: counters(1, inline),
    scores: counters(count, inline),
  };
}

function pairsJob(input: SequenceAlignmentInput, ranges: Uint32Array, inline: boolean): PairsJob {
  const { queries, targets } = input;
  return {
    queries: inline ? queries.residues : shared(queries.residues),
    queryOffsets: inline ? queries.offsets : sharedWords(queries.offsets),
    targets: inline ? targets.residues : shared(targets.residues),
    targetOffsets: inline ? targets.offsets : sharedWords(targets.offsets),
    scoring: scoringOf(input),
    lookup: pairLookup(input),
    ranges,
    cursor: counters(1, inline),
    scores: counters(queries.offsets.length - 1, inline),
  };
}

function counters(count: number, inline: boolean): Int32Array {
  return inline ? new Int32Array(count) : new Int32Array(sharedBuffer(4 * count));
}

async function search(pool: SimdPool, input: SequenceAlignmentInput, context: RunContext): Promise<Int32Array> {
  const cells = sequenceAlignment.size(input).units;
  const inline = cells <= inlineCells;
  const threads = threadsOf(pool, context);
  const interleaved = await database(pool, input, context);
  const units = planUnits(interleaved, input.queries.offsets, scoringOf(input), cells, threads);
  const job = searchJob(input, interleaved, units, inline);
  if (inline) {
    searchDatabase(job);
    return job.scores;
  }
  const parts = units.length / unitFields;
  await onThreads(parts, threads, job.cursor, () => pool.run("sequence-alignment-search", job, context));
  return job.scores.slice();
}

async function pairs(pool: SimdPool, input: SequenceAlignmentInput, context: RunContext): Promise<Int32Array> {
  const cells = sequenceAlignment.size(input).units;
  const inline = cells <= inlineCells;
  const threads = threadsOf(pool, context);
  const ranges = planRanges(input.queries.offsets, input.targets.offsets, cells, inline ? 1 : threads);
  const job = pairsJob(input, ranges, inline);
  if (inline) {
    alignPairs(job);
    return job.scores;
  }
  await onThreads(ranges.length - 1, threads, job.cursor, () => pool.run("sequence-alignment-pairs", job, context));
  return job.scores.slice();
}

/**
 * One alignment a lane. Floor: 9 vector operations for 16 cells at 8 bits, so about 3 cycles on a core with three
 * vector ports; a third of 64 bytes of state in the first-level cache a row, 16 bytes of the database a column.
 */
export const sequenceAlignmentKernel: SimdKernel<SequenceAlignmentInput, AlignmentScores> = {
  workload: sequenceAlignment,
  supports: (input) => {
    const { matrix, queries, targets } = input;
    if (!sideBySide(input)) return supportsMatrix(input, 0);
    if (matrix.alphabet.length > mostLetters)
      return { ok: false, reason: `more than ${mostLetters} letters in the matrix` };
    if (84 * queries.residues.length > mostQueryBytes && 84 * longestSequence(queries.offsets) > mostQueryBytes)
      return { ok: false, reason: "a query too long for a 32-bit WebAssembly memory" };
    const scored = Math.min(queries.residues.length, targets.residues.length);
    if (
      scored * 32_767 >= 2 ** 31 &&
      Math.min(longestSequence(queries.offsets), longestSequence(targets.offsets)) * Math.max(...matrix.scores) >=
        2 ** 31
    )
      return { ok: false, reason: "a score may exceed 32 bits" };
    return { ok: true };
  },
  prior: ({ units, bytesOut, sort }) => ({
    seconds: secondsPerDispatch + units / (sort === undefined ? cellsPerSecond : cellsOneByOne) + bytesOut / 1e9,
    joules: null,
    energySource: null,
    basis: "guess",
  }),
  prepare: async (pool, input, context) => {
    if (!sideBySide(input)) return;
    const threads = threadsOf(pool, context);
    if (input.pairing === "database") await database(pool, input, context);
    const task = input.pairing === "database" ? "sequence-alignment-search" : "sequence-alignment-pairs";
    if (pool.started(task) >= threads || sequenceAlignment.size(input).units <= inlineCells) return;
    const scoring = scoringOf(input);
    const { residues } = input.queries;
    if (task === "sequence-alignment-search") await pool.start(threads, task, warmSearch(residues, scoring), context);
    else await pool.start(threads, task, warmPairs(residues, scoring, pairLookup(input)), context);
  },
  run: async (pool, input, context) => {
    if (!sideBySide(input)) {
      const { results } = await runTraceback(pool, input, input.pairing === "pairs", 0, context);
      return { scores: results.slice() };
    }
    return { scores: await (input.pairing === "pairs" ? pairs : search)(pool, input, context) };
  },
};

/** Local alignments with one piece of gap cost run many side by side; all others one by one, by their matrix. */
function sideBySide({ mode, secondGap }: SequenceAlignmentInput): boolean {
  return mode === "local" && secondGap === undefined;
}
