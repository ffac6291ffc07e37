import { chainStatus } from "../../src/workloads/flux-sampling/chains.ts";
import type { CudaFunction, CudaGpu, DeviceFacts } from "./gpu.ts";
import { i32, type Job, type Parameter } from "./job.ts";
import type { Resident, ResidentReference } from "./residents.ts";

/** A polytope as the caller has it. */
export interface SentPolytope {
  readonly dimension: number;
  readonly rows: number;
  readonly coefficients: Float64Array;
  readonly lower: Float64Array;
  readonly upper: Float64Array;
}

export interface FluxSamplingCall {
  /** Warm-up points of artificial centering with their mean; null for coordinate hit-and-run. */
  readonly centering: { readonly warmUp: Float64Array; readonly middle: Float64Array } | null;
  readonly starts: Float64Array;
  readonly samples: number;
  readonly thinning: number;
  readonly seed: number;
  readonly firstChain: number;
}

interface ResidentPolytope extends Resident {
  readonly dimension: number;
  readonly rows: number;
  /** Values of a column, zeros at its end included. */
  readonly stride: number;
  readonly columns: bigint;
  readonly lower: bigint;
  readonly upper: bigint;
}

const module = "flux-sampling";
/** Constraints that the lanes of one chain hold at most, by kernel: so many lanes times 6, 8 and 8. */
const mostRows = { octet: 48, warp: 256, block: 4096 } as const;
const mostThreads = 512;
/** Of one launch: constraints and coordinates times steps, about 0.05 s on an H200, and steps, about as long for a single chain. */
const most = { work: 1e10, steps: 2 ** 16, keptBytes: 2 ** 31 } as const;

/** How chains are walked on a device. */
interface Plan {
  readonly kernel: CudaFunction;
  readonly threads: number;
  readonly shared: number;
  /** Of one block, and of all that the device holds at once. */
  readonly chains: number;
  readonly atOnce: number;
}

/** Has the code compiled, and the polytope brought over. */
export async function prepareSampling(
  gpu: CudaGpu,
  job: Job,
  _: null,
  reference: ResidentReference<SentPolytope> | null,
): Promise<null> {
  resident(gpu, job, reference);
  gpu.kernel(module, "check_starts");
  job.done();
  return null;
}

export async function samplePolytope(
  gpu: CudaGpu,
  job: Job,
  { centering, starts, samples, thinning, seed, firstChain }: FluxSamplingCall,
  reference: ResidentReference<SentPolytope> | null,
): Promise<{ readonly statuses: Uint8Array; readonly points: Float64Array }> {
  const polytope = resident(gpu, job, reference);
  const { dimension, rows, stride, columns, lower, upper } = polytope;
  const count = starts.length / dimension;
  const sizes = [i32(dimension), i32(rows), i32(stride), columns] as const;
  const towards = centering === null ? null : directions(gpu, job, polytope, centering.warmUp, centering.middle);
  const plan = planOf(gpu, polytope, centering !== null, count);

  const length = samples * dimension;
  const statuses = new Uint8Array(count);
  const points = new Float64Array(count * length);
  const inMemory = Math.max(1, Math.floor(most.keptBytes / (8 * length)));
  const batches = Math.ceil(count / Math.min(count, inMemory, plan.atOnce));
  const together = Math.ceil(count / batches);
  const codes = new Uint32Array(together);
  const status = job.buffer(4 * together);
  const places = job.buffer(8 * together * dimension);
  const kept = job.buffer(8 * together * length);
  const centres = centering === null ? [] : [...(towards ?? []), job.buffer(8 * together * dimension)];
  const steps = samples * thinning;
  const stepsTogether = Math.max(1, Math.min(most.steps, Math.floor(most.work / (together * (rows + dimension)))));
  for (let first = 0; first < count; first += together) {
    const chains = Math.min(together, count - first);
    job.write(places, starts.subarray(first * dimension, (first + chains) * dimension));
    const check = gpu.kernel(module, "check_starts");
    job.launch(check, { grid: [chains], block: [128] }, ...sizes, lower, upper, places, status);
    const { kernel, threads, shared } = plan;
    const shape = { grid: [Math.ceil(chains / plan.chains)], block: [threads], shared } as const;
    for (let step = 0; step < steps; step += stepsTogether) {
      // no more is queued than an abort may wait for
      if (step > 0) job.done();
      const range = [step, Math.min(stepsTogether, steps - step), thinning, samples, seed, firstChain + first, chains];
      const parameters: Parameter[] = [...sizes, lower, upper, ...range.map(i32), status, places, kept, ...centres];
      job.launch(kernel, shape, ...parameters);
    }
    const mine = points.subarray(first * length, (first + chains) * length);
    job.read(kept, mine);
    job.read(status, codes.subarray(0, chains));
    for (let chain = 0; chain < chains; chain++) {
      const code = codes[chain] ?? 0;
      statuses[first + chain] = code;
      if (code !== chainStatus.sampled) mine.fill(Number.NaN, chain * length, (chain + 1) * length);
    }
  }
  return { statuses, points };
}

function resident(gpu: CudaGpu, job: Job, reference: ResidentReference<SentPolytope> | null): ResidentPolytope {
  return gpu.residents.get(reference, ({ dimension, rows, coefficients, lower, upper }): ResidentPolytope => {
    // whole lines of memory, so that a warp reads as few of them as can be
    const stride = 32 * Math.ceil(rows / 32);
    const padded = new Float64Array(dimension * stride);
    for (let at = 0; at < dimension; at++) padded.set(coefficients.subarray(at * rows, (at + 1) * rows), at * stride);
    const [columns, low, high] = [job.keep(padded), job.keep(lower), job.keep(upper)];
    return { buffers: [columns, low, high], dimension, rows, stride, columns, lower: low, upper: high };
  });
}

/** What the kernels for artificial centering take: number of warm-up points, these, their constraints' sums, their mean. */
function directions(
  gpu: CudaGpu,
  job: Job,
  { dimension, rows, stride, columns }: ResidentPolytope,
  warmUp: Float64Array,
  middle: Float64Array,
): readonly Parameter[] {
  const count = warmUp.length / dimension;
  const points = job.upload(warmUp);
  const sums = job.buffer(8 * count * stride);
  const sizes = [i32(dimension), i32(rows), i32(stride)] as const;
  job.launch(gpu.kernel(module, "sum_points"), { grid: [count], block: [256] }, ...sizes, columns, points, sums);
  return [i32(count), points, sums, job.upload(middle)];
}

/** Eight lanes a chain, a warp, or a block: as few as can hold the constraints, so that a step's minimum is soon found. */
function planOf(gpu: CudaGpu, { dimension, rows, stride }: ResidentPolytope, centering: boolean, count: number): Plan {
  const { facts } = gpu;
  const ofChain = (centering ? 16 : 8) * dimension;
  const paired = 16 * dimension * stride;
  const made = (name: string, lanes: number, threads: number, common: number): Plan => {
    const kernel = gpu.kernel(module, name);
    const chains = threads / lanes;
    const shared = common + chains * ofChain;
    if (shared > 2 ** 15 * 1.5) kernel.allowShared(shared);
    const blocks = Math.max(1, kernel.blocksPerMultiprocessor(threads, shared)) * facts.multiprocessors;
    return { kernel, threads, shared, chains, atOnce: blocks * chains };
  };
  const lanes = !centering && rows <= mostRows.octet ? 8 : 32;
  const common = centering ? 0 : paired;
  if (rows <= mostRows.warp && common + (32 / lanes) * ofChain <= facts.sharedBytesPerBlock) {
    const threads = threadsOf(facts, lanes, common, ofChain, count);
    return made(lanes === 8 ? "walk_octet" : centering ? "centre_warp" : "walk_warp", lanes, threads, common);
  }
  // eight constraints a lane
  const threads = 32 * Math.ceil(rows / 256);
  return made(centering ? "centre_block" : "walk_block", threads, threads, 0);
}

/** Large blocks share the polytope among more chains; smaller ones where chains are too few to occupy the device. */
function threadsOf(facts: DeviceFacts, lanes: number, common: number, ofChain: number, count: number): number {
  let threads = mostThreads;
  while (
    threads > 32 &&
    (common + (threads / lanes) * ofChain > facts.sharedBytesPerBlock ||
      Math.ceil((count * lanes) / threads) < facts.multiprocessors)
  )
    threads /= 2;
  return threads;
}
