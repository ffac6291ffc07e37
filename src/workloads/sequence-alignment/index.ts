import { z } from "zod";
import type { Sequences, WorkloadSpec } from "../../contract/index.ts";
import { blosum62 } from "./blosum62.ts";
import { type AmbiguityPolicy, checkResidues, letterCodes, type SubstitutionMatrix } from "./scoring.ts";
import { splitAlignment } from "./split.ts";

export * from "./blosum62.ts";
export * from "./scoring.ts";

export interface SequenceAlignmentInput {
  readonly queries: Sequences;
  readonly targets: Sequences;
  /** `database`: every query against every target; `pairs`: query i against target i. */
  readonly pairing: "database" | "pairs";
  readonly mode: "local";
  readonly matrix: SubstitutionMatrix;
  /** Cost, not negative, of the first residue of a gap. */
  readonly gapOpen: number;
  /** Cost, not negative, of each further residue. */
  readonly gapExtend: number;
  readonly ambiguous: AmbiguityPolicy;
}

export interface AlignmentScores {
  /** `database`: query-major, `scores[query * targets + target]`; `pairs`: one score a pair. */
  readonly scores: Int32Array;
}

const shapeOfSequences = z
  .object({
    names: z.array(z.string()),
    residues: z.instanceof(Uint8Array),
    offsets: z.instanceof(Uint32Array),
  })
  .superRefine(({ offsets, residues }, context) => {
    const issue = (message: string): void => context.addIssue({ code: "custom", message });
    if (offsets.length < 2) return issue("at least one sequence is expected");
    if (offsets[0] !== 0 || offsets[offsets.length - 1] !== residues.length)
      return issue("offsets do not span the residues");
    for (let at = 0; at + 1 < offsets.length; at++)
      if ((offsets[at + 1] ?? 0) < (offsets[at] ?? 0)) return issue(`offset ${at + 1} is less than the one before it`);
  });
/** Sequences are immutable: 20,000 names and offsets need looking at once, not at every search. */
const wellFormed = new WeakSet<object>();
const sequences: z.ZodType<Sequences> = z.custom<Sequences>().superRefine((value, context) => {
  if (typeof value === "object" && value !== null && wellFormed.has(value)) return;
  const { error } = shapeOfSequences.safeParse(value);
  if (error === undefined) wellFormed.add(value);
  else for (const { path, message } of error.issues) context.addIssue({ code: "custom", path: [...path], message });
});
const gapCost = z
  .int()
  .min(0, "a gap cost is given as a number that is not negative")
  .max(2 ** 20);
const shape = z.object({
  queries: sequences,
  targets: sequences,
  pairing: z.enum(["database", "pairs"]),
  mode: z.literal("local"),
  matrix: z.object({
    name: z.string(),
    residues: z.enum(["protein", "dna"]),
    alphabet: z.string().min(1),
    wildcard: z.string().length(1),
    scores: z.instanceof(Int16Array),
  }),
  gapOpen: gapCost,
  gapExtend: gapCost,
  ambiguous: z.enum(["error", "score", "mask"]),
});
const input: z.ZodType<SequenceAlignmentInput> = shape.superRefine((value, context) => {
  const { queries, targets, pairing, matrix, ambiguous } = value;
  const issue = (message: string): void => context.addIssue({ code: "custom", message });
  if (matrix.scores.length !== matrix.alphabet.length ** 2)
    return issue(`matrix ${matrix.name} has ${matrix.scores.length} scores for ${matrix.alphabet.length} letters`);
  if (!matrix.alphabet.includes(matrix.wildcard))
    return issue(`matrix ${matrix.name} lacks its wildcard ${matrix.wildcard}`);
  if (pairing === "pairs" && queries.offsets.length !== targets.offsets.length)
    return issue(`${queries.offsets.length - 1} queries cannot pair with ${targets.offsets.length - 1} targets`);
  for (const side of [queries, targets])
    if (!alreadyChecked(side, matrix, ambiguous)) {
      try {
        checkResidues(side, matrix, ambiguous);
      } catch (error) {
        return issue(error instanceof Error ? error.message : String(error));
      }
      remember(side, matrix, ambiguous);
    }
  if (Math.min(longest(queries), longest(targets)) * Math.max(...matrix.scores) >= 2 ** 31)
    issue("a score may exceed 31 bits: the sequences are too long for scores as large as the matrix has");
}) as z.ZodType<SequenceAlignmentInput>;

/** A database is immutable: nine million letters need looking at once, not at every search. */
const checked = new WeakMap<Sequences, WeakMap<SubstitutionMatrix, Set<AmbiguityPolicy>>>();
function alreadyChecked(side: Sequences, matrix: SubstitutionMatrix, policy: AmbiguityPolicy): boolean {
  return checked.get(side)?.get(matrix)?.has(policy) ?? false;
}
function remember(side: Sequences, matrix: SubstitutionMatrix, policy: AmbiguityPolicy): void {
  const byMatrix = checked.get(side) ?? new WeakMap<SubstitutionMatrix, Set<AmbiguityPolicy>>();
  checked.set(side, byMatrix);
  byMatrix.set(matrix, (byMatrix.get(matrix) ?? new Set()).add(policy));
}

/**
 * Best local alignment score (Smith-Waterman with affine gaps, Gotoh, J. Mol. Biol. 162:705, 1982), exact in
 * integers; 0 where nothing scores above it. A gap of n residues costs open + (n - 1) extend.
 */
export const sequenceAlignment: WorkloadSpec<SequenceAlignmentInput, AlignmentScores> = {
  id: "sequence-alignment",
  version: 1,
  aliases: ["align", "alignment", "sequence_alignment"],
  throughput: { unit: "cell", rate: "GCUPS", per: 1e9 },
  input,
  size: ({ queries, targets, pairing }) => ({
    units: pairing === "database" ? queries.residues.length * targets.residues.length : pairCells(queries, targets),
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
  reference: ({ queries, targets, pairing, matrix, gapOpen, gapExtend, ambiguous }) => {
    const codes = letterCodes(matrix, ambiguous);
    const one = (query: number, target: number): number =>
      localScore(residuesOf(queries, query), residuesOf(targets, target), codes, matrix, gapOpen, gapExtend);
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

function longest({ offsets }: Sequences): number {
  let most = 0;
  for (let at = 0; at + 1 < offsets.length; at++) most = Math.max(most, (offsets[at + 1] ?? 0) - (offsets[at] ?? 0));
  return most;
}

function pairCells(queries: Sequences, targets: Sequences): number {
  let cells = 0;
  for (let at = 0; at + 1 < queries.offsets.length; at++)
    cells +=
      ((queries.offsets[at + 1] ?? 0) - (queries.offsets[at] ?? 0)) *
      ((targets.offsets[at + 1] ?? 0) - (targets.offsets[at] ?? 0));
  return cells;
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
