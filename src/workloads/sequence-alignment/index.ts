import { z } from "zod";
import type { Sequences, WorkloadSpec } from "../../contract/index.ts";
import { alignPair } from "./align-pair.ts";
import { blosum62 } from "./blosum62.ts";
import { pairScoringOf } from "./pair-scoring.ts";
import { type AlignmentQuestion, questionSchema } from "./question.ts";
import { letterCodes, type SubstitutionMatrix } from "./scoring.ts";
import { pairCells } from "./sequence-sizes.ts";
import { splitAlignment } from "./split.ts";

export * from "./alignment-traceback.ts";
export * from "./blosum62.ts";
export * from "./cigar.ts";
export * from "./gaps.ts";
export * from "./karlin-altschul.ts";
export * from "./modes.ts";
export type { AlignmentQuestion } from "./question.ts";
export * from "./scoring.ts";
export { longestSequence, pairCellsBetween } from "./sequence-sizes.ts";
export * from "./substitution-matrices.ts";

export interface SequenceAlignmentInput extends AlignmentQuestion {
  /** `database`: every query against every target; `pairs`: query i against target i. */
  readonly pairing: "database" | "pairs";
}

export interface AlignmentScores {
  /** `database`: query-major, `scores[query * targets + target]`; `pairs`: one score a pair. */
  readonly scores: Int32Array;
}

const input: z.ZodType<SequenceAlignmentInput> = questionSchema<SequenceAlignmentInput>(
  { pairing: z.enum(["database", "pairs"]) },
  ({ pairing }) => pairing === "pairs",
);

/**
 * Best alignment score (Smith-Waterman or Needleman-Wunsch with affine gaps, Gotoh, J. Mol. Biol. 162:705, 1982), exact
 * in integers; of local mode 0 where nothing scores above it. A gap of n residues costs open + (n - 1) extend.
 */
export const sequenceAlignment: WorkloadSpec<SequenceAlignmentInput, AlignmentScores> = {
  id: "sequence-alignment",
  version: 1,
  aliases: ["align", "alignment", "sequence_alignment"],
  throughput: { unit: "cell", rate: "GCUPS", per: 1e9 },
  input,
  size: ({ queries, targets, pairing, mode, secondGap }) => ({
    // a matrix of its own for every pair, where local ones run side by side
    ...(mode === "local" && secondGap === undefined ? {} : { sort: "one-by-one" }),
    units:
      pairing === "database"
        ? queries.residues.length * targets.residues.length
        : pairCells(queries.offsets, targets.offsets),
    bytesIn: queries.residues.length + targets.residues.length,
    bytesOut:
      4 *
      (pairing === "database"
        ? (queries.offsets.length - 1) * (targets.offsets.length - 1)
        : queries.offsets.length - 1),
  }),
  resident: ({ targets, pairing }) => (pairing === "database" ? targets : null),
  generate: (size, random) => {
    const query = Math.min(400, Math.max(8, Math.round(Math.sqrt(size / 4))));
    const count = Math.max(1, Math.round(size / query / 300));
    const mean = Math.max(1, size / query / count);
    return {
      queries: randomProteins([query], random),
      targets: randomProteins(
        Array.from({ length: count }, () => Math.max(1, Math.round(mean * (0.5 + random())))),
        random,
      ),
      pairing: "database",
      mode: "local",
      matrix: blosum62,
      gapOpen: 11,
      gapExtend: 1,
      ambiguous: "score",
    };
  },
  reference: (question) => {
    const { queries, targets, pairing, matrix, gapOpen, gapExtend, ambiguous, mode, secondGap } = question;
    const codes = letterCodes(matrix, ambiguous);
    const scoring = pairScoringOf(question);
    const coded = (letters: Uint8Array): Uint8Array => letters.map((letter) => codes[letter] ?? 0);
    const one = (query: number, target: number): number => {
      const [q, t] = [residuesOf(queries, query), residuesOf(targets, target)];
      return mode === "local" && secondGap === undefined
        ? localScore(q, t, codes, matrix, gapOpen, gapExtend)
        : alignPair(coded(q), coded(t), scoring).score;
    };
    const count = targets.offsets.length - 1;
    return {
      scores:
        pairing === "pairs"
          ? Int32Array.from({ length: count }, (_, at) => one(at, at))
          : Int32Array.from({ length: (queries.offsets.length - 1) * count }, (_, at) =>
              one(Math.floor(at / count), at % count),
            ),
    };
  },
  split: splitAlignment,
  differ: (actual, expected) => {
    if (actual.scores.length !== expected.scores.length)
      return `${actual.scores.length} scores, expected ${expected.scores.length}`;
    const at = expected.scores.findIndex((score, index) => score !== actual.scores[index]);
    return at < 0 ? null : `score ${at} is ${actual.scores[at]}, expected ${expected.scores[at]}`;
  },
};

function residuesOf({ residues, offsets }: Sequences, index: number): Uint8Array {
  return residues.subarray(offsets[index], offsets[index + 1]);
}

function localScore(
  query: Uint8Array,
  target: Uint8Array,
  codes: Uint8Array,
  { scores, alphabet }: SubstitutionMatrix,
  open: number,
  extend: number,
): number {
  const best = new Int32Array(query.length + 1); // H of the column before
  const gapInQuery = new Int32Array(query.length + 1).fill(-(2 ** 30)); // E
  let most = 0;
  for (const letter of target) {
    const column = codes[letter] ?? 0;
    let diagonal = 0;
    let gapInTarget = -(2 ** 30); // F
    for (let i = 1; i <= query.length; i++) {
      const e = Math.max((gapInQuery[i] ?? 0) - extend, (best[i] ?? 0) - open);
      gapInTarget = Math.max(gapInTarget - extend, (best[i - 1] ?? 0) - open);
      const row = codes[query[i - 1] ?? 0] ?? 0;
      const h = Math.max(0, diagonal + (scores[row * alphabet.length + column] ?? 0), e, gapInTarget);
      diagonal = best[i] ?? 0;
      best[i] = h;
      gapInQuery[i] = e;
      most = Math.max(most, h);
    }
  }
  return most;
}

/** Composition of UniProtKB/Swiss-Prot (release statistics 2024_01, percent), so that random scores look like real ones. */
const composition: readonly (readonly [string, number])[] = [
  ["A", 8.25],
  ["R", 5.53],
  ["N", 4.06],
  ["D", 5.46],
  ["C", 1.38],
  ["Q", 3.93],
  ["E", 6.72],
  ["G", 7.07],
  ["H", 2.27],
  ["I", 5.91],
  ["L", 9.64],
  ["K", 5.8],
  ["M", 2.41],
  ["F", 3.86],
  ["P", 4.74],
  ["S", 6.65],
  ["T", 5.36],
  ["W", 1.1],
  ["Y", 2.92],
  ["V", 6.85],
];

function randomProteins(lengths: readonly number[], random: () => number): Sequences {
  const letters = composition.flatMap(([letter, percent]) =>
    Array.from({ length: Math.round(percent * 10) }, () => letter.charCodeAt(0)),
  );
  const offsets = new Uint32Array(lengths.length + 1);
  lengths.forEach((length, at) => {
    offsets[at + 1] = (offsets[at] ?? 0) + length;
  });
  const residues = new Uint8Array(new SharedArrayBuffer(offsets[lengths.length] ?? 0));
  for (let at = 0; at < residues.length; at++) residues[at] = letters[Math.floor(random() * letters.length)] ?? 65;
  return { names: lengths.map((_, at) => `random-${at}`), residues, offsets };
}
