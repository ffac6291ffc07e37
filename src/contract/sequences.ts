/**
 * Many biological sequences in one buffer, as ASCII letters. Immutable once made: devices keep what they
 * prepared from it in a `WeakMap` keyed by this very object. Over a `SharedArrayBuffer` it reaches workers
 * without a copy.
 */
export interface Sequences {
  readonly names: readonly string[];
  /** All residues, one sequence after the other, no separators. */
  readonly residues: Uint8Array;
  /** `offsets[i]` to `offsets[i + 1]` (exclusive) is sequence `i`; one entry more than there are sequences. */
  readonly offsets: Uint32Array;
}
