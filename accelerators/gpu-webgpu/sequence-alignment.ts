import type { RunContext, Seconds, Sequences } from "../../src/contract/index.ts";
import {
  type AlignmentScores,
  letterCodes,
  type SequenceAlignmentInput,
  sequenceAlignment,
} from "../../src/workloads/index.ts";
import type { Gpu, GpuRun } from "./gpu.ts";
import type { WebgpuKernel } from "./kernel.ts";
import { bindingBytes, isSoftware, tooLargeToKeep } from "./probe.ts";
import type { Resident } from "./residents.ts";
import {
  lengthOf,
  longest,
  longestFirst,
  type PackedSequences,
  packSequences,
} from "./sequence-alignment-device-data.ts";
import { type AlignmentJob, align } from "./sequence-alignment-plan.ts";
import { lanes, mostLetters, sequenceAlignmentShader, stripRows } from "./sequence-alignment-shader.ts";

/** A target is one invocation's: a longer one would keep the GPU waiting for it alone. */
const longestTarget = 2 ** 17;
/** A query's letters in a pair are packed 64 side by side, like targets. */
const longestPairedQuery = 2 ** 17;
/** H and sums with it stay within 32 bits. */
const mostScore = 2 ** 30;
/** Scores held on the device before they are read. */
const mostScores = 2 ** 24;

/** Guesses for a mid-range discrete GPU, and for SwiftShader on two cores (bench/webgpu.ts). */
const guess = { hardware: { rate: 1e11, bytes: 5e9 }, software: { rate: 1e8, bytes: 5e8 } };
const secondsPerRun: Seconds = 5e-4;

interface ResidentTargets extends Resident {
  readonly order: Uint32Array;
  readonly starts: Uint32Array;
  readonly buffers: readonly [starts: GPUBuffer, words: GPUBuffer];
}

/** Brings the database over, unless it is there: once for each meaning of its letters. */
async function load(
  gpu: Gpu,
  run: GpuRun,
  { targets, matrix, ambiguous }: SequenceAlignmentInput,
): Promise<ResidentTargets> {
  const codes = letterCodes(matrix, ambiguous);
  const key = `${sequenceAlignment.id} ${codes.join(" ")}`;
  let fresh = false;
  const resident = gpu.resident.get(targets, key, (): ResidentTargets => {
    fresh = true;
    const order = longestFirst(targets);
    const { starts, words } = packSequences(targets, order, codes);
    return { order, starts, bytes: words.byteLength + starts.byteLength, buffers: [run.keep(starts), run.keep(words)] };
  });
  if (!fresh) return resident;
  try {
    await run.done();
  } catch (error) {
    gpu.resident.drop(targets, key);
    throw error;
  }
  return resident;
}

function heightOn({ info }: Gpu): 4 | 16 {
  return isSoftware(info) ? stripRows.software : stripRows.hardware;
}

function pipeline(gpu: Gpu, { pairing }: SequenceAlignmentInput, context: RunContext): Promise<GPUComputePipeline> {
  const height = heightOn(gpu);
  return gpu.pipeline(`${sequenceAlignment.id}, ${pairing}`, () => sequenceAlignmentShader(pairing, height), context);
}

/** The most that sequences may take when packed: sorted ones are padded by the difference of neighbours only. */
function packedBytes(sequences: Sequences, sorted: boolean): number {
  const { residues, offsets } = sequences;
  const groups = Math.ceil(offsets.length / lanes);
  const padded = sorted ? residues.length + lanes * longest(sequences) : lanes * groups * longest(sequences);
  return padded + 4 * lanes * groups;
}

export const sequenceAlignmentKernel: WebgpuKernel<SequenceAlignmentInput, AlignmentScores> = {
  workload: sequenceAlignment,
  supports: ({ queries, targets, pairing, matrix, mode, secondGap }, device) => {
    const no = (reason: string): { ok: false; reason: string } => ({ ok: false, reason });
    if (mode !== "local") return no(`${mode} alignments: its kernel is for local ones`);
    if (secondGap !== undefined) return no("gap costs in two pieces: its kernel has one");
    if (matrix.alphabet.length > mostLetters) return no(`more than ${mostLetters} letters in the matrix`);
    if (longest(targets) > longestTarget) return no(`a target longer than ${longestTarget} residues`);
    if (pairing === "pairs" && longest(queries) > longestPairedQuery)
      return no(`a query longer than ${longestPairedQuery} residues`);
    const best = matrix.scores.reduce((x, y) => Math.max(x, y), 0);
    if (Math.min(longest(queries), longest(targets)) * best >= mostScore) return no("a score may exceed 30 bits");
    const bytes = Math.max(
      packedBytes(targets, true),
      pairing === "pairs" ? packedBytes(queries, false) : 4 * queries.residues.length,
    );
    const most = bindingBytes(device);
    if (bytes > most) return no(`sequences take ${bytes} bytes, and one binding holds ${most} on this device`);
    const reason = tooLargeToKeep("a database", bytes, device);
    return reason === null ? { ok: true } : no(reason);
  },
  prior: ({ units, bytesIn, bytesOut }, device) => {
    const { rate, bytes } = isSoftware(device) ? guess.software : guess.hardware;
    return {
      seconds: secondsPerRun + units / rate + (bytesIn + bytesOut) / bytes,
      joules: null,
      energySource: null,
      basis: "guess",
    };
  },
  prepare: async (gpu, input, context) => {
    await pipeline(gpu, input, context);
    if (input.pairing === "database")
      await gpu.run(sequenceAlignment.id, context, async (run) => {
        await load(gpu, run, input);
      });
  },
  run: async (gpu, input, context) => {
    const compiled = await pipeline(gpu, input, context);
    return gpu.run(sequenceAlignment.id, context, async (run) => ({
      scores: await (input.pairing === "pairs" ? alignPairs : search)(gpu, run, compiled, input),
    }));
  },
};

type Scoring = Pick<AlignmentJob, "gapOpen" | "gapExtend" | "letters">;

function scoringOf({ gapOpen, gapExtend, matrix }: SequenceAlignmentInput): Scoring {
  return { gapOpen, gapExtend, letters: matrix.alphabet.length };
}

async function search(
  gpu: Gpu,
  run: GpuRun,
  compiled: GPUComputePipeline,
  input: SequenceAlignmentInput,
): Promise<Int32Array> {
  const { queries, matrix, ambiguous } = input;
  const { order, starts, buffers } = await load(gpu, run, input);
  const codes = letterCodes(matrix, ambiguous);
  const letters = Uint32Array.from(queries.residues, (residue) => codes[residue] ?? 0);
  const all = [
    ...buffers,
    run.upload(queries.offsets),
    run.upload(letters),
    run.upload(Int32Array.from(matrix.scores)),
  ];
  const count = queries.offsets.length - 1;
  const slots = lanes * (starts.length - 1);
  const scores = new Int32Array(count * order.length);
  const chunk = Math.min(count, Math.max(1, Math.floor(mostScores / slots)));
  for (let first = 0; first < count; first += chunk) {
    const firstQuery = first;
    const found = await align(gpu, run, {
      ...scoringOf(input),
      height: heightOn(gpu),
      pipeline: compiled,
      buffers: all,
      starts,
      firstQuery,
      queries: Math.min(chunk, count - first),
      strips: (query) => Math.ceil(lengthOf(queries, firstQuery + query) / heightOn(gpu)),
    });
    for (let at = 0; at < found.length; at++) {
      const target = order[at % slots];
      if (target !== undefined) scores[(first + Math.floor(at / slots)) * order.length + target] = found[at] ?? 0;
    }
  }
  return scores;
}

async function alignPairs(
  gpu: Gpu,
  run: GpuRun,
  compiled: GPUComputePipeline,
  input: SequenceAlignmentInput,
): Promise<Int32Array> {
  const { queries, targets, matrix, ambiguous } = input;
  const codes = letterCodes(matrix, ambiguous);
  const order = longestFirst(targets);
  const packed = [targets, queries].map((side) => packSequences(side, order, codes));
  const [{ starts }, { starts: queryStarts }] = packed as [PackedSequences, PackedSequences];
  const found = await align(gpu, run, {
    ...scoringOf(input),
    height: heightOn(gpu),
    pipeline: compiled,
    buffers: [
      ...packed.flatMap((side) => [run.upload(side.starts), run.upload(side.words)]),
      run.upload(Int32Array.from(matrix.scores)),
    ],
    starts,
    firstQuery: 0,
    queries: 1,
    strips: (_, { firstGroup, groups }) => {
      let words = 0;
      for (let group = firstGroup; group < firstGroup + groups; group++)
        words = Math.max(words, (queryStarts[group + 1] ?? 0) - (queryStarts[group] ?? 0));
      return Math.ceil((4 * words) / heightOn(gpu));
    },
  });
  const scores = new Int32Array(order.length);
  order.forEach((pair, slot) => {
    scores[pair] = found[slot] ?? 0;
  });
  return scores;
}
