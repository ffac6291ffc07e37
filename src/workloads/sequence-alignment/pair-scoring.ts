import type { PairScoring } from "./align-pair.ts";
import { gapPieces } from "./gaps.ts";
import { freeEndsOf } from "./modes.ts";
import type { AlignmentQuestion } from "./question.ts";
import { certainCodes } from "./scoring.ts";

/** A question as the oracle of one pair takes it. */
export function pairScoringOf(question: AlignmentQuestion): PairScoring {
  const { matrix } = question;
  const letters = matrix.alphabet.length;
  const certain = certainCodes(matrix);
  return {
    score: (query, target) => matrix.scores[query * letters + target] ?? 0,
    equal: (query, target) => query === target && certain[query] === 1,
    pieces: gapPieces(question),
    local: question.mode === "local",
    free: freeEndsOf(question),
  };
}
