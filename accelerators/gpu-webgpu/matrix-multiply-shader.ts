/** Invocations of a workgroup along rows and along columns. */
const side = 16;
/** Terms of the sums that a workgroup takes into its memory at a time. */
const depth = 16;

/**
 * c = a b by tiles: a workgroup of 16 x 16 invocations brings 16 columns of `a` and 16 rows of `b` into its memory and
 * each invocation keeps `block` x `block` sums in registers, so that two values read feed `block` products.
 * Written out rather than looped, since not every driver keeps an indexed array in registers.
 */
export function matrixMultiplyShader(block: 4 | 8): string {
  const tile = side * block;
  const quads = block / 4;
  const rows = Array.from({ length: block }, (_, at) => at);
  const groups = Array.from({ length: quads }, (_, at) => at);
  /** Offset in its tile of the row (or column) `at` of an invocation: quads 64 apart, so that neighbours read neighbours. */
  const offset = (at: number): number => 4 * side * Math.floor(at / 4) + (at % 4);
  return `
struct Parameters { m: u32, k: u32, n: u32, first_row: u32 }
@group(0) @binding(0) var<uniform> size: Parameters;
@group(0) @binding(1) var<storage, read> a: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read_write> c: array<f32>;

var<workgroup> tile_a: array<f32, ${tile * depth}>;
var<workgroup> tile_b: array<f32, ${tile * depth}>;

fn store(row: u32, column: u32, sums: vec4f) {
  if (row >= size.m) { return; }
  let at = row * size.n + column;
  if (column < size.n) { c[at] = sums.x; }
  if (column + 1u < size.n) { c[at + 1u] = sums.y; }
  if (column + 2u < size.n) { c[at + 2u] = sums.z; }
  if (column + 3u < size.n) { c[at + 3u] = sums.w; }
}

@compute @workgroup_size(${side}, ${side})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u,
        @builtin(local_invocation_index) index: u32) {
  let row = size.first_row + group.y * ${tile}u;
  let column = group.x * ${tile}u;
${rows.flatMap((i) => groups.map((j) => `  var c${i}_${j} = vec4f();`)).join("\n")}
  for (var start = 0u; start < size.k; start += ${depth}u) {
    for (var load = 0u; load < ${(tile * depth) / side ** 2}u; load++) {
      let slot = index + load * ${side ** 2}u;
      let r = row + slot / ${depth}u;
      let p = start + slot % ${depth}u;
      var value = 0.0;
      if (r < size.m && p < size.k) { value = a[r * size.k + p]; }
      tile_a[(slot % ${depth}u) * ${tile}u + slot / ${depth}u] = value;
      let q = start + slot / ${tile}u;
      let s = column + slot % ${tile}u;
      value = 0.0;
      if (q < size.k && s < size.n) { value = b[q * size.n + s]; }
      tile_b[slot] = value;
    }
    workgroupBarrier();
    for (var p = 0u; p < ${depth}u; p++) {
      let at_a = p * ${tile}u + 4u * local.y;
      let at_b = p * ${tile}u + 4u * local.x;
${groups
  .map(
    (j) => `      let b${j} = vec4f(${[0, 1, 2, 3].map((at) => `tile_b[at_b + ${offset(4 * j + at)}u]`).join(", ")});`,
  )
  .join("\n")}
${rows
  .map(
    (i) =>
      `      let a${i} = tile_a[at_a + ${offset(i)}u];\n${groups.map((j) => `      c${i}_${j} += a${i} * b${j};`).join("\n")}`,
  )
  .join("\n")}
    }
    workgroupBarrier();
  }
${rows
  .flatMap((i) =>
    groups.map(
      (j) => `  store(row + 4u * local.y + ${offset(i)}u, column + 4u * local.x + ${offset(4 * j)}u, c${i}_${j});`,
    ),
  )
  .join("\n")}
}
`;
}
