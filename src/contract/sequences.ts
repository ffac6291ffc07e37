/** Many sequences in one buffer of ASCII letters. Immutable: devices keep what they prepared in a `WeakMap` keyed by this object. */
export interface Sequences {
  readonly names: readonly string[];
  /** All residues, one sequence after the other, no separators. */
  readonly residues: Uint8Array;
  /** `offsets[i]` to `offsets[i + 1]` (exclusive) is sequence `i`; one entry more than there are sequences. */
  readonly offsets: Uint32Array;
}
