import { type Device, type MatrixMultiplyInput, matrixMultiply, seededRandom } from "bioxen";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openWebgpu, runOn, webgpu } from "../support/gpu-webgpu.ts";

describe.skipIf(webgpu.info === null)(`gpu-webgpu against the oracles ${webgpu.reason}`, () => {
  let device: Device;
  beforeAll(async () => {
    device = await openWebgpu();
  });
  afterAll(() => device[Symbol.asyncDispose]());

  async function agreeOnProduct(input: MatrixMultiplyInput): Promise<void> {
    const expected = matrixMultiply.reference?.(input) ?? new Float32Array();
    expect(matrixMultiply.differ(await runOn(device, matrixMultiply, input), expected, input)).toBeNull();
  }

  test("matrix-multiply: any shape, in shared memory or not", async () => {
    const side = fc.integer({ min: 1, max: 150 });
    await fc.assert(
      fc.asyncProperty(side, side, side, fc.integer(), fc.boolean(), async (m, k, n, seed, shared) => {
        const random = seededRandom(seed);
        const fill = (length: number): Float32Array => {
          const values = new Float32Array(shared ? new SharedArrayBuffer(4 * length) : new ArrayBuffer(4 * length));
          for (let at = 0; at < length; at++) values[at] = 200 * random() - 100;
          return values;
        };
        await agreeOnProduct({ m, k, n, a: fill(m * k), b: fill(k * n) });
      }),
      { numRuns: 40 },
    );
  });

  test("matrix-multiply: larger tiles, over several submissions", async () => {
    const [m, k, n] = [1500, 9, 1411];
    const random = seededRandom(3);
    const fill = (length: number): Float32Array => Float32Array.from({ length }, () => random() - 0.5);
    await agreeOnProduct({ m, k, n, a: fill(m * k), b: fill(k * n) });
  });

  test("matrix-multiply: what a GPU may flush to zero is refused, unless it does no harm", async () => {
    const tiny = (value: number): MatrixMultiplyInput => ({
      m: 2,
      k: 2,
      n: 1,
      a: Float32Array.of(1, value, 0, 0),
      b: Float32Array.of(1, value),
    });
    await agreeOnProduct(tiny(1e-30));
    await agreeOnProduct(tiny(1e-42));
    const small = { m: 1, k: 2, n: 1, a: Float32Array.of(1e-20, 1e-20), b: Float32Array.of(1e-20, 1e-20) };
    await expect(runOn(device, matrixMultiply, small)).rejects.toMatchObject({ code: "UNSUPPORTED" });
  });
});
