import { z } from "zod";
import type { WorkloadSpec } from "../../contract/index.ts";

export interface MatrixMultiplyInput {
  readonly m: number;
  readonly k: number;
  readonly n: number;
  /** m x k, row-major. */
  readonly a: Float32Array;
  /** k x n, row-major. */
  readonly b: Float32Array;
}

const input: z.ZodType<MatrixMultiplyInput> = z
  .object({
    m: z.int().positive(),
    k: z.int().positive(),
    n: z.int().positive(),
    a: z.instanceof(Float32Array),
    b: z.instanceof(Float32Array),
  })
  .superRefine(({ m, k, n, a, b }, context) => {
    if (a.length !== m * k)
      context.addIssue({ code: "custom", path: ["a"], message: `a holds ${a.length} values, m x k is ${m * k}` });
    if (b.length !== k * n)
      context.addIssue({ code: "custom", path: ["b"], message: `b holds ${b.length} values, k x n is ${k * n}` });
  });

/**
 * Dense c = a b in IEEE single precision, row-major. A device may sum in any order: an element is right when it
 * is within the forward error bound k (u |a_i| |b_j| + 2^-149) of the exact product (Higham, Accuracy and Stability of
 * Numerical Algorithms, eq. 3.13 with Cauchy-Schwarz and underflow; u = 2^-24). Where |a_i| |b_j| is beyond single
 * precision, partial sums may overflow, and any answer is right.
 */
export const matrixMultiply: WorkloadSpec<MatrixMultiplyInput, Float32Array> = {
  id: "matrix-multiply",
  version: 1,
  aliases: ["matmul", "matrix_multiply", "matrix_operations", "metabolic_matrix"],
  throughput: { unit: "flop", rate: "GFLOP/s", per: 1e9 },
  input,
  size: ({ m, k, n }) => ({ units: 2 * m * k * n, bytesIn: 4 * (m * k + k * n), bytesOut: 4 * m * n }),
  resident: () => null,
  generate: (size, random) => {
    const side = Math.max(1, Math.round(Math.cbrt(size / 2)));
    const fill = (): Float32Array => Float32Array.from({ length: side * side }, () => 2 * random() - 1);
    return { m: side, k: side, n: side, a: fill(), b: fill() };
  },
  reference: ({ m, k, n, a, b }) => {
    const c = new Float32Array(m * n);
    for (let i = 0; i < m; i++)
      for (let j = 0; j < n; j++) {
        let sum = 0;
        for (let p = 0; p < k; p++) sum += (a[i * k + p] ?? 0) * (b[p * n + j] ?? 0);
        c[i * n + j] = sum;
      }
    return c;
  },
  split: {
    // by rows of a: b is shared
    parts: (input, shares) => {
      if (input.m < shares.length) return null;
      let row = 0;
      let until = 0;
      return shares.map((share, at) => {
        until += share;
        const left = shares.length - at - 1;
        const end = left === 0 ? input.m : Math.min(input.m - left, Math.max(row + 1, Math.round(until * input.m)));
        const part = { ...input, m: end - row, a: input.a.slice(row * input.k, end * input.k) };
        row = end;
        return part;
      });
    },
    join: (outputs, { m, n }) => {
      const c = new Float32Array(m * n);
      let at = 0;
      for (const rows of outputs) {
        c.set(rows, at);
        at += rows.length;
      }
      return c;
    },
  },
  differ: (actual, expected, { m, k, n, a, b }) => {
    if (actual.length !== expected.length) return `${actual.length} elements, expected ${expected.length}`;
    const rows = norms(m, k, (i, p) => a[i * k + p] ?? 0);
    const columns = norms(n, k, (j, p) => b[p * n + j] ?? 0);
    for (let at = 0; at < expected.length; at++) {
      const x = actual[at] ?? Number.NaN;
      const y = expected[at] ?? Number.NaN;
      if (Object.is(x, y) || x === y) continue;
      const magnitude = (rows[Math.floor(at / n)] ?? 0) * (columns[at % n] ?? 0);
      // partial sums may overflow in one order and not in another; what is not finite to begin with stays so
      if (!(magnitude < largestSingle)) continue;
      const bound = (k + 2) * (2 ** -24 * magnitude + 2 ** -149);
      // written so that a NaN on one side only is a difference
      if (!(Math.abs(x - y) <= bound))
        return `element (${Math.floor(at / n)}, ${at % n}) is ${x}, expected ${y} within ${bound}`;
    }
    return null;
  },
};

/** Greatest finite single-precision number. */
const largestSingle = (2 - 2 ** -23) * 2 ** 127;

function norms(vectors: number, length: number, at: (vector: number, element: number) => number): Float64Array {
  return Float64Array.from({ length: vectors }, (_, vector) => {
    let sum = 0;
    for (let element = 0; element < length; element++) sum += at(vector, element) ** 2;
    return Math.sqrt(sum);
  });
}
