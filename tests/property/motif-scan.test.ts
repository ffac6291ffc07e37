import { type Background, type MotifMatrix, type MotifScanInput, motifScan, type Sequences } from "bioxen";
import * as fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { motifScanKernelWith } from "../../dist/accelerators/cpu-simd/motif-scan.js";
import { fastThreshold } from "../../dist/accelerators/cpu-simd/motif-scan-thresholds.js";
import type { SimdTasks } from "../../dist/accelerators/cpu-simd/worker.js";
import { openPool } from "../../dist/src/host/worker-pool.js";
import { quickThreshold } from "../../dist/src/workloads/motif-scan/quick-threshold.js";
import { logOdds, threshold, uniform } from "../../dist/src/workloads/motif-scan/scoring.js";
import { manyHits } from "../support/motif-inputs.ts";

const worker = new URL("../../dist/accelerators/cpu-simd/worker.js", import.meta.url);
const pool = openPool<SimdTasks>(worker, 2);
afterAll(() => pool[Symbol.asyncDispose]());

const letters = (weights: readonly string[]) =>
  fc.array(fc.constantFrom(...weights.join("")), { maxLength: 300, size: "max" }).map((all) => all.join(""));
const sequence = fc.oneof(
  letters(["ACGT"]),
  letters(["ACGT", "acgt"]),
  letters(["ACGTACGTACGTacgt", "NRYx-*@ \u0000"]),
  letters(["AT"]),
  fc.constant(""),
);

function packed(texts: readonly string[]): Sequences {
  const offsets = [0];
  for (const text of texts) offsets.push((offsets.at(-1) ?? 0) + text.length);
  return {
    names: texts.map((_, index) => `s${index}`),
    residues: new Uint8Array(Buffer.from(texts.join(""), "latin1")),
    offsets: Uint32Array.from(offsets),
  };
}

const count = fc.oneof(
  fc.integer({ min: 0, max: 3 }),
  fc.integer({ min: 0, max: 1000 }),
  fc.double({ min: 0, max: 9, noNaN: true }),
);
/** Long motifs of flat columns: the oracle's threshold takes seconds for 200 telling ones. */
const flat = fc.integer({ min: 20, max: 22 });
const matrix: fc.Arbitrary<MotifMatrix> = fc
  .oneof(
    { weight: 8, arbitrary: fc.tuple(fc.integer({ min: 1, max: 24 }), fc.constant(count)) },
    fc.tuple(fc.integer({ min: 25, max: 200 }), fc.constant(flat)),
  )
  .chain(([width, entry]) =>
    fc.array(entry, { minLength: 4 * width, maxLength: 4 * width }).map((counts) => ({
      id: `m${width}`,
      name: "",
      counts: Float64Array.from(counts),
    })),
  );
const background: fc.Arbitrary<Background | undefined> = fc.option(
  fc
    .tuple(...[0, 1, 2, 3].map(() => fc.integer({ min: 1, max: 97 })))
    .map((parts) => parts.map((part) => part / parts.reduce((sum, x) => sum + x, 0)) as unknown as Background),
  { nil: undefined },
);
const pValue = fc.constantFrom(0.9, 0.5, 0.1, 1e-2, 1e-3, 1e-4, 1e-6);
const pseudocount = fc.option(fc.constantFrom(0.01, 0.8, 4), { nil: undefined });
const input: fc.Arbitrary<MotifScanInput> = fc
  .record({
    matrices: fc.array(matrix, { minLength: 1, maxLength: 5 }),
    texts: fc.array(sequence, { maxLength: 5, size: "max" }),
    pValue,
    strands: fc.constantFrom("both" as const, "forward" as const),
    pseudocount,
    background,
  })
  .map(({ texts, pseudocount: ps, background: bg, ...rest }) => ({
    ...rest,
    sequences: packed(texts),
    ...(ps === undefined ? {} : { pseudocount: ps }),
    ...(bg === undefined ? {} : { background: bg }),
  }));

/** Every way through the kernel: with and without an index, kept and streamed, cut or whole, here or in workers. */
const tuning = fc.record({
  most: fc.constantFrom(7, 40, 211, 8e6),
  least: fc.constantFrom(1, 100),
  indexFrom: fc.constantFrom(1, 4, 1000),
  residentBytes: fc.constantFrom(0, 2 ** 29),
  inline: fc.constantFrom(0, 0, 0, 1e9),
});
const threads = fc.constantFrom(1, 2);
const cutSmall = { most: 211, least: 1, indexFrom: 4, residentBytes: 0, inline: 0 };
const signal = new AbortController().signal;

test("hits are the oracle's to the last bit, wherever pieces are cut and whichever way they are scanned", async () => {
  let hits = 0;
  await fc.assert(
    fc.asyncProperty(input, fc.array(fc.tuple(tuning, threads), { minLength: 3, maxLength: 3 }), async (data, ways) => {
      const expected = motifScan.reference?.(data);
      if (expected === undefined) throw new Error("motif-scan has an oracle");
      hits += expected.score.length;
      for (const [how, count] of ways) {
        const kernel = motifScanKernelWith(how);
        // twice: the second run finds the sequences prepared
        for (const _ of [1, 2]) {
          const actual = await kernel.run(pool, data, { signal, threads: count });
          expect(motifScan.differ(actual, expected, data)).toBeNull();
        }
      }
    }),
    { numRuns: 12, examples: [[manyHits, [1, 2].map((threads) => [cutSmall, threads])]] },
  );
  expect(hits).toBeGreaterThan(1000);
});

test("thresholds are the workload's to the last bit, for any background and pseudocount", () => {
  fc.assert(
    fc.property(matrix, background, pValue, pseudocount, (one, bg = uniform, p, ps: number = 1) => {
      const scores = logOdds(one, bg, ps);
      const expected = threshold(scores, bg, p);
      expect(fastThreshold(scores, bg, p)).toBe(expected);
      expect(quickThreshold(scores, bg, p)).toBe(expected);
    }),
    { numRuns: 25 },
  );
});
