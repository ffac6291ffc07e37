import { cigarCodes } from "./align-pair.ts";
import type { Alignments } from "./alignment-traceback.ts";
import { gapCost, gapPieces } from "./gaps.ts";
import type { AlignmentQuestion } from "./question.ts";
import { letterCodes } from "./scoring.ts";

const names = new Map<number, string>(Object.entries(cigarCodes).map(([name, code]) => [code, name]));

/** `extended`: `=` and `X` apart; `plain`: both as `M`, as older tools expect. */
export type CigarStyle = "extended" | "plain";

/** The operations of one alignment, `length << 4 | code` with the codes of BAM (I 1, D 2, = 7, X 8). */
export function cigarOperations({ cigars, cigarOffsets }: Alignments, pair: number): Uint32Array {
  return cigars.subarray(cigarOffsets[pair], cigarOffsets[pair + 1]);
}

/**
 * A CIGAR string: `I` consumes the query alone, `D` the target alone, `=` and `X` both. Empty for an alignment of nothing.
 * @example
 * cigarString(cigarOperations(output, 0)); // "5=2D5="
 */
export function cigarString(operations: Uint32Array, style: CigarStyle = "extended"): string {
  let text = "";
  let matched = 0;
  for (const operation of operations) {
    const code = operation & 15;
    const length = operation >>> 4;
    if (style === "plain" && (code === cigarCodes["="] || code === cigarCodes.X)) {
      matched += length;
      continue;
    }
    if (matched > 0) text += `${matched}M`;
    matched = 0;
    text += `${length}${names.get(code) ?? "?"}`;
  }
  return matched > 0 ? `${text}${matched}M` : text;
}

/** What a CIGAR's columns are, in numbers; gaps count once a run. */
export interface CigarCounts {
  readonly columns: number;
  readonly identities: number;
  readonly mismatches: number;
  readonly gapOpens: number;
  readonly gapResidues: number;
  /** Residues of the query and of the target that the alignment spans. */
  readonly querySpan: number;
  readonly targetSpan: number;
}

export function cigarCounts(operations: Uint32Array): CigarCounts {
  const of = { I: 0, D: 0, "=": 0, X: 0 };
  let gapOpens = 0;
  for (const operation of operations) {
    const name = names.get(operation & 15);
    if (name === "I" || name === "D") gapOpens++;
    if (name !== undefined && name in of) of[name as keyof typeof of] += operation >>> 4;
  }
  const gapResidues = of.I + of.D;
  const paired = of["="] + of.X;
  return {
    columns: paired + gapResidues,
    identities: of["="],
    mismatches: of.X,
    gapOpens,
    gapResidues,
    querySpan: paired + of.I,
    targetSpan: paired + of.D,
  };
}

/** The score that one pair's operations add up to, from the given starts on; a gap of either kind by its whole length. */
export function scoreOfCigar(
  question: AlignmentQuestion,
  pair: number,
  operations: Uint32Array,
  queryStart: number,
  targetStart: number,
): number {
  const { queries, targets, matrix, ambiguous } = question;
  const codes = letterCodes(matrix, ambiguous);
  const pieces = gapPieces(question);
  let query = (queries.offsets[pair] ?? 0) + queryStart;
  let target = (targets.offsets[pair] ?? 0) + targetStart;
  let score = 0;
  for (const operation of operations) {
    const code = operation & 15;
    const length = operation >>> 4;
    if (code === cigarCodes.I || code === cigarCodes.D) {
      score -= gapCost(pieces, length);
      if (code === cigarCodes.I) query += length;
      else target += length;
      continue;
    }
    for (const end = query + length; query < end; query++, target++) {
      const row = codes[queries.residues[query] ?? 0] ?? 0;
      score += matrix.scores[row * matrix.alphabet.length + (codes[targets.residues[target] ?? 0] ?? 0)] ?? 0;
    }
  }
  return score;
}
