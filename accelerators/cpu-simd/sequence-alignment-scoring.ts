import {
  type AlignmentQuestion,
  type AmbiguityPolicy,
  letterCodes,
  type SubstitutionMatrix,
} from "../../src/workloads/index.ts";
import { mostLetters, type Width } from "./sequence-alignment-lanes.ts";
import type { PairLookup } from "./sequence-alignment-pairs.ts";
import type { Scoring } from "./sequence-alignment-search.ts";

interface Prepared {
  readonly codes: Uint8Array;
  readonly tables: Uint8Array;
  readonly least: number;
  readonly most: number;
  pairs: PairLookup | null;
}

const prepared = new WeakMap<SubstitutionMatrix, Map<AmbiguityPolicy, Prepared>>();

function prepare(matrix: SubstitutionMatrix, policy: AmbiguityPolicy): Prepared {
  const byPolicy = prepared.get(matrix) ?? new Map<AmbiguityPolicy, Prepared>();
  prepared.set(matrix, byPolicy);
  const known = byPolicy.get(policy);
  if (known !== undefined) return known;
  const letters = matrix.alphabet.length;
  const tables = new Uint8Array(64 * mostLetters);
  let least = 0;
  let most = 0;
  matrix.scores.forEach((score, at) => {
    least = Math.min(least, score);
    most = Math.max(most, score);
    const entry = 64 * Math.floor(at / letters) + (at % letters);
    tables[entry] = score & 255;
    tables[entry + 32] = (score >> 8) & 255;
  });
  const made: Prepared = { codes: letterCodes(matrix, policy), tables, least, most, pairs: null };
  byPolicy.set(policy, made);
  return made;
}

/** The scoring as workers take it. The narrowest width is the one whose lanes can hold every cost and matrix score. */
export function scoringOf({ matrix, ambiguous, gapOpen, gapExtend }: AlignmentQuestion): Scoring {
  const { codes, tables, least, most } = prepare(matrix, ambiguous);
  const cost = Math.max(gapOpen, gapExtend);
  let width: Width = 32;
  if (cost <= 127 && least >= -128 && most <= 127) width = 8;
  else if (cost <= 32_767) width = 16;
  return { codes, tables, letters: matrix.alphabet.length, most, gapOpen, gapExtend, width };
}

/** The quickest lookup that this matrix allows; the same object for the same matrix and policy. */
export function pairLookup({ matrix, ambiguous }: AlignmentQuestion): PairLookup {
  const of = prepare(matrix, ambiguous);
  const narrow = of.least >= -128 && of.most <= 127;
  of.pairs ??= (narrow ? (byEqual(matrix, of.codes) ?? byPair(matrix, of.codes)) : null) ?? byTable(matrix, of.codes);
  return of.pairs;
}

/**
 * One score for equal letters and one for all else, N against N included: a query's code is then that of the target
 * for a match alone, as those that never match (N) get 8 in queries and 9 in targets.
 */
function byEqual({ alphabet, scores }: SubstitutionMatrix, codes: Uint8Array): PairLookup | null {
  const letters = alphabet.length;
  const match = scores[0] ?? 0;
  const mismatch = scores[1] ?? 0;
  // the padding is a mismatch, which must never raise a score
  if (letters < 2 || match === mismatch || mismatch > 0) return null;
  const query = new Uint8Array(letters).fill(8);
  const target = new Uint8Array(letters).fill(9);
  let matching = 0;
  for (let row = 0; row < letters; row++)
    for (let column = 0; column < letters; column++) {
      const score = scores[row * letters + column] ?? 0;
      if (row === column && score === match) {
        query[row] = matching;
        target[row] = matching++;
      } else if (score !== mismatch) return null;
    }
  if (matching > 8) return null;
  const unit = match === 1 && mismatch >= -127;
  // the two halves that a kernel puts its scores together from
  const table = unit
    ? new Uint8Array(32).fill(-mismatch)
    : new Uint8Array(32).fill((match ^ mismatch) & 255, 0, 16).fill(mismatch & 255, 16);
  const queryCodes = codes.map((code) => query[code] ?? 0);
  const targetCodes = codes.map((code) => target[code] ?? 0);
  return {
    by: unit ? "unit" : "equality",
    equality: { match, different: mismatch },
    queryCodes,
    targetCodes,
    queryLetters: byLastBits(codes, queryCodes),
    targetLetters: byLastBits(codes, targetCodes),
    // equal to no code, nor to each other
    queryPadding: 16,
    targetPadding: 32,
    table,
  };
}

/** Any scores over at most 5 letters: 25 combinations fit the two halves of a byte shuffle. */
function byPair({ alphabet, scores }: SubstitutionMatrix, codes: Uint8Array): PairLookup | null {
  const letters = alphabet.length;
  if (letters ** 2 > 32) return null;
  const table = new Uint8Array(32);
  scores.forEach((score, at) => {
    table[at] = score & 255;
  });
  const queryCodes = codes.map((code) => (code === 255 ? 0 : code * letters));
  return {
    by: "pair",
    equality: null,
    queryCodes,
    targetCodes: codes,
    queryLetters: byLastBits(codes, queryCodes),
    targetLetters: byLastBits(codes, codes),
    queryPadding: 64,
    targetPadding: 64,
    table,
  };
}

/** Anything else: 33 rows, one a target letter and one for the padding, of 64 scores of 16 bits. */
function byTable({ alphabet, scores }: SubstitutionMatrix, codes: Uint8Array): PairLookup {
  const letters = alphabet.length;
  const table = new Int16Array((mostLetters + 1) * 64);
  scores.forEach((score, at) => {
    table[64 * (at % letters) + Math.floor(at / letters)] = score;
  });
  return {
    by: "table",
    equality: null,
    queryCodes: codes,
    targetCodes: codes,
    queryLetters: byLastBits(codes, codes),
    targetLetters: byLastBits(codes, codes),
    queryPadding: mostLetters,
    targetPadding: mostLetters,
    table: new Uint8Array(table.buffer),
  };
}

/** What letters mean by their last five bits, which are alike in either case; null where two that are allowed share them. */
function byLastBits(allowed: Uint8Array, meanings: Uint8Array): Uint8Array | null {
  const table = new Uint8Array(32);
  const taken = new Uint8Array(32);
  for (let letter = 0; letter < 256; letter++) {
    if (allowed[letter] === 255) continue;
    const meaning = meanings[letter] ?? 0;
    if (taken[letter & 31] === 1 && table[letter & 31] !== meaning) return null;
    taken[letter & 31] = 1;
    table[letter & 31] = meaning;
  }
  return table;
}
