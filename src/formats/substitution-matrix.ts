import { formatError, type Place, quote } from "./format-error.ts";
import { baseName, fields, readLines } from "./text-lines.ts";

/** A substitution matrix of a file; what the sequence-alignment workload takes as one. */
export interface SubstitutionMatrixRecord {
  /** The file's name without folder and ending. */
  readonly name: string;
  /** `dna` where all letters are IUPAC codes of bases, and A, C, G and T are among them. */
  readonly residues: "protein" | "dna";
  /** Letters in the order of rows and columns. */
  readonly alphabet: string;
  /** The letter that stands for an unknown residue: X of protein, N of DNA. */
  readonly wildcard: string;
  /** Row-major; the row is the query's residue, the column the target's. */
  readonly scores: Int16Array;
}

/** The range of the 16-bit scores. */
const mostScore = 2 ** 15 - 1;
const bases = /^[ACGTURYKMSWBDHVN*]+$/;
const headerExpected = "a line of letters that heads the columns";

/**
 * Reads a substitution matrix in NCBI's format, plain or gzip: `#` comments, a line of letters, and a line for each
 * letter with its integer scores. Lower-case letters count as upper case.
 * @throws BioXenError `FORMAT_INVALID` that names file, line, what was found and what was expected.
 */
export async function readSubstitutionMatrix(path: string): Promise<SubstitutionMatrixRecord> {
  const lines = await readLines(path, "a substitution matrix in NCBI's format");
  let alphabet = "";
  let headerLine = 0;
  const rows: number[][] = [];
  lines.forEach((text, index) => {
    const place = { file: path, line: index + 1 };
    if (text === "" || text.startsWith("#")) return;
    if (alphabet === "") {
      alphabet = parseHeader(text, place);
      headerLine = place.line;
    } else rows.push(parseRow(text, alphabet, rows.length, place));
  });
  if (alphabet === "") throw formatError({ file: path, line: lines.length }, "only comments", headerExpected);
  const next = alphabet[rows.length];
  if (next !== undefined)
    throw formatError(
      { file: path, line: lines.length },
      `the end of the file after ${rows.length} rows`,
      `${alphabet.length} rows, next that of ${next}`,
    );
  const dna = bases.test(alphabet) && [..."ACGT"].every((base) => alphabet.includes(base));
  const wildcard = dna ? "N" : "X";
  if (!alphabet.includes(wildcard))
    throw formatError(
      { file: path, line: headerLine },
      `the letters ${quote(alphabet)} without ${wildcard}`,
      `${wildcard} among them, which stands for an unknown ${dna ? "base" : "amino acid"}`,
    );
  return {
    name: baseName(path),
    residues: dna ? "dna" : "protein",
    alphabet,
    wildcard,
    scores: Int16Array.from(rows.flat()),
  };
}

function parseHeader(text: string, place: Place): string {
  const letters = fields(text.toUpperCase());
  letters.forEach((letter, index) => {
    if (!/^[A-Z*]$/.test(letter)) throw formatError(place, quote(letter), headerExpected);
    if (letters.indexOf(letter) < index) throw formatError(place, `the letter ${letter} twice`, "each letter once");
  });
  // 26 letters and `*`, each once, are at most 27: below the 32 that kernels can index
  return letters.join("");
}

function parseRow(text: string, alphabet: string, row: number, place: Place): number[] {
  const [letter = "", ...scores] = fields(text);
  const expected = alphabet[row];
  if (expected === undefined)
    throw formatError(place, `a row beyond the ${alphabet.length} letters: ${quote(text)}`, "the end of the file");
  if (letter.toUpperCase() !== expected)
    throw formatError(place, `a row of ${quote(letter)}`, `the row of ${expected}, in the order of the columns`);
  if (scores.length !== alphabet.length)
    throw formatError(place, `${scores.length} scores in the row of ${expected}`, `${alphabet.length}, one a letter`);
  return scores.map((field) => {
    const score = Number(field);
    if (!/^[+-]?\d+$/.test(field) || Math.abs(score) > mostScore)
      throw formatError(
        place,
        `${quote(field)} in the row of ${expected}`,
        `an integer of at most ${mostScore} either way`,
      );
    return score;
  });
}
