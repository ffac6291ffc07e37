import { BioXenError, type Dispatcher, type DispatchOptions, type Sequences } from "../contract/index.ts";
import {
  type AlignmentDetail,
  type AlignmentQuestion,
  bitScore,
  effectiveSearchSpace,
  expectedByChance,
  karlinAltschul,
  type SequenceAlignmentInput,
  sequenceAlignment,
} from "../workloads/index.ts";
import { type AlignmentPlace, placed } from "./alignment-places.ts";
import { BestTargets, type Found } from "./hits.ts";
import { RunSum, type Runs } from "./runs.ts";
import { lengthOf, rangeOf } from "./selection.ts";
import { RecordScores, type TargetBatch, TargetRecords } from "./target-pieces.ts";

/** Everything of a question but its sequences. */
export type AlignmentScheme = Omit<AlignmentQuestion, "queries" | "targets">;

export interface SearchHit extends Omit<Found, "target" | "start"> {
  readonly query: number;
  readonly queryName: string;
  readonly queryLength: number;
  /** By published Karlin-Altschul parameters; null where the scoring has none, and for alignments that are not local. */
  readonly bitScore: number | null;
  readonly eValue: number | null;
  readonly place: AlignmentPlace | null;
}

export interface SearchProgress {
  readonly targets: number;
  readonly residues: number;
  readonly cells: number;
}

export interface SearchOptions extends DispatchOptions {
  /** Best targets of each query that are kept. */
  readonly top: number;
  /** What is told of the best ones beyond their scores. */
  readonly want?: AlignmentDetail | undefined;
  readonly onProgress?: ((progress: SearchProgress) => void) | undefined;
  /** Scores as they come, query-major, of so many more targets in their order. */
  readonly onScores?: ((scores: Int32Array, names: readonly string[]) => void) | undefined;
}

export interface SearchResult {
  /** Best first for each query; queries in their order. */
  readonly hits: readonly SearchHit[];
  readonly targets: number;
  readonly residues: number;
  readonly runs: Runs;
}

/**
 * Scores queries against any number of targets, batch by batch, so that a database larger than memory is searched in
 * what one batch takes; then traces back the best alone. Pieces of long targets (`piecesFor`) are told as their whole.
 * @throws BioXenError as the dispatcher, and `INPUT_INVALID` where there are no targets.
 * @example
 * const found = await searchSequences(manager, queries, streamSequences("nr.fasta.gz"), scheme, { top: 10, want: "cigar" });
 */
export async function searchSequences(
  dispatcher: Dispatcher,
  queries: Sequences,
  batches: AsyncIterable<TargetBatch> | Iterable<TargetBatch>,
  scheme: AlignmentScheme,
  options: SearchOptions,
): Promise<SearchResult> {
  const { top, want, onProgress, onScores, ...dispatch } = options;
  const best = queries.names.map(() => new BestTargets(top, want !== undefined));
  const sum = new RunSum();
  const records = new TargetRecords();
  const whole = new RecordScores();
  for await (const batch of batches) {
    const input: SequenceAlignmentInput = { ...scheme, queries, targets: batch, pairing: "database" };
    const ran = await dispatcher.run(sequenceAlignment, input, dispatch);
    sum.add(sequenceAlignment, input, ran);
    const { scores } = ran.output;
    const count = batch.names.length;
    const recordOf = records.take(batch);
    const copies = new Map<number, Sequences>();
    best.forEach((of, query) => {
      of.offer(scores.subarray(query * count, (query + 1) * count), batch, 0, recordOf, copies);
    });
    if (onScores !== undefined) {
      const ended = whole.take(scores, batch);
      if (ended.names.length > 0) onScores(ended.scores, ended.names);
    }
    onProgress?.({ targets: records.count, residues: records.residues, cells: sum.sum?.units ?? 0 });
  }
  const last = whole.end();
  if (last !== null) onScores?.(last.scores, last.names);
  const size = { targets: records.count, residues: records.residues };
  const hits = await told(dispatcher, queries, best, scheme, size, want, dispatch, sum);
  const lengths = hits.map(({ index, length }) => records.cutLength(index) ?? length);
  return { hits: hits.map((hit, at) => ({ ...hit, length: lengths[at] ?? hit.length })), ...size, runs: summed(sum) };
}

/** Residues of a block of queries in an all-against-all run: its scores are held at a time. */
const blockResidues = 2 ** 20;

/**
 * Every sequence against every other one, each pair once where the matrix is symmetric, and the best partners of each.
 * @throws BioXenError as the dispatcher.
 */
export async function searchAllAgainstAll(
  dispatcher: Dispatcher,
  sequences: Sequences,
  scheme: AlignmentScheme,
  options: SearchOptions,
): Promise<SearchResult> {
  const { top, want, onProgress, onScores: _, ...dispatch } = options;
  const count = sequences.names.length;
  const best = sequences.names.map(() => new BestTargets(top, false));
  const sum = new RunSum();
  const once = symmetric(scheme);
  let done = 0;
  for (let first = 0; first < count; ) {
    let end = first + 1;
    while (end < count && (sequences.offsets[end + 1] ?? 0) - (sequences.offsets[first] ?? 0) <= blockResidues) end++;
    const queries = rangeOf(sequences, first, end);
    const start = once ? first : 0;
    const targets = rangeOf(sequences, start, count);
    const input: SequenceAlignmentInput = { ...scheme, queries, targets, pairing: "database" };
    const ran = await dispatcher.run(sequenceAlignment, input, dispatch);
    sum.add(sequenceAlignment, input, ran);
    const { scores } = ran.output;
    const width = count - start;
    for (let query = first; query < end; query++) {
      const row = scores.subarray((query - first) * width, (query - first + 1) * width);
      // within the block both triangles are there; to the right of it this is the only time that a pair is seen
      offerOthers(best[query], row, sequences, start, query);
      if (!once) continue;
      const one = Int32Array.of(0);
      for (let target = end; target < count; target++) {
        one[0] = row[target - start] ?? 0;
        best[target]?.offer(one, sequences, query, query);
      }
    }
    done += (sequences.offsets[end] ?? 0) - (sequences.offsets[first] ?? 0);
    onProgress?.({ targets: end, residues: done, cells: sum.sum?.units ?? 0 });
    first = end;
  }
  const size = { targets: count, residues: sequences.residues.length };
  const hits = await told(dispatcher, sequences, best, scheme, size, want, dispatch, sum);
  return { hits, ...size, runs: summed(sum) };
}

/** All targets of a row but the query itself. */
function offerOthers(
  best: BestTargets | undefined,
  row: Int32Array,
  sequences: Sequences,
  start: number,
  query: number,
): void {
  const self = query - start;
  best?.offer(row.subarray(0, self), sequences, start, start);
  best?.offer(row.subarray(self + 1), sequences, query + 1, query + 1);
}

/** Whether a query and a target may change places without another score. */
function symmetric({ matrix: { alphabet, scores }, mode, freeEnds }: AlignmentScheme): boolean {
  const letters = alphabet.length;
  if (mode === "semi-global") {
    const { queryStart = false, queryEnd = false, targetStart = false, targetEnd = false } = freeEnds ?? {};
    if (freeEnds === undefined || queryStart !== targetStart || queryEnd !== targetEnd) return false;
  }
  for (let row = 0; row < letters; row++)
    for (let column = 0; column < row; column++)
      if (scores[row * letters + column] !== scores[column * letters + row]) return false;
  return true;
}

function summed(sum: RunSum): Runs {
  if (sum.sum === null) throw new BioXenError("INPUT_INVALID", "there is no target to align with");
  return sum.sum;
}

/** Hits with their statistics and, where asked for, their places. */
async function told(
  dispatcher: Dispatcher,
  queries: Sequences,
  best: readonly BestTargets[],
  scheme: AlignmentScheme,
  database: { readonly targets: number; readonly residues: number },
  want: AlignmentDetail | undefined,
  dispatch: DispatchOptions,
  sum: RunSum,
): Promise<SearchHit[]> {
  const rows = best.flatMap(({ best: of }, query) => of.map((found) => ({ query, found })));
  const places =
    want === undefined
      ? null
      : await placed(
          dispatcher,
          rows.map(({ query, found }) => ({
            query: { of: queries, at: query },
            target: found.target === null ? { of: queries, at: found.index } : { of: found.target, at: 0 },
            start: found.start,
          })),
          { ...scheme, want },
          dispatch,
          sum,
        );
  const parameters = scheme.mode === "local" ? karlinAltschul(scheme.matrix, scheme) : null;
  const spaces = queries.names.map((_, query) =>
    parameters === null
      ? 0
      : effectiveSearchSpace(parameters, lengthOf(queries, query), database.residues, database.targets),
  );
  return rows.map(({ query, found: { score, index, name, length } }, at): SearchHit => {
    const space = spaces[query] ?? 0;
    return {
      query,
      queryName: queries.names[query] ?? "",
      queryLength: lengthOf(queries, query),
      score,
      index,
      name,
      length,
      bitScore: parameters === null ? null : bitScore(parameters, score),
      eValue: parameters === null ? null : expectedByChance(parameters, score, space),
      place: places?.[at] ?? null,
    };
  });
}
