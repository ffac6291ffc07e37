import type { FluxProblem } from "../workloads/index.ts";

/** A column's entries by row, at the time of a step. */
export type Entries = ReadonlyMap<number, number>;

/** What was done to a problem, in order, with what it takes to find the duals of the rows that went away. */
export type ReductionStep =
  /** Row `row` had these columns and no other; it holds all of them at 0. */
  | {
      readonly kind: "forced";
      readonly row: number;
      readonly columns: readonly { readonly column: number; readonly entries: Entries; readonly cost: number }[];
    }
  /** Row `row` tied `gone` to `kept`: gone = ratio x kept. */
  | {
      readonly kind: "merged";
      readonly row: number;
      readonly gone: number;
      readonly kept: number;
      readonly ratio: number;
      readonly goneEntries: Entries;
      readonly keptEntries: Entries;
      readonly goneCost: number;
      readonly keptCost: number;
    };

export interface Simplified {
  /** Entries by column, those of a column that went away empty; the last one is the constant column. */
  readonly columns: readonly Entries[];
  /** Per column, constant column included: the column that it became part of (itself where it stayed) or -1 where it is held at 0. */
  readonly into: Int32Array;
  /** Flux per flux of `into`. */
  readonly ratio: Float64Array;
  /** 1 where a row is still needed. */
  readonly rowStays: Uint8Array;
  readonly cost: Float64Array;
  readonly steps: readonly ReductionStep[];
  /** Whether bounds contradict each other. */
  readonly contradiction: boolean;
}

/** A merged column may carry this share of its representative's flux at least: below it, rounding would decide. */
const leastRatio = 1e-9;
/** Entries that cancel to this share of what was added are 0. */
const cancelled = 1e-11;
/** Bounds that cross by less than this, relative to their size, touch. */
const touching = 1e-7;

/**
 * Simplifies a problem by its mass balances alone, given bounds within which every later change will stay. A balance
 * with one column, or with columns that can all only add or only take, holds them at 0; one with two columns makes
 * them one. `constants` also gathers columns with equal bounds into one constant column of value 1, the last one.
 */
export function simplify(
  problem: FluxProblem,
  lower: Float64Array,
  upper: Float64Array,
  constants: boolean,
): Simplified {
  const { rows, columns: count, starts, indices, values, integer } = problem;
  const one = count;
  const low = new Float64Array(count + 1);
  const high = new Float64Array(count + 1);
  low.set(lower);
  high.set(upper);
  low[one] = high[one] = 1;
  const cost = new Float64Array(count + 1);
  cost.set(problem.objective);
  const least = new Float64Array(count + 1).fill(1);
  const into = Int32Array.from({ length: count + 1 }, (_, column) => column);
  const ratio = new Float64Array(count + 1).fill(1);
  const rowStays = new Uint8Array(rows).fill(1);
  const isBalance = (row: number): boolean => problem.rowLower[row] === 0 && problem.rowUpper[row] === 0;
  const isInteger = (column: number): boolean => integer !== null && column !== one && integer[column] === 1;

  const columns: Map<number, number>[] = [];
  const members: Set<number>[] = Array.from({ length: rows }, () => new Set());
  for (let column = 0; column < count; column++) {
    const entries = new Map<number, number>();
    for (let at = starts[column] as number; at < (starts[column + 1] as number); at++) {
      entries.set(indices[at] as number, values[at] as number);
      members[indices[at] as number]?.add(column);
    }
    columns.push(entries);
  }
  columns.push(new Map());
  /** Size of what cancelled in each row of the constant column. */
  const constantScale = new Map<number, number>();

  const steps: ReductionStep[] = [];
  let contradiction = false;
  const queue: number[] = [];
  const queued = new Uint8Array(rows);
  const enqueue = (row: number): void => {
    if (queued[row] === 1 || rowStays[row] === 0 || !isBalance(row)) return;
    queued[row] = 1;
    queue.push(row);
  };

  const entriesOf = (column: number): Map<number, number> => columns[column] as Map<number, number>;
  const membersOf = (row: number): Set<number> => members[row] as Set<number>;
  /** What every column has that went away: its own entries stay as they were, for the way back. */
  const nothing = new Map<number, number>();
  const detach = (column: number): void => {
    for (const row of entriesOf(column).keys()) {
      membersOf(row).delete(column);
      enqueue(row);
    }
    columns[column] = nothing;
  };
  const hold = (column: number): void => {
    detach(column);
    into[column] = -1;
  };

  /** Adds `factor` times the entries of `gone` to `kept`. */
  const absorb = (gone: number, kept: number, factor: number): void => {
    const target = entriesOf(kept);
    for (const [row, value] of entriesOf(gone)) {
      const added = factor * value;
      const before = target.get(row) ?? 0;
      const sum = before + added;
      const size = Math.abs(before) + Math.abs(added);
      if (kept === one) constantScale.set(row, Math.max(constantScale.get(row) ?? 0, size));
      if (Math.abs(sum) <= cancelled * size) {
        target.delete(row);
        membersOf(row).delete(kept);
      } else {
        target.set(row, sum);
        membersOf(row).add(kept);
      }
    }
    detach(gone);
    into[gone] = kept;
    ratio[gone] = factor;
    cost[kept] = (cost[kept] as number) + factor * (cost[gone] as number);
    least[kept] = Math.min(least[kept] as number, Math.abs(factor) * (least[gone] as number));
    for (const row of target.keys()) enqueue(row);
  };

  /** Holds a column at 0, or makes it part of the constant, where its bounds leave no choice. */
  const settle = (column: number): void => {
    if (column === one || into[column] !== column) return;
    const [l, u] = [low[column] as number, high[column] as number];
    if (l > u) {
      if (l - u > touching * Math.max(1, Math.abs(l))) {
        contradiction = true;
        return;
      }
      low[column] = high[column] = (l + u) / 2;
    }
    if (low[column] !== high[column]) return;
    if (low[column] === 0) hold(column);
    else if (constants && !isInteger(column)) absorb(column, one, low[column] as number);
  };

  const tie = (row: number, gone: number, kept: number, factor: number): void => {
    const [goneEntries, keptEntries] = [new Map(entriesOf(gone)), new Map(entriesOf(kept))];
    const [goneCost, keptCost] = [cost[gone] as number, cost[kept] as number];
    steps.push({ kind: "merged", row, gone, kept, ratio: factor, goneEntries, keptEntries, goneCost, keptCost });
    const ends = [(low[gone] as number) / factor, (high[gone] as number) / factor];
    const [l, u] = [Math.min(...ends), Math.max(...ends)];
    entriesOf(gone).delete(row);
    entriesOf(kept).delete(row);
    membersOf(row).clear();
    rowStays[row] = 0;
    if (kept === one) {
      if (1 < l - touching * Math.max(1, Math.abs(l)) || 1 > u + touching * Math.max(1, Math.abs(u)))
        contradiction = true;
    } else {
      low[kept] = Math.max(low[kept] as number, l);
      high[kept] = Math.min(high[kept] as number, u);
    }
    absorb(gone, kept, factor);
    settle(kept);
  };

  const visit = (row: number): void => {
    const { size } = membersOf(row);
    if (size === 0) {
      rowStays[row] = 0;
      return;
    }
    let [adds, takes, zeroFits] = [false, false, true];
    for (const column of membersOf(row)) {
      const value = entriesOf(column).get(row) as number;
      const [l, u] = [low[column] as number, high[column] as number];
      if (value > 0 ? u > 0 : l < 0) adds = true;
      if (value > 0 ? l < 0 : u > 0) takes = true;
      if (l > 0 || u < 0) zeroFits = false;
      // such a row implies nothing, and rows of a thousand columns are visited many times
      if (adds && takes && size > 2) return;
    }
    const present = [...membersOf(row)];
    if (present.length === 1 && present[0] === one) {
      const left = Math.abs(entriesOf(one).get(row) as number);
      if (left > touching * Math.max(1, constantScale.get(row) ?? 0)) contradiction = true;
      entriesOf(one).delete(row);
      membersOf(row).clear();
      rowStays[row] = 0;
    } else if (zeroFits && (present.length === 1 || !adds || !takes)) {
      const held = present.map((column) => ({
        column,
        entries: entriesOf(column),
        cost: cost[column] as number,
      }));
      steps.push({ kind: "forced", row, columns: held });
      rowStays[row] = 0;
      for (const column of present) hold(column);
    } else if (present.length === 2 && !present.some(isInteger)) {
      const [a = -1, b = -1] = present;
      const [of, other] = [entriesOf(a).get(row) as number, entriesOf(b).get(row) as number];
      // the column with the larger flux stays, so that errors of the reduced solution never grow on the way back
      const bStays = b === one || (a !== one && Math.abs(other) <= Math.abs(of));
      const [gone, kept] = bStays ? [a, b] : [b, a];
      const factor = bStays ? -other / of : -of / other;
      if (kept === one || Math.abs(factor) * (least[gone] as number) >= leastRatio) tie(row, gone, kept, factor);
    }
  };

  for (let column = 0; column < count; column++) settle(column);
  for (let row = 0; row < rows; row++) enqueue(row);
  for (let at = 0; at < queue.length; at++) {
    const row = queue[at] as number;
    queued[row] = 0;
    if (rowStays[row] === 1) visit(row);
  }
  return { columns, into, ratio, rowStays, cost, steps, contradiction };
}
