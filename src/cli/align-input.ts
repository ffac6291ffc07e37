import { stat } from "node:fs/promises";
import { BioXenError, type Sequences } from "../contract/index.ts";
import { type PieceOptions, readSubstitutionMatrix, type SequenceBatch, streamSequences } from "../formats/index.ts";
import type { AlignmentScheme } from "../sequences/index.ts";
import {
  type AlignmentDetail,
  type AlignmentMode,
  type AmbiguityPolicy,
  type FreeEnds,
  matchMismatch,
  type SubstitutionMatrix,
  substitutionMatrices,
  substitutionMatrix,
} from "../workloads/index.ts";
import type { DispatchFlags } from "./options.ts";

export const formats = ["tsv", "sam", "paf"] as const;

export interface AlignFlags extends DispatchFlags {
  readonly query?: string;
  readonly target?: string;
  readonly pairs?: string;
  readonly allAgainstAll?: boolean;
  readonly mode: AlignmentMode;
  readonly freeEnds?: readonly (keyof FreeEnds)[];
  readonly matrix: string;
  readonly match?: number;
  readonly mismatch?: number;
  readonly gapOpen: number;
  readonly gapExtend: number;
  readonly gapOpen2?: number;
  readonly gapExtend2?: number;
  readonly top: number;
  readonly ends?: boolean;
  readonly starts?: boolean;
  readonly cigar?: boolean;
  readonly cigarStyle: "extended" | "plain";
  readonly format?: (typeof formats)[number];
  readonly out?: string;
  readonly scores?: string;
  readonly batch?: number;
  readonly ambiguous: AmbiguityPolicy;
}

/** How much of each alignment the flags ask for, beyond its score. */
export function detailOf({ cigar, format, starts, ends }: AlignFlags): AlignmentDetail | undefined {
  if (cigar === true || format !== undefined) return "cigar";
  if (starts === true) return "starts";
  return ends === true ? "ends" : undefined;
}

/** Everything of the question but its sequences. */
export async function schemeOf(flags: AlignFlags): Promise<AlignmentScheme> {
  const { mode, freeEnds, gapOpen, gapExtend, gapOpen2, gapExtend2, ambiguous } = flags;
  return {
    mode,
    ...(freeEnds === undefined ? {} : { freeEnds: Object.fromEntries(freeEnds.map((end) => [end, true])) }),
    matrix: await matrixOf(flags),
    gapOpen,
    gapExtend,
    ...(gapOpen2 === undefined || gapExtend2 === undefined
      ? {}
      : { secondGap: { open: gapOpen2, extend: gapExtend2 } }),
    ambiguous,
  };
}

async function matrixOf({ match, mismatch, matrix }: AlignFlags): Promise<SubstitutionMatrix> {
  if (match !== undefined && mismatch !== undefined) return matchMismatch(match, mismatch);
  const known = substitutionMatrix(matrix);
  if (known !== undefined) return known;
  try {
    return await readSubstitutionMatrix(matrix);
  } catch (cause) {
    if (/[./\\]/.test(matrix) || !(cause instanceof BioXenError)) throw cause;
    const names = Object.keys(substitutionMatrices).join(", ");
    throw new BioXenError(
      "INPUT_INVALID",
      `no matrix ${matrix}: ${names} are built in, any other is a file in NCBI format`,
      { cause },
    );
  }
}

/** A file of targets in batches, with how much of it has been read. */
export interface TargetBatches {
  readonly batches: AsyncGenerator<SequenceBatch, void, void>;
  /** 0 to 1; 0 where the file's size is not known, as of a pipe. */
  readonly share: () => number;
}

export async function targetBatches(
  file: string,
  batch: number | undefined,
  pieces: PieceOptions | null,
): Promise<TargetBatches> {
  const size = await stat(file).then(
    (of) => (of.isFile() ? of.size : 0),
    () => 0, // what is wrong with it, reading it says
  );
  let read = 0;
  const onRead = (bytes: number): void => {
    read = bytes;
  };
  const batches = streamSequences(file, {
    onRead,
    ...(batch === undefined ? {} : { residuesPerBatch: batch }),
    ...(pieces === null ? {} : { pieces }),
  });
  return { batches, share: () => (size === 0 ? 0 : read / size) };
}

/** The batches again after a look at the first. */
export async function* resumed(
  first: SequenceBatch | undefined,
  rest: AsyncGenerator<SequenceBatch, void, void>,
): AsyncGenerator<SequenceBatch, void, void> {
  if (first !== undefined) yield first;
  yield* rest;
}

/** Longest prefix that is looked at. */
const glimpse = 10_000;

export function looksLikeDna({ residues }: Sequences): boolean {
  return residues.subarray(0, glimpse).every((letter) => "ACGTUNacgtun".includes(String.fromCharCode(letter)));
}
