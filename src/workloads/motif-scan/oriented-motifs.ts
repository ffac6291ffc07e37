import type { MotifScanInput } from "./index.ts";
import { quickThreshold } from "./quick-threshold.ts";
import { logOdds, reverseComplement, uniform } from "./scoring.ts";

/** One matrix in one orientation, as a scan sees it. */
export interface OrientedMotif {
  readonly matrix: number;
  readonly strand: 1 | -1;
  /** Column-major log-odds, `scores[4 * column + letter]`. */
  readonly scores: Float64Array;
  readonly threshold: number;
}

export type MotifScanRules = Omit<MotifScanInput, "sequences">;

/** Scores and thresholds of an input's matrices; each matrix forward, then reverse where both strands are wanted. */
export function orientMotifs({ matrices, pValue, strands, pseudocount = 1, background = uniform }: MotifScanRules): {
  readonly thresholds: Float64Array;
  readonly motifs: readonly OrientedMotif[];
} {
  const thresholds = new Float64Array(matrices.length);
  const motifs: OrientedMotif[] = [];
  matrices.forEach((motif, matrix) => {
    const scores = logOdds(motif, background, pseudocount);
    const least = quickThreshold(scores, background, pValue);
    thresholds[matrix] = least;
    motifs.push({ matrix, strand: 1, scores, threshold: least });
    if (strands === "both") motifs.push({ matrix, strand: -1, scores: reverseComplement(scores), threshold: least });
  });
  return { thresholds, motifs };
}

/** What tells two sets of rules for the same matrices apart. */
export function rulesKey({ pValue, strands, pseudocount = 1, background = uniform }: MotifScanRules): string {
  return JSON.stringify([pValue, strands, pseudocount, background]);
}
