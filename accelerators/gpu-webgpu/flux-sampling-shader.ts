/** Invocations of a workgroup, which walks one chain: a warp on most GPUs. */
const lanes = 32;
/** Steps after which the sums are computed anew, in dimensions: in single precision their rounding adds up soon. */
const refresh = 4;
/** Stands for no bound: WGSL promises nothing about infinity. */
export const none = 3e38;

/**
 * Coordinate hit-and-run: the lanes share the constraints of a chain, each finds its part of the chord, and all
 * combine the parts alike, so that a step has one barrier. `rows` and `dimension` are what there is room for.
 */
export function fluxSamplingShader(rows: number, dimension: number): string {
  return `
struct Parameters {
  dimension: u32, rows: u32, first_step: u32, end_step: u32, thinning: u32, samples: u32, seed: u32, first_chain: u32,
}
@group(0) @binding(0) var<uniform> job: Parameters;
/** Coefficient and its inverse, by columns. */
@group(0) @binding(1) var<storage, read> columns: array<vec2f>;
@group(0) @binding(2) var<storage, read> bounds: array<vec2f>;
/** Of each chain: its status, its point, its sums. */
@group(0) @binding(3) var<storage, read_write> state: array<f32>;
@group(0) @binding(4) var<storage, read_write> kept: array<f32>;

var<workgroup> point: array<f32, ${dimension}>;
var<workgroup> sums: array<f32, ${rows}>;
var<workgroup> parts: array<vec2f, ${2 * lanes}>;
var<workgroup> words: array<vec4u, ${lanes}>;

fn high_word(x: u32, y: u32) -> u32 {
  let low = (x & 0xffffu) * (y & 0xffffu);
  let middle = (x >> 16u) * (y & 0xffffu) + (low >> 16u);
  let other = (x & 0xffffu) * (y >> 16u) + (middle & 0xffffu);
  return (x >> 16u) * (y >> 16u) + (middle >> 16u) + (other >> 16u);
}

/** Philox4x32-10, Salmon et al. 2011. */
fn philox(counter: u32, seed: u32, chain: u32) -> vec4u {
  var c = vec4u(counter, 0u, 0u, 0u);
  var k = vec2u(seed, chain);
  for (var round = 0u; round < 10u; round++) {
    c = vec4u(
      high_word(0xcd9e8d57u, c.z) ^ c.y ^ k.x, 0xcd9e8d57u * c.z,
      high_word(0xd2511f53u, c.x) ^ c.w ^ k.y, 0xd2511f53u * c.x,
    );
    k += vec2u(0x9e3779b9u, 0xbb67ae85u);
  }
  return c;
}

@compute @workgroup_size(${lanes})
fn main(@builtin(local_invocation_index) lane: u32, @builtin(workgroup_id) group: vec3u) {
  let slot = group.x;
  let here = slot * (1u + job.dimension + job.rows);
  let point_at = here + 1u;
  let sums_at = point_at + job.dimension;
  for (var at = lane; at < job.dimension; at += ${lanes}u) { point[at] = state[point_at + at]; }
  for (var row = lane; row < job.rows; row += ${lanes}u) { sums[row] = state[sums_at + row]; }
  var lost = state[here] != 0.0;
  for (var step = job.first_step; step < job.end_step; step++) {
    if (step == job.first_step || step % ${2 * lanes}u == 0u) {
      workgroupBarrier();
      words[lane] = philox(step / ${2 * lanes}u * ${lanes}u + lane, job.seed, job.first_chain + slot);
      workgroupBarrier();
    }
    if (step % (${refresh}u * job.dimension) == 0u) {
      workgroupBarrier();
      for (var row = lane; row < job.rows; row += ${lanes}u) {
        var sum = 0.0;
        for (var at = 0u; at < job.dimension; at++) { sum += columns[at * job.rows + row].x * point[at]; }
        sums[row] = sum;
      }
    }
    let four = words[(step / 2u) % ${lanes}u];
    let two = select(four.xy, four.zw, step % 2u == 1u);
    let at = high_word(two.x, job.dimension);
    let column = at * job.rows;
    var part = vec2f(-${none}, ${none});
    for (var row = lane; row < job.rows; row += ${lanes}u) {
      let entry = columns[column + row];
      if (entry.x == 0.0) { continue; }
      let bound = bounds[row];
      // ordered along the step; what is not bounded stays so whatever the inverse
      let toward = select(bound.yx, bound.xy, entry.x > 0.0);
      let ends = (toward - sums[row]) * entry.y;
      if (abs(toward.x) < ${none}) { part.x = max(part.x, ends.x); }
      if (abs(toward.y) < ${none}) { part.y = min(part.y, ends.y); }
    }
    // two sets in turn: no lane writes to one before all have read it
    let half = (step % 2u) * ${lanes}u;
    parts[half + lane] = part;
    workgroupBarrier();
    for (var other = 0u; other < ${lanes}u; other++) {
      let one = parts[half + other];
      part = vec2f(max(part.x, one.x), min(part.y, one.y));
    }
    if (part.x == -${none} || part.y == ${none}) { lost = true; }
    if (part.x < part.y && !lost) {
      let length = part.x + (f32(two.y) + 0.5) * ${1 / 2 ** 32} * (part.y - part.x);
      for (var row = lane; row < job.rows; row += ${lanes}u) { sums[row] += length * columns[column + row].x; }
      if (lane == 0u) { point[at] += length; }
    }
    if ((step + 1u) % job.thinning == 0u) {
      workgroupBarrier();
      let sample = (step + 1u) / job.thinning - 1u;
      for (var at = lane; at < job.dimension; at += ${lanes}u) {
        kept[(slot * job.samples + sample) * job.dimension + at] = point[at];
      }
    }
  }
  workgroupBarrier();
  for (var at = lane; at < job.dimension; at += ${lanes}u) { state[point_at + at] = point[at]; }
  for (var row = lane; row < job.rows; row += ${lanes}u) { state[sums_at + row] = sums[row]; }
  if (lane == 0u && lost) { state[here] = 1.0; }
}
`;
}
