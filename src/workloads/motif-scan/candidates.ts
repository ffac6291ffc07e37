// What devices that look for possible hits in short arithmetic share: they name windows that may be hits and miss
// none; the host then scores those windows by the workload's rules.
import type { MotifHits, MotifScanInput } from "./index.ts";
import { logOdds, reverseComplement, threshold, uniform } from "./scoring.ts";

/** One matrix in one orientation. */
export interface OrientedMotif {
  readonly matrix: number;
  readonly strand: 1 | -1;
  /** Column-major log-odds, `scores[4 * column + letter]`. */
  readonly scores: Float64Array;
  readonly threshold: number;
}

/** The thresholds of an input's matrices, and each matrix in each orientation that is asked for, + before -. */
export function orientMotifs(input: MotifScanInput): {
  readonly thresholds: Float64Array;
  readonly motifs: readonly OrientedMotif[];
} {
  const { matrices, pValue, strands, pseudocount = 1, background = uniform } = input;
  const thresholds = new Float64Array(matrices.length);
  const motifs: OrientedMotif[] = [];
  matrices.forEach((motif, matrix) => {
    const scores = logOdds(motif, background, pseudocount);
    const least = threshold(scores, background, pValue);
    thresholds[matrix] = least;
    motifs.push({ matrix, strand: 1, scores, threshold: least });
    if (strands === "both") motifs.push({ matrix, strand: -1, scores: reverseComplement(scores), threshold: least });
  });
  return { thresholds, motifs };
}

/**
 * Weights that are never below a motif's scores and are finite. A letter that costs more than the best word has
 * to spare rules a window out however much more it costs, so it is raised to that; a NaN (which no oracle's hit
 * holds) counts as such a letter.
 */
export function boundedWeights({ scores, threshold: least }: OrientedMotif): Float64Array {
  const most = (column: number): number =>
    Math.max(
      ...[0, 1, 2, 3].map((letter) => scores[4 * column + letter] ?? 0).map((x) => (Number.isFinite(x) ? x : 0)),
    );
  const columns = scores.length / 4;
  let best = 0;
  for (let column = 0; column < columns; column++) best += most(column);
  const spare = best - least;
  // half a unit more than needed keeps such a window below the threshold after rounding; 100 keeps half precision finite
  const reach = Math.min(100, Math.max(1, (Number.isNaN(spare) ? 0 : spare) + 0.5));
  return scores.map((score, at) => {
    const floor = most(at >> 2) - reach;
    return score > floor ? score : floor;
  });
}

/**
 * How far below its threshold a hit may come out in floating point: products with 0 or 1 add no error beyond a weight's own
 * rounding, so the sum of n columns and the threshold, in any order, errs by at most
 * (n + 4) u (sum |w| + |threshold|) / (1 - (n + 4) u), u the device's roundoff (Higham, Accuracy and Stability of
 * Numerical Algorithms, eq. 4.4); the factor 2 covers the quotient.
 */
export function roundingSlack(weights: Float64Array, least: number, roundoff: number): number {
  const columns = weights.length / 4;
  let magnitude = 0;
  for (let column = 0; column < columns; column++)
    magnitude += Math.max(...weights.subarray(4 * column, 4 * column + 4).map(Math.abs));
  return 2 * (columns + 4) * roundoff * (magnitude + Math.abs(least) + 1);
}

/** Hits of one oriented motif, in order of position. */
export interface FoundHits {
  /** Position in all residues. */
  readonly at: number[];
  readonly score: number[];
}

/** Puts hits in the workload's order and drops windows that run over the end of their sequence. */
export function assembleHits(
  matrices: number,
  thresholds: Float64Array,
  motifs: readonly OrientedMotif[],
  found: ReadonlyMap<OrientedMotif, FoundHits>,
  offsets: Uint32Array,
): MotifHits {
  const matrixStart = new Uint32Array(matrices + 1);
  const sequence: number[] = [];
  const position: number[] = [];
  const strand: number[] = [];
  const score: number[] = [];
  let next = 0;
  for (let matrix = 0; matrix < matrices; matrix++) {
    const strands: { motif: OrientedMotif; hits: FoundHits; at: number }[] = [];
    for (let motif = motifs[next]; motif?.matrix === matrix; motif = motifs[++next])
      strands.push({ motif, hits: found.get(motif) ?? { at: [], score: [] }, at: 0 });
    let within = 0;
    for (;;) {
      // + stands before - in the list and wins where both have a hit
      let least: (typeof strands)[number] | null = null;
      for (const one of strands)
        if (one.at < one.hits.at.length && (least === null || start(one) < start(least))) least = one;
      if (least === null) break;
      const at = start(least);
      while ((offsets[within + 1] ?? Number.POSITIVE_INFINITY) <= at) within++;
      if (at + least.motif.scores.length / 4 <= (offsets[within + 1] ?? 0)) {
        sequence.push(within);
        position.push(at - (offsets[within] ?? 0));
        strand.push(least.motif.strand);
        score.push(least.hits.score[least.at] ?? 0);
      }
      least.at++;
    }
    matrixStart[matrix + 1] = score.length;
  }
  return {
    thresholds,
    matrixStart,
    sequence: Uint32Array.from(sequence),
    position: Uint32Array.from(position),
    strand: Int8Array.from(strand),
    score: Float64Array.from(score),
  };
}

function start({ hits, at }: { hits: FoundHits; at: number }): number {
  return hits.at[at] ?? Number.POSITIVE_INFINITY;
}
