// Query i against target i, one pair a lane, on one thread: ranges of pairs are drawn from a shared cursor.
import { lanesOf, type Width, wider } from "./sequence-alignment-lanes.ts";
import { sortByKeys, sortedInStrips } from "./sequence-alignment-order.ts";
import {
  mostVectorColumns,
  type PairLookup,
  PairVectors,
  saturation,
  scoreZero,
  vectorsAtOnce,
} from "./sequence-alignment-pair-vectors.ts";
import { cellsWithin, neededReach, ReachGuess, unlimited } from "./sequence-alignment-reach.ts";
import type { Scoring } from "./sequence-alignment-search.ts";

export interface PairsJob {
  readonly queries: Uint8Array;
  readonly queryOffsets: Uint32Array;
  readonly targets: Uint8Array;
  readonly targetOffsets: Uint32Array;
  readonly scoring: Scoring;
  readonly lookup: PairLookup;
  /** First pair of each range, and one past the last; a range's letters are held at a time. */
  readonly ranges: Uint32Array;
  /** One shared number: the next range that nobody has drawn. */
  readonly cursor: Int32Array;
  /** Shared, one a pair. */
  readonly scores: Int32Array;
}

/** Rows whose state, 32 bytes each, fits a first-level cache of 48 KiB: beyond, side by side takes some 1.2 times as long. */
const cachedRows = 1536;
/** Vectors of cells that laying out one more pair takes as long as. */
const callCells = 1000;
/** A reach that has yet to be guessed. */
const unknown = -1;
const none: Uint32Array = new Uint32Array(0);

/** Draws ranges until none is left and writes their scores. */
export function alignPairs(job: PairsJob): void {
  const { ranges, cursor } = job;
  const aligner = new PairAligner(job);
  const count = ranges.length - 1;
  for (let drawn = Atomics.add(cursor, 0, 1); drawn < count; drawn = Atomics.add(cursor, 0, 1))
    aligner.align(ranges[drawn] ?? 0, ranges[drawn + 1] ?? 0);
}

class PairAligner {
  readonly #job: PairsJob;
  readonly #queryOffsets: Uint32Array;
  readonly #targetOffsets: Uint32Array;
  readonly #most: number;
  readonly #scores: Int32Array;
  readonly #vectors: PairVectors;
  readonly #guess: ReachGuess = new ReachGuess();
  /** By width, the length from which on every lane of a vector has saturated: longer pairs start wider. */
  readonly #hopeless: Map<Width, number> = new Map();
  readonly #batches: Uint32Array[] = [];
  /** Of the range's pairs: how far to look, and what the score is at least. */
  #reaches: Int32Array = new Int32Array(0);
  #least: Int32Array = new Int32Array(0);
  #first = 0;
  /** Pairs that have to be looked at again, further or wider. */
  #further: number[] = [];
  #saturated: number[] = [];

  constructor(job: PairsJob) {
    this.#job = job;
    this.#queryOffsets = job.queryOffsets;
    this.#targetOffsets = job.targetOffsets;
    this.#most = job.scoring.most;
    this.#scores = job.scores;
    this.#vectors = new PairVectors(job);
  }

  /** Aligns the pairs from `first` to `end` (exclusive). */
  align(first: number, end: number): void {
    const { scoring, lookup } = this.#job;
    this.#first = first;
    // what gathers its scores one by one does so for whole columns
    this.#reaches = new Int32Array(end - first).fill(lookup.by === "table" ? unlimited : unknown);
    this.#least = new Int32Array(end - first);
    this.#vectors.hold(first, end);
    let left = sortedInStrips(first, end, this.#queryOffsets, this.#targetOffsets);
    for (let width: Width = scoring.width; left.length > 0; width = wider(width)) {
      this.#saturated = [];
      while (left.length > 0) {
        this.#further = [];
        this.#look(width, left);
        left = Uint32Array.from(this.#further);
        sortByKeys(
          left,
          Uint32Array.from(left, (pair) => this.#reaches[pair - first] ?? 0),
        );
      }
      left = Uint32Array.from(this.#saturated);
    }
  }

  #shorter(pair: number): number {
    return Math.min(lengthAt(this.#queryOffsets, pair), lengthAt(this.#targetOffsets, pair));
  }

  #longer(pair: number): number {
    return Math.max(lengthAt(this.#queryOffsets, pair), lengthAt(this.#targetOffsets, pair));
  }

  /** One look at each of the pairs, in vectors of neighbours. */
  #look(width: Width, pairs: Uint32Array): void {
    const lanes = lanesOf(width);
    const full = saturation(width);
    for (let from = 0; from < pairs.length; from += lanes) {
      const batch = pairs.subarray(from, from + lanes);
      const shortest = this.#shortest(batch);
      for (let lane = 0; lane < batch.length; lane++) {
        const at = (batch[lane] ?? 0) - this.#first;
        if (this.#reaches[at] === unknown) this.#reaches[at] = this.#guess.guess;
      }
      if (shortest >= (this.#hopeless.get(width) ?? Number.POSITIVE_INFINITY)) {
        for (const pair of batch) this.#widen(pair);
        continue;
      }
      if (!this.#fitsVector(batch, lanes)) {
        this.#oneByOne(width, batch);
        continue;
      }
      this.#batches.push(batch);
      this.#vectors.add(batch, this.#reaches);
      // what is learnt from the first vector, and from one whose lanes may all saturate, serves the next
      if (this.#vectors.waiting === vectorsAtOnce || !this.#guess.informed || shortest * this.#most >= full)
        this.#flush(width);
    }
    this.#flush(width);
  }

  /** Side by side or one by one, whichever takes fewer vectors of cells. */
  #fitsVector(batch: Uint32Array, lanes: number): boolean {
    const queryOffsets = this.#queryOffsets;
    const targetOffsets = this.#targetOffsets;
    let rows = 0;
    let columns = 0;
    let reach = 0;
    let oneByOne = callCells * batch.length;
    for (let lane = 0; lane < batch.length; lane++) {
      const pair = batch[lane] ?? 0;
      const query = lengthAt(queryOffsets, pair);
      const target = lengthAt(targetOffsets, pair);
      rows = Math.max(rows, query);
      columns = Math.max(columns, target);
      reach = Math.max(reach, this.#reaches[pair - this.#first] ?? 0);
      oneByOne += Math.ceil(query / lanes) * (target + 2 * lanes);
    }
    const uncached = rows > cachedRows ? 1.2 : 1;
    const cells = cellsWithin(Math.min(rows, columns), Math.max(rows, columns), reach);
    return columns <= mostVectorColumns && (rows === 0 || oneByOne > uncached * cells);
  }

  #oneByOne(width: Width, batch: Uint32Array): void {
    let allSaturated = true;
    for (const pair of batch) {
      const score = this.#vectors.linked(width, pair);
      this.#reaches[pair - this.#first] = unlimited;
      if (score >= 0) allSaturated = false;
      this.#take(pair, score < 0 ? saturation(width) : score, score < 0);
    }
    if (allSaturated) this.#hopeless.set(width, this.#shortest(batch));
  }

  #flush(width: Width): void {
    if (this.#vectors.waiting === 0) return;
    const found = this.#vectors.run(width);
    const zero = scoreZero(width);
    const full = saturation(width);
    const lanes = lanesOf(width);
    for (let vector = 0; vector < this.#batches.length; vector++) {
      const batch = this.#batches[vector] ?? none;
      let allSaturated = true;
      for (let lane = 0; lane < batch.length; lane++) {
        const score = (found[vector * lanes + lane] ?? 0) + zero;
        if (score !== full) allSaturated = false;
        this.#take(batch[lane] ?? 0, score, score === full);
      }
      if (allSaturated) this.#hopeless.set(width, this.#shortest(batch));
    }
    this.#batches.length = 0;
    this.#guess.learn();
  }

  #shortest(batch: Uint32Array): number {
    let shortest = Number.POSITIVE_INFINITY;
    for (let lane = 0; lane < batch.length; lane++) shortest = Math.min(shortest, this.#shorter(batch[lane] ?? 0));
    return shortest;
  }

  /** Keeps a score, or finds that it is only the least that the true one can be: there may be a better one further from the diagonals. */
  #take(pair: number, found: number, saturated: boolean): void {
    const at = pair - this.#first;
    const before = this.#least[at] ?? 0;
    const score = found > before ? found : before;
    this.#least[at] = score;
    if (saturated) {
      this.#widen(pair);
      return;
    }
    const reach = this.#reaches[at] ?? 0;
    if (reach !== unlimited || before === 0) {
      const shorter = this.#shorter(pair);
      const needed = neededReach(shorter, score, this.#most);
      if (before === 0) this.#guess.note(shorter, this.#longer(pair), needed);
      if (needed > reach) {
        this.#reaches[at] = needed;
        this.#further.push(pair);
        return;
      }
    }
    this.#scores[pair] = score;
  }

  /** The pair is run again wider; how far is known where its score is, at least. */
  #widen(pair: number): void {
    const at = pair - this.#first;
    const least = this.#least[at] ?? 0;
    if (this.#job.lookup.by !== "table")
      this.#reaches[at] = least === 0 ? unknown : neededReach(this.#shorter(pair), least, this.#most);
    this.#saturated.push(pair);
  }
}

function lengthAt(offsets: Uint32Array, at: number): number {
  return (offsets[at + 1] ?? 0) - (offsets[at] ?? 0);
}
