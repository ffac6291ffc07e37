// What the ways of aligning a pair share on the worker's side: scoring as plain data, and the answer of one pair.

/** What a worker needs to know of a question; plain data. */
export interface TracebackScoring {
  /** From ASCII to a letter's row in the matrix. */
  readonly codes: Uint8Array;
  readonly letters: number;
  /** Row-major; the row is the query's letter. */
  readonly scores: Int16Array;
  /** 1 for codes of certain residues, which alone may be identical. */
  readonly certain: Uint8Array;
  /** One or two; no extension is dearer than its opening. */
  readonly pieces: readonly { readonly open: number; readonly extend: number }[];
  readonly local: boolean;
  readonly free: {
    readonly queryStart: boolean;
    readonly queryEnd: boolean;
    readonly targetStart: boolean;
    readonly targetEnd: boolean;
  };
  /** Greatest score of the matrix, at least 0, and the least, at most 0. */
  readonly most: number;
  readonly least: number;
}

/** How much of an alignment is asked for: 0 its score, 1 its end, 2 its start, 3 its way. */
export type Depth = 0 | 1 | 2 | 3;

export interface PairAnswer {
  score: number;
  queryStart: number;
  queryEnd: number;
  targetStart: number;
  targetEnd: number;
  /** From start to end; empty where not asked for. */
  operations: Uint32Array;
}

/** Codes of a CIGAR's operations, as BAM has them. */
export const insertion = 1;
export const deletion = 2;
export const identity = 7;
export const difference = 8;

/** What a gap of this many residues costs. */
export function costOfGap(pieces: TracebackScoring["pieces"], residues: number): number {
  let least = Number.POSITIVE_INFINITY;
  for (const { open, extend } of pieces) least = Math.min(least, open + (residues - 1) * extend);
  return least;
}

/** Operations, collected from an alignment's end to its start. */
export class BackwardCigar {
  #words: Uint32Array = new Uint32Array(256);
  #length = 0;

  clear(): void {
    this.#length = 0;
  }

  put(code: number, residues: number): void {
    if (residues === 0) return;
    const before = this.#words[this.#length - 1] ?? 0;
    if (this.#length > 0 && (before & 15) === code) {
      this.#words[this.#length - 1] = before + (residues << 4);
      return;
    }
    if (this.#length === this.#words.length) {
      const words = new Uint32Array(2 * this.#length);
      words.set(this.#words);
      this.#words = words;
    }
    this.#words[this.#length++] = (residues << 4) | code;
  }

  /** From start to end. */
  forwards(): Uint32Array {
    return this.#words.slice(0, this.#length).reverse();
  }
}
