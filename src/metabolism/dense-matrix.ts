// Square and tall matrices in doubles, row-major: what rounding a polytope needs, and no more.

/**
 * The lower Cholesky factor of a symmetric matrix, of which the lower triangle is read; null where it is not positive
 * definite within rounding. n^3 / 3 multiply-adds.
 */
export function cholesky(matrix: Float64Array, size: number): Float64Array | null {
  const factor = new Float64Array(size * size);
  for (let row = 0; row < size; row++)
    for (let column = 0; column <= row; column++) {
      let sum = matrix[row * size + column] as number;
      const left = row * size;
      const right = column * size;
      for (let at = 0; at < column; at++) sum -= (factor[left + at] as number) * (factor[right + at] as number);
      if (column < row) factor[left + column] = sum / (factor[right + column] as number);
      else {
        if (!(sum > 1e-14 * Math.abs(matrix[row * size + row] as number))) return null;
        factor[left + row] = Math.sqrt(sum);
      }
    }
  return factor;
}

/** Solves L x = b in place. */
export function solveLower(factor: Float64Array, size: number, vector: Float64Array): void {
  for (let row = 0; row < size; row++) {
    let sum = vector[row] as number;
    for (let at = 0; at < row; at++) sum -= (factor[row * size + at] as number) * (vector[at] as number);
    vector[row] = sum / (factor[row * size + row] as number);
  }
}

/** Solves L' x = b in place. */
export function solveLowerTransposed(factor: Float64Array, size: number, vector: Float64Array): void {
  for (let row = size - 1; row >= 0; row--) {
    const value = (vector[row] as number) / (factor[row * size + row] as number);
    vector[row] = value;
    for (let at = 0; at < row; at++) vector[at] = (vector[at] as number) - (factor[row * size + at] as number) * value;
  }
}

/** The inverse of L', an upper triangle. */
export function inverseTransposed(factor: Float64Array, size: number): Float64Array {
  const inverse = new Float64Array(size * size);
  const column = new Float64Array(size);
  for (let at = 0; at < size; at++) {
    column.fill(0);
    column[at] = 1;
    solveLowerTransposed(factor, size, column);
    for (let row = 0; row <= at; row++) inverse[row * size + at] = column[row] as number;
  }
  return inverse;
}

/** a b, for `rows` x `inner` and `inner` x `columns`. */
export function multiply(a: Float64Array, b: Float64Array, rows: number, inner: number, columns: number): Float64Array {
  const product = new Float64Array(rows * columns);
  for (let row = 0; row < rows; row++)
    for (let at = 0; at < inner; at++) {
      const factor = a[row * inner + at] as number;
      if (factor === 0) continue;
      for (let column = 0; column < columns; column++)
        product[row * columns + column] =
          (product[row * columns + column] as number) + factor * (b[at * columns + column] as number);
    }
  return product;
}

/** Adds weight v v' to the lower triangle of a matrix. */
export function addOuter(matrix: Float64Array, size: number, vector: Float64Array, weight: number): void {
  for (let row = 0; row < size; row++) {
    const factor = weight * (vector[row] as number);
    if (factor === 0) continue;
    for (let column = 0; column <= row; column++)
      matrix[row * size + column] = (matrix[row * size + column] as number) + factor * (vector[column] as number);
  }
}

/** Solves U x = b in place, for an upper triangle. */
export function solveUpper(upper: Float64Array, size: number, vector: Float64Array): void {
  for (let row = size - 1; row >= 0; row--) {
    let sum = vector[row] as number;
    for (let at = row + 1; at < size; at++) sum -= (upper[row * size + at] as number) * (vector[at] as number);
    vector[row] = sum / (upper[row * size + row] as number);
  }
}
