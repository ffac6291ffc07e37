import { createHash } from "node:crypto";
import { BioXenError, type RunContext, type Seconds } from "../../src/contract/index.ts";
import { interpreted, networkFunctions, type ReactionNetwork, rateReads } from "../../src/network/index.ts";
import { type KineticsInput, type KineticsSolutions, reactionKinetics } from "../../src/workloads/index.ts";
import { type Equations, equationsOf } from "../../src/workloads/reaction-kinetics/equations.ts";
import { emptySolutions, type KineticsRoom, kineticsStatus } from "../../src/workloads/reaction-kinetics/output.ts";
import { updatesOf } from "../../src/workloads/reaction-kinetics/sparse-factors.ts";
import { timeSwitchesOf } from "../../src/workloads/reaction-kinetics/time-switches.ts";
import type { Gpu, GpuRun } from "./gpu.ts";
import type { WebgpuKernel } from "./kernel.ts";
import { isSingle, whyNotInShader } from "./network-shader.ts";
import { bindingBytes, isSoftware } from "./probe.ts";
import { itemStatus, lanes, reactionKineticsShader, record } from "./reaction-kinetics-shader.ts";

/** A finer tolerance would be lost in the rounding of single precision. */
const finest = 5e-5;
/** States and statements of a shader: what a thread's memory and the drivers' compilers take. */
const mostStates = 64;
const mostStatements = 4000;
/** Steps of an item in one submission at most. */
const mostSteps = 2 ** 20;
/** Steps of the first submission, before the device's pace is known. */
const firstSteps = { hardware: 1e6, software: 1e4 };
/** Guesses for a mid-range discrete GPU, and for SwiftShader on two cores (bench/webgpu.ts). */
const guess = { hardware: { rate: 1e9, bytes: 5e9 }, software: { rate: 5e6, bytes: 5e8 } };
const secondsPerRun: Seconds = 1e-3;
/** What one dispatch may start along one dimension, by WebGPU's default. */
const mostGroups = 65_535;

interface Facts {
  readonly reason: string | null;
  readonly states: Int32Array;
  /** The network's numbers are the values' own: networks of one form share a shader. */
  readonly shader: { readonly name: string; readonly code: string } | null;
}
const known = new WeakMap<ReactionNetwork, Facts>();

function factsOf(network: ReactionNetwork): Facts {
  const found = known.get(network);
  if (found !== undefined) return found;
  const made = readFacts(network);
  known.set(network, made);
  return made;
}

function readFacts(network: ReactionNetwork): Facts {
  const none = { states: new Int32Array(0), shader: null };
  if (network.events.length > 0) return { ...none, reason: "networks with events" };
  if (timeSwitchesOf(network).comparisons.length > 0) return { ...none, reason: "rates that jump in time" };
  const equations = equationsOf(network);
  const reason = whyNot(network, equations);
  if (reason !== null) return { ...none, reason };
  const code = reactionKineticsShader(network, equations);
  const name = `${reactionKinetics.id} ${createHash("sha256").update(code).digest("hex")}`;
  return { reason: null, states: equations.states, shader: { name, code } };
}

function whyNot(network: ReactionNetwork, { states, pattern, terms }: Equations): string | null {
  if (states.length > mostStates) return `more than ${mostStates} values that move`;
  const statements =
    updatesOf(pattern).length +
    3 * pattern.columns.length +
    terms.reduce((sum, { partials }) => sum + 1 + partials.length, 0);
  if (statements > mostStatements) return `more than ${mostStatements} statements in its shader`;
  for (const { rate, partials, inTime } of terms) {
    if (inTime !== null) return "rates that depend on the time";
    for (const one of [rate, ...partials.map(({ of }) => of), ...network.assignments.map(({ of }) => of)]) {
      const reason = whyNotInShader(one);
      if (reason !== null) return reason;
    }
  }
  for (const reaction of network.reactions)
    for (const value of rateReads(reaction).values)
      if (!isSingle(network.initial[value] ?? 0)) return `value ${value} starts beyond single precision`;
  return null;
}

function bytesEach({ network, times }: KineticsInput): number {
  return 4 * Math.max(record.words + network.values + times.length * factsOf(network).states.length, times.length);
}

function pipeline(gpu: Gpu, { network }: KineticsInput, context: RunContext): Promise<GPUComputePipeline> {
  const { shader, reason } = factsOf(network);
  if (shader === null) throw new BioXenError("UNSUPPORTED", reason ?? "a network without a shader");
  return gpu.pipeline(shader.name, () => shader.code, context);
}

/** A Rosenbrock method in single precision, one item an invocation. */
export const reactionKineticsKernel: WebgpuKernel<KineticsInput, KineticsSolutions> = {
  workload: reactionKinetics,
  supports: (input, device) => {
    const no = (reason: string): { ok: false; reason: string } => ({ ok: false, reason });
    if (input.relative < finest) return no(`a relative tolerance below ${finest}: there are no doubles in WebGPU`);
    const { reason } = factsOf(input.network);
    if (reason !== null) return no(reason);
    const bytes = lanes * bytesEach(input);
    const most = bindingBytes(device);
    return bytes <= most ? { ok: true } : no(`${lanes} items take ${bytes} bytes, and one binding holds ${most}`);
  },
  prior: ({ units, bytesIn, bytesOut }, device) => {
    const { rate, bytes } = isSoftware(device) ? guess.software : guess.hardware;
    return {
      seconds: secondsPerRun + units / rate + (bytesIn + bytesOut) / bytes,
      joules: null,
      energySource: null,
      basis: "guess",
    };
  },
  prepare: async (gpu, input, context) => {
    await pipeline(gpu, input, context);
  },
  run: async (gpu, input, context) => {
    const { network, count, times, observed } = input;
    const compiled = await pipeline(gpu, input, context);
    const room = emptySolutions(network, count, times.length * observed.length, false);
    const most = Math.floor(bindingBytes(gpu.info) / bytesEach(input) / lanes) * lanes;
    const together = Math.min(most, lanes * mostGroups);
    await gpu.run(reactionKinetics.id, context, async (run) => {
      for (let first = 0; first < count; first += together)
        await solve(gpu, run, compiled, input, room, first, Math.min(together, count - first));
    });
    return { ...room, state: { ...room.state, events: null } };
  },
};

/** Values and time with which an item starts. */
function startOf({ network, from, changes, state }: KineticsInput, item: number, values: Float64Array): number {
  const size = network.values;
  values.set(state === null ? network.initial : state.values.subarray(item * size, (item + 1) * size));
  for (let at = changes?.offsets[item] ?? 0; at < (changes?.offsets[item + 1] ?? 0); at++)
    values[changes?.values[at] ?? 0] = changes?.amounts[at] ?? Number.NaN;
  return state?.times[item] ?? from;
}

/** Solves the items from `first` on, as many as fit at once, into their places in the answer. */
async function solve(
  gpu: Gpu,
  run: GpuRun,
  compiled: GPUComputePipeline,
  input: KineticsInput,
  room: KineticsRoom,
  first: number,
  count: number,
): Promise<void> {
  const { network, times, relative, absolute, state } = input;
  const { states } = factsOf(network);
  const size = network.values;
  const stride = Math.ceil(count / lanes) * lanes;
  const book = new Uint32Array(stride * (record.words + size));
  const floats = new Float32Array(book.buffer);
  const spans = new Float32Array(times.length * stride);
  const begins = new Float64Array(count);
  for (let lane = 0; lane < count; lane++) {
    const item = first + lane;
    const values = room.state.values.subarray(item * size, (item + 1) * size);
    let time = startOf(input, item, values);
    begins[lane] = time;
    for (let value = 0; value < size; value++) floats[(record.words + value) * stride + lane] = values[value] ?? 0;
    book[record.status * stride + lane] = itemStatus.running;
    floats[record.step * stride + lane] = state?.steps[item] ?? 0;
    for (const [at, until] of times.entries()) {
      spans[at * stride + lane] = until - time;
      time = Math.max(time, until);
    }
  }
  const bytes = book.byteLength + 4 * stride * times.length * states.length;
  const buffer = run.buffer(bytes);
  run.write(buffer, book);
  const buffers = [run.upload(spans), buffer];
  const singles = new Uint32Array(Float32Array.of(relative, absolute).buffer);
  const pace = gpu.pace(reactionKinetics.id, isSoftware(gpu.info) ? firstSteps.software : firstSteps.hardware);
  // a way to the host and back costs as much as copying this
  const small = bytes <= 2 ** 20;
  let after = book;
  let done = 0;
  do {
    const steps = Math.max(times.length + 1, Math.min(mostSteps, Math.floor(pace.units() / count)));
    const startedAt = performance.now();
    run.submit({
      pipeline: compiled,
      parameters: Uint32Array.of(
        ...[stride, count, steps, times.length, size, Math.min(2 ** 32 - 1, Math.ceil(input.mostSteps))],
        ...[...singles, 0x7fc00000],
      ),
      buffers,
      workgroups: [stride / lanes],
    });
    after = new Uint32Array(await run.read(buffer, small ? bytes : 4 * stride * record.words));
    const before = done;
    done = 0;
    for (let lane = 0; lane < count; lane++) done += after[record.tried * stride + lane] ?? 0;
    pace.took(done - before, (performance.now() - startedAt) / 1000);
  } while (after.subarray(0, count).includes(itemStatus.running));
  if (after.subarray(0, count).includes(itemStatus.lost))
    throw new BioXenError("UNSUPPORTED", "steps became too short for single precision");
  if (!small) after = new Uint32Array(await run.read(buffer, bytes));
  collect(input, room, { first, count, stride, after, begins });
}

/** Puts what the device found into its places; assigned values follow from it. */
function collect(
  { network, times, observed, state }: KineticsInput,
  room: KineticsRoom,
  found: { first: number; count: number; stride: number; after: Uint32Array; begins: Float64Array },
): void {
  const { states } = factsOf(network);
  const { first, count, stride, after, begins } = found;
  const floats = new Float32Array(after.buffer);
  const size = network.values;
  const { assign } = networkFunctions(network, interpreted, false);
  const here = new Float64Array(size);
  for (let lane = 0; lane < count; lane++) {
    const item = first + lane;
    const values = room.state.values.subarray(item * size, (item + 1) * size);
    const reached = after[record.sample * stride + lane] ?? 0;
    here.set(values);
    for (const [at, time] of times.entries()) {
      for (const [place, value] of states.entries())
        here[value] = floats[(record.words + size + at * states.length + place) * stride + lane] ?? Number.NaN;
      assign(here, time);
      for (const [place, value] of observed.entries())
        room.samples[(item * times.length + at) * observed.length + place] =
          at < reached ? (here[value] ?? Number.NaN) : Number.NaN;
    }
    for (const value of states) values[value] = floats[(record.words + value) * stride + lane] ?? Number.NaN;
    const before = reached === 0 ? (begins[lane] ?? 0) : Math.max(begins[lane] ?? 0, times[reached - 1] ?? 0);
    const time = before + (floats[record.elapsed * stride + lane] ?? 0);
    assign(values, time);
    room.state.times[item] = time;
    room.state.steps[item] = floats[record.step * stride + lane] ?? 0;
    room.state.draws[item] = state?.draws[item] ?? 0;
    room.steps[item] = after[record.tried * stride + lane] ?? 0;
    room.culprits[item] = -1;
    room.statuses[item] =
      after[record.status * stride + lane] === itemStatus.exhausted
        ? kineticsStatus.exhausted
        : kineticsStatus.finished;
  }
}
