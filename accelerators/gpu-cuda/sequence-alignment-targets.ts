// Sequences on the device: their letters as codes, and a database packed besides.
import type { CudaGpu } from "./gpu.ts";
import { i32, type Job } from "./job.ts";
import type { Resident } from "./residents.ts";
import { groupStarts, lengthAt, longestFirst, type PackedRows, planAlone } from "./sequence-alignment-plan.ts";

/** Sequences without their names. */
export interface Letters {
  readonly residues: Uint8Array;
  readonly offsets: Uint32Array;
}

/** Which targets are packed: those for which it pays, all that can be, none. */
export type Packing = "planned" | "all" | "none";

/** A database as it goes to the device. */
export interface TargetLetters extends Letters {
  /** From ASCII to a letter's row and column of the matrix. */
  readonly codes: Uint8Array;
  readonly packing: Packing;
}

/** A database as the device keeps it. */
export interface ResidentTargets extends Resident {
  readonly count: number;
  readonly offsets: Uint32Array;
  /** Of the targets, the longest first. */
  readonly order: Uint32Array;
  /** So many of the first in `order` are not packed. */
  readonly alone: number;
  /** First block of each packed group, and one past the last. */
  readonly starts: Uint32Array;
  /** The letters of the matrix that occur; a target's letters are numbered by their places here. */
  readonly kinds: readonly number[];
  readonly device: {
    readonly letters: bigint;
    readonly offsets: bigint;
    readonly order: bigint;
    readonly starts: bigint;
    readonly codes: bigint;
  };
}

export const module = "sequence-alignment";
/** DPX: the packed kernels are for compute capability 9.0 and newer. */
export const packedCapability = 90;
/** Bytes of a block of four columns of eight pairs of targets: two a pair and column. */
const bytesOfCodes = 64;

/** Shared memory for the scores of all pairs of letters with the rows of a strip. */
export function tableBytes(kinds: number, rows: PackedRows): number {
  return kinds ** 2 * 4 * rows * 4;
}

/** The letters' codes on the device until the end of the job. */
export function encoded(gpu: CudaGpu, job: Job, residues: Uint8Array, codes: Uint8Array): bigint {
  const at = job.buffer(16 * Math.ceil(residues.length / 16));
  encode(gpu, job, at, residues, codes);
  return at;
}

function encode(gpu: CudaGpu, job: Job, at: bigint, residues: Uint8Array, codes: Uint8Array): void {
  const words = Math.ceil(residues.length / 16);
  if (words === 0) return;
  job.write(at, residues);
  const threads = 256;
  const shape = { grid: [Math.ceil(words / threads)], block: [threads] } as const;
  job.launch(gpu.kernel(module, "encode"), shape, at, i32(words), job.upload(codes));
}

/** Brings a database over: its letters, and those targets packed for which that pays. */
export function bring(gpu: CudaGpu, job: Job, { residues, offsets, codes, packing }: TargetLetters): ResidentTargets {
  const { computeCapability, sharedBytesPerBlock, multiprocessors } = gpu.facts;
  const { kinds, byLetter } = kindsOf(residues, codes);
  const order = longestFirst(offsets);
  const count = order.length;
  const lengths = order.map((target) => lengthAt(offsets, target));
  const canPack = computeCapability >= packedCapability && tableBytes(kinds.length + 1, 8) <= sharedBytesPerBlock;
  let alone = count;
  if (canPack && packing !== "none") alone = packing === "all" ? 0 : planAlone(lengths, multiprocessors);
  const starts = groupStarts(lengths, alone);

  const buffers: bigint[] = [];
  const room = (bytes: number): bigint => {
    const at = gpu.allocate(bytes);
    buffers.push(at);
    return at;
  };
  const keep = (data: ArrayBufferView): bigint => {
    const at = room(data.byteLength);
    job.write(at, data);
    return at;
  };
  try {
    const device = {
      letters: room(16 * Math.ceil(residues.length / 16)),
      offsets: keep(offsets),
      order: keep(order),
      starts: keep(starts),
      codes: room(bytesOfCodes * (starts.at(-1) ?? 0)),
    };
    encode(gpu, job, device.letters, residues, byLetter);
    if (alone < count)
      job.launch(
        gpu.kernel(module, "pack"),
        { grid: [starts.length - 1], block: [256] },
        device.letters,
        device.offsets,
        device.order,
        i32(alone),
        i32(count - alone),
        i32(kinds.length + 1),
        device.starts,
        device.codes,
      );
    return { buffers, count, offsets, order, alone, starts, kinds, device };
  } catch (error) {
    for (const buffer of buffers) gpu.free(buffer);
    throw error;
  }
}

/** The codes that occur, and from ASCII to their places among them. */
function kindsOf(residues: Uint8Array, codes: Uint8Array): { kinds: number[]; byLetter: Uint8Array } {
  const seen = new Uint8Array(256);
  for (const residue of residues) seen[residue] = 1;
  const kinds = [...new Set([...codes].filter((_, letter) => seen[letter] === 1))].sort((x, y) => x - y);
  return { kinds, byLetter: codes.map((code) => Math.max(0, kinds.indexOf(code))) };
}
