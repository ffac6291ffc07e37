import { type Device, type MatrixMultiplyInput, matrixMultiply, motifScan, seededRandom } from "bioxen";
import { tensor } from "bioxen/accelerators";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { anyScan, manyHits } from "../support/motif-inputs.ts";
import { agreeWithOracle, calmly, firstDevice } from "../support/run-on.ts";

let device: Device;
beforeAll(async () => {
  const info = await firstDevice(tensor);
  if (typeof info === "string") throw new Error(info);
  device = await tensor.open(info, calmly());
});
afterAll(() => device[Symbol.asyncDispose]());

test("matrix-multiply on TensorFlow.js agrees with the oracle for any shape", async () => {
  const side = fc.integer({ min: 1, max: 40 });
  await fc.assert(
    fc.asyncProperty(side, side, side, fc.integer(), fc.boolean(), async (m, k, n, seed, shared) => {
      const random = seededRandom(seed);
      const fill = (length: number): Float32Array => {
        const values = new Float32Array(shared ? new SharedArrayBuffer(4 * length) : new ArrayBuffer(4 * length));
        return values.map(() => 200 * random() - 100);
      };
      const input: MatrixMultiplyInput = { m, k, n, a: fill(m * k), b: fill(k * n) };
      await agreeWithOracle(tensor, device, matrixMultiply, input);
    }),
    { numRuns: 60 },
  );
});

test("motif-scan on TensorFlow.js has the oracle's hits, bit for bit, for any matrices and sequences", async () => {
  let hits = 0;
  await fc.assert(
    fc.asyncProperty(anyScan, async (input) => {
      hits += (await agreeWithOracle(tensor, device, motifScan, input)).score.length;
    }),
    { numRuns: 80, examples: [[manyHits]] },
  );
  expect(hits).toBeGreaterThan(5000);
});

test("motif-scan on TensorFlow.js has the oracle's hits over several stretches, with long motifs across their borders", async () => {
  const random = seededRandom(11);
  const residues = Uint8Array.from({ length: 40_001 }, () => "ACGT".charCodeAt(Math.floor(4 * random())));
  const counts = new Float64Array(4 * 200);
  // the one place that this motif fits lies across the border of the first stretch
  residues.slice(16_384 - 150, 16_384 + 50).forEach((letter, column) => {
    counts["ACGT".indexOf(String.fromCharCode(letter)) * 200 + column] = 10;
  });
  const long = { id: "long", name: "", counts };
  const sequences = { names: ["a", "b"], residues, offsets: Uint32Array.of(0, 30_003, 40_001) };
  for (const more of [0, 24]) {
    const others = Array.from({ length: more }, (_, at) => motifScan.generate(1, seededRandom(at)).matrices);
    // a high pseudocount keeps the threshold's table small
    const input = {
      matrices: [long, ...others.flat()],
      sequences,
      pValue: 1e-3,
      strands: "both",
      pseudocount: 20,
    } as const;
    const expected = await agreeWithOracle(tensor, device, motifScan, input);
    expect(expected.score.length).toBeGreaterThan(0);
  }
});
