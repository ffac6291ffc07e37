import {
  type AlignmentMode,
  type Alignments,
  type AlignmentTracebackInput,
  alignmentTraceback,
  blosum62,
  cigarOperations,
  type Device,
  matchMismatch,
  type SubstitutionMatrix,
  scoreOfCigar,
  substitutionMatrices,
} from "bioxen";
import { cpuSimd } from "bioxen/accelerators";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { oneWay, pairsOf } from "../support/alignment-cases.ts";
import { agreeWithOracle, openFirst, runKernel } from "../support/run-on.ts";

let device: Device;
beforeAll(async () => {
  device = await openFirst(cpuSimd);
});
afterAll(async () => device[Symbol.asyncDispose]());

const run = (input: AlignmentTracebackInput): Promise<Alignments> =>
  runKernel<AlignmentTracebackInput, Alignments>(cpuSimd, device, alignmentTraceback, input);

const dna = fc.string({ unit: fc.constantFrom(..."ACGTN"), maxLength: 60 });
const certainDna = fc.string({ unit: fc.constantFrom(..."ACGT"), maxLength: 60 });
const protein = fc.string({ unit: fc.constantFrom(..."ARNDCQEGHILKMFPSTWYVBZX*"), maxLength: 60 });
const modes = fc.constantFrom<AlignmentMode>("local", "global", "semi-global", "overlap");
const cost = fc.integer({ min: 0, max: 14 });
const ends = fc.record({
  queryStart: fc.boolean(),
  queryEnd: fc.boolean(),
  targetStart: fc.boolean(),
  targetEnd: fc.boolean(),
});

const scheme = fc
  .record({
    mode: modes,
    gapOpen: cost,
    gapExtend: cost,
    ends,
    second: fc.option(fc.record({ open: cost, extend: cost })),
  })
  .map(({ mode, gapOpen, gapExtend, ends: freeEnds, second }) => ({
    mode,
    gapOpen,
    gapExtend,
    ...(mode === "semi-global" ? { freeEnds } : {}),
    ...(second === null ? {} : { secondGap: second }),
  }));

/** A string and one made of it by a few changes: unrelated ones have few gaps. */
function related(of: fc.Arbitrary<string>): fc.Arbitrary<[string, string]> {
  return fc
    .tuple(
      of,
      of,
      fc.array(fc.tuple(fc.nat(60), fc.nat(6), fc.string({ unit: fc.constantFrom(..."ACGT"), maxLength: 5 })), {
        maxLength: 4,
      }),
      fc.boolean(),
    )
    .map(([one, other, changes, alike]) => {
      if (!alike) return [one, other];
      let made = one;
      for (const [at, length, letters] of changes) made = made.slice(0, at) + letters + made.slice(at + length);
      return [one, made];
    });
}

const bases: fc.Arbitrary<SubstitutionMatrix> = fc.oneof(
  fc.tuple(fc.nat(5), fc.integer({ min: -6, max: 0 })).map(([match, mismatch]) => matchMismatch(match, mismatch)),
  fc.constant(oneWay),
  fc.constant(substitutionMatrices["EDNAFULL"] ?? oneWay),
);

describe("tracebacks on cpu-simd", () => {
  it("are the oracle's, of DNA in every mode", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(related(dna), { minLength: 1, maxLength: 3 }),
        scheme,
        bases,
        async (pairs, how, matrix) => {
          await agreeWithOracle(cpuSimd, device, alignmentTraceback, pairsOf(pairs, { ...how, matrix }));
        },
      ),
      { numRuns: 400 },
    );
  });

  it("are the oracle's, of proteins, in ends, starts and scores", async () => {
    const want = fc.constantFrom<"ends" | "starts" | "cigar">("ends", "starts", "cigar");
    await fc.assert(
      fc.asyncProperty(
        related(protein),
        scheme,
        want,
        fc.constantFrom<"score" | "mask">("score", "mask"),
        async (pair, how, detail, ambiguous) => {
          await agreeWithOracle(
            cpuSimd,
            device,
            alignmentTraceback,
            pairsOf([pair], { ...how, matrix: blosum62, want: detail, ambiguous }),
          );
        },
      ),
      { numRuns: 300 },
    );
  });

  it("of a symmetric matrix turn round with the sequences, and run backwards with them reversed", async () => {
    const reversed = (text: string): string => [...text].reverse().join("");
    await fc.assert(
      fc.asyncProperty(
        related(certainDna),
        fc.constantFrom<AlignmentMode>("local", "global", "overlap"),
        async ([a, b], mode) => {
          const { scores } = await run(
            pairsOf(
              [
                [a, b],
                [b, a],
                [reversed(a), reversed(b)],
              ],
              { mode, want: "ends" },
            ),
          ); // prettier-ignore
          expect([scores[1], scores[2]]).toEqual([scores[0], scores[0]]);
        },
      ),
      { numRuns: 150 },
    );
  });

  it("are bounded by the modes with fewer and with more freedom, and by the matches there can be", async () => {
    await fc.assert(
      fc.asyncProperty(related(certainDna), async (pair) => {
        const score = async (mode: AlignmentMode): Promise<number> =>
          (await run(pairsOf([pair], { mode, want: "ends" }))).scores[0] ?? Number.NaN;
        const [local, overlap, within, whole] = [
          await score("local"),
          await score("overlap"),
          await score("semi-global"),
          await score("global"),
        ]; // prettier-ignore
        expect(local).toBeGreaterThanOrEqual(overlap);
        expect(overlap).toBeGreaterThanOrEqual(within);
        expect(within).toBeGreaterThanOrEqual(whole);
        expect(local).toBeLessThanOrEqual(Math.min(pair[0].length, pair[1].length));
        expect(whole).toBeLessThanOrEqual(local);
      }),
      { numRuns: 100 },
    );
  });

  it("of two pairs put together score at least both together", async () => {
    await fc.assert(
      fc.asyncProperty(related(dna), related(dna), async ([a, b], [c, d]) => {
        const { scores } = await run(
          pairsOf(
            [
              [a, b],
              [c, d],
              [a + c, b + d],
            ],
            { want: "ends" },
          ),
        ); // prettier-ignore
        expect(scores[2]).toBeGreaterThanOrEqual((scores[0] ?? 0) + (scores[1] ?? 0));
      }),
      { numRuns: 150 },
    );
  });

  it("never pair N with anything at no cost", async () => {
    await fc.assert(
      fc.asyncProperty(related(dna), modes, async (pair, mode) => {
        const input = pairsOf([pair], { mode });
        const output = await run(input);
        let [q, t] = [output.queryStarts[0] ?? 0, output.targetStarts[0] ?? 0];
        for (const operation of cigarOperations(output, 0)) {
          const [code, length] = [operation & 15, operation >>> 4];
          if (code === 7) {
            const letters = pair[0].slice(q, q + length);
            expect(letters).toBe(pair[1].slice(t, t + length));
            expect(letters).not.toContain("N");
          }
          if (code !== 2) q += length;
          if (code !== 1) t += length;
        }
      }),
      { numRuns: 100 },
    );
  });
});

describe("long pairs on cpu-simd", () => {
  it("saturate nothing: 35,000 identical residues", async () => {
    const same = "W".repeat(35_000);
    for (const mode of ["local"] as const) {
      const { scores, cigars, queryEnds } = await run(
        pairsOf([[same, same]], { mode, matrix: blosum62, gapOpen: 11, gapExtend: 1 }),
      );
      expect([scores[0], [...cigars], queryEnds[0]]).toEqual([35_000 * 11, [(35_000 << 4) | 7], 35_000]);
    }
    const bases = "A".repeat(35_000);
    const { scores, cigars } = await run(pairsOf([[bases, bases]], { matrix: matchMismatch(100, -100) }));
    expect([scores[0], [...cigars]]).toEqual([3_500_000, [(35_000 << 4) | 7]]);
  }, 60_000);

  it("have the matrix' score by wavefronts, and a CIGAR that adds up to it", async () => {
    const { queries, targets } = alignmentTraceback.generate(4e6 * 3, seeded(5));
    const input: AlignmentTracebackInput = {
      ...pairsOf([]),
      queries,
      targets,
      matrix: matchMismatch(2, -3),
      gapOpen: 5,
      gapExtend: 2,
    };
    const byWavefronts = await run(input);
    // a second piece that never counts keeps wavefronts out of it
    const byMatrix = await run({ ...input, secondGap: { open: 900, extend: 900 } });
    expect([...byWavefronts.scores]).toEqual([...byMatrix.scores]);
    byWavefronts.scores.forEach((score, pair) => {
      expect(scoreOfCigar(input, pair, cigarOperations(byWavefronts, pair), 0, 0)).toBe(score);
    });
  });

  it("are cut into tiles that the way back crosses without a seam", async () => {
    // 9,000 rows are more than one tile has; a gap lies over the tiles' edge
    const { queries } = alignmentTraceback.generate(4e6 * 6, seeded(6));
    const letters = new TextDecoder().decode(queries.residues.slice(0, 9000));
    const target = `${letters.slice(0, 2040)}${letters.slice(2060, 4000)}${"ACGT".repeat(8)}${letters.slice(4000, 8990)}`;
    for (const mode of ["local", "semi-global", "overlap"] as const) {
      const input = pairsOf([[letters, target]], {
        mode,
        gapOpen: 5,
        gapExtend: 1,
        matrix: matchMismatch(2, -3),
        secondGap: { open: 12, extend: 0 },
      });
      const output = await run(input);
      expect(alignmentTraceback.differ(output, output, input)).toBeNull();
      // 20 deleted and 32 put in cost the second piece's 12 each, as do the last 10 where they are not free
      expect(output.scores[0]).toBe(2 * 8970 - 12 - 12 - (mode === "semi-global" ? 12 : 0));
    }
  });
});

function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
