import { type MatrixMultiplyInput, matrixMultiply } from "../../src/workloads/index.ts";
import { type SimdKernel, threadsOf } from "./kernel.ts";
import { multiplyRows } from "./matrix-multiply.worker.ts";

/** Below this a run ends in well under a millisecond: quicker here than the way to a worker and back. */
const inlineFlops = 2e6;
/** a, b, c and their packed copies must fit a 32-bit memory. */
const mostBytes = 3e9;

export const matrixMultiplyKernel: SimdKernel<MatrixMultiplyInput, Float32Array> = {
  workload: matrixMultiply,
  supports: ({ m, k, n }) =>
    4 * (m * k + k * n + m * n) <= mostBytes
      ? { ok: true }
      : { ok: false, reason: "larger than a 32-bit WebAssembly memory" },
  prior: ({ units, bytesIn }) => ({
    seconds: 5e-6 + units / 25e9 + bytesIn / 2e9,
    joules: null,
    energySource: null,
    basis: "guess",
  }),
  prepare: async (pool, { m, k, n }, context) => {
    if (isInline(m, k, n)) return;
    const one = Float32Array.of(1);
    await pool.start(threadsOf(pool, context), "matrix-multiply", { m: 1, k: 1, n: 1, a: one, b: one }, context);
  },
  run: async (pool, input, context) => {
    const { m, k, n, a, b } = input;
    if (isInline(m, k, n)) return multiplyRows(input);
    const parts = Math.min(threadsOf(pool, context), Math.ceil(m / 4));
    const rows = Math.ceil(m / parts / 4) * 4;
    const c = new Float32Array(m * n);
    await Promise.all(
      Array.from({ length: Math.ceil(m / rows) }, async (_, part) => {
        const first = part * rows;
        const height = Math.min(rows, m - first);
        // a view would travel with the whole buffer under it
        const block = a.slice(first * k, (first + height) * k);
        const whole = b.buffer.byteLength === b.byteLength ? b : b.slice();
        c.set(
          await pool.run("matrix-multiply", { m: height, k, n, a: block, b: whole }, context, [block.buffer]),
          first * n,
        );
      }),
    );
    return c;
  },
};

function isInline(m: number, k: number, n: number): boolean {
  return 2 * m * k * n <= inlineFlops;
}
