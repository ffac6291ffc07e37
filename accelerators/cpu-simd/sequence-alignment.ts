import type { RunContext, Sequences } from "../../src/contract/index.ts";
import { type AlignmentScores, type SequenceAlignmentInput, sequenceAlignment } from "../../src/workloads/index.ts";
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
import { planChunks, planUnits } from "./sequence-alignment-plan.ts";
import { pairLookup, scoringOf } from "./sequence-alignment-scoring.ts";
import { type SearchJob, searchDatabase, unitFields } from "./sequence-alignment-search.ts";

/** Below this a run ends in a tenth of a millisecond or so: quicker here than the way to a worker and back. */
const inlineCells = 2e6;
/** Below this a database is interleaved in about 0.1 ms. */
const inlineResidues = 40_000;
/** What a query may take of a 32-bit memory: 4 bytes for its row, 32 for its state, 48 more where pairs differ. */
const mostQueryBytes = 3e9;
/** Cells a second and thread, and seconds a dispatch, seen on a 2-core AMD EPYC (Zen, 3.x GHz) with Node 20.20. */
const cellsPerSecond = 17e9;
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

async function search(
  pool: SimdPool,
  input: SequenceAlignmentInput,
  cells: number,
  context: RunContext,
): Promise<Int32Array> {
  const { queries, targets } = input;
  const scoring = scoringOf(input);
  const interleaved = await database(pool, input, context);
  const threads = threadsOf(pool, context);
  const units = planUnits(interleaved, queries.offsets, scoring, cells, threads);
  const count = (queries.offsets.length - 1) * (targets.offsets.length - 1);
  if (cells <= inlineCells) {
    const scores = new Int32Array(count);
    const cursor = new Int32Array(1);
    searchDatabase({
      database: interleaved,
      queries: queries.residues,
      queryOffsets: queries.offsets,
      scoring,
      units: Uint32Array.from(units),
      cursor,
      scores,
    });
    return scores;
  }
  const job: SearchJob = {
    database: interleaved,
    queries: shared(queries.residues),
    queryOffsets: sharedWords(queries.offsets),
    scoring,
    units: sharedWords(Uint32Array.from(units)),
    cursor: new Int32Array(sharedBuffer(4)),
    scores: new Int32Array(sharedBuffer(4 * count)),
  };
  await onThreads(units.length / unitFields, threads, job.cursor, () =>
    pool.run("sequence-alignment-search", job, context),
  );
  return job.scores.slice();
}

async function pairs(
  pool: SimdPool,
  input: SequenceAlignmentInput,
  cells: number,
  context: RunContext,
): Promise<Int32Array> {
  const { queries, targets } = input;
  const threads = threadsOf(pool, context);
  const chunks = planChunks(queries.offsets, targets.offsets, cells, threads);
  const count = queries.offsets.length - 1;
  const how = { scoring: scoringOf(input), lookup: pairLookup(input) };
  if (cells <= inlineCells) {
    const scores = new Int32Array(count);
    alignPairs({
      queries: queries.residues,
      queryOffsets: queries.offsets,
      targets: targets.residues,
      targetOffsets: targets.offsets,
      ...how,
      chunks: Uint32Array.from(chunks),
      cursor: new Int32Array(1),
      scores,
    });
    return scores;
  }
  const job: PairsJob = {
    queries: shared(queries.residues),
    queryOffsets: sharedWords(queries.offsets),
    targets: shared(targets.residues),
    targetOffsets: sharedWords(targets.offsets),
    ...how,
    chunks: sharedWords(Uint32Array.from(chunks)),
    cursor: new Int32Array(sharedBuffer(4)),
    scores: new Int32Array(sharedBuffer(4 * count)),
  };
  await onThreads(chunks.length - 1, threads, job.cursor, () => pool.run("sequence-alignment-pairs", job, context));
  return job.scores.slice();
}

/**
 * One alignment a lane. Floor: 9 vector operations for 16 cells at 8 bits, so about 3 cycles on a core with three
 * vector ports; a third of 64 bytes of state in the first-level cache a row, 16 bytes of the database a column.
 */
export const sequenceAlignmentKernel: SimdKernel<SequenceAlignmentInput, AlignmentScores> = {
  workload: sequenceAlignment,
  supports: ({ matrix, queries, targets }) => {
    if (matrix.alphabet.length > mostLetters)
      return { ok: false, reason: `more than ${mostLetters} letters in the matrix` };
    if (84 * queries.residues.length > mostQueryBytes && 84 * longest(queries) > mostQueryBytes)
      return { ok: false, reason: "a query too long for a 32-bit WebAssembly memory" };
    const scored = Math.min(queries.residues.length, targets.residues.length);
    if (
      scored * 32_767 >= 2 ** 31 &&
      Math.min(longest(queries), longest(targets)) * Math.max(...matrix.scores) >= 2 ** 31
    )
      return { ok: false, reason: "a score may exceed 32 bits" };
    return { ok: true };
  },
  prior: ({ units, bytesOut }) => ({
    seconds: secondsPerDispatch + units / cellsPerSecond + bytesOut / 1e9,
    joules: null,
    energySource: null,
    basis: "guess",
  }),
  prepare: async (pool, input, context) => {
    if (input.pairing === "database") await database(pool, input, context);
  },
  run: async (pool, input, context) => {
    const cells = sequenceAlignment.size(input).units;
    const scores = input.pairing === "pairs" ? pairs(pool, input, cells, context) : search(pool, input, cells, context);
    return { scores: await scores };
  },
};

function longest({ offsets }: Sequences): number {
  let most = 0;
  for (let at = 0; at + 1 < offsets.length; at++) most = Math.max(most, (offsets[at + 1] ?? 0) - (offsets[at] ?? 0));
  return most;
}
