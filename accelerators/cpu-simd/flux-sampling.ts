import { isInside, meanPoint } from "../../src/workloads/flux-sampling/chains.ts";
import {
  chainStatus,
  type FluxSamples,
  type FluxSamplingInput,
  fluxSampling,
  type Polytope,
} from "../../src/workloads/index.ts";
import { type ChainsJob, type PaddedPolytope, samplerBytes, walkChains } from "./flux-sampling.worker.ts";
import { type SimdKernel, threadsOf } from "./kernel.ts";

/** Below this a run ends within some 10 ms: less than a worker takes to start, and little to keep the caller's thread for. */
const inlineUnits = 1e7;
/** Memory of a past run that is kept although a smaller one follows. */
const leastSpare = 4e6;
/** All of a polytope, its warm-up points and one chain's samples must fit a 32-bit memory. */
const mostBytes = 4e9;

/** Polytopes in the kernel's form, over memory that the threads share. */
const resident = new WeakMap<Polytope, PaddedPolytope>();

function padded(polytope: Polytope): PaddedPolytope {
  const known = resident.get(polytope);
  if (known !== undefined) return known;
  const { dimension, rows, coefficients, lower, upper } = polytope;
  const even = rows + (rows % 2);
  const size = dimension * even;
  const values = sharedDoubles(size + 2 * even);
  for (let at = 0; at < dimension; at++) values.set(coefficients.subarray(at * rows, (at + 1) * rows), at * even);
  values.fill(Number.NEGATIVE_INFINITY, size, size + even).set(lower, size);
  values.fill(Number.POSITIVE_INFINITY, size + even).set(upper, size + even);
  const made = { dimension, rows: even, values };
  resident.set(polytope, made);
  return made;
}

/**
 * Shared memory of runs that are over: the collector does not see its size and lets it pile up, by gigabytes where samples
 * of hundreds of dimensions come in stretches.
 */
let spare: SharedArrayBuffer | null = null;

function sparePoints(length: number): Float64Array<SharedArrayBuffer> {
  const taken = spare;
  spare = null;
  return taken !== null && taken.byteLength >= 8 * length && taken.byteLength <= Math.max(leastSpare, 16 * length)
    ? new Float64Array(taken, 0, length)
    : sharedDoubles(length);
}

function jobOf(input: FluxSamplingInput, inline: boolean): ChainsJob {
  const { polytope, warmUp, starts, samples, thinning, seed, firstChain } = input;
  const { dimension } = polytope;
  const count = starts.length / dimension;
  const points = inline ? new Float64Array(starts.length * samples) : sparePoints(starts.length * samples);
  const statuses = new Uint8Array(inline ? new ArrayBuffer(count) : new SharedArrayBuffer(count));
  const inside: number[] = [];
  for (let chain = 0; chain < count; chain++)
    if (isInside(polytope, starts.subarray(chain * dimension, (chain + 1) * dimension))) inside.push(chain);
    else {
      statuses[chain] = chainStatus.outside;
      points.fill(Number.NaN, chain * samples * dimension, (chain + 1) * samples * dimension);
    }
  return {
    polytope: padded(polytope),
    warmUp: warmUp === null || inline ? warmUp : shared(warmUp),
    centre: warmUp === null ? null : meanPoint(warmUp, dimension),
    // a view would travel with the whole buffer under it
    starts: starts.slice(),
    samples,
    thinning,
    seed,
    firstChain,
    chains: Uint32Array.from(inside),
    cursor: new Int32Array(inline ? new ArrayBuffer(4) : new SharedArrayBuffer(4)),
    statuses,
    points,
  };
}

/**
 * Two constraints a vector, a chain at a time, chains shared out over the threads. Floor of a step: 7 vector
 * operations and 4 loads for 2 constraints of the chord, 2 and 2 with a store for their new sums, and 20
 * multiplications for the random numbers of two steps.
 */
export const fluxSamplingKernel: SimdKernel<FluxSamplingInput, FluxSamples> = {
  workload: fluxSampling,
  supports: ({ polytope: { dimension, rows }, warmUp, samples }) =>
    samplerBytes(dimension, rows, (warmUp?.length ?? 0) / dimension, samples) <= mostBytes
      ? { ok: true }
      : { ok: false, reason: "larger than a 32-bit WebAssembly memory" },
  prior: ({ units, bytesOut }) => ({
    seconds: 2e-5 + units / 6e8 + bytesOut / 2e9,
    joules: null,
    energySource: null,
    basis: "guess",
  }),
  prepare: async (pool, input, context) => {
    padded(input.polytope);
    if (isInline(input)) return;
    const one = { ...input, starts: input.starts.slice(0, input.polytope.dimension), samples: 1, thinning: 1 };
    await pool.start(threadsOf(pool, context), "flux-sampling", jobOf(one, true), context);
  },
  run: async (pool, input, context) => {
    const inline = isInline(input);
    const job = jobOf(input, inline);
    const { statuses, points, chains, cursor } = job;
    if (inline) walkChains(job);
    else {
      const threads = Math.min(threadsOf(pool, context), chains.length);
      try {
        await Promise.all(Array.from({ length: threads }, () => pool.run("flux-sampling", job, context)));
      } catch (error) {
        // nobody will read what the other threads have yet to do
        Atomics.store(cursor, 0, chains.length);
        throw error;
      }
    }
    const kept = inline ? points : points.slice();
    // the threads are done with it
    if (points.buffer instanceof SharedArrayBuffer) spare = points.buffer;
    return {
      statuses: inline ? statuses : statuses.slice(),
      points: kept,
      precision: "double",
    };
  },
};

function isInline(input: FluxSamplingInput): boolean {
  return fluxSampling.size(input).units <= inlineUnits;
}

function sharedDoubles(length: number): Float64Array<SharedArrayBuffer> {
  return new Float64Array(new SharedArrayBuffer(8 * length));
}

function shared(values: Float64Array): Float64Array {
  if (values.buffer instanceof SharedArrayBuffer) return values;
  const copy = sharedDoubles(values.length);
  copy.set(values);
  return copy;
}
