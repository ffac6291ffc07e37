import { matchMismatch } from "bioxen";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { alignByMatrix } from "../../dist/accelerators/cpu-simd/alignment-traceback-matrix.js";
import {
  tracebackScoringOf,
  wavefrontScoringOf,
} from "../../dist/accelerators/cpu-simd/alignment-traceback-scoring.js";
import { alignByWavefront } from "../../dist/accelerators/cpu-simd/alignment-traceback-wavefront.js";
import { pairsOf } from "../support/alignment-cases.ts";

/** Deterministic letters; `repeats` makes them of few words, so that paths meet again elsewhere. */
function lettersOf(length: number, seed: number, repeats: boolean): string {
  let state = seed * 2_654_435_761;
  const next = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  const word = Array.from({ length: 12 }, () => "ACGT"[Math.floor(4 * next())] ?? "A").join("");
  let made = "";
  while (made.length < length)
    made += repeats && next() < 0.8 ? word : ("ACGTN"[Math.floor(4.01 * next())] ?? "A").repeat(repeats ? 3 : 1);
  return made.slice(0, length);
}

const changes = fc.array(
  fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    drop: fc.nat(),
    put: fc.nat(),
    far: fc.nat(9),
    seed: fc.nat(),
  }),
  { maxLength: 250 },
);
const pair = fc
  .record({ length: fc.integer({ min: 60, max: 2500 }), seed: fc.nat(1e6), repeats: fc.boolean(), changes })
  .map(({ length, seed, repeats, changes: all }): [string, string] => {
    const query = lettersOf(length, seed, repeats);
    let target = query;
    for (const { at, drop, put, far, seed: other } of all) {
      const place = Math.floor(at * target.length);
      const most = far === 0 ? 120 : 3;
      target = target.slice(0, place) + lettersOf(put % most, other, false) + target.slice(place + (drop % most));
    }
    return [query, target];
  });
const costs = fc.record({
  match: fc.integer({ min: 0, max: 3 }),
  mismatch: fc.integer({ min: -7, max: -1 }),
  gapOpen: fc.integer({ min: 0, max: 24 }),
  gapExtend: fc.integer({ min: 0, max: 6 }),
});

describe("wavefronts", () => {
  it("have the matrix' score and a way that costs it, kept whole or cut where both ends meet", () => {
    let byWavefront = 0;
    fc.assert(
      fc.property(pair, costs, fc.constantFrom(undefined, 3000, 400), ([query, target], how, bytes) => {
        const { match, mismatch, gapOpen, gapExtend } = how;
        const asked = pairsOf([[query, target]], { matrix: matchMismatch(match, mismatch), gapOpen, gapExtend });
        const penalties = wavefrontScoringOf(asked);
        if (penalties === null) return;
        const { queries, targets } = asked;
        const found = alignByWavefront(queries.residues, targets.residues, penalties, 3, bytes);
        if (found === null) return;
        byWavefront++;
        const best = alignByMatrix(queries.residues, targets.residues, tracebackScoringOf(asked), 1).score;
        const alone = alignByWavefront(queries.residues, targets.residues, penalties, 1)?.score;
        expect([found.score, alone ?? best]).toEqual([best, best]);
        let [i, j, score] = [0, 0, 0];
        for (const operation of found.operations) {
          const [code, residues] = [operation & 15, operation >>> 4];
          if (code === 1 || code === 2) {
            // no gap of more than a residue is dearer than so many of one
            score -= gapOpen + (residues - 1) * Math.min(gapExtend, gapOpen);
            if (code === 1) i += residues;
            else j += residues;
            continue;
          }
          for (let at = 0; at < residues; at++, i++, j++) {
            const alike = query[i] === target[j] && query[i] !== "N";
            expect(alike).toBe(code === 7);
            score += alike ? match : mismatch;
          }
        }
        expect([i, j, score]).toEqual([query.length, target.length, best]);
      }),
      { numRuns: 250 },
    );
    expect(byWavefront).toBeGreaterThan(100);
  });
});
