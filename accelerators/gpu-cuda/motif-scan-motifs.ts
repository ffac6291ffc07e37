// Motifs in the form that the kernel reads: see kernels/motif-scan.cu.
import type { OrientedMotif } from "../../src/workloads/motif-scan/oriented-motifs.ts";

/** Scores and thresholds as the oracle has them; what the scan itself goes by follows from these in `lossTables`. */
export interface MotifTable {
  /** Columns of each oriented motif. */
  readonly columns: Uint8Array;
  readonly matrix: Uint32Array;
  readonly strand: Int8Array;
  /** Four a column, motif after motif. */
  readonly scores: Float64Array;
  readonly thresholds: Float64Array;
}

export function motifTable(motifs: readonly OrientedMotif[]): MotifTable {
  const scores = new Float64Array(motifs.reduce((sum, motif) => sum + motif.scores.length, 0));
  let at = 0;
  for (const motif of motifs) {
    scores.set(motif.scores, at);
    at += motif.scores.length;
  }
  return {
    columns: Uint8Array.from(motifs, (motif) => motif.scores.length / 4),
    matrix: Uint32Array.from(motifs, ({ matrix }) => matrix),
    strand: Int8Array.from(motifs, ({ strand }) => strand),
    scores,
    thresholds: Float64Array.from(motifs, ({ threshold }) => threshold),
  };
}

/** Units of what a motif may lose: entries of lists have 12 bits for a loss, and the limit plus one must fit. */
const units = 4000;

/** What a scan that goes by words of so many letters reads. */
export interface LossTables {
  /** Four integers a motif: columns, offset and strand; limit; first column; matrix. */
  readonly heads: Int32Array;
  readonly losses: Uint16Array;
}

/**
 * Losses against each column's best letter in whole units, rounded down, and how many of them a hit may have at most:
 * those between the best word and the threshold, rounded down, and one more, which covers all rounding of doubles. No hit
 * loses more, and hardly any window that loses no more is not a hit.
 */
export function lossTables({ columns, matrix, strand, scores, thresholds }: MotifTable, letters: number): LossTables {
  const heads = new Int32Array(4 * columns.length);
  const losses = new Uint16Array(scores.length);
  const column = new Float64Array(4);
  let first = 0;
  for (let motif = 0; motif < columns.length; motif++) {
    const count = columns[motif] ?? 0;
    let best = 0;
    for (let at = first; at < first + count; at++) best += bestOf(scores, at);
    const spare = best - (thresholds[motif] ?? Number.NaN);
    // no number: nothing is a hit; infinite: everything
    const unit = Number.isFinite(spare) ? Math.max(spare, 1) / units : Number.POSITIVE_INFINITY;
    const limit = Number.isNaN(spare)
      ? -1
      : Number.isFinite(spare)
        ? Math.floor(Math.max(0, spare) / unit) + 1
        : Math.sign(spare) - 1;
    const total = new Float64Array(count + 1);
    for (let at = 0; at < count; at++) {
      const most = bestOf(scores, first + at);
      for (let letter = 0; letter < 4; letter++) {
        const loss = Math.floor((most - (scores[4 * (first + at) + letter] ?? 0)) / unit);
        column[letter] = loss >= 0 && loss <= limit ? loss : Math.max(0, limit + 1);
        losses[4 * (first + at) + letter] = column[letter] ?? 0;
      }
      total[at + 1] = (total[at] ?? 0) + column.reduce((x, y) => x + y);
    }
    // the columns whose losses rule most words out
    let offset = 0;
    for (let at = 1; at + letters <= count; at++)
      if ((total[at + letters] ?? 0) - (total[at] ?? 0) > (total[offset + letters] ?? 0) - (total[offset] ?? 0))
        offset = at;
    const reverse = (strand[motif] ?? 1) < 0 ? 1 : 0;
    heads.set([count | (offset << 8) | (reverse << 16), limit, first, matrix[motif] ?? 0], 4 * motif);
    first += count;
  }
  return { heads, losses };
}

function bestOf(scores: Float64Array, column: number): number {
  return Math.max(...scores.subarray(4 * column, 4 * column + 4));
}
