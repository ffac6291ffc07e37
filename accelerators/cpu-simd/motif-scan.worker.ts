// One piece of text against matrices: what a thread does.
import { reverseComplement } from "../../src/workloads/motif-scan/scoring.ts";
import { HitList, type PartHits } from "./motif-scan-hits.ts";
import {
  type Layout,
  type MotifExports,
  openPiece,
  type PieceInMemory,
  type Side,
  type Slot,
  slotOf,
} from "./motif-scan-scanner.ts";

import { type ThresholdTask, thresholds } from "./motif-scan-thresholds.ts";

/** Many matrices in one array each of what there is to know of them. */
export interface MatrixSet {
  readonly columns: Uint8Array;
  /** Log-odds of all matrices, one after the other, column-major. */
  readonly scores: Float64Array;
  readonly thresholds: Float64Array;
  readonly strands: "both" | "forward";
}

export interface ScanTask {
  readonly held: PieceInMemory;
  /** The scratch slot that is this task's alone. */
  readonly slot: number;
  readonly matrices: MatrixSet;
  /** The text lies unpacked in slot 0 and is to be prepared first. */
  readonly unprepared: boolean;
}

/** Packs the text that lies in slot 0, and makes of it what scanning needs: the index, or the letters in pairs. */
export function prepareMotifPiece(held: PieceInMemory): void {
  const { wasm, layout } = openPiece(held);
  const { starts } = held.piece;
  wasm.pack(layout.slots);
  new Uint32Array(held.memory.buffer, layout.starts, starts.length).set(starts);
  // before the index, which leaves nothing of the text
  wasm.pairUp(layout.slots);
  if (held.k > 0) wasm.buildIndex();
}

/** Hits of all matrices in the windows that a piece owns. */
export function scanMotifPiece({ held, slot, matrices, unprepared }: ScanTask): PartHits {
  if (unprepared) prepareMotifPiece(held);
  const scan = openScan(held, slot, matrices);
  for (const [matrix, sides] of scan.matrices.entries()) {
    // a motif that the index sees only in part, or that has more candidates there than lists hold, costs less window by window
    const indexed = held.k > 0 && sides.columns <= held.k + columnsBeyond;
    const found = firstThatFits(indexed ? [byIndex, byPairs] : [byPairs], scan, sides);
    if (found === null) inStretches(scan, matrix, sides);
    else append(scan, matrix, ...found);
  }
  return scan.hits.finish();
}

/** Long enough for V8 to optimize the kernels, which it starts after a few milliseconds and does in the background. */
const warmMilliseconds = 10;

export interface WarmTask {
  readonly scan: ScanTask;
  readonly threshold: ThresholdTask;
}

/** Does small tasks over and over: a kernel that runs for the first time runs unoptimized to its end. */
export function warmMotifScan({ scan, threshold }: WarmTask): void {
  prepareMotifPiece(scan.held);
  for (const end = performance.now() + warmMilliseconds; performance.now() < end; ) thresholds(threshold);
  for (const end = performance.now() + warmMilliseconds; performance.now() < end; ) scanMotifPiece(scan);
}

/** A matrix as it is and, where both strands are scanned, turned round. */
interface Sides {
  readonly columns: number;
  readonly threshold: number;
  readonly forward: Float64Array;
  readonly reverse: Float64Array | null;
}

interface Scan {
  readonly held: PieceInMemory;
  readonly wasm: MotifExports;
  readonly layout: Layout;
  readonly slot: Slot;
  readonly hits: HitList;
  readonly matrices: readonly Sides[];
}

function openScan(held: PieceInMemory, slot: number, { columns, scores, thresholds, strands }: MatrixSet): Scan {
  const { wasm, layout } = openPiece(held);
  let at = 0;
  const matrices = Array.from(columns, (count, index) => {
    const forward = scores.subarray(at, at + 4 * count);
    at += 4 * count;
    const reverse = strands === "both" ? reverseComplement(forward) : null;
    return { columns: count, threshold: thresholds[index] ?? Number.NaN, forward, reverse };
  });
  return { held, wasm, layout, slot: slotOf(layout, slot), hits: new HitList(held.memory, columns.length), matrices };
}

/** Hits on the two strands, left in the slot's lists; below 0 where they do not fit. */
type Counts = readonly [plus: number, minus: number];

/**
 * Columns beyond the k-mer's up to which the index is quicker. Measured with k = 9: SwissRegulon's and dpinteract's E. coli
 * matrices, many of 22 and more columns, take a third of the time that they take with 16; JASPAR's are all the same.
 */
const columnsBeyond = 10;

function firstThatFits(
  ways: readonly ((scan: Scan, sides: Sides) => Counts)[],
  scan: Scan,
  sides: Sides,
): Counts | null {
  for (const way of ways) {
    const counts = way(scan, sides);
    if (counts[0] >= 0 && counts[1] >= 0) return counts;
  }
  return null;
}

/** Writes an oriented matrix where the kernel reads it. */
function place({ held }: Scan, side: Side, scores: Float64Array): void {
  new Float64Array(held.memory.buffer, side.matrix, scores.length).set(scores);
}

/** Merges the slot's lists and appends them as hits of one matrix. */
function append({ wasm, slot, hits }: Scan, matrix: number, plus: number, minus: number): void {
  if (plus + minus === 0) return;
  const [one, two] = slot.sides;
  const { sequence, position, strand, score } = slot.merged;
  wasm.merge(one.starts, one.scores, plus, two.starts, two.scores, minus, sequence, position, strand, score);
  hits.append(matrix, slot.merged, plus + minus);
}

function byIndex(scan: Scan, { columns, threshold, forward, reverse }: Sides): Counts {
  const { wasm, layout, slot } = scan;
  const oriented = (side: Side, scores: Float64Array): number => {
    place(scan, side, scores);
    const { matrix, starts, scores: to } = side;
    return wasm.scanIndexed(matrix, columns, threshold, starts, to, slot.spare, slot.work, layout.capacity);
  };
  return [oriented(slot.sides[0], forward), reverse === null ? 0 : oriented(slot.sides[1], reverse)];
}

function byPairs(scan: Scan, { columns, threshold, forward, reverse }: Sides): Counts {
  const { wasm, layout, slot } = scan;
  const [one, two] = slot.sides;
  place(scan, one, forward);
  if (reverse !== null) place(scan, two, reverse);
  // one strand alone is scanned twice, to the same list: a kernel of its own would save a third of a rare case
  const other = reverse === null ? one : two;
  const some = [one, other].filter((side) => wasm.pairLosses(side.matrix, columns, threshold, side.losses) !== 0);
  if (some.length === 0) return [0, 0];
  const plus = wasm.scanPairs(
    columns,
    threshold,
    layout.capacity,
    one.matrix,
    one.losses,
    one.starts,
    one.scores,
    other.matrix,
    other.losses,
    other.starts,
    other.scores,
  );
  return [plus, reverse === null ? Math.min(0, plus) : wasm.pairsSecond()];
}

/** Window by window, as many at once as the lists hold if all of them are hits. */
function inStretches(scan: Scan, matrix: number, { columns, threshold, forward, reverse }: Sides): void {
  const { wasm, layout, held, slot } = scan;
  const [one, two] = slot.sides;
  place(scan, one, forward);
  if (reverse !== null) place(scan, two, reverse);
  for (let from = 0; from < held.piece.owned; from += layout.capacity) {
    const until = from + layout.capacity;
    const dense = ({ matrix: at, starts, scores }: Side): number =>
      wasm.scanDense(at, columns, threshold, from, until, starts, scores);
    append(scan, matrix, dense(one), reverse === null ? 0 : dense(two));
  }
}
