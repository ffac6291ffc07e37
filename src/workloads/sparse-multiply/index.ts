import { z } from "zod";
import type { WorkloadSpec } from "../../contract/index.ts";

/**
 * A sparse matrix by columns; a `FluxProblem` is one, its stoichiometry. Immutable: devices keep what they prepared of
 * it in a `WeakMap` keyed by this object.
 */
export interface SparseMatrix {
  readonly rows: number;
  readonly columns: number;
  /** Column `j` holds entries `starts[j]` to `starts[j + 1]` (exclusive) of `indices` and `values`; `columns + 1` long. */
  readonly starts: Int32Array;
  /** Row of each entry. */
  readonly indices: Int32Array;
  readonly values: Float64Array;
}

export interface SparseMultiplyInput {
  readonly matrix: SparseMatrix;
  /** Vectors, 1 or more. */
  readonly count: number;
  /** count x columns: one vector after the other. */
  readonly vectors: Float64Array;
}

const matrix: z.ZodType<SparseMatrix> = z
  .object({
    rows: z.int().nonnegative(),
    columns: z.int().nonnegative(),
    starts: z.instanceof(Int32Array),
    indices: z.instanceof(Int32Array),
    values: z.instanceof(Float64Array),
  })
  .superRefine(({ rows, columns, starts, indices, values }, context) => {
    const complain = (path: string, message: string): void =>
      context.addIssue({ code: "custom", path: [path], message });
    if (starts.length !== columns + 1 || starts[0] !== 0 || starts[columns] !== values.length)
      complain("starts", "starts do not span the entries");
    else if (starts.some((start, at) => start < (starts[at - 1] ?? 0))) complain("starts", "starts must not decrease");
    if (indices.length !== values.length) complain("indices", `${indices.length} rows for ${values.length} values`);
    if (indices.some((row) => row < 0 || row >= rows)) complain("indices", `a row is not one of ${rows}`);
  });
const input: z.ZodType<SparseMultiplyInput> = z
  .object({ matrix, count: z.int().positive(), vectors: z.instanceof(Float64Array) })
  .superRefine(({ matrix: { columns }, count, vectors }, context) => {
    if (vectors.length === count * columns) return;
    const message = `${vectors.length} values, count x columns is ${count * columns}`;
    context.addIssue({ code: "custom", path: ["vectors"], message });
  });

/** Entries of a generated column, about as many as a reaction has metabolites. */
const entriesOfColumn = 4;

/**
 * A sparse matrix times a batch of dense vectors, in doubles: what a stoichiometry makes of fluxes, so how far from
 * steady they are. A device may sum in any order: an element is right when it is within the forward error bound
 * (n + 2) (2^-53 sum |a_i| |x_i| + 2^-1074), n entries in its row (Higham, Accuracy and Stability of Numerical Algorithms, eq. 3.5).
 */
export const sparseMultiply: WorkloadSpec<SparseMultiplyInput, Float64Array> = {
  id: "sparse-multiply",
  version: 1,
  aliases: ["spmm", "sparse_multiply", "sparse_matrix"],
  throughput: { unit: "flop", rate: "GFLOP/s", per: 1e9 },
  input,
  size: ({ matrix: { rows, columns, values }, count }) => ({
    units: 2 * count * values.length,
    bytesIn: 12 * values.length + 4 * columns + 8 * count * columns,
    bytesOut: 8 * count * rows,
  }),
  resident: ({ matrix: resident }) => resident,
  generate: (size, random) => {
    const columns = Math.max(1, Math.min(2000, Math.round(Math.sqrt(size) / 4)));
    const rows = Math.max(1, Math.round(0.7 * columns));
    const perColumn = Math.min(rows, entriesOfColumn);
    const count = Math.max(1, Math.round(size / (2 * columns * perColumn)));
    const starts = Int32Array.from({ length: columns + 1 }, (_, column) => column * perColumn);
    const indices = new Int32Array(columns * perColumn);
    for (let column = 0; column < columns; column++) {
      // consecutive rows from a random one on: no row twice in a column
      const first = Math.floor(rows * random());
      for (let entry = 0; entry < perColumn; entry++) indices[column * perColumn + entry] = (first + entry) % rows;
    }
    const fill = (length: number): Float64Array => Float64Array.from({ length }, () => 2 * random() - 1);
    return {
      matrix: { rows, columns, starts, indices, values: fill(indices.length) },
      count,
      vectors: fill(count * columns),
    };
  },
  reference: ({ matrix: { rows, columns, starts, indices, values }, count, vectors }) => {
    const products = new Float64Array(count * rows);
    for (let vector = 0; vector < count; vector++)
      for (let column = 0; column < columns; column++)
        for (let entry = starts[column] ?? 0; entry < (starts[column + 1] ?? 0); entry++) {
          const at = vector * rows + (indices[entry] ?? 0);
          products[at] = (products[at] ?? 0) + (values[entry] ?? 0) * (vectors[vector * columns + column] ?? 0);
        }
    return products;
  },
  split: {
    // by vectors: the matrix stays where it is
    parts: (input, shares) => {
      const { matrix, count, vectors } = input;
      if (count < shares.length) return null;
      let first = 0;
      let until = 0;
      return shares.map((share, at) => {
        until += share;
        const left = shares.length - at - 1;
        const end = left === 0 ? count : Math.min(count - left, Math.max(first + 1, Math.round(until * count)));
        const part = {
          matrix,
          count: end - first,
          vectors: vectors.slice(first * matrix.columns, end * matrix.columns),
        };
        first = end;
        return part;
      });
    },
    join: (outputs, { matrix: { rows }, count }) => {
      const whole = new Float64Array(count * rows);
      let at = 0;
      for (const part of outputs) {
        whole.set(part, at);
        at += part.length;
      }
      return whole;
    },
  },
  differ: (actual, expected, { matrix: { rows, columns, starts, indices, values }, count, vectors }) => {
    if (actual.length !== expected.length) return `${actual.length} elements, expected ${expected.length}`;
    const sizes = new Float64Array(rows);
    const entries = new Float64Array(rows);
    for (const row of indices) entries[row] = (entries[row] ?? 0) + 1;
    for (let vector = 0; vector < count; vector++) {
      sizes.fill(0);
      for (let column = 0; column < columns; column++) {
        const factor = Math.abs(vectors[vector * columns + column] ?? 0);
        for (let entry = starts[column] ?? 0; entry < (starts[column + 1] ?? 0); entry++) {
          const row = indices[entry] ?? 0;
          sizes[row] = (sizes[row] ?? 0) + factor * Math.abs(values[entry] ?? 0);
        }
      }
      for (let row = 0; row < rows; row++) {
        const x = actual[vector * rows + row] ?? Number.NaN;
        const y = expected[vector * rows + row] ?? Number.NaN;
        const size = sizes[row] ?? 0;
        // sums that overflow in one order need not in another
        if (Object.is(x, y) || x === y || size === Number.POSITIVE_INFINITY) continue;
        const bound = 2 * ((entries[row] ?? 0) + 2) * (2 ** -53 * size + 2 ** -1074);
        // written so that a NaN on one side only is a difference
        if (!(Math.abs(x - y) <= bound)) return `row ${row} of vector ${vector} is ${x}, expected ${y} within ${bound}`;
      }
    }
    return null;
  },
};
