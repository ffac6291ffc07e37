import { existsSync } from "node:fs";
import { afterAll, describe, expect, test } from "vitest";
import { motifScanKernel } from "../../dist/accelerators/cpu-simd/motif-scan.js";
import { fastThreshold } from "../../dist/accelerators/cpu-simd/motif-scan-thresholds.js";
import type { SimdTasks } from "../../dist/accelerators/cpu-simd/worker.js";
import { ecoli, readMatrices, readSequences } from "../../dist/bench/motif-scan-files.js";
import { openPool } from "../../dist/src/host/worker-pool.js";
import { type Background, logOdds, threshold, uniform } from "../../dist/src/workloads/motif-scan/scoring.js";
import { sharedData } from "../support/shared-data.ts";

const vertebrates = sharedData("motifs/JASPAR2018_CORE_vertebrates.txt");
const noMatrices = vertebrates === null ? "the JASPAR matrices are not beside the checkout" : null;
const noGenome = existsSync(ecoli) ? noMatrices : "Debian's package bowtie-examples is not installed";

const pool = openPool<SimdTasks>(new URL("../../dist/accelerators/cpu-simd/worker.js", import.meta.url), 2);
afterAll(() => pool[Symbol.asyncDispose]());

describe.skipIf(noMatrices !== null)(
  `thresholds of JASPAR matrices${noMatrices === null ? "" : `: ${noMatrices}`}`,
  () => {
    const skewed: Background = [0.31, 0.19, 0.2, 0.3];
    test.each([
      ["a uniform background", uniform],
      ["a skewed background", skewed],
    ])("are the workload's to the last bit under %s", (_, background) => {
      const matrices = readMatrices(vertebrates ?? "").filter((_, index) => index % 40 === 0);
      expect(matrices.length).toBeGreaterThan(10);
      for (const matrix of matrices) {
        const scores = logOdds(matrix, background, 1);
        for (const p of [1e-2, 1e-4, 1e-6])
          expect(fastThreshold(scores, background, p)).toBe(threshold(scores, background, p));
      }
    });
  },
);

describe.skipIf(noGenome !== null)(`MOODS' hits on E. coli 536${noGenome === null ? "" : `: ${noGenome}`}`, () => {
  // counts of MOODS at p = 1e-4, uniform background, pseudocount 1, both strands
  test.each([
    [100, 1, 115_241],
    [100, 2, 115_241],
    [579, 2, 634_281],
  ])("of the first %i vertebrate matrices, on %i threads, are %i", async (count, threads, hits) => {
    const input = {
      matrices: readMatrices(vertebrates ?? "").slice(0, count),
      sequences: readSequences(ecoli),
      pValue: 1e-4,
      strands: "both" as const,
    };
    const found = await motifScanKernel.run(pool, input, { signal: new AbortController().signal, threads });
    expect(found.matrixStart[count]).toBe(hits);
    expect(found.score).toHaveLength(hits);
    expect(found.score.every((score, at) => score >= (found.thresholds[matrixOf(found.matrixStart, at)] ?? 0))).toBe(
      true,
    );
  });
});

/** The matrix whose hits hold entry `at`. */
function matrixOf(matrixStart: Uint32Array, at: number): number {
  let low = 0;
  let high = matrixStart.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((matrixStart[middle] ?? 0) <= at) low = middle;
    else high = middle;
  }
  return low;
}
