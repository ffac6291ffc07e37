import {
  BackwardCigar,
  costOfGap,
  type Depth,
  deletion,
  difference,
  identity,
  insertion,
  type PairAnswer,
  type TracebackScoring,
} from "./alignment-traceback-lanes.ts";

const cigar = new BackwardCigar();

/** What the way back through a matrix reads. */
export interface FilledMatrix {
  /** The best score of a row of the query and a column of the target; 0 is before the first. */
  readonly cell: (row: number, column: number) => number;
  /** Codes of the letters. */
  readonly query: Uint8Array;
  readonly target: Uint8Array;
}

/** Puts in where an alignment starts and how it runs, from its score and its end: ties as the workload's README has them. */
export function wayBack(
  { cell, query, target }: FilledMatrix,
  answer: PairAnswer,
  { local, free, pieces, letters, scores, certain }: TracebackScoring,
  depth: Depth,
): void {
  const freeLeft = local || free.queryStart;
  const freeTop = local || free.targetStart;
  cigar.clear();
  let i = answer.queryEnd;
  let j = answer.targetEnd;
  let here = answer.score;
  while (i > 0 || j > 0) {
    if (local && here === 0) break;
    if ((i === 0 && freeTop) || (j === 0 && freeLeft)) break;
    if (i > 0 && j > 0) {
      const q = query[i - 1] ?? 0;
      const t = target[j - 1] ?? 0;
      const before = cell(i - 1, j - 1);
      if (before + (scores[q * letters + t] ?? 0) === here) {
        cigar.put(q === t && certain[q] === 1 ? identity : difference, 1);
        i--;
        j--;
        here = before;
        continue;
      }
    }
    for (let gap = 1; ; gap++) {
      const cost = costOfGap(pieces, gap);
      if (gap <= j && cell(i, j - gap) - cost === here) {
        cigar.put(deletion, gap);
        j -= gap;
        break;
      }
      if (gap <= i && cell(i - gap, j) - cost === here) {
        cigar.put(insertion, gap);
        i -= gap;
        break;
      }
      if (gap > i && gap > j) throw new Error("a score without a way to it");
    }
    here = cell(i, j);
  }
  answer.queryStart = i;
  answer.targetStart = j;
  if (depth === 3) answer.operations = cigar.forwards();
}
