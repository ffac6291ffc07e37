// Query i against target i, one pair a lane, on one thread: ranges of pairs are drawn from a shared cursor. All that is done
// for each pair is done in WebAssembly, which is quick from the first pair on.
import { columnsAtOnce, place, type Width } from "./sequence-alignment-lanes.ts";
import type { Scoring } from "./sequence-alignment-search.ts";
import { instantiate, type WasmInstance } from "./wasm.ts";

/** How different pairs side by side look up their scores; see `diagonal` in the assembly. */
export interface PairLookup {
  readonly by: "unit" | "equality" | "pair" | "table";
  /** Where there is one score for equal letters and one for all others. */
  readonly equality: { readonly match: number; readonly different: number } | null;
  /** From ASCII to a row's and a column's code. */
  readonly queryCodes: Uint8Array;
  readonly targetCodes: Uint8Array;
  /** The same by a letter's last five bits, where those tell the letters apart. */
  readonly queryLetters: Uint8Array | null;
  readonly targetLetters: Uint8Array | null;
  readonly queryPadding: number;
  readonly targetPadding: number;
  readonly table: Uint8Array;
}

export interface PairsJob {
  readonly queries: Uint8Array;
  readonly queryOffsets: Uint32Array;
  readonly targets: Uint8Array;
  readonly targetOffsets: Uint32Array;
  readonly scoring: Scoring;
  readonly lookup: PairLookup;
  /** First pair of each range, and one past the last; a range's letters are held at a time. */
  readonly ranges: Uint32Array;
  /** One shared number: the next range that nobody has drawn. */
  readonly cursor: Int32Array;
  /** Shared, one a pair. */
  readonly scores: Int32Array;
}

interface PairExports {
  readonly longest: (offsets: number, count: number) => number;
  readonly encode: (letters: number, length: number, codes: number) => void;
  readonly encodeLetters: (letters: number, length: number, codes: number) => void;
  readonly open: (
    by: number,
    most: number,
    gapOpen: number,
    gapExtend: number,
    queryPadding: number,
    targetPadding: number,
    table: number,
    identity: number,
    rows: number,
    columns: number,
    states: number,
    gathered: number,
    best: number,
    lanes: number,
  ) => void;
  readonly alignRange: (
    width: Width,
    count: number,
    queries: number,
    queryOffsets: number,
    targets: number,
    targetOffsets: number,
    numbers: number,
  ) => void;
}

/** Columns of a vector of pairs, as the assembly has it. */
const mostVectorColumns = 2 ** 16;
/** Numbers that the assembly keeps of each pair of a range. */
const numbersPerPair = 9;
const ways = { unit: 0, equality: 1, pair: 2, table: 3 } as const;

let opened: WasmInstance<PairExports> | null = null;

function pairInstance(): WasmInstance<PairExports> {
  opened ??= instantiate<PairExports>("sequence-alignment-pairs");
  return opened;
}

/** Draws ranges until none is left and writes their scores. */
export function alignPairs(job: PairsJob): void {
  const { scoring, lookup, queries, queryOffsets, targets, targetOffsets, ranges, cursor, scores } = job;
  const instance = pairInstance();
  const { exports, memory } = instance;
  const [longestQuery, longestTarget] = [longestOf(instance, queryOffsets), longestOf(instance, targetOffsets)];
  const held = Math.max(columnsAtOnce, Math.min(longestTarget, mostVectorColumns));
  const rangeCount = ranges.length - 1;
  const pairs = greatestStep(ranges);
  const at = place(instance, {
    best: 96,
    lanes: 256,
    codes: 3 * 256,
    table: lookup.table.length,
    // codes are read and made 16 at a time
    queries: mostLetters(ranges, queryOffsets) + 16,
    targets: mostLetters(ranges, targetOffsets) + 16,
    queryOffsets: 4 * (pairs + 1),
    targetOffsets: 4 * (pairs + 1),
    numbers: 4 * numbersPerPair * pairs,
    rows: 16 * (longestQuery + 16),
    states: 32 * longestQuery,
    gathered: lookup.by === "table" ? 32 * longestQuery : 0,
    columns: 16 * (Math.min(held, longestTarget + 34) + 16),
  });
  const bytes = new Uint8Array(memory.buffer);
  const words = new Uint32Array(memory.buffer);
  const found = new Int32Array(memory.buffer, at.numbers, pairs);
  const [queryCodes, targetCodes, identity] = [at.codes, at.codes + 256, at.codes + 512];
  bytes.set(lookup.table, at.table);
  bytes.set(lookup.queryLetters ?? lookup.queryCodes, queryCodes);
  bytes.set(lookup.targetLetters ?? lookup.targetCodes, targetCodes);
  for (let code = 0; code < 256; code++) bytes[identity + code] = code;
  exports.open(
    ways[lookup.by],
    scoring.most,
    scoring.gapOpen,
    scoring.gapExtend,
    lookup.queryPadding,
    lookup.targetPadding,
    at.table,
    identity,
    at.rows,
    at.columns,
    at.states,
    at.gathered,
    at.best,
    at.lanes,
  );

  /** Brings letters, as codes. */
  const bring = (letters: Uint8Array, to: number, codes: number, byLastBits: boolean): void => {
    bytes.set(letters, to);
    if (byLastBits) exports.encodeLetters(to, letters.length, codes);
    else exports.encode(to, letters.length, codes);
  };
  for (let drawn = Atomics.add(cursor, 0, 1); drawn < rangeCount; drawn = Atomics.add(cursor, 0, 1)) {
    const [first = 0, end = 0] = [ranges[drawn], ranges[drawn + 1]];
    const { queryLetters, targetLetters } = lookup;
    bring(queries.subarray(queryOffsets[first], queryOffsets[end]), at.queries, queryCodes, queryLetters !== null);
    bring(targets.subarray(targetOffsets[first], targetOffsets[end]), at.targets, targetCodes, targetLetters !== null);
    words.set(queryOffsets.subarray(first, end + 1), at.queryOffsets / 4);
    words.set(targetOffsets.subarray(first, end + 1), at.targetOffsets / 4);
    const { queryOffsets: starts, targetOffsets: targetStarts } = at;
    exports.alignRange(scoring.width, end - first, at.queries, starts, at.targets, targetStarts, at.numbers);
    scores.set(found.subarray(0, end - first), first);
  }
}

/** Residues of the longest of many sequences. */
function longestOf(instance: WasmInstance<PairExports>, offsets: Uint32Array): number {
  const { offsets: at } = place(instance, { offsets: offsets.byteLength });
  new Uint32Array(instance.memory.buffer).set(offsets, at / 4);
  return instance.exports.longest(at, offsets.length - 1) >>> 0;
}

/** The greatest step from one of a few numbers to the next. */
function greatestStep(of: Uint32Array): number {
  let most = 0;
  for (let at = 0; at + 1 < of.length; at++) most = Math.max(most, (of[at + 1] ?? 0) - (of[at] ?? 0));
  return most;
}

/** The most letters that a range has on one side. */
function mostLetters(ranges: Uint32Array, offsets: Uint32Array): number {
  return greatestStep(ranges.map((pair) => offsets[pair] ?? 0));
}
