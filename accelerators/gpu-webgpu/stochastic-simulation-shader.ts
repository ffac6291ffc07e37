import type { Expression, ReactionNetwork } from "../../src/network/index.ts";
import { networkFunctionsShader, shaderCode } from "./network-shader.ts";

/** Trajectories of a workgroup, one an invocation. */
export const lanes = 64;
/** Words of a trajectory's record. */
export const record = {
  status: 0,
  culprit: 1,
  events: 2,
  draws: 3,
  drawsHigh: 4,
  sample: 5,
  time: 6,
  timeLow: 7,
  words: 8,
};
/** What `status` holds while a trajectory is on its way; its ends are those of the workload. */
export const running = 255;

/**
 * Gillespie's direct method, a trajectory an invocation. Rates are single precision, their sums, the place that is drawn and
 * the time are unevaluated sums of two such numbers, so that a rate of a millionth of a millionth still gets its share.
 */
export function stochasticSimulationShader(
  { reactions, assignments }: ReactionNetwork,
  stopWhen: Expression | null,
): string {
  const place = (index: number): string => `value(${index}u, lane)`;
  const laws = reactions
    .map(({ rate }, reaction) =>
      rate.kind === "expression" ? `    case ${reaction}u: { return ${shaderCode(rate.rate, place)}; }\n` : "",
    )
    .join("");
  return `
struct Job {
  stride: u32, count: u32, steps: u32, leaves: u32, reactions: u32, values: u32,
  times: u32, observed: u32, observed_at: u32, first: u32,
  seed: u32, first_trajectory: u32, most_events: u32, nan: u32, infinity: u32,
}
@group(0) @binding(0) var<uniform> job: Job;
/** Of each reaction where its rate law, changes and dependants are; then these; then the observed values. */
@group(0) @binding(1) var<storage, read> table: array<u32>;
@group(0) @binding(2) var<storage, read> times: array<vec2f>;
/** Records, values and samples, each by its number and then by trajectory, as bits. */
@group(0) @binding(3) var<storage, read_write> state: array<u32>;
@group(0) @binding(4) var<storage, read_write> tree: array<vec2f>;

fn value(index: u32, lane: u32) -> f32 { return bitcast<f32>(state[(${record.words}u + index) * job.stride + lane]); }
fn set_value(index: u32, lane: u32, to: f32) { state[(${record.words}u + index) * job.stride + lane] = bitcast<u32>(to); }
${networkFunctionsShader}
fn high_word(x: u32, y: u32) -> u32 {
  let low = (x & 0xffffu) * (y & 0xffffu);
  let middle = (x >> 16u) * (y & 0xffffu) + (low >> 16u);
  let other = (x & 0xffffu) * (y >> 16u) + (middle & 0xffffu);
  return (x >> 16u) * (y >> 16u) + (middle >> 16u) + (other >> 16u);
}

/** Philox4x32-10, Salmon et al. 2011. */
fn philox(counter: vec2u, key: vec2u) -> vec4u {
  var c = vec4u(counter, 0u, 0u);
  var k = key;
  for (var round = 0u; round < 10u; round++) {
    c = vec4u(
      high_word(0xcd9e8d57u, c.z) ^ c.y ^ k.x, 0xcd9e8d57u * c.z,
      high_word(0xd2511f53u, c.x) ^ c.w ^ k.y, 0xd2511f53u * c.x,
    );
    k += vec2u(0x9e3779b9u, 0xbb67ae85u);
  }
  return c;
}

/** Sums and products of numbers in two parts (Dekker 1971). */
fn sum(a: vec2f, b: vec2f) -> vec2f {
  let s = a.x + b.x;
  let v = s - a.x;
  let e = (a.x - (s - v)) + (b.x - v) + (a.y + b.y);
  let high = s + e;
  return vec2f(high, e - (high - s));
}
fn halves(a: f32) -> vec2f {
  let c = 4097.0 * a;
  let high = c - (c - a);
  return vec2f(high, a - high);
}
fn product(a: vec2f, b: vec2f) -> vec2f {
  let p = a.x * b.x;
  let s = halves(a.x);
  let t = halves(b.x);
  let e = ((s.x * t.x - p) + s.x * t.y + s.y * t.x) + s.y * t.y + (a.x * b.y + a.y * b.x);
  let high = p + e;
  return vec2f(high, e - (high - p));
}

/** -ln of the number that the words make, above 0 and below 1. */
fn waiting(high: u32, low: u32) -> f32 {
  let u = (f32(high) + f32(low) * ${2 ** -32} + ${2 ** -21}) * ${2 ** -32};
  // near 1 what is missing to 1 tells more
  let missing = (f32(~high) + f32(~low) * ${2 ** -32}) * ${2 ** -32};
  if (missing < 0.03125) {
    return missing * (1.0 + missing * (0.5 + missing * (${1 / 3} + missing * (0.25 + missing * (0.2 + missing / 6.0)))));
  }
  return -log(u);
}

fn assign(lane: u32) {
${assignments.map(({ value, of }) => `  set_value(${value}u, lane, ${shaderCode(of, place)});`).join("\n")}
}

fn is_stopped(lane: u32) -> bool { return ${stopWhen === null ? "false" : `${shaderCode(stopWhen, place)} != 0.0`}; }

fn rate_of(reaction: u32, lane: u32) -> f32 {
  var at = table[3u * reaction];
  let constant = table[at];
  if (constant != 0xffffffffu) {
    var rate = value(constant, lane);
    for (let end = at + 2u + 2u * table[at + 1u]; at + 2u < end; at += 2u) {
      let amount = value(table[at + 2u], lane);
      let order = table[at + 3u];
      var factorial = 1.0;
      for (var taken = 0u; taken < order; taken++) {
        rate *= amount - f32(taken);
        factorial *= f32(taken + 1u);
      }
      if (factorial > 1.0) { rate /= factorial; }
    }
    return rate;
  }
  switch (reaction) {
${laws}    default: { return 0.0; }
  }
}

/** Negative, infinite or no number, told by its bits: shaders need not know such numbers. */
fn is_bad(rate: f32) -> bool {
  let bits = bitcast<u32>(rate);
  return bits > 0x7f7fffffu && bits != 0x80000000u;
}

fn set_up(leaf: u32, lane: u32) {
  for (var node = (job.leaves + leaf) >> 1u; node > 0u; node >>= 1u) {
    let left = 2u * node * job.stride + lane;
    tree[node * job.stride + lane] = sum(tree[left], tree[left + job.stride]);
  }
}

fn choose(lane: u32, start: vec2f) -> u32 {
  var left = start;
  var node = 1u;
  while (node < job.leaves) {
    node *= 2u;
    let here = tree[node * job.stride + lane];
    let beyond = sum(left, -here);
    let right = tree[(node + 1u) * job.stride + lane].x;
    if (beyond.x < 0.0 || (beyond.x == 0.0 && beyond.y < 0.0) || right <= 0.0) { continue; }
    left = beyond;
    node++;
  }
  return node - job.leaves;
}

@compute @workgroup_size(${lanes})
fn main(@builtin(global_invocation_id) id: vec3u) {
  let lane = id.x;
  if (lane >= job.count) { return; }
  var status = state[${record.status}u * job.stride + lane];
  if (status != ${running}u) { return; }
  var culprit = 0xffffffffu;
  var events = state[${record.events}u * job.stride + lane];
  var draws = vec2u(state[${record.draws}u * job.stride + lane], state[${record.drawsHigh}u * job.stride + lane]);
  var sample = state[${record.sample}u * job.stride + lane];
  var time = bitcast<vec2f>(vec2u(state[${record.time}u * job.stride + lane], state[${record.timeLow}u * job.stride + lane]));
  if (job.first != 0u) {
    assign(lane);
    for (var leaf = 0u; leaf < job.leaves; leaf++) {
      var rate = 0.0;
      if (leaf < job.reactions) { rate = rate_of(leaf, lane); }
      if (is_bad(rate) && status == ${running}u) {
        status = 3u;
        culprit = leaf;
      }
      tree[(job.leaves + leaf) * job.stride + lane] = vec2f(rate, 0.0);
    }
    for (var node = job.leaves - 1u; node > 0u; node--) {
      let left = 2u * node * job.stride + lane;
      tree[node * job.stride + lane] = sum(tree[left], tree[left + job.stride]);
    }
  }
  for (var step = 0u; step < job.steps && status == ${running}u; step++) {
    let total = tree[job.stride + lane];
    if (is_bad(total.x)) {
      status = 3u;
      break;
    }
    let words = philox(draws, vec2u(job.seed, job.first_trajectory + lane));
    var next = vec2f(bitcast<f32>(job.infinity), 0.0);
    if (total.x > 0.0) { next = sum(time, vec2f(waiting(words.x, words.y) / total.x, 0.0)); }
    while (sample < job.times) {
      let until = times[sample];
      if (total.x > 0.0 && (next.x < until.x || (next.x == until.x && next.y < until.y))) { break; }
      for (var place = 0u; place < job.observed; place++) {
        let kept = ${record.words}u + job.values + sample * job.observed + place;
        state[kept * job.stride + lane] = bitcast<u32>(value(table[job.observed_at + place], lane));
      }
      sample++;
    }
    if (sample == job.times) {
      status = 0u;
      break;
    }
    if (events >= job.most_events) {
      status = 1u;
      break;
    }
    let v = vec2f(f32(words.z >> 8u) * ${2 ** -24}, f32(((words.z >> 6u) & 3u) * ${2 ** 22}u + (words.w >> 10u)) * ${2 ** -48});
    let chosen = choose(lane, product(v, total));
    draws.x++;
    if (draws.x == 0u) { draws.y++; }
    events++;
    time = next;
    let changes = table[3u * chosen + 1u];
    for (var change = 0u; change < table[changes]; change++) {
      let changed = table[changes + 1u + 2u * change];
      let after = value(changed, lane) + bitcast<f32>(table[changes + 2u + 2u * change]);
      set_value(changed, lane, after);
      if (after < 0.0 && status == ${running}u) {
        status = 4u;
        culprit = changed;
      }
    }
    if (status != ${running}u) { break; }
    assign(lane);
    let dependants = table[3u * chosen + 2u];
    var bad = 0xffffffffu;
    for (var other = 0u; other < table[dependants]; other++) {
      let reaction = table[dependants + 1u + other];
      let rate = rate_of(reaction, lane);
      if (is_bad(rate)) { bad = min(bad, reaction); }
      tree[(job.leaves + reaction) * job.stride + lane] = vec2f(rate, 0.0);
      set_up(reaction, lane);
    }
    if (is_stopped(lane)) {
      status = 2u;
    } else if (bad != 0xffffffffu) {
      status = 3u;
      culprit = bad;
    }
  }
  state[${record.status}u * job.stride + lane] = status;
  state[${record.culprit}u * job.stride + lane] = culprit;
  state[${record.events}u * job.stride + lane] = events;
  state[${record.draws}u * job.stride + lane] = draws.x;
  state[${record.drawsHigh}u * job.stride + lane] = draws.y;
  state[${record.sample}u * job.stride + lane] = sample;
  state[${record.time}u * job.stride + lane] = bitcast<u32>(time.x);
  state[${record.timeLow}u * job.stride + lane] = bitcast<u32>(time.y);
}
`;
}
