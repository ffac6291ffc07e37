import { z } from "zod";
import type { Sequences } from "../../contract/index.ts";
import type { GapCosts } from "./gaps.ts";
import type { ModeOf } from "./modes.ts";
import { type AmbiguityPolicy, checkResidues, type SubstitutionMatrix } from "./scoring.ts";
import { longestSequence } from "./sequence-sizes.ts";

/** What scores and tracebacks both are asked with. */
export interface AlignmentQuestion extends GapCosts, ModeOf {
  readonly queries: Sequences;
  readonly targets: Sequences;
  readonly matrix: SubstitutionMatrix;
  readonly ambiguous: AmbiguityPolicy;
}

const shapeOfSequences = z
  .object({
    // as z.array(z.string()), which takes microseconds a name and a list of pairs has thousands
    names: z.custom<readonly string[]>(
      (names) => Array.isArray(names) && names.every((name) => typeof name === "string"),
      "names are a list of strings",
    ),
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
const ends = z.object({
  queryStart: z.boolean(),
  queryEnd: z.boolean(),
  targetStart: z.boolean(),
  targetEnd: z.boolean(),
});
const shape = z.object({
  queries: sequences,
  targets: sequences,
  mode: z.enum(["local", "global", "semi-global", "overlap"]),
  freeEnds: ends.partial().optional(),
  matrix: z.object({
    name: z.string(),
    residues: z.enum(["protein", "dna"]),
    alphabet: z.string().min(1),
    wildcard: z.string().length(1),
    scores: z.instanceof(Int16Array),
  }),
  gapOpen: gapCost,
  gapExtend: gapCost,
  secondGap: z.object({ open: gapCost, extend: gapCost }).optional(),
  ambiguous: z.enum(["error", "score", "mask"]),
});
/** Longest score, either way: what a lane of 32 bits holds with room for one more gap. */
const mostScore = 2 ** 30;

/** What is wrong with a question, or null. */
function checkQuestion(value: AlignmentQuestion, paired: boolean): string | null {
  const { queries, targets, matrix, ambiguous, mode, freeEnds } = value;
  if (matrix.scores.length !== matrix.alphabet.length ** 2)
    return `matrix ${matrix.name} has ${matrix.scores.length} scores for ${matrix.alphabet.length} letters`;
  if (!matrix.alphabet.includes(matrix.wildcard)) return `matrix ${matrix.name} lacks its wildcard ${matrix.wildcard}`;
  if (freeEnds !== undefined && mode !== "semi-global")
    return `free ends are for semi-global alignments; ${mode} has its own`;
  if (paired && queries.offsets.length !== targets.offsets.length)
    return `${queries.offsets.length - 1} queries cannot pair with ${targets.offsets.length - 1} targets`;
  for (const side of [queries, targets])
    if (!alreadyChecked(side, matrix, ambiguous)) {
      try {
        checkResidues(side, matrix, ambiguous);
      } catch (error) {
        return error instanceof Error ? error.message : String(error);
      }
      remember(side, matrix, ambiguous);
    }
  const shorter = Math.min(longestSequence(queries.offsets), longestSequence(targets.offsets));
  if (shorter * Math.max(...matrix.scores) >= 2 ** 31)
    return "a score may exceed 31 bits: the sequences are too long for scores as large as the matrix has";
  if (mode === "local") return null;
  // what is not free is paid for at worst as one gap either side, or as mismatches
  const { gapOpen, gapExtend } = value;
  const gaps =
    2 * gapOpen + Math.min(gapOpen, gapExtend) * (longestSequence(queries.offsets) + longestSequence(targets.offsets));
  return Math.max(gaps, shorter * Math.max(...matrix.scores)) >= mostScore
    ? "a score may exceed 30 bits: the sequences are too long for costs as large as these"
    : null;
}

/** A database is immutable: nine million letters need looking at once, not at every search. */
const checked = new WeakMap<Sequences, Set<string>>();

/** What decides about a letter, spelled out: the schema hands on a copy of the caller's matrix. */
function meaningOf({ residues, alphabet, wildcard }: SubstitutionMatrix, policy: AmbiguityPolicy): string {
  return `${residues} ${policy} ${wildcard} ${alphabet}`;
}
function alreadyChecked(side: Sequences, matrix: SubstitutionMatrix, policy: AmbiguityPolicy): boolean {
  return checked.get(side)?.has(meaningOf(matrix, policy)) ?? false;
}
function remember(side: Sequences, matrix: SubstitutionMatrix, policy: AmbiguityPolicy): void {
  checked.set(side, (checked.get(side) ?? new Set<string>()).add(meaningOf(matrix, policy)));
}

/** The schema of a question with more fields of its own. */
export function questionSchema<I extends AlignmentQuestion>(
  more: z.ZodRawShape,
  paired: (value: I) => boolean,
): z.ZodType<I> {
  return shape.extend(more).superRefine((value, context) => {
    const asked = value as unknown as I;
    const message = checkQuestion(asked, paired(asked));
    if (message !== null) context.addIssue({ code: "custom", message });
  }) as unknown as z.ZodType<I>;
}
