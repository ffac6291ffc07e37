import { gzipSync } from "node:zlib";
import { readPairs, type Sequences } from "bioxen";
import { expect, test } from "vitest";
import { formatFailure } from "../support/format-failure.ts";
import { temporaryFiles } from "../support/temporary-files.ts";

const { file } = temporaryFiles();
const letters = ({ residues, offsets, names }: Sequences): string[] =>
  names.map((_, i) => Buffer.from(residues.slice(offsets[i], offsets[i + 1])).toString("latin1"));
const fails = (text: string): Promise<string> => formatFailure(() => readPairs(file("pairs", text)));

test.each([
  ["marked lines", ">ACG\n<AC\n>T\n<tt\n"],
  ["CRLF, blank lines, no end", "\r\n>ACG \r\n<AC\r\n\r\n>T\r\n<tt"],
  ["a byte order mark", "\ufeff>ACG\n<AC\n>T\n<tt\n"],
  ["a byte order mark before columns", "\ufeffACG\tAC\nT\ttt\n"],
  ["lone CR", ">ACG\r<AC\r>T\r<tt\r"],
  ["space after the mark", "> ACG\n< AC\n> T\n< tt\n"],
  ["columns", "ACG\tAC\nT\ttt\n"],
  ["columns with CRLF and blank lines", "\r\nACG\tAC \r\n\r\nT\ttt\r\n"],
])("%s", async (_, text) => {
  for (const content of [Buffer.from(text), gzipSync(text)]) {
    const { queries, targets } = await readPairs(file("pairs", content));
    expect(letters(queries)).toEqual(["ACG", "T"]);
    expect(letters(targets)).toEqual(["AC", "tt"]);
    expect(queries.names).toEqual(["pair-0", "pair-1"]);
    expect(targets.names).toEqual(["pair-0", "pair-1"]);
    expect(queries.residues.buffer).toBeInstanceOf(SharedArrayBuffer);
  }
});

test.each([
  ["an empty file", "", ":1: found an empty file"],
  ["white space", " \n\n", ":3: found nothing but white space"],
  ["two queries", ">A\n>C\n", ":2: found \">\", expected '<' and a target"],
  ["two targets", ">A\n<C\n<C\n", ":3: found \"<\", expected '>' and a query"],
  ["a target first", "<A\n>C\n", ':1: found "<", expected pairs'],
  ["a FASTA file", ">abc\nACGT\n", ":2: found \"A\", expected '<' and a target"],
  ["a query without target", ">A\n<C\n>G\n", ":4: found the end of the file, expected a line of '<'"],
  ["an empty query", ">\n<C\n", ":1: found a line without a query"],
  ["an empty target", ">A\n<", ":2: found a line without a target"],
  ["a gap", ">A\n<A-C\n", ':2: found "-", expected residues only; aligned pairs'],
  ["a digit", ">A1\n<C\n", ':1: found "1"'],
  ["letters after a space", ">A C\n<C\n", ':1: found "C", expected a query of letters, then a line end'],
  ["one column", "A\tC\nG\n", ":2: found a line without a target"],
  ["one column and a tab", "A\tC\nG\t\n", ":2: found a line without a target"],
  ["no first column", "A\tC\n\tG\n", ":2: found byte 0x09"],
  ["three columns", "A\tC\tG\n", ':1: found "G"'],
  ["NUL", "A\tC\0\n", ":1: found byte 0x00"],
  ["a folder's listing", "./a.txt\n", ':1: found ".", expected pairs'],
])("refuses %s", async (_, text, message) => {
  expect(await fails(text)).toContain(message);
});
