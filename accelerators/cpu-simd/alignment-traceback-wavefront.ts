// One global pair by wavefronts: a quick guess of its penalty bounds the search for the best one, which keeps where its
// cells came from and walks back; where that takes too much memory, the pair is cut where paths from both ends meet.
import { type Depth, deletion, insertion, type PairAnswer } from "./alignment-traceback-lanes.ts";
import { ended, type Limits, type Part, type WavefrontScoring } from "./alignment-wavefront-parts.ts";
import { WavefrontRuns } from "./alignment-wavefront-runs.ts";
import { wayThrough } from "./alignment-wavefront-way.ts";

/** Penalties that are tried first, unbounded: a read's alignment takes no longer than a guess does. */
const firstScores = 100;
/** Residues behind the furthest path at which a guess gives a diagonal up; gaps of about half of it are still found. */
const lagOfGuess = 256;
/** What a part's origins may take, 4 bits a cell; twice that where seeds are likely to spare half of it. */
const mostOriginBytes = 20 * 2 ** 20;
/** Cells that cost as much as one of a wavefront does: beyond so many the matrix is quicker. */
const cellsOfMatrix = 4;
/** Cells of a matrix that cost as much as one wavefront of a guess. */
const cellsOfGuess = 500;

class TooMuch extends Error {}

/** Aligns letters from end to end; null where the sequences differ so much that the matrix is the quicker way. */
export function alignByWavefront(
  query: Uint8Array,
  target: Uint8Array,
  scoring: WavefrontScoring,
  depth: Depth,
  originBytes: number = mostOriginBytes,
): PairAnswer | null {
  try {
    return new Wavefronts(query, target, scoring, originBytes).align(depth);
  } catch (error) {
    if (error instanceof TooMuch) return null;
    throw error;
  }
}

class Wavefronts {
  readonly #runs: WavefrontRuns;
  readonly #scoring: WavefrontScoring;
  readonly #m: number;
  readonly #n: number;
  readonly #originBytes: number;
  readonly #pieces: Uint32Array[] = [];

  constructor(query: Uint8Array, target: Uint8Array, scoring: WavefrontScoring, originBytes: number) {
    this.#m = query.length;
    this.#n = target.length;
    this.#scoring = scoring;
    this.#originBytes = originBytes;
    this.#runs = new WavefrontRuns(query, target, scoring, 1e5 + Math.ceil((this.#m * this.#n) / cellsOfMatrix));
  }

  align(depth: Depth): PairAnswer {
    const { match, divisor } = this.#scoring;
    const penalty = this.#penalty(depth === 3);
    return {
      score: (match * (this.#m + this.#n) - divisor * penalty) / 2,
      queryStart: 0,
      queryEnd: this.#m,
      targetStart: 0,
      targetEnd: this.#n,
      operations: depth === 3 ? joined(this.#pieces) : new Uint32Array(0),
    };
  }

  #penalty(way: boolean): number {
    const { open, extend } = this.#scoring;
    const [m, n] = [this.#m, this.#n];
    const part: Part = { queryFrom: 0, queryTo: m, targetFrom: 0, targetTo: n, begin: 0, end: 0 };
    if (m === 0 || n === 0) {
      this.#gap(part);
      return m + n === 0 ? 0 : open + (m + n) * extend;
    }
    const near = { bound: null, lag: 0, scores: firstScores, originBytes: way ? this.#bytesOf(2 * firstScores) : 0 };
    const found = this.#runs.forwards(part, near);
    if (found.status === ended.well) {
      if (way) this.#walk(part, found.penalty);
      return found.penalty;
    }
    const mostScores = 1000 + Math.ceil((m * n) / cellsOfGuess);
    const guess = this.#runs.forwards(part, { bound: null, lag: lagOfGuess, scores: mostScores, originBytes: 0 });
    if (guess.status !== ended.well) throw new TooMuch("too far apart to guess how far");
    // counting seeds takes as long as some cells a residue, and spares half of the cells
    if (guess.penalty ** 2 > 16 * extend * (m + n)) this.#runs.countSeeds();
    if (way) return this.#solve(part, guess.penalty);
    return this.#bounded(part, guess.penalty, 0);
  }

  /** Bytes for all cells of which a path within the bound may come. */
  #bytesOf(bound: number): number {
    const { open, extend } = this.#scoring;
    return Math.ceil((bound + 2 * open) ** 2 / (4 * extend)) + 16 * (bound + 2);
  }

  /** The best penalty within a bound that is reached; null where its origins did not fit. */
  #bounded(part: Part, bound: number, originBytes: number): number {
    const { status, penalty } = this.#runs.forwards(part, { bound, lag: 0, scores: bound + 1, originBytes });
    if (status === ended.origins) return -1;
    if (status !== ended.well) throw new TooMuch("too many cells");
    return penalty;
  }

  /** The penalty of a part, which is no more than the bound; its operations are appended. */
  #solve(part: Part, bound: number): number {
    const { queryFrom, queryTo, targetFrom, targetTo } = part;
    if (queryFrom === queryTo || targetFrom === targetTo) {
      this.#gap(part);
      return bound;
    }
    const bytes = this.#bytesOf(bound);
    if (bytes <= 2 * this.#originBytes) {
      const penalty = this.#bounded(part, bound, Math.min(bytes, this.#originBytes));
      if (penalty >= 0) {
        this.#walk(part, penalty);
        return penalty;
      }
    }
    const limits: Limits = { bound, lag: 0, scores: bound + 2, originBytes: 0 };
    const met = this.#runs.meeting(part, limits);
    if (met === null) throw new TooMuch("too many cells");
    const queryCut = queryFrom + met.offset - met.diagonal;
    const targetCut = targetFrom + met.offset;
    const first: Part = { ...part, queryTo: queryCut, targetTo: targetCut, end: met.state };
    const second: Part = { ...part, queryFrom: queryCut, targetFrom: targetCut, begin: met.state };
    for (const half of [first, second])
      if (
        half.queryTo - half.queryFrom === queryTo - queryFrom &&
        half.targetTo - half.targetFrom === targetTo - targetFrom
      )
        throw new TooMuch("the halves are no smaller than the whole");
    this.#solve(first, met.first);
    // the opening of a gap that both halves share is counted in both
    this.#solve(second, met.second - (met.state === 0 ? 0 : this.#scoring.open));
    return met.score;
  }

  #walk(part: Part, penalty: number): void {
    this.#pieces.push(wayThrough(part, penalty, this.#scoring, this.#runs.origins(part), this.#runs.codes(part)));
  }

  /** A part with nothing on one side. */
  #gap({ queryFrom, queryTo, targetFrom, targetTo }: Part): void {
    const rows = queryTo - queryFrom;
    const residues = rows + targetTo - targetFrom;
    if (residues > 0) this.#pieces.push(Uint32Array.of((residues << 4) | (rows > 0 ? insertion : deletion)));
  }
}

/** Pieces in their order, with equal operations at a seam as one. */
function joined(pieces: readonly Uint32Array[]): Uint32Array {
  const [first] = pieces;
  if (pieces.length === 1 && first !== undefined) return first;
  const all: number[] = [];
  for (const piece of pieces)
    for (const operation of piece) {
      const before = all[all.length - 1];
      if (before !== undefined && (before & 15) === (operation & 15)) all[all.length - 1] = before + (operation & ~15);
      else all.push(operation);
    }
  return Uint32Array.from(all);
}
