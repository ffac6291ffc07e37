import { aligned, instantiate, type WasmInstance } from "./wasm.ts";

interface Multiplier {
  multiply(
    rows: number,
    columns: number,
    starts: number,
    indices: number,
    values: number,
    vectors: number,
    count: number,
    products: number,
    work: number,
  ): void;
}

/** A sparse matrix by rows. */
export interface SparseRows {
  readonly rows: number;
  readonly columns: number;
  readonly starts: Uint32Array;
  readonly indices: Uint32Array;
  readonly values: Float64Array;
}

export interface SparseJob {
  readonly matrix: SparseRows;
  readonly count: number;
  readonly vectors: Float64Array;
  readonly products: Float64Array;
  /** Vectors of a piece; the threads draw pieces by the cursor. */
  readonly piece: number;
  readonly cursor: Int32Array;
}

let wasm: WasmInstance<Multiplier> | null = null;

/** Bytes of WebAssembly memory that pieces of so many vectors take. */
export function sparseBytes(rows: number, columns: number, entries: number, piece: number): number {
  return 12 * entries + 4 * (rows + 1) + 8 * piece * (rows + columns) + 64 * columns + 2048;
}

/** Multiplies pieces until there are none. */
export function multiplyPieces({ matrix, count, vectors, products, piece, cursor }: SparseJob): void {
  const { rows, columns } = matrix;
  wasm ??= instantiate<Multiplier>("sparse-multiply");
  wasm.reserve(sparseBytes(rows, columns, matrix.values.length, piece));
  const { exports, memory } = wasm;
  const starts = 1024;
  const indices = aligned(starts + 4 * (rows + 1));
  const values = aligned(indices + 4 * matrix.values.length);
  const work = aligned(values + 8 * matrix.values.length);
  const vectorsAt = work + 64 * columns;
  const productsAt = aligned(vectorsAt + 8 * piece * columns);
  new Uint32Array(memory.buffer).set(matrix.starts, starts / 4);
  new Uint32Array(memory.buffer).set(matrix.indices, indices / 4);
  const doubles = new Float64Array(memory.buffer);
  doubles.set(matrix.values, values / 8);
  for (let next = Atomics.add(cursor, 0, 1); next * piece < count; next = Atomics.add(cursor, 0, 1)) {
    const first = next * piece;
    const many = Math.min(piece, count - first);
    doubles.set(vectors.subarray(first * columns, (first + many) * columns), vectorsAt / 8);
    exports.multiply(rows, columns, starts, indices, values, vectorsAt, many, productsAt, work);
    products.set(doubles.subarray(productsAt / 8, productsAt / 8 + many * rows), first * rows);
  }
}
