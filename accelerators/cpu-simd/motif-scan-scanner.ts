import { readFileSync } from "node:fs";
import { BioXenError } from "../../src/contract/index.ts";
import { longestMotif } from "../../src/workloads/motif-scan/scoring.ts";
import type { MergedHits } from "./motif-scan-hits.ts";
import type { Piece } from "./motif-scan-pieces.ts";
import { aligned } from "./wasm.ts";

/** What assembly/motif-scan.ts exports. */
export interface MotifExports {
  open(
    packed: number,
    bad: number,
    starts: number,
    segments: number,
    bases: number,
    owned: number,
    firstSequence: number,
    skipped: number,
  ): void;
  openIndex(slices: number, positions: number, contexts: number, k: number): void;
  pack(text: number): void;
  buildIndex(): void;
  scanIndexed(
    matrix: number,
    columns: number,
    threshold: number,
    to: number,
    scores: number,
    spare: number,
    work: number,
    capacity: number,
  ): number;
  scanDense(
    matrix: number,
    columns: number,
    threshold: number,
    from: number,
    until: number,
    to: number,
    scores: number,
  ): number;
  openPairs(pairs: number): void;
  pairUp(text: number): void;
  pairLosses(matrix: number, columns: number, threshold: number, to: number): number;
  pairsSecond(): number;
  scanPairs(
    columns: number,
    threshold: number,
    capacity: number,
    one: number,
    oneLosses: number,
    oneTo: number,
    oneScores: number,
    two: number,
    twoLosses: number,
    twoTo: number,
    twoScores: number,
  ): number;
  merge(
    plus: number,
    plusScores: number,
    plusCount: number,
    minus: number,
    minusScores: number,
    minusCount: number,
    sequence: number,
    position: number,
    strand: number,
    score: number,
  ): void;
  lossTable(scores: number, columns: number, precision: number, losses: number): number;
  lossSpan(): number;
  thresholdTail(losses: number, columns: number, background: number, p: number, width: number, tables: number): number;
}

/** A piece of text in a memory that any thread can work on. */
export interface PieceInMemory {
  readonly memory: WebAssembly.Memory;
  readonly piece: Piece;
  /** Letters of the index, 0 for none. */
  readonly k: number;
}

/** Memory page of WebAssembly, and the most of them that 32-bit addresses reach. */
const page = 65_536;
/** Below this: what `pack` and `buildIndex` leave for other threads. */
const header = 1024;
/** SIMD loads and stores run up to 16 bytes over the end, and `contexts` are read from 2 bytes before `packed`. */
const slack = 64;
const bytesOfMatrix = 8 * 4 * longestMotif;
/** A look-up for every two columns, see `pairLosses` in assembly/motif-scan/direct.ts. */
const bytesOfLosses = 16 * Math.ceil(longestMotif / 2);
/** `work` of `scanIndexed`, see assembly/motif-scan/walk.ts. */
const workBytes = 2 * 640 + 40_960 + 1024 + 512 * 16;

/** Where all of a piece lies: worked out alike by every thread, from the piece alone. */
export interface Layout {
  readonly packed: number;
  readonly bad: number;
  readonly starts: number;
  readonly pairs: number;
  readonly slices: number;
  readonly positions: number;
  readonly contexts: number;
  readonly slots: number;
  readonly slotBytes: number;
  /** Candidates or hits that one oriented matrix may have in a slot before it is scanned in stretches instead. */
  readonly capacity: number;
}

export function layoutOf({ piece: { bases, starts }, k }: Pick<PieceInMemory, "piece" | "k">): Layout {
  let next = header + slack;
  const take = (bytes: number): number => {
    const at = next;
    next = aligned(next + bytes + slack);
    return at;
  };
  // three lists of 12, 12 and 4 bytes a hit, and a merged one of 17 that holds two strands: a byte a base in all
  const capacity = 4096 + Math.ceil(bases / 64);
  const lists = (12 + 12 + 4 + 2 * 17) * capacity;
  const layout = {
    packed: take(bases / 4 + 1),
    bad: take(bases / 8 + 1),
    starts: take(starts.byteLength),
    pairs: take(bases + longestMotif + 32),
    slices: take(k === 0 ? 0 : 4 * (4 ** k + 2)),
    positions: take(k === 0 ? 0 : 4 * bases),
    contexts: take(k === 0 ? 0 : 4 * bases),
  };
  const overhead = 2 * (bytesOfMatrix + bytesOfLosses) + workBytes + 16 * slack;
  // the text lies in the first slot until it is packed
  return { ...layout, slots: next, slotBytes: aligned(Math.max(overhead + lists, bases + slack)), capacity };
}

/** Bytes of a piece with room for so many threads at once. */
export function bytesOf(layout: Layout, slots: number): number {
  return layout.slots + slots * layout.slotBytes + page;
}

/** k-mers of an index over so many bases: about 16 starts to each. */
export function indexLetters(bases: number): number {
  return Math.max(4, Math.min(12, Math.round(Math.log2(bases) / 2) - 2));
}

/** @throws BioXenError `OUT_OF_MEMORY` */
export function reserve(memory: WebAssembly.Memory, bytes: number): void {
  const missing = Math.ceil((bytes - memory.buffer.byteLength) / page);
  if (missing <= 0) return;
  try {
    memory.grow(missing);
  } catch (cause) {
    throw new BioXenError("OUT_OF_MEMORY", `motif-scan needs ${bytes} bytes of WebAssembly memory`, { cause });
  }
}

/** @throws BioXenError `OUT_OF_MEMORY` */
export function newMemory(): WebAssembly.Memory {
  try {
    return new WebAssembly.Memory({ initial: 1, maximum: page, shared: true });
  } catch (cause) {
    throw new BioXenError("OUT_OF_MEMORY", "motif-scan got no WebAssembly memory", { cause });
  }
}

let compiled: WebAssembly.Module | null = null;

/** A worker gets a new object for a memory with each task; the calling thread, which scans small inputs, keeps one. */
const instances = new WeakMap<WebAssembly.Memory, MotifExports>();

/** The kernel over a shared memory; compiled once a thread. */
export function instantiate(memory: WebAssembly.Memory): MotifExports {
  const made = instances.get(memory);
  if (made !== undefined) return made;
  compiled ??= new WebAssembly.Module(readFileSync(new URL("./motif-scan.wasm", import.meta.url)));
  const abort = (): never => {
    throw new BioXenError("KERNEL_FAILED", "motif-scan.wasm aborted");
  };
  const instance = new WebAssembly.Instance(compiled, { env: { memory, abort } });
  // sound as long as the assembly source exports these functions, which the kernel's tests run
  const exports = instance.exports as unknown as MotifExports;
  instances.set(memory, exports);
  return exports;
}

/** Addresses in a slot. */
export interface Slot {
  /** Of each of two oriented matrices: scores, losses, and the hits' starts and scores. */
  readonly sides: readonly [Side, Side];
  readonly work: number;
  readonly spare: number;
  readonly merged: MergedHits;
}

export interface Side {
  readonly matrix: number;
  readonly losses: number;
  readonly starts: number;
  readonly scores: number;
}

export function slotOf({ slots, slotBytes, capacity }: Layout, slot: number): Slot {
  let next = slots + slot * slotBytes;
  const take = (bytes: number): number => {
    const at = next;
    next = aligned(next + bytes);
    return at;
  };
  const side = (): Side => ({
    matrix: take(bytesOfMatrix),
    losses: take(bytesOfLosses),
    starts: take(4 * capacity),
    scores: take(8 * capacity),
  });
  return {
    sides: [side(), side()],
    work: take(workBytes),
    spare: take(4 * capacity),
    merged: {
      sequence: take(8 * capacity),
      position: take(8 * capacity),
      strand: take(2 * capacity),
      score: take(16 * capacity),
    },
  };
}

/** The kernel, opened on a piece. */
export function openPiece(held: PieceInMemory): { readonly wasm: MotifExports; readonly layout: Layout } {
  const { memory, piece, k } = held;
  const layout = layoutOf(held);
  const wasm = instantiate(memory);
  wasm.open(
    layout.packed,
    layout.bad,
    layout.starts,
    piece.starts.length - 1,
    piece.bases,
    piece.owned,
    piece.firstSequence,
    piece.skipped,
  );
  wasm.openPairs(layout.pairs);
  if (k > 0) wasm.openIndex(layout.slices, layout.positions, layout.contexts, k);
  return { wasm, layout };
}
