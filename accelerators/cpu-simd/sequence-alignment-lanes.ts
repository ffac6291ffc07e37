// What both pairings share on the worker's side: widths of a score and memory laid out; and the instance that searches.
import { aligned, instantiate, type WasmInstance } from "./wasm.ts";

/** Bits a score: 16 lanes of 8, 8 of 16, 4 of 32. */
export type Width = 8 | 16 | 32;

type Reset = (state: number, rows: number, best: number) => void;
type Search = (
  columns: number,
  count: number,
  rows: number,
  length: number,
  state: number,
  profiles: number,
  tables: number,
  letters: number,
  gapOpen: number,
  gapExtend: number,
  best: number,
) => void;
type ByWidth<Name extends string, F> = { readonly [Key in `${Name}${Width}`]: F };

export type AlignmentExports = ByWidth<"reset", Reset> &
  ByWidth<"search", Search> & {
    readonly searchGroups8: (
      starts: number,
      groups: number,
      columns: number,
      rows: number,
      length: number,
      state: number,
      profiles: number,
      tables: number,
      letters: number,
      gapOpen: number,
      gapExtend: number,
      results: number,
    ) => void;
  };

/** Letters a byte shuffle of two halves can look up. */
export const mostLetters = 32;
/** A code that no table holds: scores 0 against everything, and so never raises a best score. */
export const padding = 64;
/** Columns of targets that are interleaved at a time where they are not resident: 256 KiB; divides by 2 and by 3. */
export const columnsAtOnce = 16_380;

/** Where things stand in a search's memory; from `free` on each job lays out its own. */
export const layout = { best: 1024, tables: 2048, profiles: 4096, free: 16_384 } as const;

let opened: WasmInstance<AlignmentExports> | null = null;

/** This thread's instance. */
export function alignmentInstance(): WasmInstance<AlignmentExports> {
  opened ??= instantiate<AlignmentExports>("sequence-alignment");
  return opened;
}

export function lanesOf(width: Width): number {
  return 128 / width;
}

export function wider(width: Width): Width {
  return width === 8 ? 16 : 32;
}

/** Reads the score of a lane after a run, -1 where it has saturated; valid until the memory grows. */
export function laneScores({ buffer }: WebAssembly.Memory): (width: Width, lane: number) => number {
  const narrow = new Int8Array(buffer, layout.best, 16);
  const middle = new Int16Array(buffer, layout.best, 8);
  const wide = new Int32Array(buffer, layout.best, 4);
  return (width, lane) => {
    if (width === 32) return wide[lane] ?? 0;
    const score = (width === 8 ? narrow[lane] : middle[lane]) ?? 0;
    const zero = 2 ** (width - 1);
    return score === zero - 1 ? -1 : score + zero;
  };
}

/** Addresses, one after the other from `layout.free`, of blocks of the given bytes; the memory grows to hold them. */
export function place<const Sizes extends Readonly<Record<string, number>>>(
  { reserve }: { readonly reserve: (bytes: number) => void },
  sizes: Sizes,
): { readonly [K in keyof Sizes]: number } {
  let at: number = layout.free;
  const starts = Object.entries(sizes).map(([name, bytes]) => {
    const start = at;
    at = aligned(at + bytes);
    return [name, start];
  });
  // a column is read 16 bytes wide also where only its last 4 count
  reserve(at + 64);
  return Object.fromEntries(starts);
}
