import { parseFasta, parseFastq, readSequences, type Sequences, streamSequences } from "bioxen";
import { describe, expect, test } from "vitest";
import { formatFailure } from "../support/format-failure.ts";
import { temporaryFiles } from "../support/temporary-files.ts";

const { folder, file } = temporaryFiles();
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const records = ({ names, residues, offsets }: Sequences): [string, string][] =>
  names.map((name, i) => [name, Buffer.from(residues.slice(offsets[i], offsets[i + 1])).toString("latin1")]);
const fasta = (text: string): [string, string][] => records(parseFasta(bytes(text), { file: "f" }));
const fastq = (text: string): [string, string][] => records(parseFastq(bytes(text), { file: "f" }));
const fastaFails = (text: string): Promise<string> => formatFailure(() => parseFasta(bytes(text), { file: "f" }));
const fastqFails = (text: string): Promise<string> => formatFailure(() => parseFastq(bytes(text), { file: "f" }));

describe("FASTA", () => {
  test.each([
    [
      "one line each",
      ">a first\nACGT\n>b\nGG\n",
      [
        ["a", "ACGT"],
        ["b", "GG"],
      ],
    ],
    ["wrapped, no line end at the end", ">a\nAC\nGT\nA", [["a", "ACGTA"]]],
    [
      "CRLF",
      ">a x\r\nAC\r\nGT\r\n>b\r\nG\r\n",
      [
        ["a", "ACGT"],
        ["b", "G"],
      ],
    ],
    [
      "lone CR",
      ">a x\rAC\rGT\r>b\rG\r",
      [
        ["a", "ACGT"],
        ["b", "G"],
      ],
    ],
    ["blank lines and white space", "\n \n>a\n\nAC  \n\n\tGT\t\n\n", [["a", "ACGT"]]],
    ["lower case and stops stay", ">a\nacGT*\n", [["a", "acGT*"]]],
    ["comments of old", "; made by hand\n>a\n;one\nAC\n; > no header\nGT\n", [["a", "ACGT"]]],
    [
      "names twice",
      ">a\nA\n>a\nC\n",
      [
        ["a", "A"],
        ["a", "C"],
      ],
    ],
    [
      "no name",
      ">\nA\n>   \nC\n",
      [
        ["", "A"],
        ["", "C"],
      ],
    ],
    ["space before the name, tab after it", "> a\tb\nA\n", [["a", "A"]]],
    ["names beyond ASCII, and a byte order mark", "\ufeff>αβ x\nA\n", [["αβ", "A"]]],
    ["NCBI's joined headers", ">gi|1 x\u0001gi|2 y\nA\n", [["gi|1", "A"]]],
  ])("%s", (_, text, expected) => {
    expect(fasta(text)).toEqual(expected);
  });

  test("residues and offsets lie in shared memory", () => {
    const { residues, offsets } = parseFasta(bytes(">a\nAC\n>b\nG\n"));
    expect(residues.buffer).toBeInstanceOf(SharedArrayBuffer);
    expect(offsets.buffer).toBeInstanceOf(SharedArrayBuffer);
    expect([...offsets]).toEqual([0, 2, 3]);
  });

  test.each([
    ["empty", "", ":1: found an empty file"],
    ["white space only", "\n \r\n\t\n", ":4: found nothing but white space"],
    ["a comment only, no line end", ";a", ":1: found nothing but"],
    ["comments only", ";a\n;b\n", ":3: found nothing but"],
    ["text before the first header", "\nhello world\n>a\nA\n", ":2: found \"hello world\", expected FASTA: '>'"],
    ["FASTQ where FASTA is asked for", "@a\nA\n+\nI\n", ':1: found "@a"'],
    ["a header alone", ">a\n", ':1: found record "a" with no residues'],
    ["a header alone, no line end", ">a", ':1: found record "a" with no residues'],
    ["no residues in the middle", ">a\nA\n>b\n\n>c\nC\n", ':3: found record "b" with no residues'],
    ["a gap", ">a\nACGT\nAC--GT\n", ':3: found "-" in column 3 of record "a", expected residues only; aligned'],
    ["a gap as a dot", ">a\nA.C\n", ':2: found "." in column 2'],
    ["a digit", ">a\r\nACGT\r\nA1\r\n", ':3: found "1" in column 2'],
    ["markup", ">a\n<html>\n", ':2: found "<" in column 1'],
    ["NUL", ">a\nAC\0\n", ":2: found byte 0x00 in column 3"],
    ["NUL in a header", ">a b\0c\nAC\n", ":1: found byte 0x00"],
    ["a control byte", ">a\nAC\u0007\n", ":2: found byte 0x07"],
    ["a byte beyond ASCII", ">a\nACé\n", ":2: found byte 0xc3"],
    ["> within a line", ">a\nAC>b\n", ':2: found ">" in column 3'],
    ["a name without end", `>${"x".repeat(70_000)}\nA\n`, ":1: found a name of more than"],
  ])("refuses %s", async (_, text, message) => {
    expect(await fastaFails(text)).toContain(message);
  });
});

describe("FASTQ", () => {
  test.each([
    [
      "four lines",
      "@a x\nACGT\n+\nIIII\n@b\nG\n+b\n@\n",
      [
        ["a", "ACGT"],
        ["b", "G"],
      ],
    ],
    ["no line end at the end", "@a\nAC\n+\nI~", [["a", "AC"]]],
    [
      "CRLF, blank lines between",
      "@a\r\nAC\r\n+\r\n!!\r\n\r\n\r\n@b\r\nG\r\n+\r\n+\r\n",
      [
        ["a", "AC"],
        ["b", "G"],
      ],
    ],
    [
      "wrapped",
      "@a\nAC\nGT\n+\n@I\n+I\n@b\nG\n+\n>\n",
      [
        ["a", "ACGT"],
        ["b", "G"],
      ],
    ],
  ])("%s", (_, text, expected) => {
    expect(fastq(text)).toEqual(expected);
  });

  test.each([
    ["empty", "", ":1: found an empty file"],
    [
      "too few qualities",
      "@a\nACGT\n+\nIII\n@b\nG\n+\nI\n",
      ':4: found 3 qualities, expected 4, one for each residue of record "a"',
    ],
    ["too many", "@a\nACGT\n+\nIIIII\n", ":4: found more than 4 qualities, expected 4"],
    ["too few over wrapped lines", "@a\nAC\nGT\n+\nII\nI", ":6: found the end of the file after 3 qualities"],
    ["no qualities", "@a\nACGT\n+\n\n", ":4: found 0 qualities"],
    ["no plus line", "@a\nACGT\n@b\nG\n+\nI\n", ":3: found \"@b\", expected residues or the line of '+'"],
    ["no plus line, qualities at once", "@a\nACGT\n!!!!\n", ':3: found "!"'],
    ["the end after the header", "@a\nA\n+\nI\n@b", ':5: found the end of the file in record "b"'],
    ["the end after the residues", "@a\nACGT\n", ':3: found the end of the file in record "a"'],
    ["the end after the plus line", "@a\nACGT\n+\n", ":4: found the end of the file after 0 qualities"],
    ["the end amid qualities", "@a\nACGT\n+\nII", ":4: found the end of the file after 2 qualities"],
    ["no residues", "@a\n\n+\n\n", ':1: found record "a" with no residues'],
    ["text between records", "@a\nA\n+\nI\nhello\n", ":5: found \"hello\", expected '@'"],
    ["a bad quality", "@a\nAC\n+\nI\u0001\n", ":4: found byte 0x01 among the qualities"],
  ])("refuses %s", async (_, text, message) => {
    expect(await fastqFails(text)).toContain(message);
  });
});

describe("files", () => {
  test("FASTA and FASTQ are told apart by content, not by name", async () => {
    expect(records(await readSequences(file("a.fastq", ">a\nAC\n")))).toEqual([["a", "AC"]]);
    expect(records(await readSequences(file("a.fasta.gz", "@a\nAC\n+\nII\n")))).toEqual([["a", "AC"]]);
  });

  test.each([
    ["nothing there", "nowhere/at-all.fa", ": found no such file, expected a readable file"],
    ["a folder", ".", ": found a directory"],
  ])("refuses %s", async (_, name, message) => {
    expect(await formatFailure(() => readSequences(`${folder}/${name}`))).toBe(
      message.includes("expected") ? message : `${message}, expected a readable file`,
    );
  });

  test.each([
    ["a picture", "89504e470d0a1a0a", ":1: found byte 0x89 (binary data?)"],
    ["a ZIP archive", "504b030414000000", ":1: found a ZIP archive, expected plain text or gzip data"],
    ["xz", "fd377a585a000000", ":1: found xz data"],
    ["UTF-16", "fffe3e006100", ":1: found UTF-16 text"],
    ["one byte", "00", ":1: found byte 0x00"],
    ["nothing", "", ":1: found an empty file"],
  ])("refuses %s", async (_, hex, message) => {
    const path = file("binary", Buffer.from(hex, "hex"));
    expect(await formatFailure(() => readSequences(path))).toContain(message);
  });

  test("no more residues than asked for", async () => {
    const path = file("six.fa", ">a\nACG\n>b\nACG\n");
    expect((await readSequences(path, { maxResidues: 6 })).residues.length).toBe(6);
    expect(await formatFailure(() => readSequences(path, { maxResidues: 5 }))).toContain(
      ':4: found more than 5 residues by record "b"',
    );
  });
});

describe("streaming", () => {
  const read = async (path: string, options: Parameters<typeof streamSequences>[1]): Promise<[string, string][][]> => {
    const batches: [string, string][][] = [];
    for await (const batch of streamSequences(path, options)) batches.push(records(batch));
    return batches;
  };

  test("cuts between records, before the one that would be too much", async () => {
    const path = file("stream.fa", ">a\nAAA\n>b\nCC\n>c\nGGGG\n>d\nTTTTTTTTT\n>e\nA\n");
    expect(await read(path, { residuesPerBatch: 5 })).toEqual([
      [
        ["a", "AAA"],
        ["b", "CC"],
      ],
      [["c", "GGGG"]],
      [["d", "TTTTTTTTT"]],
      [["e", "A"]],
    ]);
    expect((await read(path, { residuesPerBatch: 6 })).map((batch) => batch.length)).toEqual([2, 1, 1, 1]);
    expect((await read(path, {})).map((batch) => batch.length)).toEqual([5]);
  });

  test("bounds a single record, however many came before it", async () => {
    const path = file("long.fa", ">a\nAAA\n>b\nCCCCCC\n");
    expect(await read(path, { residuesPerBatch: 4, maxResidues: 6 })).toEqual([[["a", "AAA"]], [["b", "CCCCCC"]]]);
    expect(await formatFailure(() => read(path, { residuesPerBatch: 4, maxResidues: 5 }))).toContain(
      ":4: found more than 5",
    );
  });

  test("yields the good batches, then throws at the bad place", async () => {
    const record = `>a\n${"ACGT".repeat(1000)}\n`;
    const path = file("bad.fa", `${record.repeat(1000)}>b\nAC-GT\n`);
    let residues = 0;
    const message = await formatFailure(async () => {
      for await (const batch of streamSequences(path, { residuesPerBatch: 10_000 })) residues += batch.residues.length;
    });
    expect(message).toContain(':2002: found "-" in column 3');
    // what lies in the chunk of the file that holds the bad place is not yielded
    expect(residues).toBeGreaterThan(3_600_000);
  });

  test("cuts after 2^20 records, however short", async () => {
    const path = file("short.fa", ">\nA\n".repeat(2 ** 20 + 1));
    const sizes: number[] = [];
    for await (const { names } of streamSequences(path)) sizes.push(names.length);
    expect(sizes).toEqual([2 ** 20, 1]);
    expect((await readSequences(path)).names.length).toBe(2 ** 20 + 1);
  });

  test.each([
    ["maxResidues", Number.NaN],
    ["residuesPerBatch", 0],
    ["maxInflateRatio", Number.NaN],
    ["inflateAllowance", -1],
  ])("refuses %s %d", async (option, value) => {
    await expect(read(file("fine.fa", ">a\nA\n"), { [option]: value })).rejects.toMatchObject({
      code: "INPUT_INVALID",
    });
  });

  test("may be left early", async () => {
    const path = file("early.fa", `>a\nACGT\n`.repeat(100_000));
    for await (const batch of streamSequences(path, { residuesPerBatch: 4 })) {
      expect(batch.names).toEqual(["a"]);
      break;
    }
  });
});
