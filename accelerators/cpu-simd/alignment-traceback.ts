import type { RunContext, Support } from "../../src/contract/index.ts";
import {
  type AlignmentQuestion,
  type Alignments,
  type AlignmentTracebackInput,
  alignmentTraceback,
  longestSequence,
} from "../../src/workloads/index.ts";
import { matrixBytes } from "./alignment-matrix-layout.ts";
import { resultFields, type TracebackJob, type TracebackPart, traceBackPairs } from "./alignment-traceback-items.ts";
import type { Depth } from "./alignment-traceback-lanes.ts";
import { tracebackScoringOf, wavefrontScoringOf } from "./alignment-traceback-scoring.ts";
import { type SimdKernel, type SimdPool, threadsOf } from "./kernel.ts";
import { shared, sharedBuffer, sharedWords } from "./sequence-alignment-database.ts";
import { mostLetters } from "./sequence-alignment-lanes.ts";

/** Below this a run ends sooner here than a worker would have it. */
const inlineCells = 2e5;
/** Chunks a thread, so that the last ones end together; a chunk has some 0.1 ms of work at least. */
const chunksPerThread = 64;
const leastChunkCells = 1e5;
/** What a pair's edges and tiles may take of a 32-bit memory. */
const mostPairBytes = 3e9;
/** Cells a second and thread, seen on one core of an AMD EPYC with Node 20.20. */
const cellsPerSecond = 1e9;

const depths = { ends: 1, starts: 2, cigar: 3 } as const;

/** First pair of each chunk, balanced by cells, and one past the last. */
function planChunks(question: AlignmentQuestion, paired: boolean, threads: number): number[] {
  const { offsets: queries } = question.queries;
  const { offsets: targets } = question.targets;
  const count = targets.length - 1;
  const pairs = paired ? count : (queries.length - 1) * count;
  const cellsOf = (pair: number): number => {
    const query = paired ? pair : Math.floor(pair / count);
    const target = paired ? pair : pair % count;
    return ((queries[query + 1] ?? 0) - (queries[query] ?? 0)) * ((targets[target + 1] ?? 0) - (targets[target] ?? 0));
  };
  let cells = 0;
  for (let pair = 0; pair < pairs; pair++) cells += cellsOf(pair);
  const wanted = Math.max(leastChunkCells, cells / (chunksPerThread * threads));
  const chunks = [0];
  let sum = 0;
  for (let pair = 0; pair < pairs; pair++) {
    sum += cellsOf(pair) + 500; // what a pair takes beside its cells
    if (sum < wanted && pair + 1 < pairs) continue;
    chunks.push(pair + 1);
    sum = 0;
  }
  return chunks;
}

/** Runs a question in any mode; what each thread answers beside the shared results. */
export async function runTraceback(
  pool: SimdPool,
  question: AlignmentQuestion,
  paired: boolean,
  depth: Depth,
  context: RunContext,
): Promise<{ readonly results: Int32Array; readonly parts: readonly TracebackPart[] }> {
  const { queries, targets } = question;
  const pairs = paired ? targets.offsets.length - 1 : (queries.offsets.length - 1) * (targets.offsets.length - 1);
  const threads = threadsOf(pool, context);
  const chunks = planChunks(question, paired, threads);
  const inline =
    queries.residues.length * (paired ? longestSequence(targets.offsets) : targets.residues.length) <= inlineCells;
  const numbers = (length: number): Int32Array =>
    inline ? new Int32Array(length) : new Int32Array(sharedBuffer(4 * length));
  const job: TracebackJob = {
    queries: inline ? queries.residues : shared(queries.residues),
    queryOffsets: inline ? queries.offsets : sharedWords(queries.offsets),
    targets: inline ? targets.residues : shared(targets.residues),
    targetOffsets: inline ? targets.offsets : sharedWords(targets.offsets),
    paired,
    scoring: tracebackScoringOf(question),
    wavefront: wavefrontScoringOf(question),
    depth,
    chunks: Uint32Array.from(chunks),
    cursor: numbers(1),
    results: numbers(pairs * (depth === 0 ? 1 : resultFields)),
  };
  if (inline) return { results: job.results, parts: [traceBackPairs(job)] };
  const workers = Math.min(threads, chunks.length - 1);
  try {
    const parts = await Promise.all(
      Array.from({ length: workers }, () => pool.run("alignment-traceback", job, context)),
    );
    return { results: job.results, parts };
  } catch (error) {
    Atomics.store(job.cursor, 0, chunks.length); // nobody will read what the other threads have yet to do
    throw error;
  }
}

/** Whether every pair of a question fits, by its longest sequences. */
export function supportsMatrix(question: AlignmentQuestion, depth: Depth): Support {
  const { matrix, queries, targets } = question;
  if (matrix.alphabet.length > mostLetters)
    return { ok: false, reason: `more than ${mostLetters} letters in the matrix` };
  const [m, n] = [longestSequence(queries.offsets), longestSequence(targets.offsets)];
  if (wavefrontScoringOf(question) === null && matrixBytes(m, n, tracebackScoringOf(question), depth) > mostPairBytes)
    return { ok: false, reason: `a pair of ${m} and ${n} residues takes more than a 32-bit WebAssembly memory` };
  return { ok: true };
}

/** Threads' operations in the order of their pairs. */
function gathered(parts: readonly TracebackPart[], pairs: number): { cigars: Uint32Array; cigarOffsets: Uint32Array } {
  const cigarOffsets = new Uint32Array(pairs + 1);
  for (const part of parts)
    part.pairs.forEach((pair, at) => {
      cigarOffsets[pair + 1] = part.counts[at] ?? 0;
    });
  for (let pair = 0; pair < pairs; pair++)
    cigarOffsets[pair + 1] = (cigarOffsets[pair] ?? 0) + (cigarOffsets[pair + 1] ?? 0);
  const cigars = new Uint32Array(cigarOffsets[pairs] ?? 0);
  for (const { pairs: of, counts, words } of parts) {
    let from = 0;
    of.forEach((pair, at) => {
      const count = counts[at] ?? 0;
      cigars.set(words.subarray(from, from + count), cigarOffsets[pair]);
      from += count;
    });
  }
  return { cigars, cigarOffsets };
}

/**
 * Pairs with their way: global ones with one score for equal letters by wavefronts (O(score) memory, both ends at once),
 * all others, and those too far apart for it, by their matrix in tiles.
 */
export const alignmentTracebackKernel: SimdKernel<AlignmentTracebackInput, Alignments> = {
  workload: alignmentTraceback,
  supports: (question) => supportsMatrix(question, depths[question.want]),
  prior: ({ units, bytesOut }) => ({
    seconds: 5e-5 + units / cellsPerSecond + bytesOut / 1e8,
    joules: null,
    energySource: null,
    basis: "guess",
  }),
  prepare: null,
  run: async (pool, question, context) => {
    const depth = depths[question.want];
    const { results, parts } = await runTraceback(pool, question, true, depth, context);
    const pairs = results.length / resultFields;
    const field = (at: number): Uint32Array =>
      Uint32Array.from({ length: pairs }, (_, pair) => results[resultFields * pair + at] ?? 0);
    const none = new Uint32Array(0);
    return {
      scores: Int32Array.from({ length: pairs }, (_, pair) => results[resultFields * pair] ?? 0),
      queryEnds: field(2),
      targetEnds: field(4),
      queryStarts: depth < 2 ? none : field(1),
      targetStarts: depth < 2 ? none : field(3),
      ...gathered(depth === 3 ? parts : [], pairs),
    };
  },
};
