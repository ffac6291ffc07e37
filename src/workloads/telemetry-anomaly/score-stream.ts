// The scores of the oracle, bit for bit, in place over typed arrays: what kernels run.
import { firstNotBelow } from "./first-not-below.ts";
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
  tail,
  winsor,
} from "./method.ts";
import { statusOf } from "./reference.ts";
import { place, statistics } from "./state.ts";

/** What a stream is scored with, and what is written to. */
export interface StreamRoom {
  /** This call's values of the stream. */
  readonly values: Float64Array;
  readonly learning: number;
  readonly alarm: number;
  /** Holds the state from before the call, and afterwards that after it. */
  readonly state: Float64Array;
  readonly scores: Float64Array;
  readonly causes: Uint8Array;
}

/** Values of a stream that are not missing, after those of its state. */
export interface KnownValues {
  /** History, then the new values. */
  readonly line: Float64Array;
  /** Where the oldest known value stands in the line, and where the first new one. */
  readonly start: number;
  readonly first: number;
}

/** Lays the known values of a stream out in one line. */
export function knownValues({ values, state }: Pick<StreamRoom, "values" | "state">): KnownValues {
  const line = new Float64Array(historyLength + values.length);
  line.set(state.subarray(place.values, place.values + historyLength));
  let end = historyLength;
  for (const value of values) if (!isMissing(value)) line[end++] = value;
  const seen = state[place.seen] as number;
  return { line: line.subarray(0, end), start: historyLength - Math.min(seen, historyLength), first: historyLength };
}

/** Scores a stream and brings its state up to date; returns its status. `unlikeness` may have been computed elsewhere. */
export function scoreStream(room: StreamRoom, unlikeness: Float64Array | null): number {
  const { values, learning, alarm, state, scores, causes } = room;
  const { line, start, first } = knownValues(room);
  const pasts = Array.from({ length: statistics }, (_, at) => new Past(state, at, learning));
  const [spikes, shifts, shapes] = pasts as [Past, Past, Past];
  let seen = state[place.seen] as number;
  let quiet = state[place.quiet] as number;
  let end = first;
  let missing = 0;
  for (let point = 0; point < values.length; point++) {
    if (isMissing(values[point] as number)) {
      missing++;
      scores[point] = Number.NaN;
      causes[point] = scoreCause.none;
      continue;
    }
    const before = end - start;
    let best = 0;
    let cause: number = scoreCause.none;
    if (before >= span.short) {
      best = spikes.judge(spikeAt(line, end));
      if (best > 0) cause = scoreCause.spike;
    }
    if (before >= span.short + span.long - 1) {
      const score = shifts.judge(shiftAt(line, end));
      if (score > best) {
        best = score;
        cause = scoreCause.shift;
      }
    }
    const candidates = Math.min(shape.candidates, before + 2 - 2 * shape.length);
    if (candidates >= shape.fewest) {
      const score = shapes.judge(
        unlikeness === null ? unlikenessAt(line, end, candidates) : (unlikeness[end - first] as number),
      );
      if (score > best) {
        best = score;
        cause = scoreCause.shape;
      }
    }
    end++;
    const isLearning = seen < learning;
    seen++;
    if (isLearning || best === 0) {
      best = 0;
      cause = scoreCause.none;
      if (quiet > 0) quiet--;
    } else if (quiet > 0) {
      quiet--;
      best = Math.min(best, alarm) / 2;
    } else if (best >= alarm) quiet = Math.floor(quietShare * learning);
    scores[point] = best;
    causes[point] = cause;
  }
  state[place.seen] = seen;
  state[place.quiet] = quiet;
  state.set(line.subarray(end - historyLength, end), place.values);
  for (const past of pasts) past.close();
  return statusOf(missing, values.length, seen, learning);
}

const few = new Float64Array(span.short);

/** How far a value is from the median of those before it. */
function spikeAt(line: Float64Array, at: number): number {
  for (let by = 0; by < span.short; by++) {
    const value = line[at - span.short + by] as number;
    let to = by;
    while (to > 0 && (few[to - 1] as number) > value) {
      few[to] = few[to - 1] as number;
      to--;
    }
    few[to] = value;
  }
  return Math.abs((line[at] as number) - ((few[span.short / 2 - 1] as number) + (few[span.short / 2] as number)) / 2);
}

/** How far the newest values' mean is from that of those before. Sums run from the newest value back, as the oracle's. */
function shiftAt(line: Float64Array, at: number): number {
  let near = 0;
  let far = 0;
  for (let by = 0; by < span.short; by++) near += line[at - by] as number;
  for (let by = span.short; by < span.short + span.long; by++) far += line[at - by] as number;
  near /= span.short;
  far /= span.long;
  const apart = Math.abs(near - far);
  return apart <= rounding * (Math.abs(near) + Math.abs(far)) ? 0 : apart;
}

/** Distance of the last `shape.length` values from the nearest such vectors before, the sum over the nearest few. */
function unlikenessAt(line: Float64Array, at: number, candidates: number): number {
  const x0 = line[at] as number;
  const x1 = line[at - 1] as number;
  const x2 = line[at - 2] as number;
  const x3 = line[at - 3] as number;
  const x4 = line[at - 4] as number;
  const x5 = line[at - 5] as number;
  let nearest = Number.POSITIVE_INFINITY;
  let second = Number.POSITIVE_INFINITY;
  let third = Number.POSITIVE_INFINITY;
  const last = at - shape.length - candidates;
  for (let to = at - shape.length; to > last; to--) {
    let apart = x0 - (line[to] as number);
    let square = apart * apart;
    apart = x1 - (line[to - 1] as number);
    square += apart * apart;
    if (square >= third) continue;
    apart = x2 - (line[to - 2] as number);
    square += apart * apart;
    apart = x3 - (line[to - 3] as number);
    square += apart * apart;
    if (square >= third) continue;
    apart = x4 - (line[to - 4] as number);
    square += apart * apart;
    apart = x5 - (line[to - 5] as number);
    square += apart * apart;
    if (square >= third) continue;
    if (square >= second) third = square;
    else {
      third = second;
      if (square >= nearest) second = square;
      else {
        second = nearest;
        nearest = square;
      }
    }
  }
  return Math.sqrt(nearest) + Math.sqrt(second) + Math.sqrt(third);
}

/** One statistic's past, over a stream's state: a ring during a call, oldest first when it is closed. */
class Past {
  readonly #state: Float64Array;
  readonly #at: number;
  readonly #ring: Float64Array;
  readonly #sorted: Float64Array;
  readonly #memory: number;
  readonly #least: number;
  #kept: number;
  #beyond: number;
  #oldest = 0;

  constructor(state: Float64Array, at: number, learning: number) {
    this.#state = state;
    this.#at = at;
    this.#memory = memoryOf(learning);
    this.#least = leastPast(learning);
    this.#ring = state.subarray(place.pasts + at * tail.most, place.pasts + at * tail.most + this.#memory);
    this.#sorted = state.subarray(place.sorted + at * tail.most, place.sorted + at * tail.most + this.#memory);
    this.#kept = state[place.kept + at] as number;
    this.#beyond = state[place.beyond + at] as number;
  }

  /** How rare a statistic is, which is then learned. */
  judge(statistic: number): number {
    const kept = this.#kept;
    if (kept < this.#least) {
      this.#beyond = Math.max(0, Math.min(this.#beyond, winsor.patience) - 1);
      this.#learn(statistic);
      return 0;
    }
    const sorted = this.#sorted;
    const largest = Math.max(tail.fewest, Math.ceil(tail.share * kept));
    const first = kept - largest;
    const start = sorted[first - 1] as number;
    let score: number;
    let scale = 0;
    if (statistic <= start) {
      score = -Math.log10((kept - firstNotBelow(sorted, this.#kept, statistic) + 1) / (kept + 1));
    } else {
      let excess = 0;
      for (let at = first; at < kept; at++) excess += (sorted[at] as number) - start;
      scale = (1 - tail.shape) * (excess / largest + tail.floor * start);
      score =
        scale === 0
          ? highestScore
          : Math.min(
              highestScore,
              -Math.log10(largest / kept) +
                Math.log(1 + (tail.shape * (statistic - start)) / scale) / (tail.shape * Math.LN10),
            );
    }
    let learned = statistic;
    if (score > winsor.beyond) {
      if (this.#beyond < winsor.patience && scale > 0) {
        const logarithm = (winsor.beyond + Math.log10(largest / kept)) * Math.LN10;
        learned = Math.min(statistic, start + (scale * (Math.exp(tail.shape * logarithm) - 1)) / tail.shape);
      }
      this.#beyond++;
    } else this.#beyond = Math.max(0, Math.min(this.#beyond, winsor.patience) - 1);
    this.#learn(learned);
    return score;
  }

  #learn(statistic: number): void {
    const sorted = this.#sorted;
    let end = this.#kept;
    if (end === this.#memory) {
      const from = firstNotBelow(sorted, this.#kept, this.#ring[this.#oldest] as number);
      this.#ring[this.#oldest] = statistic;
      this.#oldest = (this.#oldest + 1) % this.#memory;
      // one leaves, one comes: only those between them move
      const to = firstNotBelow(sorted, this.#kept, statistic);
      if (to > from) {
        sorted.copyWithin(from, from + 1, to);
        sorted[to - 1] = statistic;
      } else {
        sorted.copyWithin(to + 1, to, from);
        sorted[to] = statistic;
      }
      return;
    }
    this.#ring[end] = statistic;
    const to = firstNotBelow(sorted, this.#kept, statistic);
    sorted.copyWithin(to + 1, to, end);
    sorted[to] = statistic;
    this.#kept = ++end;
  }

  close(): void {
    this.#state[place.kept + this.#at] = this.#kept;
    this.#state[place.beyond + this.#at] = this.#beyond;
    if (this.#oldest === 0) return;
    const rest = this.#ring.slice(0, this.#oldest);
    this.#ring.copyWithin(0, this.#oldest);
    this.#ring.set(rest, this.#memory - this.#oldest);
  }
}
