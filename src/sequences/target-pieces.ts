// Targets longer than what is held at a time, such as chromosomes, in pieces: each begins with so much of the end of the
// one before it that every local alignment lies within one of them.
import type { Sequences } from "../contract/index.ts";
import { gapCost, gapPieces } from "../workloads/index.ts";
import type { AlignmentScheme } from "./search-sequences.ts";
import { lengthOf } from "./selection.ts";

/** A batch of targets; `starts` says where each lies in its record, which is not 0 for all pieces but the first of one. */
export interface TargetBatch extends Sequences {
  readonly starts?: Float64Array;
}

/** Pieces are at least so long, and this often as long as what they overlap by: little is aligned twice. */
const leastPiece = 2 ** 16;
const piecePerOverlap = 32;

/**
 * How long targets may be cut for these queries, as `streamSequences` takes it: without another score, end, start or way. null
 * where they must stay whole: but for local alignments and for those of whole queries anywhere within targets, and where
 * gaps cost nothing.
 */
export function piecesFor(
  queries: Sequences,
  scheme: AlignmentScheme,
): { readonly residues: number; readonly overlap: number } | null {
  const gaps = gapPieces(scheme);
  const least = Math.min(...gaps.map(({ extend }) => extend));
  if ((scheme.mode !== "local" && !isWithinTargets(scheme)) || least === 0) return null;
  let longest = 1;
  for (let at = 0; at < queries.names.length; at++) longest = Math.max(longest, lengthOf(queries, at));
  // what a target has beyond the query is in gaps, which cost what the matches bring at most; and what it would cost to pair
  // nothing of the query, where that has to be covered
  const worth = longest * Math.max(0, ...scheme.matrix.scores);
  const nothing = scheme.mode === "local" ? 0 : gapCost(gaps, longest);
  const overlap = longest + Math.floor((worth + nothing) / least);
  return { residues: Math.max(leastPiece, piecePerOverlap * overlap), overlap };
}

/** Whether both ends of targets are free, and no end of queries is: that one would be so at a record's own ends alone. */
function isWithinTargets({ mode, freeEnds }: AlignmentScheme): boolean {
  if (mode !== "semi-global") return false;
  if (freeEnds === undefined) return true;
  const { queryStart = false, queryEnd = false, targetStart = false, targetEnd = false } = freeEnds;
  return targetStart && targetEnd && !queryStart && !queryEnd;
}

/** Which record of the file each target of a batch is or belongs to, and what the records come to. */
export class TargetRecords {
  /** Records begun, and their residues; what pieces share counts once. */
  count = 0;
  residues = 0;
  readonly #cut = new Map<number, number>();
  #end = 0;

  /** The record of each target of the next batch. */
  take(batch: TargetBatch): Uint32Array {
    const records = new Uint32Array(batch.names.length);
    for (let at = 0; at < records.length; at++) {
      const start = batch.starts?.[at] ?? 0;
      const end = start + lengthOf(batch, at);
      if (start === 0) this.count++;
      else this.#cut.set(this.count - 1, end);
      this.residues += end - (start === 0 ? 0 : this.#end);
      this.#end = end;
      records[at] = this.count - 1;
    }
    return records;
  }

  /** Residues of a record that was cut. */
  cutLength(record: number): number | undefined {
    return this.#cut.get(record);
  }
}

/** Scores of records out of those of their pieces, as far as records have ended. */
export class RecordScores {
  /** The record under way: its name, and its best score with each query. */
  #open: { readonly name: string; readonly scores: Int32Array } | null = null;

  /** Scores, query-major, and names of the records that a batch ends; the same where it holds no pieces. */
  take(scores: Int32Array, batch: TargetBatch): { readonly scores: Int32Array; readonly names: readonly string[] } {
    const { starts, names } = batch;
    if (starts === undefined && this.#open === null) return { scores, names };
    const queries = scores.length / names.length;
    const ended: { readonly name: string; readonly scores: Int32Array }[] = [];
    names.forEach((name, at) => {
      const own = Int32Array.from({ length: queries }, (_, query) => scores[query * names.length + at] ?? 0);
      if ((starts?.[at] ?? 0) > 0)
        this.#open?.scores.forEach((best, query) => {
          own[query] = Math.max(own[query] ?? 0, best);
        });
      else if (this.#open !== null) ended.push(this.#open);
      this.#open = { name, scores: own };
    });
    return joined(ended, queries);
  }

  /** The last record, after all batches. */
  end(): { readonly scores: Int32Array; readonly names: readonly string[] } | null {
    const last = this.#open;
    this.#open = null;
    return last === null ? null : joined([last], last.scores.length);
  }
}

function joined(
  records: readonly { readonly name: string; readonly scores: Int32Array }[],
  queries: number,
): { readonly scores: Int32Array; readonly names: readonly string[] } {
  const scores = new Int32Array(queries * records.length);
  records.forEach((record, at) => {
    record.scores.forEach((score, query) => {
      scores[query * records.length + at] = score;
    });
  });
  return { scores, names: records.map(({ name }) => name) };
}
