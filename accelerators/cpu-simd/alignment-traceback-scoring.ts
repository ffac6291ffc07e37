import { type AlignmentQuestion, certainCodes, freeEndsOf, gapPieces, letterCodes } from "../../src/workloads/index.ts";
import type { TracebackScoring } from "./alignment-traceback-lanes.ts";
import type { WavefrontScoring } from "./alignment-wavefront-parts.ts";
import { pairLookup } from "./sequence-alignment-scoring.ts";

/** The scoring as workers take it. */
export function tracebackScoringOf(question: AlignmentQuestion): TracebackScoring {
  const { matrix, ambiguous, mode } = question;
  return {
    codes: letterCodes(matrix, ambiguous),
    letters: matrix.alphabet.length,
    scores: matrix.scores,
    certain: certainCodes(matrix),
    pieces: gapPieces(question),
    local: mode === "local",
    free: freeEndsOf(question),
    most: matrix.scores.reduce((x, y) => Math.max(x, y), 0),
    least: matrix.scores.reduce((x, y) => Math.min(x, y), 0),
  };
}

/** Scores of 16 bits over both lengths at their most must stay exact. */
const mostPenalty = 2 ** 12;

/**
 * The question in penalties, where it has them: end to end, one score for equal letters and one for all others, one
 * piece of gap cost. With a score for equal letters every residue carries half of it into the penalties, doubled so
 * that they stay whole (Eizenga & Paten, doi 10.1101/2022.01.12.476087).
 */
export function wavefrontScoringOf(question: AlignmentQuestion): WavefrontScoring | null {
  const { queryStart, queryEnd, targetStart, targetEnd } = freeEndsOf(question);
  if (question.mode === "local" || queryStart || queryEnd || targetStart || targetEnd) return null;
  const [piece, second] = gapPieces(question);
  if (second !== undefined) return null;
  const lookup = pairLookup(question);
  if (lookup.equality === null) return null;
  const { match, different } = lookup.equality;
  const mismatch = 2 * (match - different);
  const extend = 2 * piece.extend + match;
  const open = 2 * (piece.open - piece.extend);
  if (mismatch <= 0 || extend <= 0 || match < 0) return null;
  const divisor = greatestCommonDivisor(greatestCommonDivisor(mismatch, extend), open);
  if (Math.max(mismatch, open + extend) / divisor > mostPenalty) return null;
  // letters that match are certain ones, or the way back could not tell what is identical
  const certain = certainCodes(question.matrix);
  const { alphabet } = question.matrix;
  const matching = [...alphabet].filter((letter) => (lookup.queryCodes[letter.charCodeAt(0)] ?? 8) < 8);
  if (matching.some((letter) => certain[alphabet.indexOf(letter)] !== 1)) return null;
  return {
    mismatch: mismatch / divisor,
    open: open / divisor,
    extend: extend / divisor,
    match,
    divisor,
    queryCodes: lookup.queryCodes,
    targetCodes: lookup.targetCodes,
  };
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
