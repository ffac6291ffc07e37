// Launches of the two ways to align: packed targets by strips of the query, and single pairs by a block each.
import type { CudaGpu } from "./gpu.ts";
import { i32, type Job } from "./job.ts";
import {
  groupTargets,
  lengthAt,
  type PackedRows,
  type PairLimits,
  type PairList,
  packedRows,
  packedThreads,
  planBatches,
  planPairs,
  planStrips,
} from "./sequence-alignment-plan.ts";
import { module, type ResidentTargets, tableBytes } from "./sequence-alignment-targets.ts";

/** What all launches of a run take, on the device. */
export interface Placed {
  readonly queries: bigint;
  readonly queryOffsets: bigint;
  readonly targets: bigint;
  readonly targetOffsets: bigint;
  /** A row for each kind of target letter and for what is past an end, a column for each letter of queries and past. */
  readonly matrix: bigint;
  readonly kinds: number;
  readonly width: number;
  readonly open: number;
  readonly extend: number;
}

/** Device memory by name that the launches of a run use one after the other; it grows, and goes with the job. */
export type Scratch = (name: string, bytes: number) => bigint;

export function openScratch(job: Job): Scratch {
  const held = new Map<string, { readonly at: bigint; readonly bytes: number }>();
  return (name, bytes) => {
    const known = held.get(name);
    if (known !== undefined && known.bytes >= bytes) return known.at;
    const at = job.buffer(bytes);
    held.set(name, { at, bytes });
    return at;
  };
}

/** Bytes of state of a block: H and F of four columns of eight pairs of targets. */
export const bytesOfState = 256;
/** Cells of one launch: some 0.05 s on an H200, by counting. */
const mostCells = 2e11;
/** So many of the highest matrix score fit between 0 and the most of 16 bits where it is worth while to pack. */
const leastHeadroom = 64;

/** How 16 bits hold a score: 0 as `zero`, so that no sum falls below 0; from `65535 - most` on one may have gone over. */
export interface PackedScoring {
  readonly zero: number;
  readonly most: number;
}

/** null where costs or scores leave 16 bits too little room. */
export function packedScoring(open: number, extend: number, matrix: Int16Array): PackedScoring | null {
  let least = 0;
  let most = 0;
  for (const score of matrix) {
    least = Math.min(least, score);
    most = Math.max(most, score);
  }
  const zero = open + extend - least;
  return zero + leastHeadroom * most < 2 ** 16 && zero < 2 ** 15 ? { zero, most } : null;
}

/** Some of the queries. */
export interface PackedQueries {
  readonly first: number;
  readonly count: number;
  readonly offsets: Uint32Array;
  /** Most rows that a lane holds. */
  readonly rows: PackedRows;
  /** Bytes of state at most. */
  readonly bytes: number;
}

/** Queues the search of the packed targets: their scores, -1 where 16 bits may not hold one. */
export function searchPacked(
  gpu: CudaGpu,
  job: Job,
  scratch: Scratch,
  targets: ResidentTargets,
  on: Placed,
  { zero, most }: PackedScoring,
  { first, count, offsets, rows, bytes }: PackedQueries,
  scores: bigint,
): void {
  const { multiprocessors, sharedBytesPerBlock } = gpu.facts;
  const height = packedRows.find((one) => one <= rows && tableBytes(on.kinds, one) <= sharedBytesPerBlock) ?? 8;
  let longest = 0;
  for (let query = first; query < first + count; query++) longest = Math.max(longest, lengthAt(offsets, query));
  const strips = planStrips(longest, height);
  const cellsOfBlock = 4 * groupTargets * 4 * height;
  const mostBlocks = Math.min(bytes / bytesOfState / count, mostCells / (cellsOfBlock * count));
  const batches = planBatches(targets.starts, Math.max(1, Math.floor(mostBlocks)));
  const largest = batches.reduce((blocks, batch) => Math.max(blocks, batch.blocks), 0);
  const state = scratch("state", strips.length > 1 ? bytesOfState * count * largest : 0);
  const slots = (targets.starts.length - 1) * (groupTargets / 2);
  const best = scratch("best", 4 * slots * count);
  const counters = 4 * batches.length * strips.length * count;
  const taken = scratch("taken", counters);
  job.clear(taken, counters);
  // all blocks at once, where they end together; in several waves where there are more queries than that
  const blocks = Math.floor(count <= multiprocessors / 4 ? multiprocessors / count : (4 * multiprocessors) / count);
  let launches = 0;
  for (const batch of batches)
    for (const strip of strips) {
      const kernel = gpu.kernel(module, `search_${strip.rows}`);
      const shared = tableBytes(on.kinds, strip.rows);
      kernel.allowShared(shared);
      const useful = Math.ceil(batch.groups / (packedThreads / 32));
      job.launch(
        kernel,
        { grid: [Math.max(1, Math.min(blocks, useful)), count], block: [packedThreads], shared },
        targets.device.codes,
        targets.device.starts,
        i32(batch.first),
        i32(batch.groups),
        i32(on.kinds),
        on.queries,
        on.queryOffsets,
        i32(first),
        i32(strip.firstRow),
        on.matrix,
        i32(on.width),
        i32(on.open),
        i32(on.extend),
        i32(zero),
        i32(1),
        state,
        i32(batch.blocks),
        best,
        i32(slots),
        taken + BigInt(4 * launches * count),
      );
      launches++;
    }
  const packed = targets.count - targets.alone;
  job.launch(
    gpu.kernel(module, "collect"),
    { grid: [Math.ceil(packed / 256), count], block: [256] },
    best,
    i32(slots),
    targets.device.order,
    i32(targets.alone),
    i32(packed),
    i32(targets.count),
    i32(zero),
    i32(most),
    scores,
  );
}

/** Where the sequences of a list are, and its scores go. */
export interface ListPlace {
  readonly queryOffsets: Uint32Array;
  readonly targetOffsets: Uint32Array;
  readonly scores: bigint;
  readonly limits: PairLimits;
}

/** Queues pairs that are aligned in 32 bits, by a block each. */
export function alignList(
  gpu: CudaGpu,
  job: Job,
  scratch: Scratch,
  on: Placed,
  list: PairList,
  { queryOffsets, targetOffsets, scores, limits }: ListPlace,
): void {
  const launches = planPairs(list, queryOffsets, targetOffsets, limits);
  const columns = launches.reduce((most, launch) => Math.max(most, launch.columns), 0);
  const state = scratch("state of pairs", 8 * columns);
  for (const { rows, warps, pairs, passes, passesOfLaunch } of launches) {
    const listed = job.upload(pairs);
    for (let pass = 0; pass < passes; pass += passesOfLaunch)
      job.launch(
        gpu.kernel(module, `align_${rows}`),
        { grid: [pairs.length / 4], block: [32 * warps] },
        listed,
        on.queries,
        on.queryOffsets,
        on.targets,
        on.targetOffsets,
        on.matrix,
        i32(on.kinds),
        i32(on.width),
        i32(on.open),
        i32(on.extend),
        i32(pass),
        i32(passesOfLaunch),
        state,
        scores,
      );
  }
}
