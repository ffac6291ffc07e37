// Targets in pieces are told as their whole: scores, places and ways.
import {
  type AlignmentScheme,
  BioAcceleratorManager,
  matchMismatch,
  parseFasta,
  piecesFor,
  readSequences,
  type SearchHit,
  type SequenceBatch,
  searchSequences,
  streamSequences,
} from "bioxen";
import { cpuSimd } from "bioxen/accelerators";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { temporaryFiles } from "../support/temporary-files.ts";

const { file } = temporaryFiles();
let manager: BioAcceleratorManager;
beforeAll(async () => {
  manager = await BioAcceleratorManager.open({ accelerators: [cpuSimd], calibration: false });
});
afterAll(async () => manager[Symbol.asyncDispose]());

const scheme: AlignmentScheme = {
  ...{ mode: "local", matrix: matchMismatch(2, -3), gapOpen: 4, gapExtend: 2, ambiguous: "score" },
};
const letters = (most: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom("A", "C", "G", "T"), minLength: 1, maxLength: most, size: "max" });
/** Repeats, so that the best score is there more than once, and at the ends of pieces. */
const target = fc
  .tuple(letters(12), fc.nat(20), letters(300))
  .map(([word, times, rest]) => word.repeat(times) + rest + word);
const cut = fc.record({ more: fc.integer({ min: 1, max: 60 }), batch: fc.integer({ min: 1, max: 400 }) });
const fastaOf = (records: readonly string[], width = 60): string =>
  records.map((text, at) => `>t${at} x\n${text.match(new RegExp(`.{1,${width}}`, "g"))?.join("\n") ?? ""}\n`).join("");

test("pieces hold every residue of their records, each with the end of the one before it", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(target, { minLength: 1, maxLength: 4 }),
      fc.nat(20),
      cut,
      async (records, overlap, { more, batch }) => {
        const path = file("pieces.fa", fastaOf(records));
        const whole: string[] = [];
        for await (const part of streamSequences(path, {
          ...{ residuesPerBatch: batch, pieces: { residues: overlap + more, overlap } },
        })) {
          expect(part.starts?.length).toBe(part.names.length);
          part.names.forEach((name, at) => {
            const start = part.starts?.[at] ?? 0;
            const text = Buffer.from(part.residues.subarray(part.offsets[at], part.offsets[at + 1])).toString();
            expect(text.length).toBeLessThanOrEqual(overlap + more);
            if (start === 0) whole.push("");
            const before = whole.at(-1) ?? "";
            expect(name).toBe(`t${whole.length - 1}`);
            expect(before.slice(start)).toBe(text.slice(0, before.length - start));
            if (start > 0) expect(before.length - start).toBe(overlap);
            whole[whole.length - 1] = before.slice(0, start) + text;
          });
        }
        expect(whole).toEqual(records);
      },
    ),
    { numRuns: 60 },
  );
});

test.each([
  ["local", { mode: "local" }],
  ["local, two pieces of gap cost", { mode: "local", secondGap: { open: 6, extend: 1 } }],
  ["whole queries within targets", { mode: "semi-global" }],
] as const)(
  "a search of pieces finds what one of whole targets does: %s",
  async (_, how) => {
    const asked: AlignmentScheme = { ...scheme, ...how };
    await fc.assert(
      fc.asyncProperty(
        fc.array(target, { minLength: 1, maxLength: 5 }),
        fc.array(letters(24), { minLength: 1, maxLength: 3 }),
        cut,
        fc.integer({ min: 1, max: 6 }),
        async (records, words, { more, batch }, top) => {
          const path = file("targets.fa", fastaOf(records));
          const queries = parseFasta(Buffer.from(words.map((word, at) => `>q${at}\n${word}\n`).join("")));
          const overlap = piecesFor(queries, asked)?.overlap ?? Number.NaN;
          const found = async (
            batches: AsyncIterable<SequenceBatch> | Iterable<SequenceBatch>,
          ): Promise<{ hits: readonly SearchHit[]; all: Map<string, number>; size: number[] }> => {
            const all = new Map<string, number>();
            const { hits, targets, residues } = await searchSequences(manager, queries, batches, asked, {
              ...{ top, want: "cigar" },
              onScores: (scores, names) => {
                scores.forEach((score, at) => {
                  all.set(`${Math.floor(at / names.length)} ${names[at % names.length]}`, score);
                });
              },
            });
            return { hits, all, size: [targets, residues] };
          };
          const pieces = { residues: overlap + more, overlap };
          expect(await found(streamSequences(path, { residuesPerBatch: batch, pieces }))).toEqual(
            await found([await readSequences(path)]),
          );
        },
      ),
      { numRuns: 30 },
    );
  },
  60_000,
);

test("only targets that alignments lie within may be cut, and only where gaps cost something", () => {
  const queries = parseFasta(Buffer.from(">q\nACGT\n"));
  // 4 matches of 2 pay for 4 gap residues of 2
  expect(piecesFor(queries, scheme)).toEqual({ residues: 2 ** 16, overlap: 8 });
  expect(piecesFor(queries, { ...scheme, mode: "semi-global" })?.overlap).toBe(4 + (8 + 10) / 2);
  for (const mode of ["global", "overlap"] as const) expect(piecesFor(queries, { ...scheme, mode })).toBeNull();
  const freeEnds = { targetStart: true, targetEnd: true, queryStart: true };
  expect(piecesFor(queries, { ...scheme, mode: "semi-global", freeEnds })).toBeNull();
  expect(piecesFor(queries, { ...scheme, gapExtend: 0 })).toBeNull();
  expect(piecesFor(queries, { ...scheme, secondGap: { open: 9, extend: 1 } })?.overlap).toBe(12);
});

test("a length of pieces that never ends is refused", async () => {
  const path = file("one.fa", ">t\nACGT\n");
  const read = async (): Promise<void> => {
    for await (const _ of streamSequences(path, { pieces: { residues: 4, overlap: 4 } }));
  };
  await expect(read()).rejects.toMatchObject({ code: "INPUT_INVALID" });
});
