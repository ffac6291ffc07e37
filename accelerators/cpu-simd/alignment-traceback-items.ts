// Pairs in every mode, on one thread: chunks of them are drawn from a shared cursor.
import type { Depth, PairAnswer, TracebackScoring } from "./alignment-traceback-lanes.ts";
import { alignByMatrix } from "./alignment-traceback-matrix.ts";
import { alignByStripes } from "./alignment-traceback-stripes.ts";
import { alignByWavefront } from "./alignment-traceback-wavefront.ts";
import type { WavefrontScoring } from "./alignment-wavefront-parts.ts";

export interface TracebackJob {
  readonly queries: Uint8Array;
  readonly queryOffsets: Uint32Array;
  readonly targets: Uint8Array;
  readonly targetOffsets: Uint32Array;
  /** Query i against target i; else every query against every target, query-major. */
  readonly paired: boolean;
  readonly scoring: TracebackScoring;
  /** Where the question can be answered by wavefronts. */
  readonly wavefront: WavefrontScoring | null;
  readonly depth: Depth;
  /** First pair of each chunk, and one past the last. */
  readonly chunks: Uint32Array;
  /** One shared number: the next chunk that nobody has drawn. */
  readonly cursor: Int32Array;
  /** Shared: score, query start and end, target start and end of each pair; of the score alone where no more is asked for. */
  readonly results: Int32Array;
}

export const resultFields = 5;

/** The operations of the pairs that one thread drew. */
export interface TracebackPart {
  readonly pairs: Uint32Array;
  readonly counts: Uint32Array;
  readonly words: Uint32Array;
}

/** Pairs whose cells are fewer than this are as quick by their matrix. */
const leastWavefrontCells = 2000;

/** Draws chunks until none is left. */
export function traceBackPairs(job: TracebackJob): TracebackPart {
  const { queries, queryOffsets, targets, targetOffsets, paired, depth, chunks, cursor, results } = job;
  const { scoring, wavefront } = job;
  const count = chunks.length - 1;
  const targetCount = targetOffsets.length - 1;
  const pairs: number[] = [];
  const counts: number[] = [];
  const operations: Uint32Array[] = [];
  let words = 0;
  let query: Uint8Array = queries;
  let queryAt = -1;
  for (let drawn = Atomics.add(cursor, 0, 1); drawn < count; drawn = Atomics.add(cursor, 0, 1))
    for (let pair = chunks[drawn] ?? 0; pair < (chunks[drawn + 1] ?? 0); pair++) {
      const at = paired ? pair : Math.floor(pair / targetCount);
      const to = paired ? pair : pair % targetCount;
      if (at !== queryAt) query = queries.subarray(queryOffsets[at], queryOffsets[at + 1]);
      queryAt = at;
      const target = targets.subarray(targetOffsets[to], targetOffsets[to + 1]);
      const answer = alignPair(query, target, scoring, wavefront, depth);
      if (depth === 0) {
        results[pair] = answer.score;
        continue;
      }
      const base = resultFields * pair;
      results[base] = answer.score;
      results[base + 1] = answer.queryStart;
      results[base + 2] = answer.queryEnd;
      results[base + 3] = answer.targetStart;
      results[base + 4] = answer.targetEnd;
      if (depth < 3) continue;
      pairs.push(pair);
      counts.push(answer.operations.length);
      operations.push(answer.operations);
      words += answer.operations.length;
    }
  const all = new Uint32Array(words);
  let put = 0;
  for (const one of operations) {
    all.set(one, put);
    put += one.length;
  }
  return { pairs: Uint32Array.from(pairs), counts: Uint32Array.from(counts), words: all };
}

function alignPair(
  query: Uint8Array,
  target: Uint8Array,
  scoring: TracebackScoring,
  wavefront: WavefrontScoring | null,
  depth: Depth,
): PairAnswer {
  if (wavefront !== null && query.length * target.length >= leastWavefrontCells) {
    const answer = alignByWavefront(query, target, wavefront, depth);
    if (answer !== null) return answer;
  }
  const local = depth === 0 ? null : alignByStripes(query, target, scoring, depth);
  return local ?? alignByMatrix(query, target, scoring, depth);
}
