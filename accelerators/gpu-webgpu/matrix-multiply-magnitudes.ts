import type { MatrixMultiplyInput } from "../../src/workloads/index.ts";

const groups = 64;

/**
 * GPUs may take a subnormal number for zero, of which the workload's error bound allows next to nothing. This finds
 * the least magnitude in a buffer, as the bits of a float (which as integers are in the same order), zeros left out.
 */
export const leastMagnitudeShader: string = `
struct Parameters { count: u32, slot: u32 }
@group(0) @binding(0) var<uniform> buffer_of: Parameters;
@group(0) @binding(1) var<storage, read> values: array<u32>;
@group(0) @binding(2) var<storage, read_write> least: array<atomic<u32>>;
var<workgroup> least_here: atomic<u32>;

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(local_invocation_index) local: u32) {
  if (local == 0u) { atomicStore(&least_here, 0xffffffffu); }
  workgroupBarrier();
  var mine = 0xffffffffu;
  for (var at = id.x; at < buffer_of.count; at += ${256 * groups}u) {
    let bits = values[at] & 0x7fffffffu;
    if (bits != 0u) { mine = min(mine, bits); }
  }
  atomicMin(&least_here, mine);
  workgroupBarrier();
  // kept inverted: a cleared buffer then means that nothing was seen
  if (local == 0u) { atomicMax(&least[buffer_of.slot], ~atomicLoad(&least_here)); }
}
`;

export function leastMagnitudeGroups(count: number): number {
  return Math.min(groups, Math.ceil(count / 256));
}

/**
 * With rows of `a` and columns of `b` at least this large, and their products too, flushing k subnormal terms,
 * products and sums errs by at most 3 k 2^-126 (1 + |a| + |b|): less than the 2 u |a| |b| that the bound has to spare,
 * for any k up to 2^20.
 */
const safe = 2 ** -80;
/** Without sums, what counts is that no factor and no product is subnormal; twice that, as the product is rounded. */
const normal = 2 ** -125;

/** Whether flushing could break the bound, by the inverted bits that the shader left for `a` and `b`. */
export function mayUnderflow(inverted: Uint32Array, input: MatrixMultiplyInput): boolean {
  const [leastA = 0, leastB = 0] = new Float32Array(inverted.map((bits) => (bits === 0 ? 0x7f800000 : ~bits)).buffer);
  if (isSafe(leastA, leastB, input.k)) return false;
  // small elements do no harm beside large ones
  const { m, k, n, a, b } = input;
  const rows = new Float32Array(m);
  const columns = new Float32Array(n);
  for (let at = 0; at < a.length; at++) {
    const row = Math.floor(at / k);
    rows[row] = Math.max(rows[row] ?? 0, Math.abs(a[at] ?? 0));
  }
  for (let at = 0; at < b.length; at++) columns[at % n] = Math.max(columns[at % n] ?? 0, Math.abs(b[at] ?? 0));
  return !isSafe(leastOf(rows), leastOf(columns), k);
}

function isSafe(x: number, y: number, k: number): boolean {
  const least = k === 1 ? normal : safe;
  // written so that NaN, whose bound is NaN, is safe
  return !(x < least || y < least || x * y < least);
}

function leastOf(values: Float32Array): number {
  let least = Number.POSITIVE_INFINITY;
  for (const value of values) if (value > 0 && value < least) least = value;
  return least;
}
