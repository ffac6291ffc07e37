import { blosum62, readSubstitutionMatrix, sequenceAlignment } from "bioxen";
import { expect, test } from "vitest";
import { formatFailure } from "../support/format-failure.ts";
import { temporaryFiles } from "../support/temporary-files.ts";

const { file } = temporaryFiles();
const read = (text: string): ReturnType<typeof readSubstitutionMatrix> => readSubstitutionMatrix(file("M.mat", text));
const fails = (text: string): Promise<string> => formatFailure(() => read(text));

/** A matrix as NCBI writes it. */
function ncbi(alphabet: string, scores: ArrayLike<number>): string {
  const n = alphabet.length;
  const rows = [...alphabet].map((letter, i) =>
    [letter, ...Array.from({ length: n }, (_, j) => String(scores[i * n + j]).padStart(2))].join(" "),
  );
  return `#  Matrix made by a test\n# * column\n   ${[...alphabet].join("  ")}\n${rows.join("\n")}\n`;
}

test("BLOSUM62 written out reads as itself", async () => {
  const { name, ...matrix } = await readSubstitutionMatrix(file("BLOSUM62", ncbi(blosum62.alphabet, blosum62.scores)));
  expect(name).toBe("BLOSUM62");
  const { name: _, ...expected } = blosum62;
  expect(matrix).toEqual(expected);
});

test("DNA, asymmetric, CRLF, lower case", async () => {
  const matrix = await read(
    "\r\n# x\r\na c g t n\r\nA 5 -4 -4 -4 -2\r\nc +1 5 -4 -4 -2\r\nG -4 -4 5 -4 -2\r\nT -4 -4 -4 5 -2\r\nN -2 -2 -2 -2 -1\r\n",
  );
  expect(matrix).toMatchObject({ name: "M", residues: "dna", alphabet: "ACGTN", wildcard: "N" });
  expect([...matrix.scores.subarray(5, 10)]).toEqual([1, 5, -4, -4, -2]);
});

test("is what sequence-alignment takes", async () => {
  const matrix = await readSubstitutionMatrix(file("B62", ncbi(blosum62.alphabet, blosum62.scores)));
  const input = { ...sequenceAlignment.generate(1000, () => 0.5), matrix };
  expect((await sequenceAlignment.input["~standard"].validate(input)).issues).toBeUndefined();
});

test.each([
  ["an empty file", "", ":1: found an empty file"],
  ["comments only", "# a\n#b\n", "found only comments, expected a line of letters"],
  ["no header", "A 1 2\nX 3 4\n", ':1: found "1"'],
  ["a letter twice in the header", "A X A\n", ":1: found the letter A twice"],
  ["too few rows", "A X\nA 1 2\n", "found the end of the file after 1 rows, expected 2 rows, next that of X"],
  ["too many rows", "A X\nA 1 2\nX 1 2\nC 1 2\n", ":4: found a row beyond the 2 letters"],
  ["too few columns", "A X\nA 1 2\nX 1\n", ":3: found 1 scores in the row of X, expected 2"],
  ["too many columns", "A X\nA 1 2 3\n", ":2: found 3 scores"],
  ["rows in another order", "A X\nX 1 2\n", ':2: found a row of "X", expected the row of A'],
  ["a row without its letter", "A X\n1 2\n", ':2: found a row of "1"'],
  ["a fraction", "A X\nA 1 2.5\n", ':2: found "2.5" in the row of A, expected an integer'],
  ["no number", "A X\nA 1 x\n", ':2: found "x"'],
  ["a score beyond 16 bits", "A X\nA 1 40000\n", ':2: found "40000"'],
  ["no wildcard of protein", "# c\nA R\nA 1 2\nR 1 2\n", ':2: found the letters "AR" without X'],
  ["no wildcard of DNA", ncbi("ACGT", new Int16Array(16)), ':3: found the letters "ACGT" without N'],
])("refuses %s", async (_, text, message) => {
  expect(await fails(text)).toContain(message);
});
