import { BioXenError } from "../../src/contract/index.ts";
import type { StochasticInput } from "../../src/workloads/index.ts";
import type { CudaFunction, CudaGpu } from "./gpu.ts";
import { f64, i32, type Job } from "./job.ts";
import type { ResidentReference } from "./residents.ts";
import type { StackCode } from "./stochastic-simulation-code.ts";
import type { TableShape } from "./stochastic-simulation-table.ts";

/** How trajectories are laid out over the device. */
export interface LaunchShape {
  /** Threads a trajectory; 4 for networks of mass action alone. */
  readonly lanes: 4 | 8;
  /** What is in shared memory: 1 for the sums, 2 for the rates, 4 for the values, added up. */
  readonly places: number;
  /** Threads a block. */
  readonly threads: number;
}

export interface EnsembleJob
  extends Pick<
    StochasticInput,
    "count" | "seed" | "firstTrajectory" | "from" | "times" | "observed" | "changes" | "mostEvents"
  > {
  readonly shape: TableShape;
  /** All trajectories have the network's own constants throughout. */
  readonly sharedConstants: boolean;
  readonly stop: StackCode | null;
  readonly state: { readonly values: Float64Array; readonly times: Float64Array; readonly draws: Float64Array } | null;
  readonly launches: LaunchShape | null;
}

/** The answer and the state in one. */
export interface EnsembleAnswer {
  readonly statuses: Uint8Array;
  readonly culprits: Int32Array;
  readonly samples: Float64Array;
  readonly events: Float64Array;
  readonly values: Float64Array;
  readonly times: Float64Array;
  readonly draws: Float64Array;
}

const module = "stochastic-simulation";
/** Not among `trajectoryStatus`: it is on its way. */
const running = -1;
/** Events a trajectory of the first launch, which says how long one takes; and the time that launches then aim at. */
const firstSteps = 64;
const launchMilliseconds = 40;
const mostSteps = 2 ** 30;
/** Dynamic shared memory that a block gets without being asked for. */
const freelyShared = 49_152;
/** Share of the device's memory that rates and sums outside of shared memory may take: `supports` counts on the rest. */
const roomShare = 1 / 16;
const none = 0n;

/** Has the kernels compiled and the network brought over. */
export async function prepareEnsembles(
  gpu: CudaGpu,
  job: Job,
  { expressions }: { readonly expressions: boolean },
  network: ResidentReference<Uint8Array> | null,
): Promise<null> {
  gpu.kernel(module, "start");
  kernelOf(gpu, 8, expressions);
  tableOn(gpu, job, network);
  job.done();
  return null;
}

function tableOn(gpu: CudaGpu, job: Job, network: ResidentReference<Uint8Array> | null): bigint {
  const { buffers } = gpu.residents.get(network, (table) => ({ buffers: [job.keep(table)] }));
  return buffers[0] ?? none;
}

/** Simulates all trajectories to their ends, so many events of so many of them at a time. */
export async function simulateEnsemble(
  gpu: CudaGpu,
  job: Job,
  input: EnsembleJob,
  network: ResidentReference<Uint8Array> | null,
): Promise<EnsembleAnswer> {
  const { count, times, observed, shape, changes, state, stop } = input;
  const table = tableOn(gpu, job, network);
  const points = times.length * observed.length;
  const values = state === null ? job.buffer(8 * count * shape.values) : job.upload(state.values);
  const now = state === null ? job.buffer(8 * count) : job.upload(state.times);
  const draws = state === null ? job.buffer(8 * count) : job.upload(state.draws);
  const [events, samples] = [job.buffer(8 * count), job.buffer(8 * count * points)];
  const [statuses, culprits, sampled] = [job.buffer(4 * count), job.buffer(4 * count), job.buffer(4 * count)];
  job.launch(
    gpu.kernel(module, "start"),
    { grid: [count], block: [128] },
    ...[table, i32(count), i32(state === null ? 0 : 1), f64(input.from)],
    ...(changes === null
      ? [none, none, none]
      : [job.upload(changes.offsets), job.upload(changes.values), job.upload(changes.amounts)]),
    ...[values, now, draws, events, samples, i32(points), statuses, culprits, sampled],
  );

  const { kernel, threads, shared, wave, lanes, places } = planOf(gpu, input);
  const slots = Math.min(wave, count);
  // blocks are whole, and so is their room
  const rooms = (Math.ceil((slots * lanes) / threads) * threads) / lanes;
  const rates = places & 2 ? none : job.buffer(8 * shape.leaves * rooms);
  const sums = places & 1 ? none : job.buffer(8 * shape.upper * rooms);
  const [active, outcomes] = [job.buffer(4 * slots), job.buffer(4 * slots)];
  const shown = [job.upload(times), i32(times.length), job.upload(observed), i32(observed.length)];
  const code = stop === null ? [none, none] : [job.upload(stop.words), job.upload(stop.numbers)];

  let waiting: Int32Array = Int32Array.from({ length: count }, (_, item) => item);
  let steps = firstSteps;
  while (waiting.length > 0) {
    const startedAt = performance.now();
    const chosen = waiting.slice(0, slots);
    job.write(active, chosen);
    job.launch(
      kernel,
      { grid: [Math.ceil((chosen.length * lanes) / threads)], block: [threads], shared },
      ...[table, active, i32(chosen.length), i32(steps), i32(places), i32(input.sharedConstants ? 1 : 0)],
      ...[values, now, draws, events, samples, statuses, culprits, sampled, rates, sums, ...shown],
      ...[i32(input.seed), i32(input.firstTrajectory), f64(input.mostEvents), ...code, outcomes],
    );
    const ends = new Int32Array(chosen.length);
    job.read(outcomes, ends);
    // those that go on queue up behind those that have waited
    const left = chosen.filter((_, slot) => ends[slot] === running);
    const next = new Int32Array(waiting.length - chosen.length + left.length);
    next.set(waiting.subarray(chosen.length));
    next.set(left, waiting.length - chosen.length);
    waiting = next;
    const elapsed = performance.now() - startedAt;
    steps = Math.max(1, Math.min(mostSteps, Math.floor(steps * Math.min(8, launchMilliseconds / elapsed))));
  }

  const read = <T extends ArrayBufferView>(from: bigint, into: T): T => {
    job.read(from, into);
    return into;
  };
  const wide = read(statuses, new Int32Array(count));
  return {
    statuses: Uint8Array.from(wide),
    culprits: read(culprits, new Int32Array(count)),
    samples: read(samples, new Float64Array(count * points)),
    events: read(events, new Float64Array(count)),
    values: read(values, new Float64Array(count * shape.values)),
    times: read(now, new Float64Array(count)),
    draws: read(draws, new Float64Array(count)),
  };
}

interface Plan extends LaunchShape {
  readonly kernel: CudaFunction;
  /** Dynamic shared memory of a block. */
  readonly shared: number;
  /** Trajectories that the device takes at once. */
  readonly wave: number;
}

/**
 * Eight threads a trajectory: enough for the rates that an event changes, and few enough that an instruction serves four
 * trajectories. As much of these in shared memory as leaves the device half of its threads or more.
 */
function planOf(gpu: CudaGpu, { count, shape, stop, launches }: EnsembleJob): Plan {
  const { multiprocessors, sharedBytesPerBlock, memoryBytes } = gpu.facts;
  const lanes = launches?.lanes ?? 8;
  // small ensembles spread over the device
  const threads = launches?.threads ?? (count * lanes > 128 * multiprocessors ? 128 : 32);
  const kernel = kernelOf(gpu, lanes, shape.expressions || stop !== null);
  const bytesOf = (places: number): number => {
    const parts = [shape.upper, shape.leaves, 2 * Math.ceil(shape.values / 2)];
    // two more, so that groups do not all begin in the same bank
    return 8 * (threads / lanes) * parts.reduce((sum, part, at) => sum + (places & (1 << at) ? part : 0), 2);
  };
  const planWith = (places: number): Plan | null => {
    const shared = bytesOf(places);
    if (shared > sharedBytesPerBlock) return null;
    if (shared > freelyShared) kernel.allowShared(shared);
    const fitting = multiprocessors * kernel.blocksPerMultiprocessor(threads, shared);
    const elsewhere = 8 * (threads / lanes) * ((places & 1 ? 0 : shape.upper) + (places & 2 ? 0 : shape.leaves));
    const blocks = Math.min(fitting, Math.max(1, Math.floor((roomShare * memoryBytes) / elsewhere)));
    return blocks === 0 ? null : { kernel, lanes, threads, places, shared, wave: (blocks * threads) / lanes };
  };
  if (launches !== null) return planWith(launches.places) ?? fail();
  const least = (planWith(0) ?? fail()).wave;
  for (const places of [7, 3, 1]) {
    const plan = planWith(places);
    if (plan !== null && plan.wave >= Math.min(count, least / 2)) return plan;
  }
  return planWith(0) ?? fail();
}

function kernelOf(gpu: CudaGpu, lanes: number, expressions: boolean): CudaFunction {
  return gpu.kernel(module, `simulate_${lanes}${expressions ? "_expressions" : ""}`);
}

function fail(): never {
  throw new BioXenError("UNSUPPORTED", "no block of this shape fits the device");
}
