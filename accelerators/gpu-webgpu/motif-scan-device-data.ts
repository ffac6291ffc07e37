// Sequences and motifs in the form that the shader reads.
import type { Sequences } from "../../src/contract/index.ts";
import { baseCode, longestMotif } from "../../src/workloads/index.ts";
import { boundedWeights, roundingSlack } from "../../src/workloads/motif-scan/candidate-sums.ts";
import type { OrientedMotif } from "../../src/workloads/motif-scan/oriented-motifs.ts";

/** Code of an ASCII letter; other letters read as A, their windows being left out by `clean`. */
export const codeOf: Uint8Array = Uint8Array.from({ length: 256 }, (_, ascii) => Math.max(0, baseCode(ascii)));
const isBase = Uint8Array.from({ length: 256 }, (_, ascii) => (baseCode(ascii) < 0 ? 0 : 1));

/** Bases and their clean runs take 10 bits each. */
export function packedBytes(bases: number): number {
  return Math.ceil(1.25 * bases) + 512;
}

/** The windows that start at `first` to `first + count`. */
export interface PackedPiece {
  readonly first: number;
  readonly count: number;
  /** 16 bases a word. */
  readonly bases: Uint32Array;
  /** 4 starts a word: how many bases from there on are ACGT and of one sequence, 255 at most. */
  readonly clean: Uint32Array;
}

/** Cuts sequences into pieces of at most so many windows, each with the bases that its last windows reach into. */
export function* packPieces({ residues, offsets }: Sequences, windows: number): Generator<PackedPiece> {
  // pieces from the last to the first, since runs are counted from their ends
  let run = 0;
  let sequence = offsets.length - 1;
  for (let first = windows * (Math.ceil(residues.length / windows) - 1); first >= 0; first -= windows) {
    const count = Math.min(windows, residues.length - first);
    const end = Math.min(residues.length, first + count + longestMotif);
    // a word more, which the shader reads and throws away
    const bases = new Uint32Array(Math.ceil((count + longestMotif) / 16) + 2);
    for (let at = first; at < end; at++) {
      const word = (at - first) >> 4;
      bases[word] = (bases[word] ?? 0) | ((codeOf[residues[at] ?? 0] ?? 0) << (2 * ((at - first) & 15)));
    }
    const clean = new Uint32Array(Math.ceil(count / 4));
    const bytes = new Uint8Array(clean.buffer);
    for (let at = first + count - 1; at >= first; at--) {
      // `at` is the last base of a sequence (empty ones end there too)
      while ((offsets[sequence] ?? 0) > at + 1) sequence--;
      if (offsets[sequence] === at + 1) run = 0;
      run = isBase[residues[at] ?? 0] === 1 ? run + 1 : 0;
      bytes[at - first] = Math.min(255, run);
    }
    yield { first, count, bases, clean };
  }
}

/** IEEE single precision, which WGSL promises for addition. */
const roundoff = 2 ** -24;
/** Beyond what any sum of weights reaches: 200 columns of at most 100. */
const unreachable = 30_000;

/** Motifs as the shader's `Motif` structures, and the tables of their pairs of columns. */
export function packMotifs(motifs: readonly OrientedMotif[]): {
  readonly heads: Uint32Array;
  readonly tables: Float32Array;
} {
  const heads = new Uint32Array(4 * motifs.length);
  const thresholds = new Float32Array(heads.buffer);
  const pairs = motifs.map(({ scores }) => Math.ceil(scores.length / 8));
  const tables = new Float32Array(16 * pairs.reduce((sum, count) => sum + count, 0));
  let table = 0;
  motifs.forEach((motif, index) => {
    const weights = boundedWeights(motif);
    const columns = weights.length / 4;
    // a pair's sum rounds once more than its two weights would
    const least = motif.threshold - 2 * roundingSlack(weights, motif.threshold, roundoff);
    heads.set([table, columns], 4 * index);
    // a threshold that is no finite number leaves all to the host
    thresholds[4 * index + 2] = Math.abs(least) < unreachable ? least : -unreachable;
    for (let pair = 0; pair < Math.ceil(columns / 2); pair++)
      for (let word = 0; word < 16; word++)
        tables[table++] = (weights[8 * pair + (word & 3)] ?? 0) + (weights[8 * pair + 4 + (word >> 2)] ?? 0);
  });
  return { heads, tables };
}
