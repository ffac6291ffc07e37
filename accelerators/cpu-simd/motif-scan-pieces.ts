// Cuts sequences into pieces that fit a memory each. Coordinates are 0-based and half-open; the "text" is all sequences one
// after the other with one separator, a letter that no hit may hold, between neighbours.
import type { Sequences } from "../../src/contract/index.ts";
import { longestMotif } from "../../src/workloads/motif-scan/scoring.ts";

/** A stretch of the text. */
export interface Piece {
  /** Where it starts in the text, and how long it is, the overlap with the next piece included. */
  readonly from: number;
  readonly bases: number;
  /** Windows that start past these belong to the next piece, which holds them whole. */
  readonly owned: number;
  readonly firstSequence: number;
  /** Bases of the first sequence that lie in earlier pieces. */
  readonly skipped: number;
  /** Where each of its sequences starts in the piece; then one start past its end. */
  readonly starts: Uint32Array;
}

export interface PieceSizes {
  /** Text a piece owns at most. */
  readonly most: number;
  /** Below this a text is not cut only to occupy more threads. */
  readonly least: number;
}

/** Pieces of equal length, as many as the sizes ask for, and one a thread where they allow it. */
export function cutPieces({ residues, offsets }: Sequences, { most, least }: PieceSizes, threads: number): Piece[] {
  const sequences = offsets.length - 1;
  const text = residues.length + Math.max(0, sequences - 1);
  if (text === 0) return [];
  const count = Math.max(Math.ceil(text / most), Math.min(threads, Math.floor(text / least)), 1);
  const length = Math.ceil(text / count);
  const startOf = (sequence: number): number => (offsets[sequence] ?? 0) + sequence;
  const pieces: Piece[] = [];
  let sequence = 0;
  for (let from = 0; from < text; from += length) {
    while (sequence + 1 < sequences && startOf(sequence + 1) <= from) sequence++;
    const bases = Math.min(text - from, length + longestMotif - 1);
    let end = sequence + 1;
    while (end < sequences && startOf(end) < from + bases) end++;
    const starts = new Uint32Array(end - sequence + 1);
    for (let at = 1; at < end - sequence; at++) starts[at] = startOf(sequence + at) - from;
    starts[end - sequence] = 2 ** 32 - 1;
    pieces.push({
      from,
      bases,
      owned: Math.min(length, text - from),
      firstSequence: sequence,
      skipped: from - startOf(sequence),
      starts,
    });
  }
  return pieces;
}

/** Writes a piece's letters, separators included. */
export function writeText(piece: Piece, { residues, offsets }: Sequences, to: Uint8Array): void {
  const end = piece.from + piece.bases;
  for (let at = 0; at < piece.starts.length - 1; at++) {
    const sequence = piece.firstSequence + at;
    const first = (offsets[sequence] ?? 0) + (at === 0 ? piece.skipped : 0);
    const last = Math.min(offsets[sequence + 1] ?? 0, end - sequence);
    const start = piece.starts[at] ?? 0;
    if (last > first) to.set(residues.subarray(first, last), start);
    const stop = start + Math.max(0, last - first);
    if (stop < piece.bases) to[stop] = separator;
  }
}

/** Any letter but ACGTacgt. */
const separator = 0;
