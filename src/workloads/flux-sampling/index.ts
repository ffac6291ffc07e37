import { z } from "zod";
import type { WorkloadSpec } from "../../contract/index.ts";
import { samplesDiffer } from "./agreement.ts";
import { sampleChains } from "./chains.ts";
import { splitChains } from "./split.ts";

export { chainStatus } from "./chains.ts";

/**
 * The points x with lower <= A x <= upper, of full dimension. Immutable: devices keep what they prepared of it in a
 * `WeakMap` keyed by this object.
 */
export interface Polytope {
  /** Coordinates of a point, at least 1. */
  readonly dimension: number;
  /** Constraints, at least 1. */
  readonly rows: number;
  /** A by columns: entry `j * rows + i` is what coordinate `j` counts in constraint `i`. Finite. */
  readonly coefficients: Float64Array;
  /** Bounds of each constraint, lower below upper; -Infinity and Infinity for none. */
  readonly lower: Float64Array;
  readonly upper: Float64Array;
}

/** Markov chains on one polytope whose stationary distribution is the uniform one. */
export interface FluxSamplingInput {
  readonly polytope: Polytope;
  /**
   * null: coordinate hit-and-run, for polytopes that are rounded. Else artificial centering: warm-up points, one
   * after the other, whose differences from the chain's running centre are its directions.
   */
  readonly warmUp: Float64Array | null;
  /** Where each chain starts, one point after the other. */
  readonly starts: Float64Array;
  /** Points to keep of each chain, and steps from one to the next. */
  readonly samples: number;
  readonly thinning: number;
  /** With a chain's number it names its random stream; 0 to 2^32 - 1. */
  readonly seed: number;
  /** Number of the first chain: a batch that is cut goes on with the streams of the whole. */
  readonly firstChain: number;
}

export interface FluxSamples {
  /** Codes of `chainStatus`, one a chain. */
  readonly statuses: Uint8Array;
  /** chains x samples x dimension; all NaN for a chain that was not sampled. */
  readonly points: Float64Array;
  /** What the device computed in: answers in single precision are held to another criterion, see ./README.md. */
  readonly precision: "double" | "single";
}

const word = z.int().min(0).max(0xffffffff);
const polytope: z.ZodType<Polytope> = z
  .object({
    dimension: z.int().positive(),
    rows: z.int().positive(),
    coefficients: z.instanceof(Float64Array),
    lower: z.instanceof(Float64Array),
    upper: z.instanceof(Float64Array),
  })
  .superRefine(({ dimension, rows, coefficients, lower, upper }, context) => {
    const complain = (path: string, message: string): void =>
      context.addIssue({ code: "custom", path: [path], message });
    if (coefficients.length !== dimension * rows)
      complain("coefficients", `${coefficients.length} values, dimension x rows is ${dimension * rows}`);
    else if (!coefficients.every(Number.isFinite)) complain("coefficients", "a coefficient is not finite");
    if (lower.length !== rows) complain("lower", `${lower.length} bounds for ${rows} constraints`);
    if (upper.length !== rows) complain("upper", `${upper.length} bounds for ${rows} constraints`);
    for (let row = 0; row < Math.min(rows, lower.length, upper.length); row++) {
      const low = lower[row] ?? Number.NaN;
      const high = upper[row] ?? Number.NaN;
      // also where one is NaN
      if (low < high && low !== Number.POSITIVE_INFINITY && high !== Number.NEGATIVE_INFINITY) continue;
      complain("lower", `constraint ${row} is from ${low} to ${high}: the polytope has no inside`);
      break;
    }
  });
const input: z.ZodType<FluxSamplingInput> = z
  .object({
    polytope,
    warmUp: z.instanceof(Float64Array).nullable(),
    starts: z.instanceof(Float64Array),
    samples: z.int().positive(),
    thinning: z.int().positive(),
    seed: word,
    firstChain: word,
  })
  .superRefine(({ polytope: { dimension }, warmUp, starts, samples, thinning, firstChain }, context) => {
    const complain = (path: string, message: string): void =>
      context.addIssue({ code: "custom", path: [path], message });
    const chains = starts.length / dimension;
    if (!Number.isInteger(chains) || chains < 1)
      complain("starts", `${starts.length} values are no points of ${dimension}`);
    else if (firstChain + chains > 2 ** 32) complain("firstChain", "chains are numbered below 2^32");
    if (samples * thinning > 2 ** 32) complain("thinning", "a chain has at most 2^32 steps");
    if (warmUp === null) return;
    if (!Number.isInteger(warmUp.length / dimension) || warmUp.length < 2 * dimension)
      complain("warmUp", `${warmUp.length} values are not two or more points of ${dimension}`);
    else if (!warmUp.every(Number.isFinite)) complain("warmUp", "a warm-up point is not finite");
  });

/**
 * Samples of polytopes, the flux spaces of metabolic models: coordinate hit-and-run on a rounded polytope, or
 * artificial centering hit-and-run from warm-up points. Deterministic but for rounding: each step's random numbers
 * follow from seed, chain and step. See ./README.md for the definition and what counts as equal.
 */
export const fluxSampling: WorkloadSpec<FluxSamplingInput, FluxSamples> = {
  id: "flux-sampling",
  version: 1,
  aliases: ["flux_sampling", "sampling", "hit-and-run"],
  throughput: { unit: "row.step", rate: "Mrow.step/s", per: 1e6 },
  input,
  size: ({ polytope: { dimension, rows, coefficients }, warmUp, starts, samples, thinning }) => ({
    units: (starts.length / dimension) * samples * thinning * rows,
    bytesIn: coefficients.byteLength + 16 * rows + starts.byteLength + (warmUp?.byteLength ?? 0),
    bytesOut: 8 * starts.length * samples,
  }),
  resident: ({ polytope }) => polytope,
  reference: sampleChains,
  generate: (size, random) => {
    const dimension = Math.min(24, Math.max(2, Math.round(size ** 0.2)));
    const polytope = randomPolytope(dimension, random);
    const chains = Math.max(1, Math.min(8, Math.round(size / 2e4)));
    const thinning = Math.max(1, Math.min(50, Math.round(size / (polytope.rows * chains * 8))));
    const samples = Math.max(1, Math.round(size / (polytope.rows * chains * thinning)));
    const between = (): number => (2 * random() - 1) / 10;
    return {
      polytope,
      warmUp: null,
      // so small that no row's sum reaches 1: it is at most 2 sqrt(dimension) times the largest coordinate
      starts: Float64Array.from({ length: chains * dimension }, between),
      samples,
      thinning,
      seed: Math.floor(2 ** 32 * random()),
      firstChain: Math.floor(100 * random()),
    };
  },
  split: splitChains,
  differ: samplesDiffer,
};

/** A box from -1 to 1, cut by as many slabs and half-spaces through it; its coordinates are about alike. */
function randomPolytope(dimension: number, random: () => number): Polytope {
  const rows = 2 * dimension;
  const coefficients = new Float64Array(dimension * rows);
  const lower = new Float64Array(rows).fill(-1);
  const upper = new Float64Array(rows).fill(1);
  for (let at = 0; at < dimension; at++) coefficients[at * rows + at] = 1;
  for (let row = dimension; row < rows; row++) {
    for (let at = 0; at < dimension; at++)
      coefficients[at * rows + row] = random() < 0.3 ? 0 : (2 * (2 * random() - 1)) / Math.sqrt(dimension);
    if (random() < 0.5) lower[row] = Number.NEGATIVE_INFINITY;
  }
  return { dimension, rows, coefficients, lower, upper };
}
