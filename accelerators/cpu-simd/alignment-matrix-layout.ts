// How a pair's matrix of best scores lies in the memory: whole, or in tiles whose edges alone are kept.
import type { Depth, TracebackScoring } from "./alignment-traceback-lanes.ts";
import { aligned } from "./wasm.ts";

/** A matrix up to this size is kept whole: it stays in a second- or third-level cache. */
const mostWholeBytes = 2 ** 23;
/** Rows up to which tiles are not cut between rows, and a tile's sides beyond: edges take memory, and so do tiles. */
const mostRows = 8192;
const sideOf = (cells: number): number => (cells > 1e11 ? 4096 : 2048);
/** Tiles filled for the way back at a time: that of the way, and the three that it may come from. */
export const slots: number = 4;
export const lowest: Record<16 | 32, number> = { 16: -32_768, 32: -(2 ** 29) };
/** Scores of 16 bits keep this much off the type's ends, for costs that are subtracted before a floor applies. */
const headroom = 2 ** 12;

/** Fixed places at the start of the memory. */
export const place: Record<"parameters" | "codes" | "table" | "used" | "free", number> = {
  parameters: 64,
  codes: 256,
  table: 512,
  used: 512 + 2 * 64 * 64,
  free: 512 + 2 * 64 * 64 + 64,
};

export interface Shape {
  readonly bits: 16 | 32;
  readonly rows: number;
  readonly columns: number;
  readonly tileRows: number;
  readonly tileColumns: number;
  readonly down: number;
  readonly across: number;
}

/** Bits that hold every score of a pair exactly. */
export function bitsOf(m: number, n: number, { pieces, local, most, least }: TracebackScoring): 16 | 32 {
  const [first] = pieces;
  const open = Math.max(...pieces.map((piece) => piece.open));
  const extend = Math.max(...pieces.map((piece) => piece.extend));
  if (8 * extend + open > headroom || most > headroom || least < -headroom) return 32;
  const up = Math.min(m, n) * most;
  const down = local ? 0 : 2 * open + (m + n) * (first?.extend ?? 0);
  return Math.max(up, down) + 2 * headroom < 32_768 ? 16 : 32;
}

export function shapeOf(m: number, n: number, scoring: TracebackScoring, depth: Depth): Shape {
  const bits = bitsOf(m, n, scoring);
  const lanes = 128 / bits;
  const column = (rows: number): number => 16 * (Math.ceil(rows / lanes) + 1);
  if (depth > 0 && (n + 1) * column(m) <= mostWholeBytes)
    return { bits, rows: m, columns: n, tileRows: m, tileColumns: n, down: 1, across: 1 };
  const rows = m <= mostRows ? m : sideOf(m * n);
  // without a way back no tile is filled again
  const whole = m <= mostRows ? Math.max(64, Math.floor(mostWholeBytes / column(rows))) : rows;
  const columns = depth === 0 ? n : Math.min(n, whole);
  return {
    bits,
    rows: m,
    columns: n,
    tileRows: rows,
    tileColumns: columns,
    down: Math.ceil(m / rows),
    across: Math.ceil(n / columns),
  };
}

/** Bytes that a pair takes in the worker's memory. */
export function matrixBytes(m: number, n: number, scoring: TracebackScoring, depth: Depth): number {
  return layoutOf(shapeOf(m, n, scoring, depth), scoring, depth).end;
}

export interface Layout {
  readonly query: number;
  readonly target: number;
  readonly profile: number;
  readonly perLetter: number;
  readonly across: readonly number[];
  /** Per edge between columns of tiles: scores of all rows from 0 on, then gaps across for each piece. */
  readonly vertical: number;
  readonly verticalBytes: number;
  /** Per edge between rows of tiles: scores of all columns from 1 on, then gaps down for each piece. */
  readonly horizontal: number;
  readonly horizontalBytes: number;
  readonly dense: number;
  readonly denseBytes: number;
  readonly stride: number;
  readonly end: number;
}

export function layoutOf(shape: Shape, { letters, pieces }: TracebackScoring, depth: Depth): Layout {
  const size = shape.bits / 8;
  const lanes = 16 / size;
  const padded = lanes * Math.ceil(shape.rows / lanes);
  let at: number = place.free;
  const take = (bytes: number): number => {
    const start = at;
    at = aligned(at + bytes);
    return start;
  };
  // first what a query keeps from pair to pair
  const query = take(shape.rows);
  const perLetter = padded * size;
  const profile = take(letters * perLetter);
  const target = take(shape.columns);
  const stride = 16 * (Math.ceil(shape.tileRows / lanes) + 1);
  const across = pieces.map(() => take(stride));
  const parts = 1 + pieces.length;
  const verticalBytes = aligned(parts * (padded + lanes) * size);
  const vertical = take((shape.across + 1) * verticalBytes);
  const horizontalBytes = aligned(parts * shape.columns * size);
  const horizontal = take((shape.down + 1) * horizontalBytes);
  const single = shape.down === 1 && shape.across === 1;
  const denseBytes = (depth === 0 ? 2 : shape.tileColumns + 1) * stride;
  const dense = take((depth === 0 || single ? 1 : slots) * denseBytes);
  return {
    query,
    target,
    profile,
    perLetter,
    across,
    vertical,
    verticalBytes,
    horizontal,
    horizontalBytes,
    dense,
    denseBytes,
    stride,
    end: at + 64,
  };
}
