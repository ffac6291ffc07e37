// Sequences in the form that the shader reads: sorted by length, 64 side by side.
import type { Sequences } from "../../src/contract/index.ts";
import { lanes, mostLetters } from "./sequence-alignment-shader.ts";

export interface PackedSequences {
  /** First word of each group of 64, and one past the last. */
  readonly starts: Uint32Array;
  /** Letter codes, four columns a word, the words of 64 sequences side by side. */
  readonly words: Uint32Array;
}

const padding = mostLetters;

export function lengthOf({ offsets }: Sequences, index: number): number {
  return (offsets[index + 1] ?? 0) - (offsets[index] ?? 0);
}

const longestOf = new WeakMap<Sequences, number>();

/** Length of the longest sequence; looked for once, as sequences are immutable. */
export function longest(sequences: Sequences): number {
  const known = longestOf.get(sequences);
  if (known !== undefined) return known;
  let most = 0;
  for (let at = 0; at + 1 < sequences.offsets.length; at++) most = Math.max(most, lengthOf(sequences, at));
  longestOf.set(sequences, most);
  return most;
}

/** Indices of the sequences, the longest first, so that those side by side end together. */
export function longestFirst(sequences: Sequences): Uint32Array {
  const count = sequences.offsets.length - 1;
  return Uint32Array.from({ length: count }, (_, at) => at).sort(
    (x, y) => lengthOf(sequences, y) - lengthOf(sequences, x) || x - y,
  );
}

/** Packs sequences in this order; `codes` maps ASCII to a letter's row or column of the matrix. */
export function packSequences(sequences: Sequences, order: Uint32Array, codes: Uint8Array): PackedSequences {
  const { residues, offsets } = sequences;
  const groups = Math.ceil(order.length / lanes);
  const starts = new Uint32Array(groups + 1);
  for (let group = 0; group < groups; group++) {
    let most = 0;
    for (let at = group * lanes; at < Math.min(order.length, (group + 1) * lanes); at++)
      most = Math.max(most, lengthOf(sequences, order[at] ?? 0));
    starts[group + 1] = (starts[group] ?? 0) + Math.ceil(most / 4);
  }
  const words = new Uint32Array((starts[groups] ?? 0) * lanes).fill(padding * 0x01010101);
  const bytes = new Uint8Array(words.buffer);
  order.forEach((index, at) => {
    const first = offsets[index] ?? 0;
    const length = lengthOf(sequences, index);
    const word = (starts[Math.floor(at / lanes)] ?? 0) * lanes + (at % lanes);
    for (let column = 0; column < length; column++)
      bytes[4 * (word + (column >> 2) * lanes) + (column & 3)] = codes[residues[first + column] ?? 0] ?? padding;
  });
  return { starts, words };
}
