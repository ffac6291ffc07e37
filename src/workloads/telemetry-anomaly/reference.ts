import { firstNotBelow } from "./first-not-below.ts";
import type { TelemetryInput, TelemetryScores } from "./index.ts";
import {
  highestScore,
  historyLength,
  isMissing,
  leastPast,
  memoryOf,
  quietShare,
  rounding,
  scoreCause,
  shape,
  span,
  streamStatus,
  tail,
  winsor,
} from "./method.ts";
import { place, stateLength, statistics } from "./state.ts";

/** One statistic's past. */
interface Past {
  /** Oldest first. */
  readonly values: number[];
  readonly sorted: number[];
  beyond: number;
}

interface Stream {
  seen: number;
  quiet: number;
  /** The last values, the newest last. */
  readonly values: number[];
  readonly pasts: readonly Past[];
}

/** Scores streams point by point, in plain arrays: the oracle. */
export function scoreTelemetry({ values, offsets, learning, alarm, states }: TelemetryInput): TelemetryScores {
  const streams = offsets.length - 1;
  const scores = new Float64Array(values.length);
  const causes = new Uint8Array(values.length);
  const statuses = new Uint8Array(streams);
  const next = new Float64Array(streams * stateLength);
  for (let at = 0; at < streams; at++) {
    const room = next.subarray(at * stateLength, (at + 1) * stateLength);
    const stream = unpack(states?.subarray(at * stateLength, (at + 1) * stateLength) ?? room);
    const learn = learning[at] ?? 0;
    const first = offsets[at] ?? 0;
    const end = offsets[at + 1] ?? 0;
    let missing = 0;
    for (let point = first; point < end; point++) {
      const value = values[point] ?? Number.NaN;
      if (isMissing(value)) {
        missing++;
        scores[point] = Number.NaN;
        continue;
      }
      [scores[point], causes[point]] = scoreOf(stream, value, learn, alarm);
    }
    statuses[at] = statusOf(missing, end - first, stream.seen, learn);
    pack(stream, room);
  }
  return { statuses, scores, causes, states: next };
}

/** How a stream fared that has seen so many values by now. */
export function statusOf(missing: number, points: number, seen: number, learning: number): number {
  if (missing > 0) return missing === points ? streamStatus.blank : streamStatus.gaps;
  return seen > learning ? streamStatus.scored : streamStatus.learning;
}

/** Scores the next value of a stream, then learns it. */
function scoreOf(stream: Stream, value: number, learning: number, alarm: number): [score: number, cause: number] {
  let best = 0;
  let cause: number = scoreCause.none;
  stream.values.push(value);
  statisticsOf(stream.values).forEach((statistic, at) => {
    const past = stream.pasts[at];
    if (past === undefined || statistic === null) return;
    const score = rarity(past.sorted, statistic, learning);
    if (score > best) {
      best = score;
      cause = at + 1;
    }
    const isBeyond = score > winsor.beyond;
    // what lasts is no outlier but how things are now
    const learned = isBeyond && past.beyond < winsor.patience ? ordinary(past.sorted, statistic) : statistic;
    past.beyond = isBeyond ? past.beyond + 1 : Math.max(0, Math.min(past.beyond, winsor.patience) - 1);
    if (past.values.length === memoryOf(learning)) {
      const old = past.values.shift() ?? 0;
      past.sorted.splice(firstNotBelow(past.sorted, past.sorted.length, old), 1);
    }
    past.values.push(learned);
    past.sorted.splice(firstNotBelow(past.sorted, past.sorted.length, learned), 0, learned);
  });
  if (stream.values.length > historyLength) stream.values.shift();
  const isLearning = stream.seen < learning;
  stream.seen++;
  if (isLearning || best === 0) {
    if (stream.quiet > 0) stream.quiet--;
    return [0, scoreCause.none];
  }
  if (stream.quiet > 0) {
    stream.quiet--;
    return [Math.min(best, alarm) / 2, cause];
  }
  if (best >= alarm) stream.quiet = Math.floor(quietShare * learning);
  return [best, cause];
}

/** Spike, shift and shape of the last value after those before it; null for what is not known yet. */
function statisticsOf(all: readonly number[]): (number | null)[] {
  const last = all.length - 1;
  const back = (by: number): number => all[last - by] ?? Number.NaN;

  let spike: number | null = null;
  if (last >= span.short) {
    const few = all.slice(last - span.short, last).sort((a, b) => a - b);
    spike = Math.abs(back(0) - ((few[span.short / 2 - 1] ?? 0) + (few[span.short / 2] ?? 0)) / 2);
  }

  let shift: number | null = null;
  if (all.length >= span.short + span.long) {
    let near = 0;
    let far = 0;
    for (let by = 0; by < span.short; by++) near += back(by);
    for (let by = 0; by < span.long; by++) far += back(span.short + by);
    near /= span.short;
    far /= span.long;
    const apart = Math.abs(near - far);
    shift = apart <= rounding * (Math.abs(near) + Math.abs(far)) ? 0 : apart;
  }

  let unlike: number | null = null;
  const candidates = Math.min(shape.candidates, all.length - 2 * shape.length + 1);
  if (candidates >= shape.fewest) {
    const nearest = new Array<number>(shape.neighbours).fill(Number.POSITIVE_INFINITY);
    for (let at = 0; at < candidates; at++) {
      const farthest = nearest.at(-1) ?? 0;
      let square = 0;
      for (let by = 0; by < shape.length && square < farthest; by++) {
        const apart = back(by) - back(by + shape.length + at);
        square += apart * apart;
      }
      if (square >= farthest) continue;
      nearest[shape.neighbours - 1] = square;
      nearest.sort((a, b) => a - b);
    }
    unlike = 0;
    for (const square of nearest) unlike += Math.sqrt(square);
  }
  return [spike, shift, unlike];
}

/** Minus the decimal logarithm of how often a statistic as large was in the past. */
function rarity(sorted: readonly number[], statistic: number, learning: number): number {
  const past = sorted.length;
  if (past < leastPast(learning)) return 0;
  const { largest, start, scale } = tailOf(sorted);
  if (statistic <= start) {
    const asLarge = past - firstNotBelow(sorted, past, statistic);
    return -Math.log10((asLarge + 1) / (past + 1));
  }
  if (scale === 0) return highestScore;
  const reach = 1 + (tail.shape * (statistic - start)) / scale;
  return Math.min(highestScore, -Math.log10(largest / past) + Math.log(reach) / (tail.shape * Math.LN10));
}

/** The largest value that is not rarer than 10^-beyond, or the statistic where the past is all one value. */
function ordinary(sorted: readonly number[], statistic: number): number {
  const { largest, start, scale } = tailOf(sorted);
  if (scale === 0) return statistic;
  const logarithm = (winsor.beyond + Math.log10(largest / sorted.length)) * Math.LN10;
  return Math.min(statistic, start + (scale * (Math.exp(tail.shape * logarithm) - 1)) / tail.shape);
}

/** The law of the largest statistics: how many, from where, on what scale. */
function tailOf(sorted: readonly number[]): { largest: number; start: number; scale: number } {
  const largest = Math.max(tail.fewest, Math.ceil(tail.share * sorted.length));
  const first = sorted.length - largest;
  const start = sorted[first - 1] ?? 0;
  let excess = 0;
  for (let at = first; at < sorted.length; at++) excess += (sorted[at] ?? 0) - start;
  return { largest, start, scale: (1 - tail.shape) * (excess / largest + tail.floor * start) };
}

function unpack(state: Float64Array): Stream {
  const seen = state[place.seen] ?? 0;
  const values = Math.min(seen, historyLength);
  const pasts = Array.from({ length: statistics }, (_, at): Past => {
    const kept = state[place.kept + at] ?? 0;
    const past = place.pasts + at * tail.most;
    const from = place.sorted + at * tail.most;
    return {
      values: [...state.subarray(past, past + kept)],
      sorted: [...state.subarray(from, from + kept)],
      beyond: state[place.beyond + at] ?? 0,
    };
  });
  return {
    seen,
    quiet: state[place.quiet] ?? 0,
    values: [...state.subarray(place.values + historyLength - values, place.values + historyLength)],
    pasts,
  };
}

function pack({ seen, quiet, values, pasts }: Stream, state: Float64Array): void {
  state.fill(0);
  state[place.seen] = seen;
  state[place.quiet] = quiet;
  state.set(values, place.values + historyLength - values.length);
  pasts.forEach(({ values: past, sorted, beyond }, at) => {
    state[place.beyond + at] = beyond;
    state[place.kept + at] = past.length;
    state.set(past, place.pasts + at * tail.most);
    state.set(sorted, place.sorted + at * tail.most);
  });
}
