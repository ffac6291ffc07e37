// The memory of one pair's wavefronts, laid out anew for each run over a part of it.
import {
  ended,
  type Limits,
  type Meeting,
  type Origins,
  type Part,
  type State,
  type WavefrontScoring,
} from "./alignment-wavefront-parts.ts";
import { aligned, instantiate, type WasmInstance } from "./wasm.ts";

type Forwards = (parameters: number, side: number, state: number) => number;
type Bidirectional = (parameters: number, forward: number, reverse: number) => number;
type Blank = (array: number, bytes: number) => void;

interface WavefrontExports {
  readonly forwards16: Forwards;
  readonly forwards32: Forwards;
  readonly bidirectional16: Bidirectional;
  readonly bidirectional32: Bidirectional;
  readonly blank16: Blank;
  readonly blank32: Blank;
  readonly encode: (letters: number, length: number, codes: number, to: number, reversed: number) => void;
  readonly countLacking: (
    letters: number,
    length: number,
    other: number,
    otherLength: number,
    seed: number,
    map: number,
    bits: number,
    counts: number,
  ) => void;
}

/** Fixed places at the start of the memory. */
const place = { parameters: 64, forward: 256, reverse: 320, codes: 512, free: 1024 } as const;
/** Codes that equal no other: they stand behind the letters of a part while it runs. */
const queryEnd = 254;
const targetEnd = 255;
/** Diagonals to either side that a wavefront is first given where no bound says how many, and that it is given at most. */
const firstDiagonals = 2048;
const mostDiagonals = 2 ** 21;
/** Vectors' overhang, beside what later wavefronts may read beside one. */
const overhang = 48;
const longest16 = 32_000;

let opened: WasmInstance<WavefrontExports> | null = null;

/** One pair's letters in the memory, and runs over parts of them. */
export class WavefrontRuns {
  readonly #wasm: WasmInstance<WavefrontExports>;
  readonly #scoring: WavefrontScoring;
  readonly #m: number;
  readonly #n: number;
  readonly #query: number;
  readonly #queryBack: number;
  readonly #target: number;
  readonly #targetBack: number;
  readonly #queryCounts: number;
  readonly #targetCounts: number;
  readonly #free: number;
  readonly #window: number;
  #seed = 0;
  #cellsLeft: number;
  #rows = 0;
  #bytes: Uint8Array;
  #numbers: Int32Array;
  #words: Uint32Array;

  constructor(query: Uint8Array, target: Uint8Array, scoring: WavefrontScoring, mostCells: number) {
    opened ??= instantiate<WavefrontExports>("alignment-wavefront");
    this.#wasm = opened;
    this.#scoring = scoring;
    this.#m = query.length;
    this.#n = target.length;
    this.#window = Math.max(scoring.mismatch, scoring.open + scoring.extend);
    this.#cellsLeft = Math.min(2 ** 31 - 1, mostCells);
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
    this.#queryCounts = take(this.#m / 2);
    this.#targetCounts = take(this.#n / 2);
    this.#free = at;
    this.#wasm.reserve(at);
    const { buffer } = this.#wasm.memory;
    this.#bytes = new Uint8Array(buffer);
    this.#numbers = new Int32Array(buffer);
    this.#words = new Uint32Array(buffer);
    const { encode } = this.#wasm.exports;
    this.#bytes.set(scoring.queryCodes, place.codes);
    this.#bytes.set(query, this.#query);
    encode(this.#query, this.#m, place.codes, this.#query, this.#queryBack);
    this.#bytes.set(scoring.targetCodes, place.codes);
    this.#bytes.set(target, this.#target);
    encode(this.#target, this.#n, place.codes, this.#target, this.#targetBack);
  }

  /** Bytes of the memory that a worker holds from pair to pair. */
  static get bytes(): number {
    return opened?.memory.buffer.byteLength ?? 0;
  }

  /** Letters of the part as codes, for both sequences. */
  codes({ queryFrom, queryTo, targetFrom, targetTo }: Part): { query: Uint8Array; target: Uint8Array } {
    return {
      query: this.#bytes.subarray(this.#query + queryFrom, this.#query + queryTo),
      target: this.#bytes.subarray(this.#target + targetFrom, this.#target + targetTo),
    };
  }

  /** Counts the seeds of either sequence that the other lacks: from now on they bound the penalties still to come. */
  countSeeds(): void {
    const most = Math.max(this.#m, this.#n);
    // one in a hundred stands in the other by chance, as letters or as a number
    const seed = Math.min(16, Math.max(8, Math.ceil(Math.log(most) / Math.log(4) + 3.3)));
    const bits = Math.min(26, Math.ceil(Math.log2(most) + 6.5));
    this.#reserve(this.#free + 2 ** (bits - 3));
    const { countLacking } = this.#wasm.exports;
    countLacking(this.#query, this.#m, this.#target, this.#n, seed, this.#free, bits, this.#queryCounts);
    countLacking(this.#target, this.#n, this.#query, this.#m, seed, this.#free, bits, this.#targetCounts);
    this.#seed = seed;
  }

  /** The penalty of the best path from one end to the other, or why there is none. */
  forwards(part: Part, limits: Limits): { readonly status: number; readonly penalty: number } {
    const bits = bitsOf(part);
    const status = this.#run(part, limits, 1, () =>
      this.#wasm.exports[`forwards${bits}`](place.parameters, place.forward, part.end),
    );
    return { status, penalty: this.#numbers[place.parameters / 4 + 17] ?? 0 };
  }

  /** Where paths from both ends meet, with no more wavefronts in memory than penalties reach back; null where none did. */
  meeting(part: Part, limits: Limits): Meeting | null {
    const bits = bitsOf(part);
    const status = this.#run(part, limits, 2, () =>
      this.#wasm.exports[`bidirectional${bits}`](place.parameters, place.forward, place.reverse),
    );
    if (status !== ended.well) return null;
    const p = place.parameters / 4;
    const found = this.#numbers.subarray(p + 17, p + 23);
    const [score = 0, first = 0, second = 0, diagonal = 0, offset = 0, state = 0] = found;
    return { score, first, second, diagonal, offset, state: state as State };
  }

  /** Of the last run forwards, which kept them. */
  origins(part: Part): Origins {
    const { buffer } = this.#wasm.memory;
    return { words: this.#words, halves: new Uint16Array(buffer), rows: this.#rows / 4, bits: bitsOf(part) };
  }

  #reserve(bytes: number): void {
    this.#wasm.reserve(bytes);
    const { buffer } = this.#wasm.memory;
    if (buffer === this.#numbers.buffer) return;
    this.#bytes = new Uint8Array(buffer);
    this.#numbers = new Int32Array(buffer);
    this.#words = new Uint32Array(buffer);
  }

  /** Runs with room for as many diagonals as the bound says, or else for more and more. */
  #run(part: Part, limits: Limits, sides: number, work: () => number): number {
    const rows = part.queryTo - part.queryFrom;
    const columns = part.targetTo - part.targetFrom;
    const { open, extend } = this.#scoring;
    const beside = 2 * this.#window + overhang;
    const longest = Math.max(rows, columns) + beside;
    const bounded = limits.bound === null ? limits.scores / extend : (limits.bound + 2 * open) / extend / 2;
    let reach = Math.ceil(Math.min(bounded + Math.abs(columns - rows), firstDiagonals)) + beside;
    for (; ; reach *= 4) {
      reach = Math.min(reach, longest);
      if (reach > mostDiagonals) return ended.diagonals;
      this.#layOut(part, limits, reach, sides);
      const put = [
        [this.#query + part.queryTo, queryEnd],
        [this.#target + part.targetTo, targetEnd],
        [this.#queryBack + this.#m - part.queryFrom, queryEnd],
        [this.#targetBack + this.#n - part.targetFrom, targetEnd],
      ] as const;
      const stood = put.map(([at]) => this.#bytes[at] ?? 0);
      for (const [at, code] of put) this.#bytes[at] = code;
      const status = work();
      put.forEach(([at], which) => {
        this.#bytes[at] = stood[which] ?? 0;
      });
      if (status !== ended.diagonals || reach === longest) {
        this.#cellsLeft -= (this.#numbers[place.forward / 4 + 7] ?? 0) + (this.#numbers[place.reverse / 4 + 7] ?? 0);
        return status;
      }
    }
  }

  #layOut(part: Part, { bound, lag, scores, originBytes }: Limits, reach: number, sides: number): void {
    const { mismatch, open, extend } = this.#scoring;
    const bits = bitsOf(part);
    const slots = this.#window + 1;
    const row = stride(reach, bits);
    let at = this.#free;
    const take = (bytes: number): number => {
      const start = at;
      at = aligned(at + bytes);
      return start;
    };
    const none = take(row);
    const ring = take(sides * slots * (16 + 3 * row));
    this.#rows = take(originBytes > 0 ? 8 * scores : 0);
    // where nobody asks for origins all wavefronts write theirs to the same place
    const origins = take(Math.max(originBytes, reach + 64));
    this.#reserve(at + 64);
    this.#wasm.exports[`blank${bits}`](none, row);
    const centre = ((reach + 8) * bits) / 8;
    const numbers = this.#numbers;
    for (let side = 0; side < 2; side++) {
      const block = (side === 0 ? place.forward : place.reverse) / 4;
      numbers.fill(0, block, block + 16);
      if (side >= sides) continue;
      const table = ring + side * slots * (16 + 3 * row);
      numbers[block] = side === 0 ? this.#query + part.queryFrom : this.#queryBack + this.#m - part.queryTo;
      numbers[block + 1] = side === 0 ? this.#target + part.targetFrom : this.#targetBack + this.#n - part.targetTo;
      numbers[block + 2] = side;
      // letters are followed from the start before they are counted
      numbers[block + 4] = 7;
      numbers[block + 6] = 7;
      // a path starts matched, or within a gap that is paid for: then it may as well leave it
      const state = side === 0 ? part.begin : part.end;
      const paid = side === 0 || state === 0;
      numbers[block + 8] = paid ? 0 : open;
      numbers[block + 9] = state === 0 ? 1 : (paid ? 1 : 0) + 2 ** state;
      numbers[block + 10] = table;
      numbers[block + 11] = none + centre;
      numbers[block + 14] = this.#rows;
      for (let slot = 0; slot < slots; slot++)
        numbers.set([1, 0, table + 16 * slots + 3 * slot * row + centre, row], table / 4 + 4 * slot);
    }
    const seeds = bound === null ? 0 : this.#seed;
    const alone = Math.min(mismatch, open + extend, Math.floor(open / 2) + extend, seeds * extend);
    const { queryFrom, queryTo, targetFrom, targetTo } = part;
    numbers.set(
      [
        ...[queryTo - queryFrom, targetTo - targetFrom, mismatch, open, extend, slots, reach, this.#cellsLeft, scores],
        ...[this.#window, originBytes > 0 ? 1 : 0],
      ],
      place.parameters / 4 + 4,
    );
    numbers.set(
      [
        ...[origins, origins + originBytes, bound ?? 2 ** 31 - 1, lag, alone, Math.min(alone, open), seeds],
        ...[this.#queryCounts, this.#targetCounts, queryFrom, queryTo, targetFrom, targetTo],
      ],
      place.parameters / 4 + 23,
    );
  }
}

/** Bytes of an array of so many diagonals to either side. */
function stride(reach: number, bits: 16 | 32): number {
  return aligned(((2 * reach + 32) * bits) / 8);
}

function bitsOf({ queryFrom, queryTo, targetFrom, targetTo }: Part): 16 | 32 {
  return Math.max(queryTo - queryFrom, targetTo - targetFrom) <= longest16 ? 16 : 32;
}
