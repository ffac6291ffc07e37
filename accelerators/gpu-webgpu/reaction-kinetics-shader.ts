import { assignedExpressions, type ReactionNetwork, substitute } from "../../src/network/index.ts";
import type { Equations } from "../../src/workloads/reaction-kinetics/equations.ts";
import { updatesOf } from "../../src/workloads/reaction-kinetics/sparse-factors.ts";
import { networkFunctionsShader, numberCode, shaderCode } from "./network-shader.ts";

/** Items of a workgroup, one an invocation. */
export const lanes = 64;
/** Words of an item's record: where it stands, the next time to reach, steps tried, the step to try next, how far it is from the time before. */
export const record = { status: 0, sample: 1, tried: 2, step: 3, elapsed: 4, words: 5 };
/** What `status` holds on the way; `finished` and `exhausted` are the workload's, `lost` is for doubles to look at. */
export const itemStatus = { finished: 0, exhausted: 1, lost: 2, running: 255 };

// RODAS3: A. Sandu et al., "Benchmarking stiff ODE solvers for atmospheric chemistry problems II", Atmos. Environ. 31:3459 (1997).
const gamma = 0.5;
const weights = [[], [0], [2, 0], [2, 0, 1]];
const couplings = [[], [4], [1, -1], [1, -1, -8 / 3]];
const order = 3;

/** A stiffly accurate Rosenbrock method of order 3, the network's rates, derivatives and factors written out, an item an invocation. */
export function reactionKineticsShader(network: ReactionNetwork, equations: Equations): string {
  const { states, pattern, terms, entry } = equations;
  const size = states.length;
  const placeOf = new Map(Array.from(states, (value, at) => [value, at]));
  const known = assignedExpressions(network);
  const place = (index: number): string => {
    const state = placeOf.get(index);
    return state === undefined ? `value(${index}u, lane)` : `y[${state}]`;
  };
  const slopes = terms.map(({ rate, moves }) => {
    const added = moves.map(([to, amount]) => `    f[${to}] += ${numberCode(amount)} * r;`).join("\n");
    return `  {\n    let r = ${shaderCode(substitute(rate, known), place)};\n${added}\n  }`;
  });
  const jacobian = terms.flatMap(({ moves, partials }) =>
    partials.map(({ by, of }) => {
      const added = moves.map(([to, amount]) => `    j[${entry(to, by)}] -= ${numberCode(amount)} * d;`).join("\n");
      return `  {\n    let d = ${shaderCode(of, place)};\n${added}\n  }`;
    }),
  );
  const { starts, columns, diagonal } = pattern;
  const factorization: string[] = [];
  const forward: string[] = [];
  const backward: string[] = [];
  const targets = updatesOf(pattern);
  let next = 0;
  for (let row = 0; row < size; row++) {
    const middle = diagonal[row] ?? 0;
    for (let at = starts[row] ?? 0; at < middle; at++) {
      const pivot = columns[at] ?? 0;
      factorization.push(`  m[${at}] *= m[${diagonal[pivot]}];`);
      for (let from = (diagonal[pivot] ?? 0) + 1; from < (starts[pivot + 1] ?? 0); from++)
        factorization.push(`  m[${targets[next++]}] -= m[${at}] * m[${from}];`);
      forward.push(`  f[${row}] -= m[${at}] * f[${pivot}];`);
    }
    factorization.push(`  m[${middle}] = 1.0 / m[${middle}];`);
  }
  for (let row = size - 1; row >= 0; row--) {
    const middle = diagonal[row] ?? 0;
    for (let at = middle + 1; at < (starts[row + 1] ?? 0); at++)
      backward.push(`  f[${row}] -= m[${at}] * f[${columns[at]}];`);
    backward.push(`  f[${row}] *= m[${middle}];`);
  }
  const entries = Math.max(1, columns.length);
  const room = Math.max(1, size);
  // the second stage is at the start again, and the method's own answer is the fourth's, both by the choice of its numbers
  const stages = weights.map((row, stage) => {
    const sums = row.map((weight, other) => (weight === 0 ? "" : ` + ${numberCode(weight)} * k${other}[at]`)).join("");
    const coupled = (couplings[stage] ?? [])
      .map((coupling, other) => ` + ${numberCode(coupling)} / h * k${other}[at]`)
      .join("");
    const at =
      sums === ""
        ? "      f = slope;"
        : `      for (var at = 0; at < ${size}; at++) { y[at] = start[at]${sums}; }\n      slopes(lane);`;
    return `${at}
      for (var at = 0; at < ${size}; at++) { f[at] = f[at]${coupled}; }
      solve();
      ${stage < 3 ? `k${stage} = f;` : ""}`;
  });
  return `
struct Job {
  stride: u32, count: u32, steps: u32, times: u32, values: u32, most_steps: u32,
  relative: f32, absolute: f32, nan: u32,
}
@group(0) @binding(0) var<uniform> job: Job;
/** From one kept time to the next, the first of them from the start; by item where they differ. */
@group(0) @binding(1) var<storage, read> spans: array<f32>;
/** Records, values and the states at the kept times, each by its number and then by item, as bits. */
@group(0) @binding(2) var<storage, read_write> book: array<u32>;

fn value(index: u32, lane: u32) -> f32 { return bitcast<f32>(book[(${record.words}u + index) * job.stride + lane]); }
${networkFunctionsShader}
var<private> y: array<f32, ${room}>;
var<private> f: array<f32, ${room}>;
var<private> j: array<f32, ${entries}>;
var<private> m: array<f32, ${entries}>;

fn slopes(lane: u32) {
  for (var at = 0; at < ${size}; at++) { f[at] = 0.0; }
${slopes.join("\n")}
}

/** Less the derivatives, along the pattern of the factors. */
fn derivatives(lane: u32) {
  for (var at = 0; at < ${columns.length}; at++) { j[at] = 0.0; }
${jacobian.join("\n")}
}

fn factorize(h: f32) {
  m = j;
  let added = ${1 / gamma} / h;
${Array.from(diagonal, (at) => `  m[${at}] += added;`).join("\n")}
${factorization.join("\n")}
}

fn solve() {
${forward.join("\n")}
${backward.join("\n")}
}

/** Told by its bits: shaders need not know infinite numbers and those that are none. */
fn is_finite(x: f32) -> bool { return (bitcast<u32>(x) & 0x7f800000u) != 0x7f800000u; }

@compute @workgroup_size(${lanes})
fn main(@builtin(global_invocation_id) id: vec3u) {
  let lane = id.x;
  if (lane >= job.count) { return; }
  var status = book[${record.status}u * job.stride + lane];
  if (status != ${itemStatus.running}u) { return; }
  var sample = book[${record.sample}u * job.stride + lane];
  var tried = book[${record.tried}u * job.stride + lane];
  var wanted = bitcast<f32>(book[${record.step}u * job.stride + lane]);
  var elapsed = bitcast<f32>(book[${record.elapsed}u * job.stride + lane]);
  var start: array<f32, ${room}>;
  var slope: array<f32, ${room}>;
  var k0: array<f32, ${room}>;
  var k1: array<f32, ${room}>;
  var k2: array<f32, ${room}>;
${Array.from(states, (state, at) => `  start[${at}] = value(${state}u, lane);`).join("\n")}
  var fresh = true;
  for (var step = 0u; step < job.steps && status == ${itemStatus.running}u; step++) {
    let span = spans[sample * job.stride + lane];
    let left = span - elapsed;
    if (left <= 0.0) {
      for (var at = 0u; at < ${size}u; at++) {
        book[(${record.words}u + job.values + sample * ${size}u + at) * job.stride + lane] = bitcast<u32>(start[at]);
      }
      elapsed = 0.0;
      sample++;
      if (sample == job.times) { status = ${itemStatus.finished}u; }
      continue;
    }
    if (tried >= job.most_steps) {
      status = ${itemStatus.exhausted}u;
      break;
    }
    if (fresh) {
      y = start;
      slopes(lane);
      slope = f;
      derivatives(lane);
      fresh = false;
    }
    if (wanted <= 0.0) {
      // a hundredth of the time in which values change by as much as they are
      var largest = 0.0;
      var fastest = 0.0;
      for (var at = 0; at < ${size}; at++) {
        let scale = job.absolute + job.relative * abs(start[at]);
        largest = max(largest, abs(start[at]) / scale);
        fastest = max(fastest, abs(slope[at]) / scale);
      }
      wanted = left;
      if (fastest >= 1e-5) { wanted = min(left, select(0.01 * largest, 1e-3, largest < 1e-5) / fastest); }
    }
    let is_last = wanted * 1.000001 >= left;
    let h = select(wanted, left, is_last);
    factorize(h);
${stages.map((code) => `    {\n${code}\n    }`).join("\n")}
    var error = 0.0;
    for (var at = 0; at < ${size}; at++) {
      // stiffly accurate: the last stage is the estimate of the error
      let reached = start[at] + 2.0 * k0[at] + k2[at] + f[at];
      let ratio = f[at] / (job.absolute + job.relative * max(abs(start[at]), abs(reached)));
      error += ratio * ratio;
      y[at] = reached;
    }
    error = sqrt(error / ${Math.max(1, size)}.0);
    tried++;
    if (!is_finite(error) || error > 1.0) {
      wanted = h * select(0.1, max(0.1, 0.9 * pow(error, ${-1 / order})), is_finite(error));
      // single precision cannot tell such times apart
      if (wanted < 3e-7 * span) { status = ${itemStatus.lost}u; }
      continue;
    }
    let proposed = h * min(6.0, max(0.2, 0.9 * pow(max(error, 1e-10), ${-1 / order})));
    wanted = select(proposed, max(wanted, proposed), h < wanted);
    start = y;
    elapsed = select(elapsed + h, span, is_last);
    fresh = true;
  }
${Array.from(states, (state, at) => `  book[${record.words + state}u * job.stride + lane] = bitcast<u32>(start[${at}]);`).join("\n")}
  book[${record.status}u * job.stride + lane] = status;
  book[${record.sample}u * job.stride + lane] = sample;
  book[${record.tried}u * job.stride + lane] = tried;
  book[${record.step}u * job.stride + lane] = bitcast<u32>(wanted);
  book[${record.elapsed}u * job.stride + lane] = bitcast<u32>(elapsed);
}
`;
}
