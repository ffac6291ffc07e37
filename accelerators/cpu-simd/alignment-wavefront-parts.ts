// What the ways through wavefronts share: penalties, parts of a pair, and what a run over one may take and gives.

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

/** M, a gap that consumes the target, one that consumes the query; their bits are those of a seed's states. */
export type State = 0 | 1 | 2;

/** A part of both sequences, from one state to another. */
export interface Part {
  readonly queryFrom: number;
  readonly queryTo: number;
  readonly targetFrom: number;
  readonly targetTo: number;
  readonly begin: State;
  readonly end: State;
}

/** A path of the least penalty passes here: so far on this diagonal, in this state, with these penalties on either side. */
export interface Meeting {
  readonly score: number;
  readonly first: number;
  readonly second: number;
  readonly diagonal: number;
  readonly offset: number;
  readonly state: State;
}

/** What a run may take. */
export interface Limits {
  /** No penalty above this one is of interest; null where none is known. */
  readonly bound: number | null;
  /** Residues, of both sequences together, behind the furthest path at which a diagonal is left out; 0 leaves out the hopeless alone. */
  readonly lag: number;
  /** One more than the highest penalty of a side. */
  readonly scores: number;
  /** Bytes for where each cell came from; 0 where nobody asks. */
  readonly originBytes: number;
}

/** Why a run ended: as the assembly says. */
export const ended = { well: 0, diagonals: 1, cells: 2, scores: 3, origins: 4 } as const;

/** What leads from a cell back to the one before. */
export interface Origins {
  /** As 32-bit words: an address and a lowest diagonal for each penalty, from `rows` on. */
  readonly words: Uint32Array;
  readonly halves: Uint16Array;
  readonly rows: number;
  readonly bits: 16 | 32;
}
