// How an alignment is cut into submissions: few enough cells that each ends soon, and rows that fit their buffer.
import { sequenceAlignment } from "../../src/workloads/index.ts";
import type { Gpu, GpuRun } from "./gpu.ts";
import { isSoftware } from "./probe.ts";
import { lanes } from "./sequence-alignment-shader.ts";

/** Groups of targets whose rows are held at once. */
interface Batch {
  readonly firstGroup: number;
  readonly groups: number;
  readonly firstWord: number;
  readonly words: number;
}

export interface AlignmentJob {
  readonly pipeline: GPUComputePipeline;
  /** What the shader binds from 1 to 5: targets, queries, matrix. */
  readonly buffers: readonly GPUBuffer[];
  /** Rows of a strip, as the pipeline was made for. */
  readonly height: number;
  readonly gapOpen: number;
  readonly gapExtend: number;
  readonly letters: number;
  /** First word of each group of targets, and one past the last. */
  readonly starts: Uint32Array;
  readonly firstQuery: number;
  readonly queries: number;
  /** Strips of query `firstQuery + query`, or of the longest query of the batch where each target has its own. */
  readonly strips: (query: number, batch: Batch) => number;
}

/** A word of targets has 4 x 64 columns, of 8 bytes each: 64 MiB of rows, half of WebGPU's default for a binding. */
const mostRowWords = 2 ** 15;
const bytesPerWord = 4 * lanes * 8;
/** What one dispatch may start along one dimension, by WebGPU's default. */
const mostGroups = 65_535;
/** Cells of one invocation in one dispatch: some 0.1 to 0.3 s at 50 to 150 million a second. */
const mostLaneCells = 2 ** 24;
/** Cells of the first submission, before the device's pace is known. */
const firstCells = { hardware: 5e9, software: 1e7 };

function planBatches(starts: Uint32Array): Batch[] {
  const batches: Batch[] = [];
  const groups = starts.length - 1;
  for (let firstGroup = 0; firstGroup < groups; ) {
    const firstWord = starts[firstGroup] ?? 0;
    let end = firstGroup + 1;
    while (end < groups && end - firstGroup < mostGroups && (starts[end + 1] ?? 0) - firstWord <= mostRowWords) end++;
    batches.push({ firstGroup, groups: end - firstGroup, firstWord, words: (starts[end] ?? 0) - firstWord });
    firstGroup = end;
  }
  return batches;
}

/** Scores of each query with each slot, query-major. */
export async function align(gpu: Gpu, run: GpuRun, job: AlignmentJob): Promise<Int32Array> {
  const { pipeline, buffers, height, gapOpen, gapExtend, letters, starts, firstQuery, queries, strips } = job;
  const batches = planBatches(starts);
  const slots = lanes * (starts.length - 1);
  const pace = gpu.pace(sequenceAlignment.id, isSoftware(gpu.info) ? firstCells.software : firstCells.hardware);
  const side = ({ words }: Batch): number =>
    Math.min(queries, mostGroups, Math.max(1, Math.floor(mostRowWords / Math.max(1, words))));
  const rows = run.buffer(bytesPerWord * Math.max(...batches.map((batch) => batch.words * side(batch))));
  const scores = run.buffer(4 * queries * slots);
  let pending = 0;
  let startedAt = performance.now();
  for (const batch of batches) {
    const { firstGroup, groups, firstWord, words } = batch;
    const perStrip = 4 * lanes * words * height;
    const perLane = 4 * ((starts[firstGroup + 1] ?? 0) - firstWord) * height;
    for (let first = 0; first < queries; ) {
      const count = Math.min(queries - first, side(batch), Math.max(1, Math.floor(pace.units() / perStrip)));
      let most = 0;
      for (let query = first; query < first + count; query++) most = Math.max(most, strips(query, batch));
      // a query without residues needs its zeros written, too
      for (let strip = 0; strip === 0 || strip < most; ) {
        const wanted = Math.floor(Math.min(pace.units() / (count * perStrip), mostLaneCells / perLane));
        const many = Math.max(1, Math.min(most - strip, wanted));
        run.submit({
          pipeline,
          // in the order of the shader's `Parameters`
          parameters: Uint32Array.of(
            strip,
            many,
            firstGroup,
            firstQuery + first,
            slots,
            gapOpen,
            gapExtend,
            letters,
            firstWord,
            words,
            first * slots + firstGroup * lanes,
            0,
          ),
          buffers: [...buffers, rows, scores],
          workgroups: [groups, count],
        });
        strip += many;
        pending += many * count * perStrip;
        if (pending < pace.units()) continue;
        await run.done();
        const now = performance.now();
        pace.took(pending, (now - startedAt) / 1000);
        pending = 0;
        startedAt = now;
      }
      first += count;
    }
  }
  return new Int32Array(await run.read(scores, 4 * queries * slots));
}
