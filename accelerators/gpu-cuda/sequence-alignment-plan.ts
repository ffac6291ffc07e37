// How an alignment is cut into launches: which targets are packed, strips of queries, and what a block aligns alone.

/** Targets of a warp: eight pairs of them. */
export const groupTargets = 16;
/** Columns of a block of a group, and blocks without letters around a group's own. */
const blockColumns = 4;
const blocksAround = 2;
/** Rows of a query that a lane holds, and lanes that share a pair of targets, in the packed kernels. */
export const packedRows = [24, 16, 8] as const;
export type PackedRows = (typeof packedRows)[number];
const lanesOfPair = 4;
/** A warp of the packed kernels for each of these of a multiprocessor. */
export const packedThreads = 512;
const packedWarps = packedThreads / 32;

/** Indices of sequences, the longest first, equally long ones in their own order. */
export function longestFirst(offsets: Uint32Array): Uint32Array {
  const count = offsets.length - 1;
  let longest = 0;
  for (let at = 0; at < count; at++) longest = Math.max(longest, lengthAt(offsets, at));
  // places by counting: lengths are few beside sequences
  const places = new Uint32Array(longest + 2);
  for (let at = 0; at < count; at++) {
    const place = longest - lengthAt(offsets, at) + 1;
    places[place] = (places[place] ?? 0) + 1;
  }
  for (let length = 1; length < places.length; length++)
    places[length] = (places[length] ?? 0) + (places[length - 1] ?? 0);
  const order = new Uint32Array(count);
  for (let at = 0; at < count; at++) {
    const length = longest - lengthAt(offsets, at);
    const place = places[length] ?? 0;
    places[length] = place + 1;
    order[place] = at;
  }
  return order;
}

export function lengthAt(offsets: Uint32Array, index: number): number {
  return (offsets[index + 1] ?? 0) - (offsets[index] ?? 0);
}

/** First block of each group of targets, and one past the last. */
export function groupStarts(lengths: Uint32Array, first: number): Uint32Array {
  const groups = Math.ceil((lengths.length - first) / groupTargets);
  const starts = new Uint32Array(groups + 1);
  for (let group = 0; group < groups; group++) {
    const longest = lengths[first + groupTargets * group] ?? 0;
    // the last of the lanes is that many columns behind the first
    const columns = longest === 0 ? 0 : longest + lanesOfPair - 1;
    starts[group + 1] = (starts[group] ?? 0) + Math.ceil(columns / blockColumns) + blocksAround;
  }
  return starts;
}

/** Clocks of a multiprocessor, by counting instructions (kernels/sequence-alignment.md); only their proportions matter. */
const clocks = {
  /** A column of a group, over a strip of 24 rows a lane: alone on its scheduler, and beside three other warps. */
  alone: 230,
  shared: 920,
  /** Beginning and end of a launch. */
  launch: 9000,
};
const stripRows = lanesOfPair * packedRows[0];
/** Cells a clock of `align`: of a whole multiprocessor, and of one block alone. */
const alignRate = { multiprocessor: 6, block: 4 };

/**
 * How many of the longest targets are better aligned one by one, by a block each, than packed: a warp would still walk
 * along a very long one when all others are done, and few targets do not fill a GPU. `lengths` fall.
 */
export function planAlone(lengths: Uint32Array, multiprocessors: number): number {
  const warps = multiprocessors * packedWarps;
  let packedColumns = 0;
  for (let at = 0; at < lengths.length; at += groupTargets) packedColumns += lengths[at] ?? 0;
  let alone = 0;
  let best = lengths.length;
  let least = Number.POSITIVE_INFINITY;
  const longest = lengths[0] ?? 0;
  for (let at = 0; ; at += groupTargets) {
    const each = packedColumns / warps;
    const next = lengths[at] ?? 0;
    const packed =
      at >= lengths.length ? 0 : clocks.launch + clocks.shared * each + clocks.alone * Math.max(0, next - each);
    const single =
      at === 0
        ? 0
        : stripRows * Math.max(alone / (alignRate.multiprocessor * multiprocessors), longest / alignRate.block);
    if (packed + single < least) {
      least = packed + single;
      best = Math.min(at, lengths.length);
    }
    if (at >= lengths.length) return best;
    packedColumns -= next;
    for (let one = at; one < Math.min(lengths.length, at + groupTargets); one++) alone += lengths[one] ?? 0;
  }
}

export interface Strip {
  readonly firstRow: number;
  readonly rows: PackedRows;
}

/** Strips of a query, at most so high: the last one as low as holds the rest. A query without residues has one. */
export function planStrips(length: number, most: PackedRows): Strip[] {
  const strips: Strip[] = [];
  for (let firstRow = 0; firstRow === 0 || firstRow < length; ) {
    const rows = packedRows.findLast((one) => one <= most && firstRow + lanesOfPair * one >= length) ?? most;
    strips.push({ firstRow, rows });
    firstRow += lanesOfPair * rows;
  }
  return strips;
}

/** Groups whose state is held at once. */
export interface Batch {
  readonly first: number;
  readonly groups: number;
  readonly blocks: number;
}

/** Cuts groups where so many blocks are full; a group that is larger has a batch of its own. */
export function planBatches(starts: Uint32Array, mostBlocks: number): Batch[] {
  const batches: Batch[] = [];
  const groups = starts.length - 1;
  for (let first = 0; first < groups; ) {
    const start = starts[first] ?? 0;
    let end = first + 1;
    while (end < groups && (starts[end + 1] ?? 0) - start <= mostBlocks) end++;
    batches.push({ first, groups: end - first, blocks: (starts[end] ?? 0) - start });
    first = end;
  }
  return batches;
}

/** Pairs to align one by one: where their sequences are, and where the scores go. */
export interface PairList {
  readonly queries: Int32Array;
  readonly targets: Int32Array;
  readonly scores: Int32Array;
}

/** Pairs of one launch, or of several one after the other that each take some of the passes. */
export interface PairLaunch {
  readonly rows: 4 | 8;
  readonly warps: number;
  /** Query, target, place of the score, first column of the state: as the kernel's `Pair`. */
  readonly pairs: Int32Array;
  /** Columns of state that the pairs need together. */
  readonly columns: number;
  readonly passes: number;
  readonly passesOfLaunch: number;
}

/** Cells of one pair in one launch at most: a block makes some 10^10 a second on an H200, by counting. */
export const mostPairCells = 1e9;
/** Cells of all pairs of a launch: an H200 makes some 10^12 a second, by counting. */
const mostLaunchCells = 5e10;
/** Warps of a block at most. */
const mostWarps = 8;

interface PairShape {
  readonly rows: 4 | 8;
  readonly warps: number;
  readonly passes: number;
}

/** Rows and warps for a query, such that few lanes have no row. */
function shapeOfPair(length: number): PairShape {
  if (length <= 128) return { rows: 4, warps: 1, passes: 1 };
  if (length <= 256) return { rows: 8, warps: 1, passes: 1 };
  if (length <= 384) return { rows: 4, warps: 3, passes: 1 };
  const strips = Math.ceil(length / 256);
  const passes = Math.ceil(strips / mostWarps);
  return { rows: 8, warps: Math.ceil(strips / passes), passes };
}

/** What a launch may need and take. */
export interface PairLimits {
  /** Columns of state. */
  readonly columns: number;
  /** Cells of one pair; a pass of a block over the query is the least there is. */
  readonly pairCells: number;
}

/** Launches for pairs: those of one shape together, the large ones first, as many as the state has columns for. */
export function planPairs(
  list: PairList,
  queryOffsets: Uint32Array,
  targetOffsets: Uint32Array,
  limits: PairLimits,
): PairLaunch[] {
  const byShape = new Map<number, number[][]>();
  for (let at = 0; at < list.queries.length; at++) {
    const query = lengthAt(queryOffsets, list.queries[at] ?? 0);
    const { rows, warps } = shapeOfPair(query);
    const key = rows * (mostWarps + 1) + warps;
    const sizes = byShape.get(key) ?? [];
    byShape.set(key, sizes);
    // by powers of two: a block that starts last should not be the largest, and that is all
    const size = 64 - Math.ceil(Math.log2(1 + query * lengthAt(targetOffsets, list.targets[at] ?? 0)));
    sizes[size] ??= [];
    sizes[size].push(at);
  }
  return [...byShape.values()].flatMap((sizes) => launchesOf(sizes.flat(), list, queryOffsets, targetOffsets, limits));
}

function launchesOf(
  members: readonly number[],
  list: PairList,
  queryOffsets: Uint32Array,
  targetOffsets: Uint32Array,
  limits: PairLimits,
): PairLaunch[] {
  const launches: PairLaunch[] = [];
  for (let first = 0; first < members.length; ) {
    let columns = 0;
    let cells = 0;
    let passes = 0;
    let longest = 0;
    let shape = shapeOfPair(0);
    const pairs: number[] = [];
    for (; first < members.length; first++) {
      const at = members[first] ?? 0;
      const query = list.queries[at] ?? 0;
      const target = list.targets[at] ?? 0;
      const length = lengthAt(targetOffsets, target);
      const own = shapeOfPair(lengthAt(queryOffsets, query));
      const state = own.warps * own.passes > 1 ? length : 0;
      const work = length * lengthAt(queryOffsets, query);
      if (pairs.length > 0 && (columns + state > limits.columns || cells + work > mostLaunchCells)) break;
      pairs.push(query, target, list.scores[at] ?? 0, columns);
      columns += state;
      cells += work;
      passes = Math.max(passes, own.passes);
      longest = Math.max(longest, length);
      shape = own;
    }
    const { rows, warps } = shape;
    const passCells = Math.max(1, longest * warps * 32 * rows);
    launches.push({
      rows,
      warps,
      pairs: Int32Array.from(pairs),
      columns,
      passes,
      passesOfLaunch: Math.max(1, Math.floor(limits.pairCells / passCells)),
    });
  }
  return launches;
}
