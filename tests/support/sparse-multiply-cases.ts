import { type SparseMatrix, type SparseMultiplyInput, seededRandom, sparseMultiply } from "bioxen";
import { type Cases, casesOf } from "bioxen/testing";

function sparse(rows: number, columns: readonly (readonly (readonly [row: number, value: number])[])[]): SparseMatrix {
  const starts = Int32Array.from({ length: columns.length + 1 }, (_, column) => columns.slice(0, column).flat().length);
  const entries = columns.flat();
  return {
    rows,
    columns: columns.length,
    starts,
    indices: Int32Array.from(entries, ([row]) => row),
    values: Float64Array.from(entries, ([, value]) => value),
  };
}

const reactions = sparse(4, [
  [[0, -1]],
  [
    [0, 1],
    [1, -2.5],
  ],
  [],
  [
    [1, 1e-3],
    [2, 1],
    [2, 0.25],
  ],
]);

function products(matrix: SparseMatrix, count: number): SparseMultiplyInput {
  const vectors = Float64Array.from({ length: count * matrix.columns }, (_, at) => ((5 * at) % 17) - 8.3);
  return { matrix, count, vectors };
}

export const sparseMultiplyCases: Cases = casesOf(sparseMultiply, {
  "one by one": products(sparse(1, [[[0, 3]]]), 1),
  "empty rows and columns, two entries in one place": products(reactions, 3),
  "eight vectors": products(reactions, 8),
  "one vector more than eight": products(reactions, 9),
  "more pieces than threads": products(sparseMultiply.generate(4e6, seededRandom(5)).matrix, 600),
  "no entries": products(sparse(2, [[], []]), 2),
  "no rows": products(sparse(0, [[]]), 2),
  "no columns": products(sparse(3, []), 2),
  "NaN and infinity go where they belong": {
    ...products(reactions, 1),
    vectors: Float64Array.of(Number.NaN, 1, Infinity, Infinity),
  },
  "shared memory": { matrix: reactions, count: 2, vectors: new Float64Array(new SharedArrayBuffer(8 * 8)).fill(1.5) },
});
