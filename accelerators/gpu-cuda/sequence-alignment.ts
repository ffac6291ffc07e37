import type { RunContext, Seconds, Sequences, Support } from "../../src/contract/index.ts";
import {
  type AlignmentScores,
  letterCodes,
  type SequenceAlignmentInput,
  sequenceAlignment,
} from "../../src/workloads/index.ts";
import type { CudaDevice, ResidentData } from "./cuda-device.ts";
import type { CudaKernel } from "./kernel.ts";
import { fitsMemory } from "./memory.ts";
import type { AlignmentScoring } from "./sequence-alignment.worker.ts";
import { mostPairCells, type PackedRows, packedRows } from "./sequence-alignment-plan.ts";
import type { Letters, Packing, TargetLetters } from "./sequence-alignment-targets.ts";

/** Letters of a matrix at most: the kernels hold the scores of one more, which stands for what is past an end. */
const mostLetters = 32;
/** A block aligns a stretch of 2,048 query residues with one target in a launch: a second or so at this length. */
const longestTarget = 2 ** 22;
/** Guesses for GPUs with DPX and for others, and for a bus of PCIe 4. */
const guess = { packed: 2e12, single: 2e11, bytes: 1e10 };
const secondsPerRun: Seconds = 1e-4;
/** Longest targets, looked for once, as sequences are immutable. */
const longestOf = new WeakMap<Sequences, number>();

/** How work is cut; other ways than `planned` are for tests and benches. */
export interface SearchWay {
  readonly packing: Packing;
  readonly rows: PackedRows;
  /** Cells of one pair in one launch, where a block aligns it alone. */
  readonly pairCells: number;
}

export const planned: SearchWay = { packing: "planned", rows: packedRows[0], pairCells: mostPairCells };

export const sequenceAlignmentKernel: CudaKernel<SequenceAlignmentInput, AlignmentScores> = {
  workload: sequenceAlignment,
  supports: ({ queries, targets, pairing, matrix, mode, secondGap }, device): Support => {
    const no = (reason: string): Support => ({ ok: false, reason });
    if (mode !== "local") return no(`${mode} alignments: its kernel is for local ones`);
    if (secondGap !== undefined) return no("gap costs in two pieces: its kernel has one");
    if (matrix.alphabet.length > mostLetters) return no(`more than ${mostLetters} letters in the matrix`);
    if (longest(targets) > longestTarget) return no(`a target longer than ${longestTarget} residues`);
    // letters, letters packed, state: an eighth of the memory at most
    const perTarget = pairing === "database" ? 2.5 : 1;
    const bytes = perTarget * targets.residues.length + 64 * targets.offsets.length + queries.residues.length;
    return fitsMemory(1.3 * bytes, device);
  },
  prior: ({ units, bytesIn, bytesOut }, { features }) => {
    const capability = Number(features.find((one) => one.startsWith("compute:"))?.slice("compute:".length));
    return {
      seconds:
        secondsPerRun + units / (capability >= 9 ? guess.packed : guess.single) + (bytesIn + bytesOut) / guess.bytes,
      joules: null,
      energySource: null,
      basis: "guess",
    };
  },
  prepare: async (device, input, context) => {
    const resident = input.pairing === "database" ? database(input, planned) : undefined;
    await device.run("sequence-alignment-prepare", null, context, resident);
  },
  run: async (device, input, context) => alignOn(device, input, context, planned),
};

/** Runs an alignment in a certain way. */
export async function alignOn(
  device: CudaDevice,
  input: SequenceAlignmentInput,
  context: RunContext,
  way: SearchWay,
): Promise<AlignmentScores> {
  const { pairing, targets } = input;
  const queries = lettersOf(input.queries);
  const scoring = scoringOf(input);
  const { rows, pairCells } = way;
  if (pairing === "pairs") {
    const pairs = { queries, targets: lettersOf(targets), scoring, pairCells };
    return { scores: await device.run("sequence-alignment-pairs", pairs, context) };
  }
  const search = { queries, scoring, rows, pairCells };
  return { scores: await device.run("sequence-alignment-search", search, context, database(input, way)) };
}

/** The database as the device keeps it: once for each meaning of its letters. */
function database(
  { targets, matrix, ambiguous }: SequenceAlignmentInput,
  { packing }: SearchWay,
): ResidentData<TargetLetters> {
  const codes = letterCodes(matrix, ambiguous);
  return {
    owner: targets,
    part: `targets ${packing} ${codes.join(" ")}`,
    load: () => ({ ...lettersOf(targets), codes, packing }),
  };
}

function lettersOf({ residues, offsets }: Sequences): Letters {
  return { residues, offsets };
}

function scoringOf({ matrix, ambiguous, gapOpen, gapExtend }: SequenceAlignmentInput): AlignmentScoring {
  return {
    codes: letterCodes(matrix, ambiguous),
    letters: matrix.alphabet.length,
    scores: matrix.scores,
    gapOpen,
    gapExtend,
  };
}

function longest(sequences: Sequences): number {
  const known = longestOf.get(sequences);
  if (known !== undefined) return known;
  const { offsets } = sequences;
  let most = 0;
  for (let at = 0; at + 1 < offsets.length; at++) most = Math.max(most, (offsets[at + 1] ?? 0) - (offsets[at] ?? 0));
  longestOf.set(sequences, most);
  return most;
}
