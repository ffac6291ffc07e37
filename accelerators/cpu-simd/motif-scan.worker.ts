// One piece of text against matrices: what a thread does.
import { reverseComplement } from "../../src/workloads/motif-scan/scoring.ts";
import { HitList, type PartHits } from "./motif-scan-hits.ts";
import {
  type Layout,
  type MotifExports,
  matrixAddress,
  openPiece,
  type PieceInMemory,
  queueCapacity,
  type Slot,
  slotOf,
  tableMatrices,
} from "./motif-scan-scanner.ts";

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

/** Below this, in bases x columns, filling a table of 65,536 8-mers (about 50 us) costs more than it saves. */
const tablePays = 50_000;

/** Packs the text that lies in slot 0, and indexes it where the piece has room for that. */
export function prepareMotifPiece(held: PieceInMemory): void {
  const { wasm, layout } = openPiece(held);
  const { starts } = held.piece;
  wasm.pack(layout.slots);
  new Uint32Array(held.memory.buffer, layout.starts, starts.length).set(starts);
  if (held.k > 0) wasm.buildIndex();
}

/** Hits of all matrices in the windows that a piece owns. */
export function scanMotifPiece({ held, slot, matrices, unprepared }: ScanTask): PartHits {
  if (unprepared) prepareMotifPiece(held);
  const scan = openScan(held, slot, matrices);
  if (held.k > 0) scanByIndex(scan);
  else scanByTable(scan);
  return scan.hits.finish();
}

interface Oriented {
  readonly scores: Float64Array;
  readonly columns: number;
  readonly threshold: number;
}

interface Scan {
  readonly held: PieceInMemory;
  readonly wasm: MotifExports;
  readonly layout: Layout;
  readonly slot: Slot;
  readonly hits: HitList;
  /** The matrices as they are and, where both strands are scanned, turned round: `orientations` of each in a row. */
  readonly oriented: readonly Oriented[];
  readonly orientations: number;
}

function openScan(held: PieceInMemory, slot: number, { columns, scores, thresholds, strands }: MatrixSet): Scan {
  const { wasm, layout } = openPiece(held);
  const oriented: Oriented[] = [];
  let at = 0;
  for (const [index, count] of columns.entries()) {
    const forward = scores.subarray(4 * at, 4 * (at + count));
    const threshold = thresholds[index] ?? Number.NaN;
    oriented.push({ scores: forward, columns: count, threshold });
    if (strands === "both") oriented.push({ scores: reverseComplement(forward), columns: count, threshold });
    at += count;
  }
  return {
    held,
    wasm,
    layout,
    slot: slotOf(layout, slot),
    hits: new HitList(held.memory, columns.length),
    oriented,
    orientations: strands === "both" ? 2 : 1,
  };
}

/** Writes an oriented matrix where the kernel reads it, and returns the address. */
function place({ held, slot }: Scan, { scores }: Oriented, index: number): number {
  const address = matrixAddress(slot, index);
  new Float64Array(held.memory.buffer, address, scores.length).set(scores);
  return address;
}

/** List `index` of a slot: starts, then scores. */
function list(
  { slot, layout: { capacity } }: Scan,
  index: number,
): { readonly starts: number; readonly scores: number } {
  const starts = slot.lists + 12 * capacity * index;
  return { starts: starts + 8 * capacity, scores: starts };
}

/** Merges two lists and appends them as hits of one matrix. */
function append(scan: Scan, matrix: number, first: number, plus: number, minus: number): void {
  if (plus + minus === 0) return;
  const { capacity } = scan.layout;
  const score = scan.slot.lists + 12 * capacity * tableMatrices;
  const merged = {
    score,
    sequence: score + 16 * capacity,
    position: score + 24 * capacity,
    strand: score + 32 * capacity,
  };
  const forward = list(scan, first);
  const reverse = list(scan, first + 1);
  scan.wasm.merge(
    forward.starts,
    forward.scores,
    plus,
    reverse.starts,
    reverse.scores,
    minus,
    merged.sequence,
    merged.position,
    merged.strand,
    merged.score,
  );
  scan.hits.append(matrix, merged, plus + minus);
}

function scanByIndex(scan: Scan): void {
  const { wasm, layout, slot, oriented, orientations } = scan;
  const spare = list(scan, 2).starts;
  for (let matrix = 0; matrix * orientations < oriented.length; matrix++) {
    const found = [0, 0];
    for (let side = 0; side < orientations; side++) {
      const one = oriented[matrix * orientations + side];
      if (one === undefined) continue;
      const { starts, scores } = list(scan, side);
      const address = place(scan, one, 0);
      found[side] = wasm.scanIndexed(
        address,
        one.columns,
        one.threshold,
        starts,
        scores,
        spare,
        slot.work,
        layout.capacity,
      );
    }
    const [plus = 0, minus = 0] = found;
    if (plus < 0 || minus < 0) scanInStretches(scan, matrix);
    else append(scan, matrix, 0, plus, minus);
  }
}

/** Window by window, as many at once as the lists hold if all of them are hits. */
function scanInStretches(scan: Scan, matrix: number): void {
  const { wasm, layout, held, oriented, orientations } = scan;
  for (let from = 0; from < held.piece.owned; from += layout.capacity) {
    const found = [0, 0];
    for (let side = 0; side < orientations; side++) {
      const one = oriented[matrix * orientations + side];
      if (one === undefined) continue;
      const { starts, scores } = list(scan, side);
      const address = place(scan, one, 0);
      found[side] = wasm.scanDense(address, one.columns, one.threshold, from, from + layout.capacity, starts, scores);
    }
    append(scan, matrix, 0, found[0] ?? 0, found[1] ?? 0);
  }
}

/** Eight oriented matrices at a time through one table of 8-mers. */
function scanByTable(scan: Scan): void {
  const { oriented, orientations, held } = scan;
  const each = tableMatrices / orientations;
  for (let first = 0; first * orientations < oriented.length; first += each) {
    const group = oriented.slice(first * orientations, (first + each) * orientations);
    const columns = group.reduce((sum, one) => sum + one.columns, 0) / group.length;
    const counts = held.piece.bases * columns < tablePays ? null : passGroup(scan, group);
    for (let matrix = 0; matrix * orientations < group.length; matrix++) {
      const at = matrix * orientations;
      const plus = counts?.[at] ?? -1;
      const minus = orientations === 2 ? (counts?.[at + 1] ?? -1) : 0;
      if (plus < 0 || minus < 0) scanInStretches(scan, first + matrix);
      else append(scan, first + matrix, at, plus, minus);
    }
  }
}

/** Hits of each oriented matrix of a group, left in its list; -1 where they do not fit. */
function passGroup(scan: Scan, group: readonly Oriented[]): number[] {
  const { wasm, slot, held, layout } = scan;
  new Uint8Array(held.memory.buffer, slot.table, 65_536).fill(0);
  const firsts: number[] = [];
  const addresses: number[] = [];
  for (const [bit, one] of group.entries()) {
    const address = place(scan, one, bit);
    addresses.push(address);
    // the queue is empty as yet: room for the sums
    firsts.push(wasm.addToTable(address, one.columns, one.threshold, bit, slot.table, slot.queue));
  }
  const counts = group.map(() => 0);
  for (let at = 0; at < held.piece.bases; ) {
    at = wasm.passTable(slot.table, at, slot.queue, queueCapacity);
    if (wasm.queued() === 0) continue;
    for (const [bit, one] of group.entries()) {
      const count = counts[bit] ?? -1;
      if (count < 0) continue;
      const { starts, scores } = list(scan, bit);
      const more = wasm.collect(
        addresses[bit] ?? 0,
        one.columns,
        one.threshold,
        bit,
        firsts[bit] ?? 0,
        slot.queue,
        starts + 4 * count,
        scores + 8 * count,
        layout.capacity - count,
      );
      counts[bit] = more < 0 ? -1 : count + more;
    }
  }
  return counts;
}
