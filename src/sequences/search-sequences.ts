import {
  BioXenError,
  type Dispatched,
  type Dispatcher,
  type DispatchOptions,
  type Sequences,
} from "../contract/index.ts";
import {
  type AlignmentDetail,
  type AlignmentQuestion,
  type Alignments,
  type AlignmentTracebackInput,
  alignmentTraceback,
  bitScore,
  type CigarCounts,
  cigarCounts,
  cigarOperations,
  effectiveSearchSpace,
  expectedByChance,
  karlinAltschul,
  type SequenceAlignmentInput,
  sequenceAlignment,
} from "../workloads/index.ts";
import { BestTargets, type Found } from "./hits.ts";
import { RunSum, type Runs } from "./runs.ts";
import { lengthOf, rangeOf, selected } from "./selection.ts";

/** Everything of a question but its sequences. */
export type AlignmentScheme = Omit<AlignmentQuestion, "queries" | "targets">;

/** Where an alignment lies and how it runs; coordinates are 0-based and half-open. */
export interface AlignmentPlace {
  readonly queryEnd: number;
  readonly targetEnd: number;
  /** null where only ends were asked for. */
  readonly queryStart: number | null;
  readonly targetStart: number | null;
  /** `length << 4 | code` as BAM has it; null where not asked for. */
  readonly operations: Uint32Array | null;
  readonly counts: CigarCounts | null;
}

export interface SearchHit extends Omit<Found, "target"> {
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
  /** Every batch's scores as they come, query-major. */
  readonly onScores?: ((scores: Int32Array, targets: Sequences) => void) | undefined;
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
 * what one batch takes; then traces back the best alone.
 * @throws BioXenError as the dispatcher, and `INPUT_INVALID` where there are no targets.
 * @example
 * const found = await searchSequences(manager, queries, streamSequences("nr.fasta.gz"), scheme, { top: 10, want: "cigar" });
 */
export async function searchSequences(
  dispatcher: Dispatcher,
  queries: Sequences,
  batches: AsyncIterable<Sequences> | Iterable<Sequences>,
  scheme: AlignmentScheme,
  options: SearchOptions,
): Promise<SearchResult> {
  const { top, want, onProgress, onScores, ...dispatch } = options;
  const best = queries.names.map(() => new BestTargets(top, want !== undefined));
  const sum = new RunSum();
  let targets = 0;
  let residues = 0;
  for await (const batch of batches) {
    const input: SequenceAlignmentInput = { ...scheme, queries, targets: batch, pairing: "database" };
    const ran = await dispatcher.run(sequenceAlignment, input, dispatch);
    sum.add(sequenceAlignment, input, ran);
    const { scores } = ran.output;
    const count = batch.names.length;
    best.forEach((of, query) => {
      of.offer(scores.subarray(query * count, (query + 1) * count), batch, 0, targets);
    });
    onScores?.(scores, batch);
    targets += count;
    residues += batch.residues.length;
    onProgress?.({ targets, residues, cells: sum.sum?.units ?? 0 });
  }
  const hits = await told(dispatcher, queries, best, scheme, { targets, residues }, want, dispatch, sum);
  return { hits, targets, residues, runs: summed(sum) };
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
  let places: readonly AlignmentPlace[] | null = null;
  if (want !== undefined && rows.length > 0) {
    const input: AlignmentTracebackInput = {
      ...scheme,
      queries: selected(rows.map(({ query }) => ({ of: queries, at: query }))),
      targets: selected(
        rows.map(({ found }) =>
          found.target === null ? { of: queries, at: found.index } : { of: found.target, at: 0 },
        ),
      ),
      want,
    };
    const ran = await whereItCan(dispatcher, input, dispatch);
    sum.add(alignmentTraceback, input, ran);
    places = placesOf(ran.output);
  }
  const parameters = scheme.mode === "local" ? karlinAltschul(scheme.matrix, scheme) : null;
  return rows.map(({ query, found: { score, index, name, length } }, at): SearchHit => {
    const queryLength = lengthOf(queries, query);
    const space =
      parameters === null ? 0 : effectiveSearchSpace(parameters, queryLength, database.residues, database.targets);
    return {
      query,
      queryName: queries.names[query] ?? "",
      queryLength,
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

/** On the device that was asked for, or where it has no tracebacks on another. */
async function whereItCan(
  dispatcher: Dispatcher,
  input: AlignmentTracebackInput,
  dispatch: DispatchOptions,
): Promise<Dispatched<Alignments>> {
  const { device, ...anywhere } = dispatch;
  if (device === undefined) return dispatcher.run(alignmentTraceback, input, dispatch);
  const { candidates, rejected } = dispatcher.explain(alignmentTraceback, input, dispatch);
  if (candidates.length > 0) return dispatcher.run(alignmentTraceback, input, dispatch);
  const ran = await dispatcher.run(alignmentTraceback, input, anywhere);
  return { ...ran, rejected: [...rejected, ...ran.rejected] };
}

/** One place a pair. */
export function placesOf(output: {
  readonly scores: Int32Array;
  readonly queryEnds: Uint32Array;
  readonly targetEnds: Uint32Array;
  readonly queryStarts: Uint32Array;
  readonly targetStarts: Uint32Array;
  readonly cigars: Uint32Array;
  readonly cigarOffsets: Uint32Array;
}): AlignmentPlace[] {
  const { scores, queryEnds, targetEnds, queryStarts, targetStarts, cigars } = output;
  const withWay = cigars.length > 0;
  return Array.from(scores, (_, at): AlignmentPlace => {
    const operations = withWay ? cigarOperations(output, at) : null;
    return {
      queryEnd: queryEnds[at] ?? 0,
      targetEnd: targetEnds[at] ?? 0,
      queryStart: queryStarts[at] ?? null,
      targetStart: targetStarts[at] ?? null,
      operations,
      counts: operations === null ? null : cigarCounts(operations),
    };
  });
}
