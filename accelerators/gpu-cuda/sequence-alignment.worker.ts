import type { CudaGpu } from "./gpu.ts";
import { i32, type Job } from "./job.ts";
import type { ResidentReference } from "./residents.ts";
import {
  alignList,
  bytesOfState,
  type ListPlace,
  openScratch,
  type Placed,
  packedScoring,
  type Scratch,
  searchPacked,
} from "./sequence-alignment-launches.ts";
import { type PackedRows, type PairList, packedRows } from "./sequence-alignment-plan.ts";
import {
  bring,
  encoded,
  type Letters,
  module,
  packedCapability,
  type TargetLetters,
} from "./sequence-alignment-targets.ts";

export interface AlignmentScoring {
  /** From ASCII to a letter's row and column of the matrix. */
  readonly codes: Uint8Array;
  readonly letters: number;
  /** Row-major; the row is the query's letter. */
  readonly scores: Int16Array;
  readonly gapOpen: number;
  readonly gapExtend: number;
}

export interface AlignmentSearch {
  readonly queries: Letters;
  readonly scoring: AlignmentScoring;
  /** Most rows of a query that a lane holds. */
  readonly rows: PackedRows;
  /** Cells of a pair that is aligned by a block, in one launch. */
  readonly pairCells: number;
}

export interface AlignmentPairs {
  readonly queries: Letters;
  readonly targets: Letters;
  readonly scoring: AlignmentScoring;
  readonly pairCells: number;
}

/** Bytes of state, or of scores, that a run holds at once; an eighth of the memory where that is less. */
const mostBytes = 2 ** 31;
/** Queries of one launch: the second dimension of a grid has 65,535 places. */
const mostQueries = 2 ** 15;
/** Pairs that are planned at once. */
const mostPairs = 2 ** 22;

/** Has the kernels compiled, and the database brought over where there is one. */
export async function prepareAlignment(
  gpu: CudaGpu,
  job: Job,
  _: null,
  reference: ResidentReference<TargetLetters> | null,
): Promise<null> {
  for (const name of ["encode", "align_4", "align_8"]) gpu.kernel(module, name);
  if (gpu.facts.computeCapability >= packedCapability)
    for (const name of ["pack", "collect", ...packedRows.map((rows) => `search_${rows}`)]) gpu.kernel(module, name);
  if (reference !== null) gpu.residents.get(reference, (load) => bring(gpu, job, load));
  job.done();
  return null;
}

/** Scores of every query with every target, query-major. */
export async function searchAlignments(
  gpu: CudaGpu,
  job: Job,
  { queries, scoring, rows, pairCells }: AlignmentSearch,
  reference: ResidentReference<TargetLetters> | null,
): Promise<Int32Array> {
  const targets = gpu.residents.get(reference, (load) => bring(gpu, job, load));
  const { count, order, alone, starts } = targets;
  const { on, matrix } = place(gpu, job, queries, scoring, targets.kinds, {
    targets: targets.device.letters,
    targetOffsets: targets.device.offsets,
  });
  const fits = packedScoring(on.open, on.extend, matrix);
  // where costs and scores are too large for 16 bits from the start, all are aligned one by one
  const single = fits === null ? count : alone;
  const bytes = Math.min(mostBytes, gpu.facts.memoryBytes / 8);
  const lists = {
    queryOffsets: queries.offsets,
    targetOffsets: targets.offsets,
    limits: { columns: Math.floor(bytes / 8), pairCells },
  };
  const queryCount = queries.offsets.length - 1;
  const ofQuery = Math.max(4 * count, Math.min(bytes, bytesOfState * (starts.at(-1) ?? 0)));
  const together = Math.min(queryCount, mostQueries, Math.floor(bytes / ofQuery), Math.floor(mostPairs / (single + 1)));
  const step = Math.max(1, together);
  const scratch = openScratch(job);
  const found = job.buffer(4 * step * count);
  const scores = new Int32Array(queryCount * count);
  for (let first = 0; first < queryCount; first += step) {
    const many = Math.min(step, queryCount - first);
    if (fits !== null && single < count) {
      const some = { first, count: many, offsets: queries.offsets, rows, bytes };
      searchPacked(gpu, job, scratch, targets, on, fits, some, found);
    }
    const list = productList(first, many, order.subarray(0, single), count);
    alignList(gpu, job, scratch, on, list, { ...lists, scores: found });
    const part = scores.subarray(first * count, (first + many) * count);
    job.read(found, part);
    alignAgain(gpu, job, scratch, on, part, first, count, lists);
  }
  return scores;
}

/** One score a pair. */
export async function alignPairs(
  gpu: CudaGpu,
  job: Job,
  { queries, targets, scoring, pairCells }: AlignmentPairs,
): Promise<Int32Array> {
  const kinds = Array.from({ length: scoring.letters }, (_, at) => at);
  const { on } = place(gpu, job, queries, scoring, kinds, {
    targets: encoded(gpu, job, targets.residues, scoring.codes),
    targetOffsets: job.upload(targets.offsets),
  });
  const count = queries.offsets.length - 1;
  const each = Int32Array.from({ length: count }, (_, at) => at);
  const found = job.buffer(4 * count);
  const list = { queries: each, targets: each, scores: each };
  alignList(gpu, job, openScratch(job), on, list, {
    queryOffsets: queries.offsets,
    targetOffsets: targets.offsets,
    scores: found,
    limits: { columns: Math.floor(Math.min(mostBytes, gpu.facts.memoryBytes / 8) / 8), pairCells },
  });
  const scores = new Int32Array(count);
  job.read(found, scores);
  return scores;
}

/** For the bench: makes operations of one kind that the packed kernels consist of, two halves each, and says how many. */
export async function repeatPackedOperations(
  gpu: CudaGpu,
  job: Job,
  { kind, rounds }: { readonly kind: "sums" | "maxima"; readonly rounds: number },
): Promise<number> {
  const [blocks, threads] = [4 * gpu.facts.multiprocessors, 512];
  const kernel = gpu.kernel(module, `repeat_${kind}`);
  job.launch(kernel, { grid: [blocks], block: [threads] }, i32(rounds), i32(3), i32(5), job.buffer(4));
  job.done();
  return 8 * rounds * blocks * threads;
}

/** Queries and scoring on the device. `kinds`: the letters of the matrix that the codes of the targets stand for. */
function place(
  gpu: CudaGpu,
  job: Job,
  queries: Letters,
  { codes, letters, scores, gapOpen, gapExtend }: AlignmentScoring,
  kinds: readonly number[],
  targets: Pick<Placed, "targets" | "targetOffsets">,
): { readonly on: Placed; readonly matrix: Int16Array } {
  const width = letters + 1;
  // 0 for what is past an end: it adds nothing to an alignment
  const matrix = new Int16Array((kinds.length + 1) * width);
  kinds.forEach((column, kind) => {
    for (let row = 0; row < letters; row++) matrix[kind * width + row] = scores[row * letters + column] ?? 0;
  });
  const on: Placed = {
    ...targets,
    queries: encoded(gpu, job, queries.residues, codes),
    queryOffsets: job.upload(queries.offsets),
    matrix: job.upload(matrix),
    kinds: kinds.length + 1,
    width,
    open: gapOpen,
    // a gap may follow another at once, so extending one never has to cost more than opening one
    extend: Math.min(gapOpen, gapExtend),
  };
  return { on, matrix };
}

/** Every one of these queries with every one of these targets. */
function productList(first: number, many: number, targets: Uint32Array, width: number): PairList {
  const length = many * targets.length;
  const list = { queries: new Int32Array(length), targets: new Int32Array(length), scores: new Int32Array(length) };
  let at = 0;
  for (let query = 0; query < many; query++)
    for (const target of targets) {
      list.queries[at] = first + query;
      list.targets[at] = target;
      list.scores[at++] = query * width + target;
    }
  return list;
}

/** Puts the scores that 16 bits may not hold into their places. */
function alignAgain(
  gpu: CudaGpu,
  job: Job,
  scratch: Scratch,
  on: Placed,
  scores: Int32Array,
  first: number,
  count: number,
  lists: Omit<ListPlace, "scores">,
): void {
  const again: number[] = [];
  for (let at = 0; at < scores.length; at++) if (scores[at] === -1) again.push(at);
  if (again.length === 0) return;
  const list: PairList = {
    queries: Int32Array.from(again, (at) => first + Math.floor(at / count)),
    targets: Int32Array.from(again, (at) => at % count),
    scores: Int32Array.from(again, (_, at) => at),
  };
  const found = scratch("again", 4 * again.length);
  alignList(gpu, job, scratch, on, list, { ...lists, scores: found });
  const right = new Int32Array(again.length);
  job.read(found, right);
  again.forEach((at, one) => {
    scores[at] = right[one] ?? 0;
  });
}
