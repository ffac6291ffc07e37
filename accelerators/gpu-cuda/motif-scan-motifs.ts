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

/**
 * Letters of the words that lists are made for. One more makes four times as many lists, and for 579 matrices at p = 1e-4
 * 2.5 times as many entries, of which a window then goes through 0.6 times as many.
 */
const mostLetters = 11;

/** Letters that pay for so many windows: a word's look into a motif costs about what a window's does. */
export function lettersFor(windows: number, most: number = mostLetters): number {
  return Math.min(most, Math.max(2, Math.floor(Math.log2(windows / 4) / 2)));
}

/** Units of what a motif may lose: entries of lists have 12 bits for a loss, and the limit plus one must fit. */
const units = 4000;

/** What a scan that goes by words of so many letters reads. */
export interface LossTables {
  readonly letters: number;
  /** Four integers a motif: columns, offset and strand; limit; first column; matrix. */
  readonly motifs: Int32Array;
  /** Four losses a column. */
  readonly losses: Uint16Array;
  /** Two integers a motif: columns and offset; its first pair of columns. */
  readonly heads: Uint32Array;
  /** 16 losses for each pair of the columns outside of the word: those behind it first. */
  readonly pairs: Uint16Array;
}

/**
 * Losses against each column's best letter in whole units, rounded down, and how many of them a hit may have at most:
 * those between the best word and the threshold, rounded down, and one more, which covers all rounding of doubles. No hit
 * loses more, and hardly any window that loses no more is not a hit.
 */
export function lossTables({ columns, matrix, strand, scores, thresholds }: MotifTable, letters: number): LossTables {
  const motifs = new Int32Array(4 * columns.length);
  const losses = new Uint16Array(scores.length);
  const heads = new Uint32Array(2 * columns.length);
  const pairs: number[] = [];
  let first = 0;
  for (let motif = 0; motif < columns.length; motif++) {
    const count = columns[motif] ?? 0;
    const mine = losses.subarray(4 * first, 4 * (first + count));
    const own = scores.subarray(4 * first, 4 * (first + count));
    const limit = fillLosses(mine, own, thresholds[motif] ?? Number.NaN);
    const offset = offsetOf(mine, letters);
    const reverse = (strand[motif] ?? 1) < 0 ? 1 : 0;
    motifs.set([count | (offset << 8) | (reverse << 16), limit, first, matrix[motif] ?? 0], 4 * motif);
    heads.set([count | (offset << 8), pairs.length / 16], 2 * motif);
    addPairs(pairs, mine, offset + letters, count);
    addPairs(pairs, mine, 0, offset);
    first += count;
  }
  return { letters, motifs, losses, heads, pairs: Uint16Array.from(pairs) };
}

/** Fills in one motif's losses; gives the limit, -1 where nothing can be a hit. */
function fillLosses(losses: Uint16Array, scores: Float64Array, threshold: number): number {
  let best = 0;
  for (let column = 0; column < scores.length / 4; column++) best += bestOf(scores, column);
  const spare = best - threshold;
  // a threshold below all numbers lets everything through, what is no number nothing
  if (!Number.isFinite(spare)) return spare === Number.POSITIVE_INFINITY ? 0 : -1;
  const unit = Math.max(spare, 1) / units;
  const limit = Math.floor(Math.max(0, spare) / unit) + 1;
  for (let column = 0; column < scores.length / 4; column++) {
    const most = bestOf(scores, column);
    for (let at = 4 * column; at < 4 * column + 4; at++)
      losses[at] = Math.min(limit + 1, Math.floor((most - (scores[at] ?? 0)) / unit));
  }
  return limit;
}

/** Where the word of so many letters starts whose losses rule most words out. */
function offsetOf(losses: Uint16Array, letters: number): number {
  const sum = (from: number): number =>
    losses.subarray(4 * from, 4 * (from + letters)).reduce((total, loss) => total + loss, 0);
  let offset = 0;
  for (let at = 1; at + letters <= losses.length / 4; at++) if (sum(at) > sum(offset)) offset = at;
  return offset;
}

/** Adds the losses of columns two by two, the first letter in the low bits of a table's index. */
function addPairs(pairs: number[], losses: Uint16Array, from: number, end: number): void {
  for (let column = from; column < end; column += 2)
    for (let word = 0; word < 16; word++)
      pairs.push(
        (losses[4 * column + (word & 3)] ?? 0) + (column + 1 < end ? (losses[4 * column + 4 + (word >> 2)] ?? 0) : 0),
      );
}

function bestOf(scores: Float64Array, column: number): number {
  return Math.max(...scores.subarray(4 * column, 4 * column + 4));
}
