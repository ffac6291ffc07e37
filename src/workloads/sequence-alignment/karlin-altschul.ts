// Statistics of local alignment scores (Karlin & Altschul, PNAS 87:2264, 1990, doi 10.1073/pnas.87.6.2264) with the
// parameters that NCBI's BLAST has for a matrix and its gap costs, and none for what it has none.
import { type GapCosts, gapPieces } from "./gaps.ts";
import type { AlignmentMode } from "./modes.ts";
import type { SubstitutionMatrix } from "./scoring.ts";
import { substitutionMatrices } from "./substitution-matrices.ts";

export interface KarlinAltschul {
  readonly lambda: number;
  readonly k: number;
  /** Relative entropy, nats a pair of residues. */
  readonly h: number;
  /** Slope and offset of the mean alignment length against lambda S / H (Altschul et al., NAR 29:351, 2001, doi 10.1093/nar/29.2.351). */
  readonly alpha: number;
  readonly beta: number;
  /** Scores are rounded down to a multiple of this first. */
  readonly step: number;
}

/**
 * Rows `existence extension lambda K H alpha beta` of BLAST's tables (blast_stat.c of the NCBI C++ Toolkit; proteins
 * after Altschul et al. 2001). BLAST counts an extension for a gap's first residue too: 11/1 there is 12/1 here.
 */
const proteins: Readonly<Record<string, string>> = {
  BLOSUM45: `13 3 .207 .049 .14 1.5 -22; 12 3 .199 .039 .11 1.8 -34; 11 3 .190 .031 .095 2.0 -38; 10 3 .179 .023 .075 2.4 -51;
    16 2 .210 .051 .14 1.5 -24; 15 2 .203 .041 .12 1.7 -31; 14 2 .195 .032 .10 1.9 -36; 13 2 .185 .024 .084 2.2 -45;
    12 2 .171 .016 .061 2.8 -65; 19 1 .205 .040 .11 1.9 -43; 18 1 .198 .032 .10 2.0 -43; 17 1 .189 .024 .079 2.4 -57;
    16 1 .176 .016 .063 2.8 -67`,
  BLOSUM50: `13 3 .212 .063 .19 1.1 -16; 12 3 .206 .055 .17 1.2 -18; 11 3 .197 .042 .14 1.4 -25; 10 3 .186 .031 .11 1.7 -34;
    9 3 .172 .022 .082 2.1 -48; 16 2 .215 .066 .20 1.05 -15; 15 2 .210 .058 .17 1.2 -20; 14 2 .202 .045 .14 1.4 -27;
    13 2 .193 .035 .12 1.6 -32; 12 2 .181 .025 .095 1.9 -41; 19 1 .212 .057 .18 1.2 -21; 18 1 .207 .050 .15 1.4 -28;
    17 1 .198 .037 .12 1.6 -33; 16 1 .186 .025 .10 1.9 -42; 15 1 .171 .015 .063 2.7 -76`,
  BLOSUM62: `11 2 .297 .082 .27 1.1 -10; 10 2 .291 .075 .23 1.3 -15; 9 2 .279 .058 .19 1.5 -19; 8 2 .264 .045 .15 1.8 -26;
    7 2 .239 .027 .10 2.5 -46; 6 2 .201 .012 .061 3.3 -58; 13 1 .292 .071 .23 1.2 -11; 12 1 .283 .059 .19 1.5 -19;
    11 1 .267 .041 .14 1.9 -30; 10 1 .243 .024 .10 2.5 -44; 9 1 .206 .010 .052 4.0 -87`,
  BLOSUM90: `9 2 .310 .12 .46 .67 -6; 8 2 .300 .099 .39 .76 -7; 7 2 .283 .072 .30 .93 -11; 6 2 .259 .048 .22 1.2 -16;
    11 1 .302 .093 .39 .78 -8; 10 1 .290 .075 .28 1.04 -15; 9 1 .265 .044 .20 1.3 -19`,
  PAM30: `7 2 .305 .15 .87 .35 -3; 6 2 .287 .11 .68 .42 -4; 5 2 .264 .079 .45 .59 -7; 10 1 .309 .15 .88 .35 -3;
    9 1 .294 .11 .61 .48 -6; 8 1 .270 .072 .40 .68 -10`,
  PAM70: `8 2 .301 .12 .54 .56 -5; 7 2 .286 .093 .43 .67 -7; 6 2 .264 .064 .29 .90 -12; 11 1 .305 .12 .52 .59 -6;
    10 1 .291 .091 .41 .71 -9; 9 1 .270 .060 .28 .97 -14`,
  PAM250: `15 3 .205 .049 .13 1.6 -23; 14 3 .200 .043 .12 1.7 -26; 13 3 .194 .036 .10 1.9 -31; 12 3 .186 .029 .085 2.2 -41;
    11 3 .174 .020 .070 2.5 -48; 17 2 .204 .047 .12 1.7 -28; 16 2 .198 .038 .11 1.8 -29; 15 2 .191 .031 .087 2.2 -44;
    14 2 .182 .024 .073 2.5 -53; 13 2 .171 .017 .059 2.9 -64; 21 1 .205 .045 .11 1.8 -34; 20 1 .199 .037 .10 1.9 -35;
    19 1 .192 .029 .083 2.3 -52; 18 1 .183 .021 .070 2.6 -60; 17 1 .171 .014 .052 3.3 -86`,
};

/** By `match/mismatch`. With scores of 2 BLAST's figures are for even scores only. */
const nucleotides: Readonly<Record<string, string>> = {
  "1/-3":
    "2 2 1.37 .70 1.2 1.1 0; 1 2 1.35 .64 1.1 1.2 -1; 0 2 1.25 .42 .83 1.5 -2; 2 1 1.34 .60 1.1 1.2 -1; 1 1 1.21 .34 .71 1.7 -2",
  "2/-5": "2 4 .67 .59 1.1 .6 -1; 0 4 .62 .39 .78 .8 -2; 4 2 .67 .61 1.0 .65 -2; 2 2 .56 .32 .59 .95 -4",
  "1/-2": `2 2 1.33 .62 1.1 1.2 0; 1 2 1.30 .52 .93 1.4 -2; 0 2 1.19 .34 .66 1.8 -3; 3 1 1.32 .57 1.0 1.3 -1;
    2 1 1.29 .49 .92 1.4 -1; 1 1 1.14 .26 .52 2.2 -5`,
  "2/-3": `4 4 .63 .42 .84 .75 -2; 2 4 .615 .37 .72 .85 -3; 0 4 .55 .21 .46 1.2 -5; 3 3 .615 .37 .68 .9 -3;
    6 2 .63 .42 .84 .75 -2; 5 2 .625 .41 .78 .8 -2; 4 2 .61 .35 .68 .9 -3; 2 2 .515 .14 .33 1.55 -9`,
  "3/-4": `6 3 .389 .25 .56 .7 -5; 5 3 .375 .21 .47 .8 -6; 4 3 .351 .14 .35 1.0 -9; 6 2 .362 .16 .45 .8 -4;
    5 2 .330 .092 .28 1.2 -13; 4 2 .281 .046 .16 1.8 -23`,
  "4/-5": "6 5 .28 .21 .47 .6 -7; 5 5 .27 .17 .39 .7 -9; 4 5 .25 .10 .31 .8 -10; 3 5 .23 .065 .25 .9 -11",
  "1/-1": `3 2 1.09 .31 .55 2.0 -2; 2 2 1.07 .27 .49 2.2 -3; 1 2 1.02 .21 .36 2.8 -6; 0 2 .80 .064 .17 4.8 -16;
    4 1 1.08 .28 .54 2.0 -2; 3 1 1.06 .25 .46 2.3 -4; 2 1 .99 .17 .30 3.3 -10`,
  "3/-2": "5 5 .208 .030 .072 2.9 -47",
  "5/-4": "10 6 .163 .068 .16 1.0 -19; 8 6 .146 .039 .11 1.3 -29",
};

/** The built-in matrix that this one is, by its letters and scores: a copy from a file is the same one. */
function nameOf(matrix: SubstitutionMatrix): string | null {
  for (const one of Object.values(substitutionMatrices))
    if (one.alphabet === matrix.alphabet && one.scores.every((score, at) => score === matrix.scores[at]))
      return one.name;
  return null;
}

/** `match/mismatch` of a matrix that scores all equal bases alike, and all unequal ones. */
function uniform({ residues, alphabet, scores }: SubstitutionMatrix): string | null {
  if (residues !== "dna") return null;
  const places = [..."ACGT"].map((base) => alphabet.indexOf(base));
  const score = (a: number, b: number): number => scores[(places[a] ?? 0) * alphabet.length + (places[b] ?? 0)] ?? 0;
  for (let a = 0; a < 4; a++)
    for (let b = 0; b < 4; b++) if (score(a, b) !== (a === b ? score(0, 0) : score(0, 1))) return null;
  return `${score(0, 0)}/${score(0, 1)}`;
}

/** What is published for a matrix, by its gap costs; empty where there is nothing. */
function published(
  matrix: SubstitutionMatrix,
): (KarlinAltschul & { readonly open: number; readonly extend: number })[] {
  const name = nameOf(matrix);
  const pair = uniform(matrix);
  const rows = (name === null ? undefined : proteins[name]) ?? (pair === null ? undefined : nucleotides[pair]);
  const step = pair?.startsWith("2/") === true ? 2 : 1;
  return (rows?.split(";") ?? []).map((row) => {
    const [existence = 0, extend = 0, lambda = 0, k = 0, h = 0, alpha = 0, beta = 0] = row
      .trim()
      .split(/\s+/)
      .map(Number);
    return { open: existence + extend, extend, lambda, k, h, alpha, beta, step };
  });
}

/** The published parameters for a matrix with its gap costs; null where there are none: they are never guessed. */
export function karlinAltschul(matrix: SubstitutionMatrix, gaps: GapCosts): KarlinAltschul | null {
  const [{ open, extend }, second] = gapPieces(gaps);
  if (second !== undefined) return null;
  const found = published(matrix).find((row) => row.open === open && row.extend === extend);
  if (found === undefined) return null;
  const { open: _, extend: __, ...parameters } = found;
  return parameters;
}

/** Why scores have no E-values, in words; null where they have. */
export function whyNoStatistics(mode: AlignmentMode, matrix: SubstitutionMatrix, gaps: GapCosts): string | null {
  if (mode !== "local") return `E-values are known of local alignments, not of ${mode} ones`;
  const [{ open, extend }, second] = gapPieces(gaps);
  if (second !== undefined) return "no parameters are published for gap costs of two pieces";
  if (karlinAltschul(matrix, gaps) !== null) return null;
  const known = published(matrix).map((row) => `${row.open}/${row.extend}`);
  const own = `no parameters are published for ${matrix.name}`;
  return known.length === 0 ? own : `${own} with gap costs of ${open}/${extend}; there are ${known.join(", ")}`;
}

/** Amino acids in proteins, a thousandth (Robinson & Robinson, PNAS 88:8880, 1991, doi 10.1073/pnas.88.20.8880): BLAST's background. */
const robinson: Readonly<Record<string, number>> = {
  A: 78.05,
  C: 19.25,
  D: 53.64,
  E: 62.95,
  F: 38.56,
  G: 73.77,
  H: 21.99,
  I: 51.42,
  K: 57.44,
  L: 90.19,
  M: 22.43,
  N: 44.87,
  P: 52.03,
  Q: 42.64,
  R: 51.29,
  S: 71.2,
  T: 58.41,
  V: 64.41,
  W: 13.3,
  Y: 32.16,
}; // prettier-ignore

/**
 * Lambda of alignments without gaps: the positive root of sum p q exp(lambda s) = 1 over BLAST's background, equal
 * shares for bases. null where there is none, as with a matrix whose mean score is not below 0.
 */
export function gaplessLambda({ residues, alphabet, scores }: SubstitutionMatrix): number | null {
  const shares = [...alphabet].map((letter) =>
    residues === "dna" ? ("ACGT".includes(letter) ? 0.25 : 0) : (robinson[letter] ?? 0) / 1000,
  );
  let mean = 0;
  let most = 0;
  const sum = (lambda: number): number => {
    let total = 0;
    shares.forEach((p, row) => {
      if (p > 0)
        shares.forEach((q, column) => {
          if (q > 0) total += p * q * Math.exp(lambda * (scores[row * alphabet.length + column] ?? 0));
        });
    });
    return total;
  };
  shares.forEach((p, row) => {
    shares.forEach((q, column) => {
      const score = scores[row * alphabet.length + column] ?? 0;
      mean += p * q * score;
      if (p * q > 0) most = Math.max(most, score);
    });
  });
  if (mean >= 0 || most <= 0) return null;
  let low = 0;
  let high = 1;
  while (sum(high) < 1) high *= 2;
  for (let step = 0; step < 100; step++) {
    const middle = (low + high) / 2;
    if (sum(middle) < 1) low = middle;
    else high = middle;
  }
  return high;
}

/**
 * The effective search space: both lengths less the mean length of a chance alignment of the best score to be expected,
 * as alignments cannot start near an end (Altschul et al. 2001).
 */
export function effectiveSearchSpace(
  { lambda, k, alpha, beta }: KarlinAltschul,
  queryLength: number,
  databaseResidues: number,
  databaseSequences: number,
): number {
  const space = (length: number): number =>
    Math.max(1, queryLength - length) * Math.max(1, databaseResidues - databaseSequences * length);
  // the greatest length that is no longer than what its own search space expects; the expectation falls as it grows
  let low = 0;
  let high = queryLength;
  for (let step = 0; step < 64; step++) {
    const length = (low + high) / 2;
    if (beta + (alpha / lambda) * Math.log(k * space(length)) >= length) low = length;
    else high = length;
  }
  return space(Math.floor(low));
}

/** A score in bits: comparable between matrices. */
export function bitScore({ lambda, k, step }: KarlinAltschul, score: number): number {
  return (lambda * step * Math.floor(score / step) - Math.log(k)) / Math.LN2;
}

/** How many alignments of this score or better are to be expected by chance in such a search space. */
export function expectedByChance(parameters: KarlinAltschul, score: number, searchSpace: number): number {
  return searchSpace * 2 ** -bitScore(parameters, score);
}
