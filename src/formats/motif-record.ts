/** One motif of a file; what the motif-scan workload takes as a matrix. */
export interface MotifRecord {
  readonly id: string;
  /** The id again where the file gives no name. */
  readonly name: string;
  /** Counts per letter and column: four rows A, C, G, T of `counts.length / 4` columns, row-major. */
  readonly counts: Float64Array;
  /** Probabilities of A, C, G, T that the file gives for sequence without motifs (MEME). */
  readonly background?: readonly [number, number, number, number];
}
