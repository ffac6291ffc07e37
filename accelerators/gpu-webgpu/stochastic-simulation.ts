import { createHash } from "node:crypto";
import { BioXenError, type RunContext, type Seconds } from "../../src/contract/index.ts";
import { dependenciesOf, type Expression, type ReactionNetwork, rateReads } from "../../src/network/index.ts";
import {
  type StochasticInput,
  type StochasticTrajectories,
  stochasticSimulation,
  trajectoryStatus,
} from "../../src/workloads/index.ts";
import { whyUnsupported } from "../../src/workloads/stochastic-simulation/ensemble.ts";
import {
  emptyTrajectories,
  startTrajectory,
  type TrajectoryRoom,
} from "../../src/workloads/stochastic-simulation/start.ts";
import { leavesOf } from "../../src/workloads/stochastic-simulation/walk.ts";
import type { Gpu, GpuRun } from "./gpu.ts";
import type { WebgpuKernel } from "./kernel.ts";
import { isSingle, whyNotInShader } from "./network-shader.ts";
import { bindingBytes, isSoftware } from "./probe.ts";
import { lanes, record, running, stochasticSimulationShader } from "./stochastic-simulation-shader.ts";

/** Whole numbers up to here are exact in single precision. */
const mostWhole = 2 ** 24;
/** Rates by expressions each make a branch of the shader, and compilers take their time. */
const mostExpressions = 256;
/** Events of the first submission, before the device's pace is known. */
const firstEvents = { hardware: 2e6, software: 2e4 };
/** Guesses for a mid-range discrete GPU, and for SwiftShader on two cores (bench/webgpu.ts). */
const guess = { hardware: { rate: 2e8, bytes: 5e9 }, software: { rate: 1e6, bytes: 5e8 } };
const secondsPerRun: Seconds = 1e-3;
/** What one dispatch may start along one dimension, by WebGPU's default. */
const mostGroups = 65_535;
/** Reactions of one trajectory in one submission. */
const mostSteps = 2 ** 24;
const none = 0xffffffff;

interface Facts {
  readonly reason: string | null;
  /** Values that a trajectory changes: by reactions or assignments. */
  readonly moving: ReadonlySet<number>;
  /** The reactions as the shader reads them. */
  readonly table: Uint32Array;
}
const known = new WeakMap<ReactionNetwork, Facts>();

function factsOf(network: ReactionNetwork): Facts {
  const found = known.get(network);
  if (found !== undefined) return found;
  const { reactions, assignments } = network;
  const moving = new Set([
    ...reactions.flatMap(({ changes }) => changes.map(([value]) => value)),
    ...assignments.map(({ value }) => value),
  ]);
  const made = { reason: whyNot(network, moving), moving, table: tableOf(network) };
  known.set(network, made);
  return made;
}

function whyNot(network: ReactionNetwork, moving: ReadonlySet<number>): string | null {
  const { reactions, assignments, events, rateRules, initial } = network;
  if (events.length > 0) return "networks with events";
  if (rateRules.length > 0) return "networks with rate rules";
  const laws = reactions.flatMap(({ rate }) => (rate.kind === "expression" ? [rate.rate] : []));
  if (laws.length > mostExpressions) return `more than ${mostExpressions} rates by expressions`;
  for (const one of [...laws, ...assignments.map(({ of }) => of)]) {
    const reason = whyNotInShader(one);
    if (reason !== null) return reason;
  }
  for (const reaction of reactions)
    for (const value of rateReads(reaction).values)
      if (!isSingle(initial[value] ?? 0)) return `value ${value} starts beyond single precision`;
  for (const value of moving)
    if (!(Math.abs(initial[value] ?? 0) <= mostWhole)) return `value ${value} starts beyond ${mostWhole}`;
  return null;
}

/** Of each reaction where its three parts begin, then these parts. */
function tableOf(network: ReactionNetwork): Uint32Array {
  const { reactions } = network;
  const { rates } = dependenciesOf(network);
  const table: number[] = Array.from({ length: 3 * reactions.length }, () => 0);
  const bits = new Float32Array(1);
  const word = new Uint32Array(bits.buffer);
  reactions.forEach(({ rate, reactants, changes }, reaction) => {
    table[3 * reaction] = table.length;
    table.push(rate.kind === "expression" ? none : rate.constant, reactants.length, ...reactants.flat());
    table[3 * reaction + 1] = table.length;
    table.push(changes.length);
    for (const [value, amount] of changes) {
      bits[0] = amount;
      table.push(value, word[0] ?? 0);
    }
    table[3 * reaction + 2] = table.length;
    table.push(rates[reaction]?.length ?? 0, ...(rates[reaction] ?? []));
  });
  return Uint32Array.from(table);
}

/** Bytes of one binding for each trajectory. */
function bytesEach({ network, times, observed }: StochasticInput): number {
  return Math.max(
    4 * (record.words + network.values + times.length * observed.length),
    16 * leavesOf(network.reactions.length),
  );
}

interface Shader {
  readonly name: string;
  readonly code: string;
}
const shaders = new WeakMap<ReactionNetwork, Map<Expression | null, Shader>>();

/** A shader holds no more of a network than its expressions: networks with the same ones share it, all of mass action among them. */
function shaderOf({ network, stopWhen }: StochasticInput): Shader {
  const byStop = shaders.get(network) ?? new Map<Expression | null, Shader>();
  shaders.set(network, byStop);
  const known = byStop.get(stopWhen);
  if (known !== undefined) return known;
  const code = stochasticSimulationShader(network, stopWhen);
  const made = { name: `${stochasticSimulation.id} ${createHash("sha256").update(code).digest("hex")}`, code };
  byStop.set(stopWhen, made);
  return made;
}

function pipeline(gpu: Gpu, input: StochasticInput, context: RunContext): Promise<GPUComputePipeline> {
  const { name, code } = shaderOf(input);
  return gpu.pipeline(name, () => code, context);
}

/** Splits a double into a sum of two numbers of single precision. */
function parts(value: number): readonly [number, number] {
  const high = Math.fround(value);
  return [high, Math.fround(value - high)];
}

/** The direct method in single precision, one trajectory an invocation; only for callers who accept that. */
export const stochasticSimulationKernel: WebgpuKernel<StochasticInput, StochasticTrajectories> = {
  workload: stochasticSimulation,
  supports: (input, device) => {
    const { network, method, precision, stopWhen, changes, state } = input;
    const no = (reason: string): { ok: false; reason: string } => ({ ok: false, reason });
    if (precision !== "single")
      return no("there are no doubles in WebGPU, and the input does not accept single precision");
    if (method !== "exact") return no("the exact method only");
    const reason =
      whyUnsupported(input) ?? factsOf(network).reason ?? (stopWhen === null ? null : whyNotInShader(stopWhen));
    if (reason !== null) return no(reason);
    const { moving } = factsOf(network);
    const tooLarge = (value: number): boolean => !(Math.abs(value) <= mostWhole);
    if (changes?.values.some((value, at) => moving.has(value) && tooLarge(changes.amounts[at] ?? 0)) === true)
      return no(`a value is changed to beyond ${mostWhole}`);
    if (state?.values.some((value, at) => moving.has(at % network.values) && tooLarge(value)) === true)
      return no(`a value of the state is beyond ${mostWhole}`);
    const bytes = lanes * bytesEach(input);
    const most = bindingBytes(device);
    return bytes <= most
      ? { ok: true }
      : no(`${lanes} trajectories take ${bytes} bytes, and one binding holds ${most}`);
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
    const room = emptyTrajectories(network, count, times.length * observed.length, false);
    const most = Math.floor(bindingBytes(gpu.info) / bytesEach(input) / lanes) * lanes;
    const together = Math.min(most, lanes * mostGroups);
    await gpu.run(stochasticSimulation.id, context, async (run) => {
      for (let first = 0; first < count; first += together)
        await simulate(gpu, run, compiled, input, room, first, Math.min(together, count - first));
    });
    if (room.statuses.includes(trajectoryStatus.badRate))
      throw new BioXenError(
        "UNSUPPORTED",
        "a rate is negative or beyond single precision, which only doubles can tell",
      );
    return { ...room, precision: "single", state: { ...room.state, events: null } };
  },
};

/** Simulates the trajectories from `first` on, as many as fit at once, into their places in the answer. */
async function simulate(
  gpu: Gpu,
  run: GpuRun,
  compiled: GPUComputePipeline,
  input: StochasticInput,
  room: TrajectoryRoom,
  first: number,
  count: number,
): Promise<void> {
  const { network, times, observed, seed, firstTrajectory, from, mostEvents } = input;
  const { moving, table } = factsOf(network);
  const size = network.values;
  const stride = Math.ceil(count / lanes) * lanes;
  const records = new Uint32Array(stride * (record.words + size));
  const floats = new Float32Array(records.buffer);
  for (let lane = 0; lane < count; lane++) {
    const item = first + lane;
    const values = room.state.values.subarray(item * size, (item + 1) * size);
    const { time, draws } = startTrajectory(input, item, values);
    for (let value = 0; value < size; value++) floats[(record.words + value) * stride + lane] = values[value] ?? 0;
    const [high, low] = parts(time - from);
    records[record.status * stride + lane] = running;
    records[record.draws * stride + lane] = draws % 2 ** 32;
    records[record.drawsHigh * stride + lane] = Math.floor(draws / 2 ** 32);
    floats[record.time * stride + lane] = high;
    floats[record.timeLow * stride + lane] = low;
  }
  const width = times.length * observed.length;
  const leaves = leavesOf(network.reactions.length);
  const bytes = records.byteLength + 4 * stride * width;
  const state = run.buffer(bytes);
  run.write(state, records);
  const buffers = [
    run.upload(Uint32Array.of(...table, ...observed)),
    run.upload(Float32Array.from([...times].flatMap((time) => parts(time - from)))),
    state,
    run.buffer(16 * leaves * stride),
  ];
  // a way to the host and back costs as much as copying this
  const small = bytes <= 2 ** 20;
  const pace = gpu.pace(stochasticSimulation.id, isSoftware(gpu.info) ? firstEvents.software : firstEvents.hardware);
  let after = records;
  let done = 0;
  for (let begun = false; ; begun = true) {
    const steps = Math.max(1, Math.min(mostSteps, Math.floor(pace.units() / count)));
    const startedAt = performance.now();
    run.submit({
      pipeline: compiled,
      parameters: Uint32Array.of(
        ...[stride, count, steps, leaves, network.reactions.length, size, times.length, observed.length, table.length],
        ...[begun ? 0 : 1, seed, (firstTrajectory + first) % 2 ** 32, Math.min(none, Math.ceil(mostEvents))],
        ...[0x7fc00000, 0x7f800000],
      ),
      buffers,
      workgroups: [stride / lanes],
    });
    after = new Uint32Array(await run.read(state, small ? bytes : 4 * stride * record.words));
    // many trajectories may have ended early on
    const before = done;
    done = 0;
    for (let lane = 0; lane < count; lane++) done += after[record.events * stride + lane] ?? 0;
    pace.took(done - before, (performance.now() - startedAt) / 1000);
    if (!after.subarray(record.status * stride, record.status * stride + count).includes(running)) break;
  }
  if (!small) after = new Uint32Array(await run.read(state, bytes));
  const ends = new Float32Array(after.buffer);
  const samples = ends.subarray((record.words + size) * stride);
  for (let lane = 0; lane < count; lane++) {
    const item = first + lane;
    const word = (which: number): number => after[which * stride + lane] ?? 0;
    const values = room.state.values.subarray(item * size, (item + 1) * size);
    const constants = values.slice();
    for (const value of moving) values[value] = ends[(record.words + value) * stride + lane] ?? Number.NaN;
    room.statuses[item] = word(record.status);
    room.culprits[item] = word(record.culprit) | 0;
    room.events[item] = word(record.events);
    room.state.draws[item] = word(record.draws) + 2 ** 32 * word(record.drawsHigh);
    const low = ends[record.timeLow * stride + lane] ?? 0;
    room.state.times[item] = from + ((ends[record.time * stride + lane] ?? 0) + low);
    const sampled = word(record.sample) * observed.length;
    const mine = room.samples.subarray(item * width, (item + 1) * width).fill(Number.NaN);
    for (let at = 0; at < sampled; at++) {
      const value = observed[at % observed.length] ?? 0;
      // what never changes is given back as it came
      mine[at] = (moving.has(value) ? samples[at * stride + lane] : constants[value]) ?? Number.NaN;
    }
  }
}
