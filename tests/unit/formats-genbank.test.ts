import { parseGenbank, parseGff3 } from "bioxen";
import { describe, expect, test } from "vitest";
import { formatFailure } from "../support/format-failure.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** A record of 60 bases with these lines as its feature table. */
function record(features: string, options: { name?: string; length?: number; topology?: string } = {}): string {
  const { name = "TEST1", length = 60, topology = "circular" } = options;
  const rows = ["acgtacgtac gtacgtacgt acgtacgtac gtacgtacgt acgtacgtac gtacgtacgt"];
  return `LOCUS       ${name}                  ${length} bp    DNA     ${topology} SYN 12-APR-2018
DEFINITION  A test record
            over two lines.
ACCESSION   ${name}
VERSION     ${name}.2
FEATURES             Location/Qualifiers
     source          1..60
                     /organism="nothing"
${features}ORIGIN
        1 ${rows[0]}
//
`;
}

const feature = (location: string, ...qualifiers: string[]): string =>
  [`     CDS             ${location}`, ...qualifiers.map((line) => `                     ${line}`), ""].join("\n");

describe("GenBank", () => {
  test("header, sequence and several records", () => {
    const [first, second, ...rest] = parseGenbank(
      bytes(record("") + record("", { name: "TEST2", topology: "linear" })),
    );
    expect(rest).toEqual([]);
    expect(first).toMatchObject({ id: "TEST1.2", circular: true, description: "A test record over two lines." });
    expect(first?.sequence).toBe("ACGT".repeat(15));
    expect(second).toMatchObject({ id: "TEST2.2", circular: false });
  });

  test.each([
    ["3..9", [[2, 9, 1]], false, false],
    ["<3..>9", [[2, 9, 1]], true, true],
    ["complement(<3..9)", [[2, 9, -1]], false, true],
    [
      "join(1..3,7..9)",
      [
        [0, 3, 1],
        [6, 9, 1],
      ],
      false,
      false,
    ],
    [
      "complement(join(1..3,7..9))",
      [
        [6, 9, -1],
        [0, 3, -1],
      ],
      false,
      false,
    ],
    [
      "join(complement(7..9),complement(1..3))",
      [
        [6, 9, -1],
        [0, 3, -1],
      ],
      false,
      false,
    ],
    [
      "join(58..60,1..3)",
      [
        [57, 60, 1],
        [0, 3, 1],
      ],
      false,
      false,
    ],
    [
      "order(1..3,\n                     7..9)",
      [
        [0, 3, 1],
        [6, 9, 1],
      ],
      false,
      false,
    ],
    ["5", [[4, 5, 1]], false, false],
    ["5^6", [[5, 5, 1]], false, false],
  ])("location %s", (location, spans, start, end) => {
    const [read] = parseGenbank(bytes(record(feature(location))));
    const cds = read?.features.find(({ type }) => type === "CDS");
    expect(cds?.spans).toEqual(spans.map(([from, to, strand]) => ({ start: from, end: to, strand })));
    expect(cds?.partial).toEqual({ start, end });
  });

  test("qualifiers: over lines, doubled quotes, '=' and '/' in a value, none, repeated", () => {
    const lines = [
      '/product="16S rRNA',
      "(adenine) a=b",
      '/kinase"',
      "/codon_start=2",
      "/pseudo",
      '/note="say ""no"""',
      '/note="second"',
      '/translation="MKV',
      'LL"',
    ];
    const [read] = parseGenbank(bytes(record(feature("1..9", ...lines))));
    const { qualifiers } = read?.features.at(-1) ?? {};
    expect([...(qualifiers ?? [])]).toEqual([
      ["product", ["16S rRNA (adenine) a=b /kinase"]],
      ["codon_start", ["2"]],
      ["pseudo", [""]],
      ["note", ['say "no"', "second"]],
      ["translation", ["MKVLL"]],
    ]);
  });

  test.each([
    ["not GenBank", ">seq\nACGT\n", ':1: found ">seq"'],
    ["empty", "", ":1: found an empty file"],
    ["cut off", record("").slice(0, -5), "the end of the file, expected '//'"],
    ["a sequence cut short", record("", { length: 90 }), "a sequence of 60 bases, expected 90"],
    ["no sequence", record("").replace(/ORIGIN[^/]*/, "CONTIG      join(X:1..60)\n"), "no sequence"],
    ["a feature outside", record(feature("55..61")), ":9: found a CDS at 55..61, expected positions within 1..60"],
    ["position 0", record(feature("0..5")), ":9: found the location"],
    ["another record's sequence", record(feature("J00194.1:1..9")), ":9: found the location"],
    ["brackets left open", record(feature("join(1..3,5..6")), ":9: found the location"],
    ["brackets without end", record(feature("complement(".repeat(99))), "levels of brackets"],
    ["an open quote", record(feature("1..9", '/note="abc')), "without a closing quote"],
    ["letters that are no bases", record("").replace("acgtacgtac", "acgt!cgtac"), '"!" at base 5'],
  ])("refuses %s", async (_name, text, message) => {
    expect(await formatFailure(() => parseGenbank(bytes(text), "x.gb"))).toContain(message);
  });
});

const gff = `##gff-version 3
s1\t.\tregion\t1\t24\t.\t+\t.\tID=s1;Is_circular=true
s1\t.\tgene\t1\t20\t.\t-\t.\tID=g1;locus_tag=T_1;Name=abc%3B
s1\t.\tmRNA\t1\t20\t.\t-\t.\tID=m1;Parent=g1
s1\t.\tCDS\t1\t6\t.\t-\t0\tParent=m1
s1\t.\tCDS\t10\t20\t.\t-\t2\tParent=m1
##FASTA
>s1
acgtacgtacgtacgtacgtacgt
`;

describe("GFF3", () => {
  test("rows of one parent are one CDS, its phase is codon_start, names come from the gene", () => {
    const [read] = parseGff3(bytes(gff));
    expect(read).toMatchObject({ id: "s1", circular: true, sequence: "ACGT".repeat(6) });
    const cds = read?.features.find(({ type }) => type === "CDS");
    expect(cds?.spans).toEqual([
      { start: 9, end: 20, strand: -1 },
      { start: 0, end: 6, strand: -1 },
    ]);
    expect(cds?.qualifiers.get("codon_start")).toEqual(["3"]);
    expect(cds?.qualifiers.get("locus_tag")).toEqual(["T_1"]);
    expect(cds?.qualifiers.get("Name")).toEqual(["abc;"]);
  });

  test.each([
    ["no sequence", gff.split("##FASTA")[0] ?? "", "no sequence"],
    ["a parent that is not there", gff.replaceAll("Parent=g1", "Parent=g2"), ":4: found the parent"],
    ["a feature outside", gff.replaceAll("\t20\t", "\t25\t"), ":3: found a gene at 1..25"],
    ["an unknown sequence", gff.replace("s1\t.\tgene", "s2\t.\tgene"), ':3: found a feature of sequence "s2"'],
    ["a phase of 3", gff.replace("\t2\tParent", "\t3\tParent"), ":6: found the phase"],
    ["eight columns", gff.replace("\t.\t-\t0", "\t-\t0"), ":5: found 8 columns"],
    ["nothing", "\n", "nothing but comments"],
  ])("refuses %s", async (_name, text, message) => {
    expect(await formatFailure(() => parseGff3(bytes(text), null, "x.gff"))).toContain(message);
  });
});
