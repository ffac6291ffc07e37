/** Where the entries of a sparse matrix and of its triangular factors lie: by rows, columns ascending, all of the diagonal there. */
export interface Pattern {
  readonly size: number;
  readonly starts: Int32Array;
  readonly columns: Int32Array;
  readonly diagonal: Int32Array;
}

/** The order of elimination that leaves few new entries: the row with fewest goes first (minimum degree, Tinney's scheme 2). */
export function eliminationOrder(size: number, entries: readonly ReadonlySet<number>[]): readonly number[] {
  const neighbours = entries.map((row) => new Set(row));
  for (const [at, row] of entries.entries()) for (const column of row) neighbours[column]?.add(at);
  for (const [at, row] of neighbours.entries()) row.delete(at);
  const left = new Set(neighbours.keys());
  const order: number[] = [];
  while (order.length < size) {
    let best = -1;
    let least = Number.POSITIVE_INFINITY;
    for (const at of left) {
      const degree = neighbours[at]?.size ?? 0;
      if (degree < least) [best, least] = [at, degree];
    }
    const around = [...(neighbours[best] ?? [])];
    for (const one of around) {
      for (const other of around) if (one !== other) neighbours[one]?.add(other);
      neighbours[one]?.delete(best);
    }
    left.delete(best);
    order.push(best);
  }
  return order;
}

/** The pattern of a matrix's factors, rows and columns in the order of elimination. */
export function factorPattern(size: number, entries: readonly ReadonlySet<number>[]): Pattern {
  const rows = entries.map((row, at) => new Set([...row, at]));
  for (let pivot = 0; pivot < size; pivot++) {
    const right = [...(rows[pivot] ?? [])].filter((column) => column > pivot);
    for (let below = pivot + 1; below < size; below++)
      if (rows[below]?.has(pivot)) for (const column of right) rows[below]?.add(column);
  }
  const sorted = rows.map((row) => [...row].sort((a, b) => a - b));
  const starts = new Int32Array(size + 1);
  for (const [at, { length }] of sorted.entries()) starts[at + 1] = (starts[at] ?? 0) + length;
  const columns = Int32Array.from(sorted.flat());
  const diagonal = Int32Array.from(sorted, (row, at) => (starts[at] ?? 0) + row.indexOf(at));
  return { size, starts, columns, diagonal };
}

export interface Factors {
  /** Factorizes the matrix in place, without exchanging rows; false where a pivot is 0 or none. Diagonals become their inverses. */
  readonly factorize: (matrix: Float64Array) => boolean;
  /** Solves for a right-hand side, in place, from what `factorize` left. */
  readonly solve: (matrix: Float64Array, vector: Float64Array) => void;
}

/**
 * Where each update of a factorization goes: row by row, each entry left of the diagonal in turn takes its multiple of the
 * pivot's row, right of that row's diagonal, from its own row at these places.
 */
export function updatesOf({ size, starts, columns, diagonal }: Pattern): Int32Array {
  const targets: number[] = [];
  for (let row = 0; row < size; row++) {
    const places = new Map<number, number>();
    for (let at = starts[row] ?? 0; at < (starts[row + 1] ?? 0); at++) places.set(columns[at] ?? 0, at);
    for (let at = starts[row] ?? 0; at < (diagonal[row] ?? 0); at++) {
      const pivot = columns[at] ?? 0;
      for (let from = (diagonal[pivot] ?? 0) + 1; from < (starts[pivot + 1] ?? 0); from++)
        targets.push(places.get(columns[from] ?? 0) ?? 0);
    }
  }
  return Int32Array.from(targets);
}

/** Factorization along a pattern: every place that is written is known beforehand. */
export function factorsOf(pattern: Pattern): Factors {
  const { size, starts, columns, diagonal } = pattern;
  const target = updatesOf(pattern);
  return {
    factorize: (matrix) => {
      let next = 0;
      for (let row = 0; row < size; row++) {
        const middle = diagonal[row] as number;
        for (let at = starts[row] as number; at < middle; at++) {
          const pivot = columns[at] as number;
          const factor = (matrix[at] as number) * (matrix[diagonal[pivot] as number] as number);
          matrix[at] = factor;
          const last = starts[pivot + 1] as number;
          for (let from = (diagonal[pivot] as number) + 1; from < last; from++) {
            const to = target[next++] as number;
            matrix[to] = (matrix[to] as number) - factor * (matrix[from] as number);
          }
        }
        const inverse = 1 / (matrix[middle] as number);
        if (!Number.isFinite(inverse)) return false;
        matrix[middle] = inverse;
      }
      return true;
    },
    solve: (matrix, vector) => {
      for (let row = 0; row < size; row++) {
        let sum = vector[row] as number;
        const middle = diagonal[row] as number;
        for (let at = starts[row] as number; at < middle; at++)
          sum -= (matrix[at] as number) * (vector[columns[at] as number] as number);
        vector[row] = sum;
      }
      for (let row = size - 1; row >= 0; row--) {
        let sum = vector[row] as number;
        const middle = diagonal[row] as number;
        const last = starts[row + 1] as number;
        for (let at = middle + 1; at < last; at++)
          sum -= (matrix[at] as number) * (vector[columns[at] as number] as number);
        vector[row] = sum * (matrix[middle] as number);
      }
    },
  };
}
