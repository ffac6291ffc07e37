// From a space of fluxes to samples of it: rounding learnt from chains, then the chains that are kept.
import { BioXenError, type Dispatcher, type DispatchOptions, type Seconds } from "../contract/index.ts";
import { chainStatus, type FluxSamplingInput, fluxSampling, type Polytope } from "../workloads/index.ts";
import { solveUpper } from "./dense-matrix.ts";
import { Moments, type Rounding, roundAtAnalyticCentre, roundBySamples, roundedPolytope } from "./sampling-rounding.ts";
import { coordinatesOf, type FluxSpace } from "./sampling-space.ts";

export interface ChainSettings {
  readonly method: "coordinate-hit-and-run" | "artificial-centering";
  readonly chains: number;
  /** Of each chain. */
  readonly samples: number;
  /** Steps from one to the next, by the dimension of the space. */
  readonly thinning: (dimension: number) => number;
  readonly seed: number;
}

export interface SampledSpace {
  readonly rounding: Rounding;
  /** chains x samples x dimension, in the rounding's coordinates. */
  readonly points: Float64Array;
  readonly roundingSeconds: Seconds;
}

/** Samples of a round that rounding is learnt from, in dimensions and at least, and the rounds at most. */
const roundSamples = 10;
const leastRoundSamples = 480;
const mostRounds = 8;
/** Samples of a round that are in memory at once. */
const stretchBytes = 4e6;
/** Spreads that differ by less than this are even: what so few samples can tell. */
const evenEnough = 2;
/** Part of the way from the centre to a corner where a chain starts: chains far apart, and well inside. */
const towardsCorner = 0.5;

/**
 * Samples a space of at least one dimension from its corners; null where no point is found that is inside in double
 * precision. Rounding goes on until samples spread evenly; chains then start where its last ones ended.
 */
export async function sampleSpace(
  space: FluxSpace,
  corners: readonly Float64Array[],
  dispatcher: Dispatcher,
  { method, chains, samples, thinning, seed }: ChainSettings,
  dispatch: DispatchOptions = {},
): Promise<SampledSpace | null> {
  const startedAt = performance.now();
  const { dimension } = space;
  const run = async (input: FluxSamplingInput): Promise<Float64Array> => {
    const { output } = await dispatcher.run(fluxSampling, input, dispatch);
    const bad = output.statuses.findIndex((status) => status !== chainStatus.sampled);
    if (bad < 0) return output.points;
    const why = output.statuses[bad] === chainStatus.outside ? "started outside of" : "found no bound in";
    throw new BioXenError("KERNEL_FAILED", `chain ${bad} ${why} the space of fluxes, whose ranges are bounded`);
  };

  const inside = corners.map((corner) => coordinatesOf(space, corner));
  const first = roundAtAnalyticCentre(space);
  if (first === null) return null;
  const centred = method === "artificial-centering";
  let rounding = first;
  let polytope = roundedPolytope(space, rounding);
  // chains, and behind them the corners where they are needed later: both move from coordinates to coordinates
  let points = inEllipsoid([...startsOf(inside, first, chains), ...(centred ? inside : [])], first);
  const each = Math.ceil(Math.max(leastRoundSamples, roundSamples * dimension) / chains);
  for (let round = 1; round <= mostRounds; round++) {
    const walk = (
      starts: Float64Array,
      samples: number,
      thinning: number,
      { part, stretch = 0 }: { part: number; stretch?: number },
    ): Promise<Float64Array> =>
      // streams that no other part of the sampling shares
      run({
        ...{ polytope, warmUp: null, starts, samples, thinning, firstChain: stretch * chains },
        seed: (seed ^ Math.imul(part, 0x9e3779b9)) >>> 0,
      });
    // as many steps again, of which nothing is kept: they still depend on where the chains started
    let ends = await walk(points.slice(0, chains * dimension), 1, each * dimension, { part: 2 * round });
    const moments = new Moments(dimension);
    const most = Math.max(1, Math.floor(stretchBytes / (8 * chains * dimension)));
    for (let stretch = 0; stretch * most < each; stretch++) {
      const samples = Math.min(most, each - stretch * most);
      const drawn = await walk(ends, samples, dimension, { part: 2 * round + 1, stretch });
      moments.add(drawn);
      ends = lastPoints(drawn, chains, dimension);
    }
    points.set(ends);
    const reshaped = roundBySamples(rounding, moments, points);
    rounding = reshaped.rounding;
    points = reshaped.points;
    polytope = roundedPolytope(space, rounding);
    if (reshaped.unevenness < evenEnough) break;
  }
  const roundingSeconds = (performance.now() - startedAt) / 1000;
  const starts = points.slice(0, chains * dimension);
  const warmUp = centred ? warmUpPoints(points.subarray(chains * dimension), polytope) : null;
  return {
    rounding,
    points: await run({ polytope, warmUp, starts, samples, thinning: thinning(dimension), seed, firstChain: 0 }),
    roundingSeconds,
  };
}

function lastPoints(points: Float64Array, chains: number, dimension: number): Float64Array {
  const last = new Float64Array(chains * dimension);
  for (let chain = 0; chain < chains; chain++) {
    const end = ((chain + 1) * points.length) / chains;
    last.set(points.subarray(end - dimension, end), chain * dimension);
  }
  return last;
}

function startsOf(corners: readonly Float64Array[], { centre }: Rounding, chains: number): Float64Array[] {
  return Array.from({ length: chains }, (_, chain) => {
    // spread over the list: neighbours in it are the two ends of one flux
    const corner = corners[Math.floor(((chain + 0.5) * corners.length) / chains)] ?? centre;
    return centre.map((value, at) => value + towardsCorner * ((corner[at] as number) - value));
  });
}

/** Points in the coordinates of the first rounding, whose axes are an upper triangle. */
function inEllipsoid(points: readonly Float64Array[], { dimension, centre, axes }: Rounding): Float64Array {
  const moved = new Float64Array(points.length * dimension);
  for (const [at, point] of points.entries()) {
    const from = point.map((value, coordinate) => value - (centre[coordinate] as number));
    solveUpper(axes, dimension, from);
    moved.set(from, at * dimension);
  }
  return moved;
}

/** The corners, which may all lie in a plane, and both ends of every axis, which never do. */
function warmUpPoints(corners: Float64Array, { dimension, rows, coefficients, lower, upper }: Polytope): Float64Array {
  const all = new Float64Array(corners.length + 2 * dimension * dimension);
  all.set(corners);
  for (let axis = 0; axis < dimension; axis++) {
    let least = Number.NEGATIVE_INFINITY;
    let most = Number.POSITIVE_INFINITY;
    for (let row = 0; row < rows; row++) {
      const slope = coefficients[axis * rows + row] as number;
      if (slope === 0) continue;
      const ends = [(lower[row] as number) / slope, (upper[row] as number) / slope];
      least = Math.max(least, Math.min(...ends));
      most = Math.min(most, Math.max(...ends));
    }
    all[corners.length + 2 * axis * dimension + axis] = least;
    all[corners.length + (2 * axis + 1) * dimension + axis] = most;
  }
  return all;
}
