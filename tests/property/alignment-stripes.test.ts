import { blosum62, matchMismatch } from "bioxen";
import fc from "fast-check";
import { expect, it } from "vitest";
import { alignByMatrix } from "../../dist/accelerators/cpu-simd/alignment-traceback-matrix.js";
import { tracebackScoringOf } from "../../dist/accelerators/cpu-simd/alignment-traceback-scoring.js";
import { alignByStripes } from "../../dist/accelerators/cpu-simd/alignment-traceback-stripes.js";
import { pairsOf } from "../support/alignment-cases.ts";

const letters = (of: string, maxLength: number) =>
  fc.string({ unit: fc.constantFrom(...of), minLength: 1, maxLength, size: "max" });
/** Two strings that share a part, so that scores rise and gaps are worth their cost. */
const related = (of: string) =>
  fc
    .tuple(letters(of, 40), letters(of, 120), letters(of, 9), letters(of, 120), letters(of, 40))
    .map(([before, one, between, two, after]): [string, string] => [before + one + two, one + between + two + after]);

it("stripes give the answer of the matrix in rows: score, ends, start and way, ties included", () => {
  const cost = fc.integer({ min: 0, max: 14 });
  let [gapped, narrow, wide] = [0, 0, 0];
  fc.assert(
    fc.property(
      fc.boolean(),
      related("ACGTN"),
      related("ARNDCQEGHILKMFPSTWYVX"),
      cost,
      cost,
      (dna, bases, residues, gapOpen, gapExtend) => {
        const pair = dna ? bases : residues;
        const matrix = dna ? matchMismatch(2, -3) : blosum62;
        const asked = pairsOf([pair], { mode: "local", matrix, gapOpen, gapExtend });
        const scoring = tracebackScoringOf(asked);
        const [query, target] = [asked.queries.residues, asked.targets.residues];
        const found = alignByStripes(query, target, scoring, 3);
        expect(found).toEqual(alignByMatrix(query, target, scoring, 3));
        if (found?.operations.some((operation) => (operation & 15) < 3)) gapped++;
        // 8 bits hold 254 at most
        if ((found?.score ?? 0) < 255) narrow++;
        else wide++;
      },
    ),
    { numRuns: 500 },
  );
  for (const count of [gapped, narrow, wide]) expect(count).toBeGreaterThan(50);
});

it("leave to the matrix what they cannot hold", () => {
  const asked = (more: object) => pairsOf([["ACGTACGT", "ACGTACGT"]], { mode: "local", ...more });
  for (const one of [
    asked({ mode: "overlap" }),
    asked({ secondGap: { open: 20, extend: 1 } }),
    asked({ matrix: matchMismatch(30_000, -1) }),
    asked({ gapOpen: 30_000 }),
  ])
    expect(alignByStripes(one.queries.residues, one.targets.residues, tracebackScoringOf(one), 3)).toBeNull();
});
