import { gzipSync } from "node:zlib";
import { motifScan, readMotifs } from "bioxen";
import { describe, expect, test } from "vitest";
import { formatFailure } from "../support/format-failure.ts";
import { temporaryFiles } from "../support/temporary-files.ts";

const { file } = temporaryFiles();
const read = (text: string, name = "motifs.txt"): ReturnType<typeof readMotifs> => readMotifs(file(name, text));
const fails = (text: string): Promise<string> => formatFailure(() => read(text));
const ab = [1, 2, 3, 4, 5, 6, 7, 8];

describe("JASPAR", () => {
  test.each([
    ["brackets", ">M1 N1\nA [ 1 2 ]\nC [ 3 4 ]\nG [ 5 6 ]\nT [ 7 8 ]\n"],
    ["tight brackets, CRLF, tabs", ">M1\tN1\r\nA\t[1\t2]\r\nC\t[3\t4]\r\nG\t[5\t6]\r\nT\t[7\t8]\r\n"],
    ["letters in another order and case", ">M1 N1\nt [7 8]\nG [5 6]\nc [3 4]\nA [1 2]\n"],
    ["bars", ">M1 N1\nA | 1 2\nC | 3 4\nG | 5 6\nT | 7 8"],
    ["colons, decimals", ">M1 N1\nA: 1.0 2e0\nC: 3 4.\nG: 5 6\nT: 7 8"],
    ["letters without brackets", ">M1 N1\nA 1 2\nC 3 4\nG 5 6\nT 7 8"],
    ["the older form", ">M1 N1\n1 2\n3 4\n\n5 6\n7 8\n"],
  ])("%s", async (_, text) => {
    expect(await read(text)).toEqual([{ id: "M1", name: "N1", counts: Float64Array.from(ab) }]);
  });

  test("names of several words, no name, one id twice, gzip", async () => {
    const rows = "1\n0.5\n0\n3\n";
    const motifs = await readMotifs(file("many.gz", gzipSync(`>M1 a b (var.2)\n${rows}>M2\n${rows}>M2\n${rows}`)));
    expect(motifs.map(({ id, name }) => [id, name])).toEqual([
      ["M1", "a b (var.2)"],
      ["M2", "M2"],
      ["M2", "M2"],
    ]);
  });

  test("one bare matrix is named after its file", async () => {
    expect(await read("1 2\n3 4\n5 6\n7 8\n", "MA0001.1.pfm")).toEqual([
      { id: "MA0001.1", name: "MA0001.1", counts: Float64Array.from(ab) },
    ]);
  });

  test("is what motif-scan takes", async () => {
    const sequences = { names: ["s"], residues: new Uint8Array(4), offsets: Uint32Array.of(0, 4) };
    const input = { matrices: await read("1 2\n3 4\n5 6\n7 8\n"), sequences, pValue: 0.1, strands: "both" };
    expect((await motifScan.input["~standard"].validate(input)).issues).toBeUndefined();
  });

  test.each([
    ["an empty file", "", ":1: found an empty file, expected motifs: JASPAR"],
    ["white space", "\n\n", ":1: found nothing but white space"],
    ["something else", "hello\n", ':1: found "hello", expected motifs'],
    ["unequal rows", ">M\n1 2\n3 4\n5\n7 8\n", ':4: found 1 counts in a row of matrix "M", expected 2'],
    ["a negative count", ">M\n1 2\n3 -4\n5 6\n7 8\n", ':3: found the negative number "-4"'],
    ["no number", ">M\n1 2\n3 x\n5 6\n7 8\n", ':3: found "x", which is no number'],
    ["NaN", ">M\nA [ 1 NaN ]\n", ':2: found "NaN", which is no number'],
    ["infinity", ">M\nA [ 1 1e999 ]\n", ':2: found "1e999", which is no number'],
    [
      "a missing row",
      ">M\n1 2\n3 4\n5 6\n>N\n",
      ':5: found the end of matrix "M" (line 1) after 3 rows, expected four rows',
    ],
    ["a missing last row", ">M\n1 2\n3 4\n5 6\n\n", ":4: found the end of matrix"],
    ["no rows", ">M\n", ":1: found the end of matrix"],
    ["a row without counts", ">M\nA [ ]\n", ':2: found a row of matrix "M" without counts'],
    ["five rows", ">M\n1\n1\n1\n1\n1\n", ":6: found a fifth row"],
    ["a letter twice", ">M\nA 1\nC 1\nA 1\nT 1\n", ":4: found a second row A"],
    ["a letter that is no base", ">M\nA 1\nC 1\nG 1\nU 1\n", ':5: found a row "U"'],
    ["rows with and without letter", ">M\nA 1\n1\n", ":3: found rows"],
    ["an open bracket", ">M\nA [ 1 2\n", ':2: found "A [ 1 2" with one bracket'],
    ["no id", ">\n1\n1\n1\n1\n", ":1: found a header without an id"],
    ["NUL", ">M\n1\0\n", ":2: found byte 0x00"],
  ])("refuses %s", async (_, text, message) => {
    expect(await fails(text)).toContain(message);
  });
});

describe("MEME", () => {
  const head = "MEME version 4\n\nALPHABET= ACGT\n\nstrands: + -\n\n";
  const rows = "0.25 0.25 0.25 0.25\n 1.0 0 0 0.000\n";
  const motif = (text: string): string => `${head}MOTIF M1 N1\n${text}`;

  test("counts are probabilities times nsites", async () => {
    expect(await read(motif(`letter-probability matrix: alength= 4 w= 2 nsites= 8 E= 1e-3\n${rows}`))).toEqual([
      { id: "M1", name: "N1", counts: Float64Array.of(2, 8, 2, 0, 2, 0, 2, 0) },
    ]);
  });

  test("20 sites where the file does not say, and no other key is needed", async () => {
    const [first] = await read(motif(`letter-probability matrix:\n${rows}\nURL http://example.org\n`));
    expect(first?.counts).toEqual(Float64Array.of(5, 20, 5, 0, 5, 0, 5, 0));
  });

  test("the background goes with every motif after it; log-odds are read over; the name may be missing", async () => {
    const text = `${head}Background letter frequencies (from x):\nA 0.3 C 0.2 G 0.2 T 0.3\n\nMOTIF M1\n
log-odds matrix: alength= 4 w= 2 E= 0\n-823 77 1 2\n3 4 5 6\n
letter-probability matrix: alength= 4 w= 2 nsites= 4\n\n${rows}
MOTIF M1\nletter-probability matrix: w= 1\n0 0 0 1`;
    const motifs = await read(text);
    expect(motifs.map(({ id, name, counts }) => [id, name, counts.length])).toEqual([
      ["M1", "M1", 8],
      ["M1", "M1", 4],
    ]);
    expect(motifs.map(({ background }) => background)).toEqual([
      [0.3, 0.2, 0.2, 0.3],
      [0.3, 0.2, 0.2, 0.3],
    ]);
  });

  test("a full text report", async () => {
    const stars = "*".repeat(80);
    const text = `${stars}\nMEME - Motif discovery tool\n${stars}\nMEME version 5.4.1\n\nALPHABET= ACGT\n
MOTIF ACGT MEME-1\twidth =   2  sites =   4\n${"-".repeat(80)}\n\tMotif ACGT MEME-1 position-specific probability matrix
${"-".repeat(80)}\nletter-probability matrix: alength= 4 w= 2 nsites= 4 E= 1\n${rows}${"-".repeat(80)}\n`;
    expect((await read(text)).map(({ id, name }) => [id, name])).toEqual([["ACGT", "MEME-1"]]);
  });

  const matrix = "letter-probability matrix: alength= 4 w= 2\n";
  test.each([
    ["the protein alphabet", head.replace("ACGT", "ACDEFGHIKLMNPQRSTVWY"), ":3: found the protein alphabet"],
    ["the RNA alphabet", head.replace("ACGT", "ACGU"), ":3: found the RNA alphabet"],
    ["a custom alphabet", head.replace("= ACGT", ' "DNA" DNA-LIKE'), ":3: found a custom alphabet"],
    ["alength= 20", motif("letter-probability matrix: alength= 20 w= 2\n"), ':8: found alength= "20"'],
    ["no motif", head, "found a MEME file without motifs"],
    ["a motif without id", `${head}MOTIF\n`, ":7: found a motif without an id"],
    [
      "a motif without matrix",
      motif(`MOTIF M2\n${matrix}${rows}`),
      ':8: found no letter-probability matrix for motif "M1" (line 7)',
    ],
    ["a last motif without matrix", motif(""), ":7: found no letter-probability matrix"],
    ["a matrix without motif", `${head}${matrix}${rows}`, ":7: found a matrix without a motif"],
    [
      "fewer rows than w",
      motif(`${matrix}1 0 0 0\nMOTIF M2\n`),
      ':10: found the end of the matrix of motif "M1" after 1 rows, expected w= 2 rows',
    ],
    ["the end before w rows", motif(`${matrix}1 0 0 0\n`), "after 1 rows"],
    ["more rows than w", motif(`${matrix}${rows}1 0 0 0\n`), ":11: found a row beyond w= 2"],
    ["no rows", motif("letter-probability matrix:\n\nMOTIF x\n"), "after 0 rows"],
    ["a sum that is not 1", motif(`${matrix}0.5 0.3 0.1 0\n`), ':9: found a row of motif "M1" that sums to 0.9'],
    ["a negative probability", motif(`${matrix}-0.5 0.5 0.5 0.5\n`), ':9: found the negative number "-0.5"'],
    ["no number", motif(`${matrix}0.5 0.5 x 0\n`), ':9: found "x", which is no number'],
    ["three values", motif(`${matrix}0.5 0.5 0\n`), ":9: found 3 values"],
    ["nsites= 0", motif("letter-probability matrix: nsites= 0\n"), ':8: found nsites= "0"'],
    ["a broken w", motif("letter-probability matrix: w= two\n"), ':8: found w= "two"'],
    ["a broken background", `${head}Background letter frequencies\nA 0.3 C 0.2\n`, ':8: found "A 0.3 C 0.2"'],
    [
      "a background that is not 1",
      `${head}Background letter frequencies\nA 1 C 1 G 1 T 1\n`,
      ":8: found frequencies that sum to 4",
    ],
  ])("refuses %s", async (_, text, message) => {
    expect(await fails(text)).toContain(message);
  });
});
