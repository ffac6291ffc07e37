// Single-precision c = a b with 128-bit SIMD: a and b are packed into panels of 4 rows and 8 columns, and a tile of
// 4 x 8 results stays in registers over a block of the shared dimension. The host lays out all memory.

/** Shared dimension per block: a panel of b (256 x 8 floats = 8 KiB) stays in the first-level cache. */
const BLOCK: i32 = 256;

/** Floats of scratch that `gemm` needs. */
export function scratch(m: i32, n: i32): usize {
  return <usize>BLOCK * (((<usize>m + 3) & ~3) + ((<usize>n + 7) & ~7));
}

export function gemm(a: usize, b: usize, c: usize, work: usize, m: i32, k: i32, n: i32): void {
  const rows = (m + 3) & ~3, columns = (n + 7) & ~7;
  const packedA = work, packedB = work + ((<usize>BLOCK * <usize>rows) << 2);
  memory.fill(c, 0, (<usize>m * <usize>n) << 2);
  for (let p0 = 0; p0 < k; p0 += BLOCK) {
    const depth = min(BLOCK, k - p0);
    packColumns(b, packedB, p0, depth, n, columns);
    packRows(a, packedA, p0, depth, m, k, rows);
    for (let j = 0; j < columns; j += 8)
      for (let i = 0; i < rows; i += 4)
        tile(packedA + ((<usize>i * <usize>depth) << 2), packedB + ((<usize>j * <usize>depth) << 2), c, depth, i, j, m, n);
  }
}

function packColumns(b: usize, to: usize, p0: i32, depth: i32, n: i32, columns: i32): void {
  for (let j = 0; j < columns; j += 8) {
    const width = min(8, n - j);
    let from = b + ((<usize>p0 * <usize>n + <usize>j) << 2);
    for (let p = 0; p < depth; p++, from += <usize>n << 2, to += 32) {
      if (width == 8) {
        v128.store(to, v128.load(from));
        v128.store(to, v128.load(from, 16), 16);
      } else for (let x = 0; x < 8; x++) store<f32>(to + (<usize>x << 2), x < width ? load<f32>(from + (<usize>x << 2)) : 0);
    }
  }
}

function packRows(a: usize, to: usize, p0: i32, depth: i32, m: i32, k: i32, rows: i32): void {
  for (let i = 0; i < rows; i += 4) {
    const height = min(4, m - i);
    const from = a + ((<usize>i * <usize>k + <usize>p0) << 2);
    for (let p = 0; p < depth; p++, to += 16)
      for (let x = 0; x < 4; x++)
        store<f32>(to + (<usize>x << 2), x < height ? load<f32>(from + ((<usize>x * <usize>k + <usize>p) << 2)) : 0);
  }
}

function tile(a: usize, b: usize, c: usize, depth: i32, i: i32, j: i32, m: i32, n: i32): void {
  let s00 = f32x4.splat(0), s01 = s00, s10 = s00, s11 = s00, s20 = s00, s21 = s00, s30 = s00, s31 = s00;
  for (const end = a + (<usize>depth << 4); a < end; a += 16, b += 32) {
    const b0 = v128.load(b), b1 = v128.load(b, 16);
    let x = v128.load32_splat(a);
    s00 = f32x4.add(s00, f32x4.mul(x, b0));
    s01 = f32x4.add(s01, f32x4.mul(x, b1));
    x = v128.load32_splat(a, 4);
    s10 = f32x4.add(s10, f32x4.mul(x, b0));
    s11 = f32x4.add(s11, f32x4.mul(x, b1));
    x = v128.load32_splat(a, 8);
    s20 = f32x4.add(s20, f32x4.mul(x, b0));
    s21 = f32x4.add(s21, f32x4.mul(x, b1));
    x = v128.load32_splat(a, 12);
    s30 = f32x4.add(s30, f32x4.mul(x, b0));
    s31 = f32x4.add(s31, f32x4.mul(x, b1));
  }
  emit(c, i, j, m, n, s00, s01);
  emit(c, i + 1, j, m, n, s10, s11);
  emit(c, i + 2, j, m, n, s20, s21);
  emit(c, i + 3, j, m, n, s30, s31);
}

// @ts-ignore: decorator
@inline
function emit(c: usize, i: i32, j: i32, m: i32, n: i32, left: v128, right: v128): void {
  if (i >= m) return;
  const at = c + ((<usize>i * <usize>n + <usize>j) << 2);
  if (j + 8 <= n) {
    v128.store(at, f32x4.add(v128.load(at), left));
    v128.store(at, f32x4.add(v128.load(at, 16), right), 16);
    return;
  }
  add(at, f32x4.extract_lane(left, 0));
  if (j + 1 < n) add(at + 4, f32x4.extract_lane(left, 1));
  if (j + 2 < n) add(at + 8, f32x4.extract_lane(left, 2));
  if (j + 3 < n) add(at + 12, f32x4.extract_lane(left, 3));
  if (j + 4 < n) add(at + 16, f32x4.extract_lane(right, 0));
  if (j + 5 < n) add(at + 20, f32x4.extract_lane(right, 1));
  if (j + 6 < n) add(at + 24, f32x4.extract_lane(right, 2));
}

// @ts-ignore: decorator
@inline
function add(at: usize, value: f32): void {
  store<f32>(at, load<f32>(at) + value);
}
