import { type Device, type MatrixMultiplyInput, matrixMultiply, motifScan, seededRandom } from "bioxen";
import { gpuJs } from "bioxen/accelerators";
import fc from "fast-check";
import { afterAll, beforeEach, expect, test } from "vitest";
import { anyScan, manyHits } from "../support/motif-inputs.ts";
import { agreeWithOracle, calmly, firstDevice } from "../support/run-on.ts";

const info = await firstDevice(gpuJs);
const device: Device | null = typeof info === "string" ? null : await gpuJs.open(info, calmly());
afterAll(() => device?.[Symbol.asyncDispose]());

beforeEach((context) => {
  if (typeof info === "string") context.skip(info);
});

test("matrix-multiply on gpu.js agrees with the oracle for any shape", async () => {
  if (device === null) return;
  const side = fc.integer({ min: 1, max: 20 });
  await fc.assert(
    fc.asyncProperty(side, side, side, fc.integer(), async (m, k, n, seed) => {
      const random = seededRandom(seed);
      const fill = (length: number): Float32Array => Float32Array.from({ length }, () => 200 * random() - 100);
      const input: MatrixMultiplyInput = { m, k, n, a: fill(m * k), b: fill(k * n) };
      await agreeWithOracle(gpuJs, device, matrixMultiply, input);
    }),
    { numRuns: 25 },
  );
});

test("motif-scan on gpu.js has the oracle's hits, bit for bit, for any matrices and sequences", async () => {
  if (device === null) return;
  let hits = 0;
  await fc.assert(
    fc.asyncProperty(anyScan, async (input) => {
      hits += (await agreeWithOracle(gpuJs, device, motifScan, input)).score.length;
    }),
    { numRuns: 25, examples: [[manyHits]] },
  );
  expect(hits).toBeGreaterThan(1000);
});
