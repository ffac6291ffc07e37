import { BioXenError } from "../../src/contract/index.ts";
import { type SparseMatrix, type SparseMultiplyInput, sparseMultiply } from "../../src/workloads/index.ts";
import { type SimdKernel, threadsOf } from "./kernel.ts";
import { multiplyPieces, type SparseJob, type SparseRows, sparseBytes } from "./sparse-multiply.worker.ts";

/**
 * Flops and numbers that are done here before anything else gets its turn: 5 to 30 ms. Vectors that are not in shared
 * memory are done here altogether, for their way there and back costs several times the product (5 against 0.3 GFLOP/s).
 */
const sliceWork = 5e7;
const mostBytes = 4e9;
/** Numbers in and out of a piece: they stay in a second-level cache. */
const pieceNumbers = 2 ** 17;

/** Matrices by rows, over memory that the threads share. */
const resident = new WeakMap<SparseMatrix, SparseRows>();

function byRows(matrix: SparseMatrix): SparseRows {
  const known = resident.get(matrix);
  if (known !== undefined) return known;
  const { rows, columns } = matrix;
  const entries = matrix.values.length;
  const starts = new Uint32Array(new SharedArrayBuffer(4 * (rows + 1)));
  const indices = new Uint32Array(new SharedArrayBuffer(4 * entries));
  const values = sharedDoubles(entries);
  for (const row of matrix.indices) starts[row + 1] = (starts[row + 1] ?? 0) + 1;
  for (let row = 0; row < rows; row++) starts[row + 1] = (starts[row + 1] ?? 0) + (starts[row] ?? 0);
  const next = starts.slice();
  for (let column = 0; column < columns; column++)
    for (let at = matrix.starts[column] ?? 0; at < (matrix.starts[column + 1] ?? 0); at++) {
      const row = matrix.indices[at] ?? 0;
      const to = next[row] ?? 0;
      next[row] = to + 1;
      indices[to] = column;
      values[to] = matrix.values[at] ?? 0;
    }
  const made = { rows, columns, starts, indices, values };
  resident.set(matrix, made);
  return made;
}

function pieceOf({ matrix: { rows, columns }, count }: SparseMultiplyInput): number {
  const fits = Math.floor(pieceNumbers / Math.max(1, rows + columns) / 8) * 8;
  return Math.max(8, Math.min(fits, Math.ceil(count / 8) * 8));
}

/**
 * Eight vectors at once, an entry of the matrix read once for all of them. Floor: a multiplication, an addition and 16
 * bytes out of the first- or second-level cache for two products, and each element in and out moved twice.
 */
export const sparseMultiplyKernel: SimdKernel<SparseMultiplyInput, Float64Array> = {
  workload: sparseMultiply,
  supports: (input) => {
    const { rows, columns, values } = input.matrix;
    return sparseBytes(rows, columns, values.length, pieceOf(input)) <= mostBytes
      ? { ok: true }
      : { ok: false, reason: "larger than a 32-bit WebAssembly memory" };
  },
  prior: ({ units, bytesIn, bytesOut }) => ({
    seconds: 1e-5 + units / 3e9 + (bytesIn + bytesOut) / 3e9,
    joules: null,
    energySource: null,
    basis: "guess",
  }),
  prepare: async (pool, input, context) => {
    byRows(input.matrix);
    if (isInline(input)) return;
    const none = { ...jobOf(input, true), count: 0 };
    await pool.start(threadsOf(pool, context), "sparse-multiply", none, context);
  },
  run: async (pool, input, context) => {
    const inline = isInline(input);
    const job = jobOf(input, inline);
    const { products, cursor, piece, count } = job;
    if (inline) {
      const step = piece * Math.max(1, Math.floor(sliceWork / Math.max(1, workOf(input) / count) / piece));
      for (let first = 0; first < count; first += step) {
        if (first > 0) await new Promise((resolve) => setImmediate(resolve));
        if (context.signal.aborted)
          throw new BioXenError("ABORTED", `${sparseMultiply.id} was aborted`, { cause: context.signal.reason });
        multiplyPieces({ ...job, count: Math.min(count, first + step), cursor: Int32Array.of(first / piece) });
      }
      return products;
    }
    const threads = Math.min(threadsOf(pool, context), Math.ceil(count / piece));
    try {
      await Promise.all(Array.from({ length: threads }, () => pool.run("sparse-multiply", job, context)));
    } catch (error) {
      // nobody will read what the other threads have yet to do
      Atomics.store(cursor, 0, Math.ceil(count / piece));
      throw error;
    }
    return products.slice();
  },
};

function jobOf(input: SparseMultiplyInput, inline: boolean): SparseJob {
  const { matrix, count, vectors } = input;
  const length = count * matrix.rows;
  return {
    matrix: byRows(matrix),
    count,
    // a view of shared memory, where threads are to see it
    vectors,
    products: inline ? new Float64Array(length) : sharedDoubles(length),
    piece: pieceOf(input),
    cursor: new Int32Array(inline ? new ArrayBuffer(4) : new SharedArrayBuffer(4)),
  };
}

function isInline(input: SparseMultiplyInput): boolean {
  return !(input.vectors.buffer instanceof SharedArrayBuffer) || workOf(input) <= sliceWork;
}

function workOf(input: SparseMultiplyInput): number {
  const { units, bytesIn, bytesOut } = sparseMultiply.size(input);
  return units + (bytesIn + bytesOut) / 8;
}

function sharedDoubles(length: number): Float64Array<SharedArrayBuffer> {
  return new Float64Array(new SharedArrayBuffer(8 * length));
}
