import { BioXenError, type Dispatcher, type Seconds } from "../contract/index.ts";
import type { FluxProblem } from "../workloads/index.ts";
import { holdObjective } from "./extend-problem.ts";
import { checkFraction } from "./fraction.ts";
import { reduceProblem } from "./reduction.ts";
import { type ChainSettings, sampleSpace } from "./sampling-chains.ts";
import { findRanges } from "./sampling-ranges.ts";
import { type ColumnStatistics, fluxesOf, lazyStatistics, violationsOf } from "./sampling-results.ts";
import { fluxSpace } from "./sampling-space.ts";
import { type AlgorithmOptions, type FluxStatus, type Solver, solverOf, statusOf } from "./solver.ts";

export interface SamplingOptions extends AlgorithmOptions {
  /**
   * "coordinate-hit-and-run" (the default) on the rounded space; its stationary distribution is uniform.
   * "artificial-centering": from warm-up points towards and away from the running centre, as COBRApy's ACHR; uniform only in the limit.
   */
  readonly method?: "coordinate-hit-and-run" | "artificial-centering";
  /** Samples to draw in all, 1,000 by default; rounded up to as many a chain. */
  readonly samples?: number;
  /** Chains, 4 by default; at least 2, or nothing could be said of their mixing. */
  readonly chains?: number;
  /** Steps from one sample to the next, at least 1; 100 or twelve times the dimension by default, whichever is more. */
  readonly thinning?: number;
  /** Names the random streams, 0 to 2^32 - 1; 1 by default. */
  readonly seed?: number;
  /** Keeps the objective at this fraction of its optimum or better, 0 to 1; null (the default) asks nothing of it. */
  readonly objectiveFraction?: number | null;
}

/** Where the time went. */
export interface SamplingTimes {
  /** Ranges of all fluxes by linear problems. */
  readonly ranges: Seconds;
  /** Coordinates, the analytic centre and the chains that rounding is learnt from. */
  readonly rounding: Seconds;
  readonly chains: Seconds;
  /** Fluxes of the whole problem and their balances; diagnostics come when they are first asked for, and are no part of it. */
  readonly results: Seconds;
}

/** Samples; what is said of each column is found when first asked for, and kept. */
export interface FluxSampleSet extends ColumnStatistics {
  readonly status: "sampled";
  readonly chains: number;
  /** Of each chain. */
  readonly samples: number;
  readonly thinning: number;
  /** chains x samples x columns of the problem, mmol/gDW/h for a metabolic model. */
  readonly fluxes: Float64Array;
  /** By column: how far the flux can go. */
  readonly least: Float64Array;
  readonly most: Float64Array;
  /** Of the space of fluxes; 0 where there is but one point. */
  readonly dimension: number;
  /** Largest |S v - b| of any sample and balance, and how far any flux is beyond its bounds. */
  readonly residual: number;
  readonly violation: number;
  /** Linear problems solved. */
  readonly solves: number;
  readonly seconds: SamplingTimes;
}

/** Why there are no samples. */
export interface NoFluxSamples {
  readonly status: Exclude<FluxStatus, "optimal">;
  readonly reason: string;
}

const reasons: Readonly<Record<NoFluxSamples["status"], string>> = {
  infeasible: "no flux meets all balances and bounds",
  unbounded: "a flux has no bound: there is no uniform distribution over such a space",
  failed: "the solver found no optimum that its certificate bears out",
};

/**
 * Samples the steady states of a problem uniformly: ranges by linear problems, coordinates for what balances leave
 * free, rounding by the Dikin ellipsoid at the analytic centre and then by the covariance of samples, chains of
 * `flux-sampling`, and the way back with every sample's balances checked. Method: Haraldsdottir, Cousins, Thiele,
 * Fleming, Vempala, Bioinformatics 33:1741 (2017), doi 10.1093/bioinformatics/btx052, with the covariance in place of the
 * maximum-volume ellipsoid; Kaufman and Smith, Operations Research 46:84 (1998).
 *
 * The same problem, options and linear optima give the same samples, whatever the threads; on another device within
 * the tolerance of `flux-sampling`. Mixing is reported and not promised: look at `rHat` before using the samples of a
 * space of hundreds of dimensions, and thin more where it is above 1.01. Memory: the samples, and 8 bytes x columns x linear problems of the reduced problem.
 * @throws BioXenError `INPUT_INVALID` for options out of range, a NaN, a lower bound above the upper one or integer
 * columns; what the dispatcher throws
 */
export async function sampleFluxes(
  problem: FluxProblem,
  dispatcher: Dispatcher,
  options: SamplingOptions = {},
): Promise<FluxSampleSet | NoFluxSamples> {
  const settings = settingsOf(problem, options);
  const solver = solverOf(dispatcher, options.dispatch);
  const startedAt = performance.now();
  const held = await withObjective(problem, solver, options.objectiveFraction ?? null);
  if ("reason" in held) return held;
  const reduction = reduceProblem(held, { validFor: "these" });
  if (!reduction.possible) return none("infeasible", "the bounds alone contradict each other");
  const found = await findRanges(reduction.problem, solver, options.onProgress);
  if (typeof found === "string") return none(found);
  const rangedAt = performance.now();

  const space = fluxSpace(reduction.problem, found);
  const { dimension } = space;
  const drawn =
    dimension === 0
      ? { points: new Float64Array(0), rounding: null, roundingSeconds: 0 }
      : await sampleSpace(space, found.corners, dispatcher, settings, options.dispatch);
  if (drawn === null) return none("failed", "the space of fluxes is too thin for its inside to be found in doubles");
  const drawnAt = performance.now();

  const { chains, samples } = settings;
  const fluxes = await fluxesOf(
    drawn.points,
    chains * samples,
    space,
    drawn.rounding,
    reduction,
    dispatcher,
    options.dispatch,
  );
  const violations = await violationsOf(problem, fluxes, dispatcher, options.dispatch);
  const ends = { least: new Float64Array(problem.columns), most: new Float64Array(problem.columns) };
  for (let column = 0; column < problem.columns; column++) {
    const range = found.columns[reduction.column[column] as number] ?? { least: 0, most: 0 };
    const [one, other] = [range.least, range.most].map((end) => end * (reduction.ratio[column] as number));
    ends.least[column] = Math.min(one as number, other as number);
    ends.most[column] = Math.max(one as number, other as number);
  }
  const statistics = lazyStatistics(fluxes, chains, reduction);
  const seconds = (from: number, to: number): Seconds => (to - from) / 1000;
  return {
    status: "sampled",
    chains,
    samples,
    thinning: settings.thinning(dimension),
    fluxes,
    get mean() {
      return statistics().mean;
    },
    get deviation() {
      return statistics().deviation;
    },
    get effectiveSize() {
      return statistics().effectiveSize;
    },
    get rHat() {
      return statistics().rHat;
    },
    ...ends,
    dimension,
    ...violations,
    solves: solver.solves,
    seconds: {
      ranges: seconds(startedAt, rangedAt),
      rounding: drawn.roundingSeconds,
      chains: seconds(rangedAt, drawnAt) - drawn.roundingSeconds,
      results: seconds(drawnAt, performance.now()),
    },
  };
}

function settingsOf(problem: FluxProblem, options: SamplingOptions): ChainSettings {
  const { method = "coordinate-hit-and-run", chains = 4, thinning, seed = 1 } = options;
  const whole = (name: string, value: number, least: number, most: number): number => {
    if (Number.isInteger(value) && value >= least && value <= most) return value;
    throw invalid(`${name} is a whole number from ${least} to ${most}, not ${value}`);
  };
  if (problem.integer?.some((one) => one === 1)) throw invalid("a problem with integer columns has no volume");
  for (const values of [problem.values, problem.lower, problem.upper, problem.rowLower, problem.rowUpper])
    if (values.some(Number.isNaN)) throw invalid("the problem holds a NaN");
  for (let column = 0; column < problem.columns; column++)
    if ((problem.lower[column] as number) > (problem.upper[column] as number))
      throw invalid(`column ${column} is from ${problem.lower[column]} to ${problem.upper[column]}`);
  whole("chains", chains, 2, 2 ** 16);
  const samples = Math.ceil(whole("samples", options.samples ?? 1000, 1, 2 ** 31) / chains);
  if (thinning !== undefined) whole("thinning", thinning, 1, Math.floor(2 ** 32 / samples));
  return {
    method,
    chains,
    samples,
    thinning: (dimension) => thinning ?? Math.max(100, 12 * dimension),
    seed: whole("seed", seed, 0, 2 ** 32 - 1),
  };
}

/** The problem with its objective held, where that is asked for. */
async function withObjective(
  problem: FluxProblem,
  solver: Solver,
  asked: number | null,
): Promise<FluxProblem | NoFluxSamples> {
  if (asked === null) return problem;
  const fraction = checkFraction(asked);
  const answer = await solver.solve(problem, [{}], "objective");
  const status = statusOf(answer, 0);
  if (status !== "optimal") return none(status);
  const optimum = answer.objectives[0] as number;
  const slack = (1 - fraction) * Math.abs(optimum);
  return holdObjective(problem, problem.sense === "maximum" ? optimum - slack : optimum + slack);
}

function none(status: NoFluxSamples["status"], reason: string = reasons[status]): NoFluxSamples {
  return { status, reason };
}

function invalid(message: string): BioXenError {
  return new BioXenError("INPUT_INVALID", message);
}
