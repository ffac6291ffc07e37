import {
  costOfGap,
  type Depth,
  deletion,
  insertion,
  type PairAnswer,
  type TracebackScoring,
} from "./alignment-traceback-lanes.ts";

/** Writes what 1, 2 and more residues before an alignment cost. */
export function fillEdge(
  cells: Int16Array | Int32Array,
  at: number,
  count: number,
  pieces: TracebackScoring["pieces"],
  free: boolean,
): void {
  if (free) {
    cells.fill(0, at, at + count);
    return;
  }
  pieces.forEach(({ open, extend }, piece) => {
    for (let k = 0, score = -open; k < count; k++, score -= extend)
      if (piece === 0 || score > (cells[at + k] ?? 0)) cells[at + k] = score;
  });
}

/** A sequence against none: one gap, or nothing. */
export function againstNothing(m: number, n: number, scoring: TracebackScoring, depth: Depth): PairAnswer {
  const { local, free, pieces } = scoring;
  const answer: PairAnswer = {
    score: 0,
    queryStart: 0,
    queryEnd: 0,
    targetStart: 0,
    targetEnd: 0,
    operations: new Uint32Array(0),
  };
  if (local) return answer;
  const length = m + n;
  const [start, end] = m > 0 ? [free.queryStart, free.queryEnd] : [free.targetStart, free.targetEnd];
  if (length === 0 || end) return answer; // the least end is taken: before the first residue
  const key = m > 0 ? "query" : "target";
  answer[`${key}End`] = length;
  if (start) answer[`${key}Start`] = length;
  else {
    answer.score = -costOfGap(pieces, length);
    if (depth === 3) answer.operations = Uint32Array.of((length << 4) | (m > 0 ? insertion : deletion));
  }
  return answer;
}
