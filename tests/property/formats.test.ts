import { gzipSync } from "node:zlib";
import {
  BioXenError,
  parseFasta,
  parseFastq,
  readMotifs,
  readPairs,
  readSequences,
  readSubstitutionMatrix,
  type Sequences,
  seededRandom,
  streamSequences,
} from "bioxen";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { temporaryFiles } from "../support/temporary-files.ts";

const { file } = temporaryFiles();
const records = ({ names, residues, offsets }: Sequences): [string, string][] =>
  names.map((name, i) => [name, Buffer.from(residues.slice(offsets[i], offsets[i + 1])).toString("latin1")]);

const residues = fc.string({ unit: fc.constantFrom(..."ACGTNacgtnBZXUOJ*"), minLength: 1, maxLength: 200 });
const name = fc.string({ unit: fc.constantFrom(..."abcXYZ019|._-@>;+é"), maxLength: 12 });
const record = fc.tuple(name, residues);
const manyRecords = fc.array(record, { minLength: 1, maxLength: 20 });
const lineEnd = fc.constantFrom("\n", "\r\n", "\r");
const width = fc.integer({ min: 1, max: 80 });

const wrapped = (text: string, columns: number): string[] => text.match(new RegExp(`.{1,${columns}}`, "g")) ?? [];

function fasta(all: [string, string][], columns: number, end: string, last: boolean): string {
  const text = all.flatMap(([id, letters]) => [`>${id}${id && " about it"}`, ...wrapped(letters, columns)]).join(end);
  return last ? text + end : text;
}

function fastq(all: [string, string][], columns: number, end: string, last: boolean): string {
  // the qualities are the nastiest there are: every one begins a line as a header or a plus line would
  const text = all
    .flatMap(([id, letters], i) => [
      `@${id}${id && " about it"}`,
      ...wrapped(letters, columns),
      "+",
      ...wrapped((i % 2 ? "@" : "+").repeat(letters.length), columns),
    ])
    .join(end);
  return last ? text + end : text;
}

describe("what was written is read", () => {
  test("FASTA of any width and line end", () => {
    fc.assert(
      fc.property(manyRecords, width, lineEnd, fc.boolean(), (all, columns, end, last) => {
        expect(records(parseFasta(Buffer.from(fasta(all, columns, end, last))))).toEqual(all);
      }),
      { numRuns: 300 },
    );
  });

  test("FASTQ of any width and line end", () => {
    fc.assert(
      fc.property(manyRecords, width, lineEnd, fc.boolean(), (all, columns, end, last) => {
        expect(records(parseFastq(Buffer.from(fastq(all, columns, end, last))))).toEqual(all);
      }),
      { numRuns: 300 },
    );
  });

  test("a stream's batches joined are the file, none too large unless one record alone is", async () => {
    await fc.assert(
      fc.asyncProperty(
        manyRecords,
        width,
        lineEnd,
        fc.integer({ min: 1, max: 600 }),
        async (all, columns, end, per) => {
          const path = file("stream", gzipSync(fasta(all, columns, end, true)));
          const joined: [string, string][] = [];
          for await (const batch of streamSequences(path, { residuesPerBatch: per })) {
            expect(batch.residues.length <= per || batch.names.length === 1).toBe(true);
            expect(batch.offsets.length).toBe(batch.names.length + 1);
            joined.push(...records(batch));
          }
          expect(joined).toEqual(all);
        },
      ),
      { numRuns: 60 },
    );
  });

  test("a file beyond the size of a read's chunk, wherever the chunks part it", async () => {
    const random = seededRandom(7);
    // primes around, so that chunk borders fall on line ends, names, residues and between CR and LF
    for (const [columns, end] of [
      [61, "\n"],
      [59, "\r\n"],
      [1, "\r\n"],
      [70, "\r"],
    ] as const) {
      const all = Array.from({ length: 60 }, (_, i): [string, string] => [
        `name-${i}-${"n".repeat(Math.floor(300 * random()))}`,
        Array.from({ length: 1 + Math.floor(30_000 * random()) }, () => "ACGT"[Math.floor(4 * random())]).join(""),
      ]);
      for (const text of [fasta(all, columns, end, true), fastq(all, columns, end, false)]) {
        expect(Buffer.byteLength(text)).toBeGreaterThan(2 * 256 * 1024);
        expect(records(await readSequences(file("large", text)))).toEqual(all);
        expect(records(await readSequences(file("large.gz", gzipSync(text, { level: 1 }))))).toEqual(all);
      }
    }
  });

  test("pairs in both forms", async () => {
    const sides = fc.array(fc.tuple(residues, residues), { minLength: 1, maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(sides, lineEnd, fc.boolean(), async (all, end, marked) => {
        const text = all.map(([q, t]) => (marked ? `>${q}${end}<${t}${end}` : `${q}\t${t}${end}`)).join("");
        const { queries, targets } = await readPairs(file("pairs", text));
        expect(records(queries).map(([, letters], i) => [letters, records(targets)[i]?.[1]])).toEqual(all);
      }),
      { numRuns: 60 },
    );
  });

  test("JASPAR counts", async () => {
    const count = fc.oneof(
      fc.nat(10_000),
      fc.double({ min: 0, max: 1e6, noNaN: true }).filter((x) => !Object.is(x, -0)),
    );
    const column = fc.tuple(count, count, count, count);
    const order = fc.shuffledSubarray([0, 1, 2, 3], { minLength: 4 });
    await fc.assert(
      fc.asyncProperty(fc.array(column, { minLength: 1, maxLength: 30 }), order, async (columns, letters) => {
        const row = (letter: number): string => columns.map((values) => String(values[letter])).join("  ");
        const text = letters.map((letter) => `${"ACGT"[letter]} [ ${row(letter)} ]`).join("\n");
        const [motif] = await readMotifs(file("jaspar", `>M N\n${text}\n`));
        const expected = [0, 1, 2, 3].flatMap((letter) => columns.map((values) => values[letter] ?? -1));
        expect(motif?.counts).toEqual(Float64Array.from(expected));
      }),
      { numRuns: 60 },
    );
  });
});

describe("broken files", () => {
  const good: readonly (readonly [string, string, (path: string) => Promise<unknown>])[] = [
    [
      "FASTA",
      fasta(
        [
          ["a", "ACGTACGTACGT"],
          ["b c", "MKVLX*"],
        ],
        5,
        "\r\n",
        true,
      ),
      readSequences,
    ],
    [
      "FASTQ",
      fastq(
        [
          ["a", "ACGTACGTACGT"],
          ["b", "ACGN"],
        ],
        80,
        "\n",
        true,
      ),
      readSequences,
    ],
    ["pairs", ">ACGT\n<ACG\n>GG\n<GC\n", readPairs],
    ["columns", "ACGT\tACG\nGG\tGC\n", readPairs],
    ["JASPAR", ">M N\nA [ 1 2.5 ]\nC [ 3 4 ]\nG [ 5 6 ]\nT [ 7 8 ]\n", readMotifs],
    [
      "MEME",
      "MEME version 4\nALPHABET= ACGT\nBackground letter frequencies\nA .3 C .2 G .2 T .3\nMOTIF a b\nletter-probability matrix: alength= 4 w= 2 nsites= 7 E= 0\n0.5 0.5 0 0\n0 0 1 0\n",
      readMotifs,
    ],
    ["NCBI matrix", "# c\n A X *\nA 1 -2 3\nX 4 5 6\n* 7 8 9\n", readSubstitutionMatrix],
  ];

  const random = seededRandom(11);
  const below = (n: number): number => Math.floor(n * random());

  /** One to four bytes changed, dropped, doubled or put in, or the end cut off. */
  function mutated(content: Buffer): Buffer {
    let bytes = [...content];
    for (let edits = 1 + below(4); edits > 0; edits--) {
      const here = below(bytes.length + 1);
      // half of what is put in are the characters that mean something somewhere
      const byte = random() < 0.5 ? below(256) : ">@+;<[]-.\t\r\n \0#=*0A".charCodeAt(below(20));
      const kind = below(5);
      if (kind === 0) bytes[here] = byte;
      else if (kind === 1) bytes.splice(here, 1 + below(4));
      else if (kind === 2) bytes.splice(here, 0, byte);
      else if (kind === 3) bytes.splice(here, 0, ...bytes.slice(here, here + below(20)));
      else if (random() < 0.3) bytes = bytes.slice(0, here);
    }
    return Buffer.from(bytes);
  }

  // 7 formats x 300, plain; and their gzip files, damaged after compression
  test.each(good)(
    "%s: 300 mutations and 60 of its gzip file end with a result or FORMAT_INVALID",
    async (_, text, read) => {
      await read(file("intact", text));
      let refused = 0;
      for (let run = 0; run < 360; run++) {
        const plain = Buffer.from(text);
        const content = run < 300 ? mutated(plain) : mutated(gzipSync(plain));
        try {
          await read(file("mutated", content));
        } catch (error) {
          const told =
            error instanceof BioXenError &&
            error.code === "FORMAT_INVALID" &&
            /: found .+, expected ./.test(error.message);
          if (!told) throw new Error(`after ${JSON.stringify(content.toString("latin1"))}`, { cause: error });
          refused++;
        }
      }
      expect(refused).toBeGreaterThan(60);
      expect(refused).toBeLessThan(360);
    },
  );

  test("short texts of the characters that matter end with a result or FORMAT_INVALID", () => {
    const text = fc.string({ unit: fc.constantFrom(...">@+;A C\r\n\nACI!\t\0-é"), maxLength: 40 });
    const start = fc.constantFrom("", ">", "@a\nAC\n+\nII\n@");
    fc.assert(
      fc.property(start, text, fc.constantFrom(parseFasta, parseFastq), (before, after, parse) => {
        try {
          expect(parse(Buffer.from(before + after)).names.length).toBeGreaterThan(0);
        } catch (error) {
          if (!(error instanceof BioXenError) || error.code !== "FORMAT_INVALID") throw error;
        }
      }),
      { numRuns: 10_000 },
    );
  });
});
