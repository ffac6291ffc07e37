/** Values of a stream in one vector of its recent shape, and neighbours that tell how unusual it is. */
export const shape = { length: 6, neighbours: 3, candidates: 256, fewest: 8 } as const;

/** A subtraction, a multiplication and an addition for each term of a point's distances, those that end early too. */
export const flopsOfPoint: number = 3 * shape.length * shape.candidates;

/** Values of a short mean or median, and of the long mean before it. */
export const span = { short: 6, long: 48 } as const;

/** Values before the newest one that its statistics read. */
export const historyLength: number = shape.length - 1 + shape.length + shape.candidates - 1;

/**
 * The tail of each statistic's recent past: a generalised Pareto law over the largest share of it, as in streaming
 * peaks over threshold (Siffer et al. 2017, doi:10.1145/3097983.3098144), its shape fixed. The figures were chosen once,
 * on simulated series (see ./README.md).
 */
export const tail = {
  /** Past statistics kept: `perLearning` times the stream's learning length, at most `most`. */
  perLearning: 4,
  most: 1500,
  /** Least share of the learning length, and number, of statistics before any is judged. */
  leastShare: 0.3,
  least: 30,
  /** Largest statistics that the law is fitted to. */
  share: 0.02,
  fewest: 10,
  shape: 0.1,
  /** Share of the law's start that its mean excess has at least, so that near-constant pasts do not turn noise into alarms. */
  floor: 0.02,
} as const;

/** A statistic rarer than 10^-beyond is remembered as one that is just as rare, so that one outlier hides no other. */
export const winsor = { beyond: 2.5, patience: 24 } as const;

/** Highest score: rarer is not told apart. */
export const highestScore = 12;

/** Share of the learning length for which a stream keeps quiet after an alarm. */
export const quietShare = 0.2;

/** Above this a value's square may overflow; it counts as missing, like NaN. */
const largestValue = 1e150;

/** Relative difference of two means that is rounding. */
export const rounding: number = 2 ** -40;

/** What made a score; entry of `TelemetryScores.causes`. */
export const scoreCause = { none: 0, spike: 1, shift: 2, shape: 3 } as const;

/** How a stream fared; entry of `TelemetryScores.statuses`. */
export const streamStatus = {
  /** Scored, as far as its points lie beyond its learning length. */
  scored: 0,
  /** Has not had more points than its learning length yet: no score says anything. */
  learning: 1,
  /** Scored, but some values were missing: NaN, infinite or beyond 1e150. Their scores are NaN. */
  gaps: 2,
  /** Every value was missing, and there was at least one. */
  blank: 3,
} as const;

/** Statistics of the past that a stream of this learning length keeps. */
export function memoryOf(learning: number): number {
  return Math.min(tail.most, tail.perLearning * learning);
}

/** Statistics that must be there before one is judged. */
export function leastPast(learning: number): number {
  return Math.max(tail.least, Math.floor(tail.leastShare * learning));
}

export function isMissing(value: number): boolean {
  // also where it is NaN
  return !(Math.abs(value) <= largestValue);
}
