import type { Sequences } from "../contract/index.ts";

export function lengthOf({ offsets }: Sequences, at: number): number {
  return (offsets[at + 1] ?? 0) - (offsets[at] ?? 0);
}

/** One sequence of several. */
export interface Selected {
  readonly of: Sequences;
  readonly at: number;
}

/** Copies of some sequences, in the given order and as often as they are named, over shared memory. */
export function selected(parts: readonly Selected[]): Sequences {
  const offsets = new Uint32Array(parts.length + 1);
  parts.forEach(({ of, at }, index) => {
    offsets[index + 1] = (offsets[index] ?? 0) + lengthOf(of, at);
  });
  const residues = new Uint8Array(new SharedArrayBuffer(offsets[parts.length] ?? 0));
  parts.forEach(({ of, at }, index) => {
    residues.set(of.residues.subarray(of.offsets[at], of.offsets[at + 1]), offsets[index]);
  });
  return { names: parts.map(({ of, at }) => of.names[at] ?? ""), residues, offsets };
}

/** A range of sequences as a batch of its own; a view where the range is the whole. */
export function rangeOf(of: Sequences, first: number, end: number): Sequences {
  if (first === 0 && end === of.names.length) return of;
  return selected(Array.from({ length: end - first }, (_, at) => ({ of, at: first + at })));
}
