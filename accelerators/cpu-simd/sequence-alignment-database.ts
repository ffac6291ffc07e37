// The resident form of a database: targets sorted by length, 16 side by side, so that one vector holds one column.
import { BioXenError, type Sequences } from "../../src/contract/index.ts";
import { padding } from "./sequence-alignment-lanes.ts";

/** Lanes of a group; its columns are 16 bytes wide. */
const lanes = 16;
/** A group that would take more than this, half of it padding, gives its longest target up: that one is streamed. */
const mostPadded = 2 ** 20;

/** Plain data over shared memory, so that every worker sees the one copy. */
export interface InterleavedDatabase {
  /** Target of lane `l` of group `g` at `16 g + l`, longest first; the last group may be short. */
  readonly order: Uint32Array;
  /** First column of each group, and one past the last: all multiples of 3. */
  readonly starts: Uint32Array;
  /** Letter codes, 16 bytes a column; 64 after a target's end. */
  readonly columns: Uint8Array;
  /** Targets in no group, too long beside the others to be padded for; interleaved as they are searched. */
  readonly alone: Uint32Array;
  /** The letters themselves, for `alone` and for the lanes that must be run again wider. */
  readonly residues: Uint8Array;
  readonly offsets: Uint32Array;
  /** Residues of the longest target. */
  readonly longest: number;
}

export interface DatabaseLetters {
  readonly residues: Uint8Array;
  readonly offsets: Uint32Array;
  /** From ASCII to a letter's row in the matrix. */
  readonly codes: Uint8Array;
}

/** The same bytes over shared memory: themselves where they are so already. */
export function shared(bytes: Uint8Array): Uint8Array {
  if (bytes.buffer instanceof SharedArrayBuffer) return bytes;
  const copy = new Uint8Array(sharedBuffer(bytes.length));
  copy.set(bytes);
  return copy;
}

export function sharedWords(words: Uint32Array): Uint32Array {
  if (words.buffer instanceof SharedArrayBuffer) return words;
  const copy = new Uint32Array(sharedBuffer(words.byteLength));
  copy.set(words);
  return copy;
}

export function sharedBuffer(bytes: number): SharedArrayBuffer {
  try {
    return new SharedArrayBuffer(bytes);
  } catch (cause) {
    throw new BioXenError("OUT_OF_MEMORY", `sequence-alignment needs ${bytes} bytes of shared memory`, { cause });
  }
}

export function sharedLetters({ residues, offsets }: Sequences): Omit<DatabaseLetters, "codes"> {
  return { residues: shared(residues), offsets: sharedWords(offsets) };
}

/** Sorts and interleaves; about 2.5 ns a residue. */
export function interleaveDatabase({ residues, offsets, codes }: DatabaseLetters): InterleavedDatabase {
  const sorted = longestFirst(offsets);
  const lengthOf = (rank: number): number => {
    const target = sorted[rank] ?? 0;
    return rank < sorted.length ? (offsets[target + 1] ?? 0) - (offsets[target] ?? 0) : 0;
  };
  const order = new Uint32Array(sharedBuffer(4 * sorted.length));
  const alone: number[] = [];
  const firsts: number[] = [0];
  let grouped = 0;
  for (let rank = 0; rank < sorted.length; ) {
    const padded = lanes * lengthOf(rank);
    let sum = 0;
    for (let lane = 0; lane < lanes; lane++) sum += lengthOf(rank + lane);
    if (padded > mostPadded && 2 * sum < padded) {
      alone.push(sorted[rank++] ?? 0);
      continue;
    }
    firsts.push((firsts.at(-1) ?? 0) + 3 * Math.ceil(lengthOf(rank) / 3));
    order.set(sorted.subarray(rank, rank + lanes), grouped);
    grouped += Math.min(lanes, sorted.length - rank);
    rank += lanes;
  }
  const starts = sharedWords(Uint32Array.from(firsts));
  const columns = new Uint8Array(sharedBuffer(lanes * (firsts.at(-1) ?? 0)));
  columns.fill(padding);
  for (let at = 0; at < grouped; at++) {
    const target = order[at] ?? 0;
    const end = offsets[target + 1] ?? 0;
    let to = lanes * (starts[Math.floor(at / lanes)] ?? 0) + (at % lanes);
    for (let from = offsets[target] ?? 0; from < end; from++, to += lanes)
      columns[to] = codes[residues[from] ?? 0] ?? 0;
  }
  return {
    order: order.subarray(0, grouped),
    starts,
    columns,
    alone: sharedWords(Uint32Array.from(alone)),
    residues,
    offsets,
    longest: lengthOf(0),
  };
}

/** Ranks of the targets by length, equal ones in their own order. */
function longestFirst(offsets: Uint32Array): Uint32Array {
  const count = offsets.length - 1;
  // length and index in one number: sorting numbers needs no comparator, which would take most of the time
  const keys = new Float64Array(count);
  let longest = 0;
  for (let at = 0; at < count; at++) {
    const length = (offsets[at + 1] ?? 0) - (offsets[at] ?? 0);
    longest = Math.max(longest, length);
    keys[at] = length * count + (count - 1 - at);
  }
  if ((longest + 1) * count > Number.MAX_SAFE_INTEGER)
    throw new BioXenError("UNSUPPORTED", `${count} targets of up to ${longest} residues cannot be sorted here`);
  keys.sort();
  return Uint32Array.from(keys, (_, at) => count - 1 - ((keys[count - 1 - at] ?? 0) % count));
}
