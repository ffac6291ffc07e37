// One global pair by wavefronts: cut where paths from both ends meet, and each half again, until what is left is small
// enough to keep all of its wavefronts and walk back through them.
import {
  BackwardCigar,
  type Depth,
  deletion,
  difference,
  identity,
  insertion,
  type PairAnswer,
} from "./alignment-traceback-lanes.ts";
import { aligned, instantiate, type WasmInstance } from "./wasm.ts";

/** Penalties over their greatest common divisor, and what a penalty is in scores. */
export interface WavefrontScoring {
  readonly mismatch: number;
  /** Beside the gap's first residue. */
  readonly open: number;
  readonly extend: number;
  /** score = (match x (query + target residues) - divisor x penalty) / 2. */
  readonly match: number;
  readonly divisor: number;
  /** From ASCII; letters that match nothing have a code of their own on either side. */
  readonly queryCodes: Uint8Array;
  readonly targetCodes: Uint8Array;
}

interface WavefrontExports {
  readonly bidirectional16: (p: number, forward: number, reverse: number) => void;
  readonly bidirectional32: (p: number, forward: number, reverse: number) => void;
  readonly blank16: (array: number, bytes: number) => void;
  readonly blank32: (array: number, bytes: number) => void;
  readonly encode: (letters: number, length: number, codes: number, to: number, reversed: number) => void;
}

/** M, a gap that consumes the target, one that consumes the query; their bits are those of a seed's states. */
type State = 0 | 1 | 2;

let opened: WasmInstance<WavefrontExports> | null = null;

/** Fixed places at the start of the memory. */
const place = { parameters: 64, forward: 192, reverse: 256, codes: 512, free: 1024 } as const;
/** Diagonals to either side that a wavefront is first given, and that it is given at most. */
const firstDiagonals = 8192;
const mostDiagonals = 2 ** 21;
/** All wavefronts of a piece of work are kept where they take no more than this: a second-level cache holds them. */
const mostKeptBytes = 2 ** 24;
/** Scores that are tried first: laying out more takes longer than a read's alignment. */
const firstSlots = 100;
/** Beside a wavefront; see the assembly. */
const beside = 31;
/** Cells that cost as much as one of a wavefront does: beyond so many the matrix is quicker. */
const cellsOfMatrix = 4;
const longest16 = 32_000;

class TooMuch extends Error {}

/** A part of both sequences, from one state to another. */
interface Part {
  readonly queryFrom: number;
  readonly queryTo: number;
  readonly targetFrom: number;
  readonly targetTo: number;
  readonly begin: State;
  readonly end: State;
}

/** A path of the least penalty passes here: so far on this diagonal, in this state, with these penalties on either side. */
interface Meeting {
  readonly score: number;
  readonly first: number;
  readonly second: number;
  readonly diagonal: number;
  readonly offset: number;
  readonly state: State;
}

const cigar = new BackwardCigar();

/** Aligns letters from end to end; null where the sequences differ so much that the matrix is the quicker way. */
export function alignByWavefront(
  query: Uint8Array,
  target: Uint8Array,
  scoring: WavefrontScoring,
  depth: Depth,
): PairAnswer | null {
  try {
    return new Wavefronts(query, target, scoring).align(depth);
  } catch (error) {
    if (error instanceof TooMuch) return null;
    throw error;
  }
}

class Wavefronts {
  readonly #wasm: WasmInstance<WavefrontExports>;
  readonly #scoring: WavefrontScoring;
  readonly #m: number;
  readonly #n: number;
  readonly #query: number;
  readonly #queryBack: number;
  readonly #target: number;
  readonly #targetBack: number;
  readonly #ring: number;
  readonly #window: number;
  #cellsLeft: number;
  #numbers: Int32Array;
  #words: Uint32Array;
  #pieces: Uint32Array[] = [];

  constructor(query: Uint8Array, target: Uint8Array, scoring: WavefrontScoring) {
    opened ??= instantiate<WavefrontExports>("alignment-wavefront");
    this.#wasm = opened;
    this.#scoring = scoring;
    this.#m = query.length;
    this.#n = target.length;
    this.#window = Math.max(scoring.mismatch, scoring.open + scoring.extend);
    let at: number = place.free;
    const take = (bytes: number): number => {
      const start = at;
      at = aligned(at + bytes + 64); // 8 letters are compared at a time, beyond the last one too
      return start;
    };
    this.#query = take(this.#m);
    this.#queryBack = take(this.#m);
    this.#target = take(this.#n);
    this.#targetBack = take(this.#n);
    this.#ring = at;
    this.#cellsLeft = Math.min(2 ** 31 - 1, 1e5 + Math.ceil((this.#m * this.#n) / cellsOfMatrix));
    this.#wasm.reserve(at);
    const { buffer } = this.#wasm.memory;
    this.#numbers = new Int32Array(buffer);
    this.#words = new Uint32Array(buffer);
    const bytes = new Uint8Array(buffer);
    const { encode } = this.#wasm.exports;
    bytes.set(scoring.queryCodes, place.codes);
    bytes.set(query, this.#query);
    encode(this.#query, this.#m, place.codes, this.#query, this.#queryBack);
    bytes.set(scoring.targetCodes, place.codes);
    bytes.set(target, this.#target);
    encode(this.#target, this.#n, place.codes, this.#target, this.#targetBack);
  }

  align(depth: Depth): PairAnswer {
    const { match, divisor, open, extend } = this.#scoring;
    let penalty = 0;
    if (this.#m === 0 || this.#n === 0) {
      const length = this.#m + this.#n;
      penalty = length === 0 ? 0 : open + length * extend;
      this.#pieces = length === 0 ? [] : [Uint32Array.of((length << 4) | (this.#m > 0 ? insertion : deletion))];
    } else penalty = this.#solve(0, this.#m, 0, this.#n, 0, 0, null, depth === 3);
    return {
      score: (match * (this.#m + this.#n) - divisor * penalty) / 2,
      queryStart: 0,
      queryEnd: this.#m,
      targetStart: 0,
      targetEnd: this.#n,
      operations: depth === 3 ? joined(this.#pieces) : new Uint32Array(0),
    };
  }

  /** The penalty of a part, from one state to another; its operations are appended where the way is wanted. */
  #solve(
    queryFrom: number,
    queryTo: number,
    targetFrom: number,
    targetTo: number,
    begin: State,
    end: State,
    known: number | null,
    way: boolean,
  ): number {
    const rows = queryTo - queryFrom;
    const columns = targetTo - targetFrom;
    if (rows === 0 || columns === 0) {
      if (rows + columns > 0)
        this.#pieces.push(Uint32Array.of(((rows + columns) << 4) | (rows > 0 ? insertion : deletion)));
      return known ?? 0;
    }
    const part = { queryFrom, queryTo, targetFrom, targetTo, begin, end };
    if (way) {
      const bits = bitsOf(part);
      const tries =
        known === null
          ? [firstSlots, this.#slotsWithin(mostKeptBytes, bits)]
          : [Math.ceil(known / 2) + 2 * this.#window + 2];
      for (const slots of tries) {
        if (this.#bytesOfAll(slots, bits) > mostKeptBytes) break;
        const penalty = this.#kept(part, slots);
        if (penalty !== null) return penalty;
      }
    }
    const met = this.#meeting(part, known);
    if (!way) return met.score;
    const queryCut = queryFrom + met.offset - met.diagonal;
    const targetCut = targetFrom + met.offset;
    const whole = (from: number, to: number, rowsFrom: number, rowsTo: number): boolean =>
      from === targetFrom && to === targetTo && rowsFrom === queryFrom && rowsTo === queryTo;
    if (whole(targetFrom, targetCut, queryFrom, queryCut) || whole(targetCut, targetTo, queryCut, queryTo))
      throw new TooMuch("the halves are no smaller than the whole");
    const again = met.state === 0 ? 0 : this.#scoring.open;
    this.#solve(queryFrom, queryCut, targetFrom, targetCut, begin, met.state, met.first, true);
    this.#solve(queryCut, queryTo, targetCut, targetTo, met.state, end, met.second - again, true);
    return met.score;
  }

  /** Diagonals to either side that a path of this penalty reaches. */
  #reach(penalty: number): number {
    const { open, extend } = this.#scoring;
    return Math.ceil(Math.max(0, (penalty - open) / extend)) + this.#window + beside + 18;
  }

  /** Of both sides with so many slots that are all kept, each as wide as its score can reach. */
  #bytesOfAll(slots: number, bits: 16 | 32): number {
    return 6 * slots * stride((this.#reach(0) + this.#reach(slots)) / 2, bits);
  }

  #slotsWithin(bytes: number, bits: 16 | 32): number {
    let slots = 2 * this.#window + 2;
    while (this.#bytesOfAll(Math.ceil(1.1 * slots), bits) <= bytes) slots = Math.ceil(1.1 * slots);
    return slots;
  }

  /** Lays out so many slots a side, as wide as `reachOf` says. */
  #layOut(slots: number, bits: 16 | 32, reachOf: (slot: number) => number): void {
    let widest = 0;
    let bytes = 0;
    for (let slot = 0; slot < slots; slot++) {
      const reach = reachOf(slot);
      widest = Math.max(widest, reach);
      bytes += 3 * stride(reach, bits);
    }
    const table = aligned(16 * slots);
    this.#wasm.reserve(this.#ring + 2 * (table + bytes) + stride(widest, bits) + 64);
    const { buffer } = this.#wasm.memory;
    if (buffer !== this.#numbers.buffer) {
      this.#numbers = new Int32Array(buffer);
      this.#words = new Uint32Array(buffer);
    }
    const centre = (reach: number): number => ((reach + 8) * bits) / 8;
    const none = this.#ring + 2 * (table + bytes);
    this.#wasm.exports[`blank${bits}`](none, stride(widest, bits));
    [place.forward, place.reverse].forEach((side, at) => {
      const block = side / 4;
      this.#numbers[block + 5] = 0;
      this.#numbers[block + 6] = -1;
      this.#numbers[block + 7] = 0;
      this.#words[block + 10] = this.#ring + at * table;
      this.#words[block + 11] = none + centre(widest);
      let array = this.#ring + 2 * table + at * bytes;
      for (let slot = 0, row = (this.#ring + at * table) / 4; slot < slots; slot++, row += 4) {
        const reach = reachOf(slot);
        this.#numbers[row] = 1;
        this.#numbers[row + 1] = 0;
        this.#words[row + 2] = array + centre(reach);
        this.#words[row + 3] = stride(reach, bits);
        array += 3 * stride(reach, bits);
      }
    });
  }

  #setParameters(rows: number, columns: number, slots: number, reach: number, keep: boolean): void {
    const { mismatch, open, extend } = this.#scoring;
    const p = place.parameters / 4;
    this.#numbers[p + 4] = rows;
    this.#numbers[p + 5] = columns;
    this.#numbers[p + 6] = mismatch;
    this.#numbers[p + 7] = open;
    this.#numbers[p + 8] = extend;
    this.#numbers[p + 9] = slots;
    this.#numbers[p + 10] = reach;
    this.#numbers[p + 11] = this.#cellsLeft;
    this.#numbers[p + 13] = this.#window;
    this.#numbers[p + 14] = keep ? 1 : 0;
  }

  /** A path starts matched, or within a gap that is paid for: then it may as well leave it. */
  #seed(side: number, state: State, paid: boolean): void {
    this.#numbers[side / 4 + 8] = paid ? 0 : this.#scoring.open;
    this.#numbers[side / 4 + 9] = state === 0 ? 1 : (paid ? 1 : 0) + 2 ** state;
  }

  /** Runs both sides until they meet; the status, 0 where they did. */
  #run(part: Part, reach: number, slots: number, keep: boolean): number {
    const { queryFrom, queryTo, targetFrom, targetTo, begin, end } = part;
    const bits = bitsOf(part);
    // a gap that was open before the start reaches further, as its opening is paid for
    this.#layOut(slots, bits, keep ? (slot) => this.#reach(slot + this.#scoring.open) : () => reach);
    this.#setParameters(queryTo - queryFrom, targetTo - targetFrom, slots, reach, keep);
    const [forward, reverse] = [place.forward / 4, place.reverse / 4];
    this.#words[forward] = this.#query + queryFrom;
    this.#words[forward + 1] = this.#target + targetFrom;
    this.#words[reverse] = this.#queryBack + this.#m - queryTo;
    this.#words[reverse + 1] = this.#targetBack + this.#n - targetTo;
    this.#seed(place.forward, begin, true);
    this.#seed(place.reverse, end, end === 0);
    this.#wasm.exports[`bidirectional${bits}`](place.parameters, place.forward, place.reverse);
    return this.#numbers[place.parameters / 4 + 16] ?? 0;
  }

  #met(): Meeting {
    const p = place.parameters / 4;
    const [score = 0, first = 0, second = 0, diagonal = 0, offset = 0, state = 0] = this.#numbers.subarray(
      p + 17,
      p + 23,
    );
    return { score, first, second, diagonal, offset, state: state as State };
  }

  /** Where both sides meet, with no more wavefronts in memory than penalties reach back. */
  #meeting(part: Part, known: number | null): Meeting {
    const longest =
      Math.max(part.queryTo - part.queryFrom, part.targetTo - part.targetFrom) + this.#window + beside + 2;
    let reach = known === null ? firstDiagonals : this.#reach(Math.ceil(known / 2) + 2 * this.#window);
    for (; ; reach *= 4) {
      reach = Math.min(reach, longest);
      if (reach > mostDiagonals) throw new TooMuch("too many diagonals");
      const status = this.#run(part, reach, this.#window + 1, false);
      if (status === 1 && reach < longest) continue;
      if (status !== 0) throw new TooMuch("too many cells");
      return this.#met();
    }
  }

  /** The penalty, with all wavefronts kept and walked back through from where they meet; null where the slots did not do. */
  #kept(part: Part, slots: number): number | null {
    const status = this.#run(part, this.#reach(slots + this.#scoring.open), slots, true);
    if (status === 2) throw new TooMuch("too many cells");
    if (status !== 0) return null;
    const { score, first, second, diagonal, offset, state } = this.#met();
    const rows = part.queryTo - part.queryFrom;
    const columns = part.targetTo - part.targetFrom;
    const { buffer } = this.#wasm.memory;
    const offsets: Int16Array | Int32Array = bitsOf(part) === 16 ? new Int16Array(buffer) : this.#numbers;
    const mirrored = columns - rows - diagonal;
    const there = this.#reached(place.reverse, offsets, second, state, mirrored);
    const before = this.#walk(place.forward, offsets, first, diagonal, offset, state);
    const after = this.#walk(place.reverse, offsets, second, mirrored, there, state);
    // both may have followed the same equal letters
    let twice = offset + there - columns;
    for (const side of [before, after]) {
      const at = state === 0 ? 0 : 1;
      const run = side[at] ?? 0;
      if (twice === 0 || (run & 15) !== identity) continue;
      const cut = Math.min(twice, run >>> 4);
      side[at] = run - (cut << 4);
      twice -= cut;
    }
    if (twice !== 0) throw new TooMuch("the sides met amid differences");
    this.#pieces.push(before.reverse(), after);
    return score;
  }

  /** How far the paths of a penalty reach on a diagonal; negative where there are none. */
  #reached(block: number, offsets: Int16Array | Int32Array, score: number, state: State, k: number): number {
    if (score < 0) return -1;
    const row = (this.#words[block / 4 + 10] ?? 0) / 4 + 4 * score;
    if (k < (this.#numbers[row] ?? 1) || k > (this.#numbers[row + 1] ?? 0)) return -1;
    const array = (this.#words[row + 2] ?? 0) + state * (this.#words[row + 3] ?? 0);
    return offsets[array / offsets.BYTES_PER_ELEMENT + k] ?? -1;
  }

  /** From a place of one side back to its start, operations in that order; a mismatch before a gap, a gap's opening before its extension. */
  #walk(
    block: number,
    offsets: Int16Array | Int32Array,
    penalty: number,
    diagonal: number,
    reached: number,
    from: State,
  ): Uint32Array {
    const { mismatch, open, extend } = this.#scoring;
    const seed = this.#numbers[block / 4 + 8] ?? 0;
    const at = (score: number, state: State, k: number): number => this.#reached(block, offsets, score, state, k);
    cigar.clear();
    let score = penalty;
    let k = diagonal;
    let offset = reached;
    let state = from;
    for (;;) {
      if (state === 0) {
        if (score === 0) {
          cigar.put(identity, offset);
          break;
        }
        const before = at(score - mismatch, 0, k);
        const paired = before < 0 ? -1 : before + 1;
        const inTarget = at(score, 1, k);
        const inQuery = at(score, 2, k);
        const best = Math.max(
          paired <= offset ? paired : -1,
          inTarget <= offset ? inTarget : -1,
          inQuery <= offset ? inQuery : -1,
        );
        if (best < 0) throw new TooMuch("a score without a way to it");
        cigar.put(identity, offset - best);
        offset = best;
        if (best === paired) {
          cigar.put(difference, 1);
          offset--;
          score -= mismatch;
        } else state = best === inTarget ? 1 : 2;
        continue;
      }
      if (score === seed && k === 0 && (state === 1 ? offset : offset - k) === 0) break;
      cigar.put(state === 1 ? deletion : insertion, 1);
      if (state === 1) {
        k--;
        offset--;
      } else k++;
      if (at(score - open - extend, 0, k) === offset) {
        score -= open + extend;
        state = 0;
      } else score -= extend;
      if (score < 0) throw new TooMuch("a gap without a start");
    }
    return cigar.forwards().reverse();
  }
}

/** Bytes of an array of so many diagonals to either side. */
function stride(reach: number, bits: 16 | 32): number {
  return aligned(((2 * reach + 32) * bits) / 8);
}

function bitsOf({ queryFrom, queryTo, targetFrom, targetTo }: Part): 16 | 32 {
  return Math.max(queryTo - queryFrom, targetTo - targetFrom) <= longest16 ? 16 : 32;
}

/** Pieces in their order, with equal operations at a seam as one. */
function joined(pieces: readonly Uint32Array[]): Uint32Array {
  const all: number[] = [];
  for (const piece of pieces)
    for (const operation of piece) {
      if (operation >>> 4 === 0) continue;
      const before = all[all.length - 1];
      if (before !== undefined && (before & 15) === (operation & 15)) all[all.length - 1] = before + (operation & ~15);
      else all.push(operation);
    }
  return Uint32Array.from(all);
}
