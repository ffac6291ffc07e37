import { BioXenError, type Sequences } from "../../contract/index.ts";

export interface SubstitutionMatrix {
  readonly name: string;
  readonly residues: "protein" | "dna";
  /** Letters in the order of rows and columns. */
  readonly alphabet: string;
  /** The letter that stands for an unknown residue: X or N. */
  readonly wildcard: string;
  /** Row-major; the row is the query's residue, the column the target's. */
  readonly scores: Int16Array;
}

/**
 * What an ambiguous residue (protein B Z J X U O *; DNA N and the other IUPAC codes) means. `score`: as the matrix
 * says, a letter it lacks as the wildcard; `mask`: always the wildcard; `error`: refused.
 */
export type AmbiguityPolicy = "error" | "score" | "mask";

const certain = { protein: "ACDEFGHIKLMNPQRSTVWY", dna: "ACGT" };
const ambiguous = { protein: "BZJXUO*", dna: "NRYSWKMBDHV" };

/** Code of every ASCII letter, either case, in the matrix' alphabet; 255 where the policy or the alphabet refuses it. */
export function letterCodes(matrix: SubstitutionMatrix, policy: AmbiguityPolicy): Uint8Array {
  const codes = new Uint8Array(256).fill(255);
  const give = (letter: string, as: string): void => {
    const code = matrix.alphabet.indexOf(as);
    codes[letter.charCodeAt(0)] = code;
    codes[letter.toLowerCase().charCodeAt(0)] = code;
  };
  for (const letter of certain[matrix.residues]) if (matrix.alphabet.includes(letter)) give(letter, letter);
  if (matrix.residues === "dna" && matrix.alphabet.includes("T")) give("U", "T");
  if (policy !== "error")
    for (const letter of ambiguous[matrix.residues])
      give(letter, policy === "score" && matrix.alphabet.includes(letter) ? letter : matrix.wildcard);
  return codes;
}

/** 1 for the codes of certain residues: the 20 amino acids, or A C G T. An ambiguous one is identical with nothing, itself included. */
export function certainCodes({ alphabet, residues }: SubstitutionMatrix): Uint8Array {
  return Uint8Array.from(alphabet, (letter) => (certain[residues].includes(letter) ? 1 : 0));
}

/** @throws BioXenError `INPUT_INVALID` that names sequence, position (0-based) and residue of the first refused letter. */
export function checkResidues(sequences: Sequences, matrix: SubstitutionMatrix, policy: AmbiguityPolicy): void {
  const codes = letterCodes(matrix, policy);
  const { residues, offsets, names } = sequences;
  let bad = 0; // a plain loop: ten times as quick as findIndex over a database's ten million letters
  while (bad < residues.length && codes[residues[bad] ?? 0] !== 255) bad++;
  if (bad === residues.length) return;
  const sequence = offsets.findLastIndex((offset) => offset <= bad);
  const position = bad - (offsets[sequence] ?? 0);
  const residue = String.fromCharCode(residues[bad] ?? 0);
  const known = (certain[matrix.residues] + ambiguous[matrix.residues]).includes(residue.toUpperCase());
  throw new BioXenError(
    "INPUT_INVALID",
    `sequence ${names[sequence] ?? sequence}, position ${position}: ${JSON.stringify(residue)} is ` +
      (known
        ? `an ambiguous residue, which the policy "error" refuses`
        : `no ${matrix.residues === "dna" ? "DNA" : "protein"} letter of ${matrix.name}`),
    { context: { sequence: names[sequence] ?? sequence, position, residue } },
  );
}

/**
 * DNA scores: `match` for equal bases, `mismatch` for unequal ones and for N against anything, N too.
 * @throws BioXenError `INPUT_INVALID` for scores that are no whole numbers of 16 bits.
 */
export function matchMismatch(match: number, mismatch: number): SubstitutionMatrix {
  for (const score of [match, mismatch])
    if (!Number.isInteger(score) || Math.abs(score) > 32_767)
      throw new BioXenError("INPUT_INVALID", `score ${score} is no whole number from -32767 to 32767`);
  const alphabet = "ACGTN";
  const scores = Int16Array.from({ length: 25 }, (_, at) =>
    at % 5 === Math.floor(at / 5) && at < 20 ? match : mismatch,
  );
  return { name: `match ${match}, mismatch ${mismatch}`, residues: "dna", alphabet, wildcard: "N", scores };
}
