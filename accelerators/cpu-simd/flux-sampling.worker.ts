import { aligned, instantiate, type WasmInstance } from "./wasm.ts";

interface Sampler {
  open(rows: number, dimension: number, a: number, inverse: number, low: number, high: number, scratch: number): void;
  sumPoints(points: number, count: number, to: number): void;
  walkCoordinates(point: number, kept: number, samples: number, thinning: number, seed: number, chain: number): number;
  walkCentering(
    point: number,
    kept: number,
    samples: number,
    thinning: number,
    seed: number,
    chain: number,
    warmUp: number,
    slopes: number,
    count: number,
    centre: number,
    centreSums: number,
  ): number;
}

/** A polytope as the kernel reads it: rows padded to an even number with zeros that nothing bounds. */
export interface PaddedPolytope {
  readonly dimension: number;
  readonly rows: number;
  /** Coefficients by columns, lower and upper bounds, one after the other. */
  readonly values: Float64Array;
}

export interface ChainsJob {
  readonly polytope: PaddedPolytope;
  readonly warmUp: Float64Array | null;
  /** The running centre's first place: the mean of the warm-up points. */
  readonly centre: Float64Array | null;
  readonly starts: Float64Array;
  readonly samples: number;
  readonly thinning: number;
  readonly seed: number;
  readonly firstChain: number;
  /** Chains to walk; the threads draw from the list by its cursor. */
  readonly chains: Uint32Array;
  readonly cursor: Int32Array;
  /** What the threads write to: one status a chain, and its points. */
  readonly statuses: Uint8Array;
  readonly points: Float64Array;
}

let wasm: WasmInstance<Sampler> | null = null;

/** Bytes of WebAssembly memory that a run takes. */
export function samplerBytes(dimension: number, rows: number, warmUps: number, samples: number): number {
  const padded = rows + (rows % 2);
  return 8 * (2 * dimension * padded + 7 * padded + warmUps * (dimension + padded) + (samples + 3) * dimension) + 4096;
}

/** Walks chains until the list is done. */
export function walkChains(job: ChainsJob): void {
  const { polytope, warmUp, centre, samples, thinning, seed, firstChain, chains, cursor } = job;
  const { dimension, rows, values } = polytope;
  const count = warmUp === null ? 0 : warmUp.length / dimension;
  wasm ??= instantiate<Sampler>("flux-sampling");
  wasm.reserve(samplerBytes(dimension, rows, count, samples));
  const { exports, memory } = wasm;
  const doubles = new Float64Array(memory.buffer);
  const column = 8 * rows;
  const coefficients = 1024;
  const inverses = coefficients + dimension * column;
  const lower = inverses + dimension * column;
  const sums = lower + 2 * column;
  const centreSums = sums + column;
  const point = aligned(centreSums + 3 * column);
  const centreAt = aligned(point + 8 * dimension);
  const warmUpAt = aligned(centreAt + 8 * dimension);
  const slopes = aligned(warmUpAt + 8 * dimension * count);
  const kept = aligned(slopes + column * count);
  const size = dimension * rows;
  doubles.set(values.subarray(0, size), coefficients / 8);
  writeInverses(values, doubles, inverses / 8, size);
  doubles.set(values.subarray(size), lower / 8);
  exports.open(rows, dimension, coefficients, inverses, lower, lower + column, sums);
  if (warmUp !== null) {
    doubles.set(warmUp, warmUpAt / 8);
    exports.sumPoints(warmUpAt, count, slopes);
  }
  const length = samples * dimension;
  for (let next = Atomics.add(cursor, 0, 1); next < chains.length; next = Atomics.add(cursor, 0, 1)) {
    const chain = chains[next] ?? 0;
    doubles.set(job.starts.subarray(chain * dimension, (chain + 1) * dimension), point / 8);
    const stream = firstChain + chain;
    let status: number;
    if (warmUp === null || centre === null)
      status = exports.walkCoordinates(point, kept, samples, thinning, seed, stream);
    else {
      doubles.set(centre, centreAt / 8);
      status = exports.walkCentering(
        point,
        kept,
        samples,
        thinning,
        seed,
        stream,
        warmUpAt,
        slopes,
        count,
        centreAt,
        centreSums,
      );
    }
    job.statuses[chain] = status;
    const points = job.points.subarray(chain * length, (chain + 1) * length);
    if (status === 0) points.set(doubles.subarray(kept / 8, kept / 8 + length));
    else points.fill(Number.NaN);
  }
}

/** 1 / 0 is NaN here: such a constraint does not bound the step. A loop of its own, to be compiled while it runs. */
function writeInverses(of: Float64Array, to: Float64Array, first: number, count: number): void {
  for (let at = 0; at < count; at++) {
    const value = of[at] ?? 0;
    to[first + at] = value === 0 ? Number.NaN : 1 / value;
  }
}
