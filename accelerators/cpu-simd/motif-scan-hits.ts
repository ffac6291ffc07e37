import { BioXenError } from "../../src/contract/index.ts";
import type { MotifHits } from "../../src/workloads/index.ts";

/** Hits of some matrices in one piece: by matrix, then as in `MotifHits`. */
export interface PartHits extends Pick<MotifHits, "sequence" | "position" | "strand" | "score"> {
  /** Hits of each matrix. */
  readonly counts: Uint32Array;
}

/** Where merged hits lie in a memory. */
export interface MergedHits {
  readonly sequence: number;
  readonly position: number;
  readonly strand: number;
  readonly score: number;
}

/** Room of a new list: enough for the hits of a small input. */
const first = 64;
/** From here on a shared buffer (some us to make) is cheaper than a copy. */
const shareFrom = 4096;

/** A list of hits that grows; matrices are appended in order. */
export class HitList {
  readonly #memory: WebAssembly.Memory;
  readonly #counts: Uint32Array;
  #length = 0;
  #sequence: Uint32Array = new Uint32Array(first);
  #position: Uint32Array = new Uint32Array(first);
  #strand: Int8Array = new Int8Array(first);
  #score: Float64Array = new Float64Array(first);

  constructor(memory: WebAssembly.Memory, matrices: number) {
    this.#memory = memory;
    this.#counts = new Uint32Array(matrices);
  }

  append(matrix: number, { sequence, position, strand, score }: MergedHits, count: number): void {
    const { buffer } = this.#memory;
    this.#reserve(this.#length + count);
    this.#sequence.set(new Uint32Array(buffer, sequence, count), this.#length);
    this.#position.set(new Uint32Array(buffer, position, count), this.#length);
    this.#strand.set(new Int8Array(buffer, strand, count), this.#length);
    this.#score.set(new Float64Array(buffer, score, count), this.#length);
    this.#counts[matrix] = (this.#counts[matrix] ?? 0) + count;
    this.#length += count;
  }

  /** The hits, where they are many over shared buffers, which cross threads without a copy. */
  finish(): PartHits {
    const n = this.#length;
    if (n < shareFrom)
      return {
        counts: this.#counts,
        sequence: this.#sequence.slice(0, n),
        position: this.#position.slice(0, n),
        strand: this.#strand.slice(0, n),
        score: this.#score.slice(0, n),
      };
    const sequence = new Uint32Array(new SharedArrayBuffer(4 * n));
    const position = new Uint32Array(new SharedArrayBuffer(4 * n));
    const strand = new Int8Array(new SharedArrayBuffer(n));
    const score = new Float64Array(new SharedArrayBuffer(8 * n));
    sequence.set(this.#sequence.subarray(0, n));
    position.set(this.#position.subarray(0, n));
    strand.set(this.#strand.subarray(0, n));
    score.set(this.#score.subarray(0, n));
    return { counts: this.#counts, sequence, position, strand, score };
  }

  #reserve(length: number): void {
    if (length <= this.#score.length) return;
    const capacity = Math.max(length, 2 * this.#score.length);
    const grow = <T extends { set(from: T): void }>(to: T, from: T): T => {
      to.set(from);
      return to;
    };
    this.#sequence = grow(new Uint32Array(capacity), this.#sequence);
    this.#position = grow(new Uint32Array(capacity), this.#position);
    this.#strand = grow(new Int8Array(capacity), this.#strand);
    this.#score = grow(new Float64Array(capacity), this.#score);
  }
}

/** Hits of matrices `firstMatrix` on in one piece. */
export interface Part {
  readonly firstMatrix: number;
  readonly hits: PartHits;
}

/**
 * Joins parts, given in the order of their pieces, by matrix.
 * @throws BioXenError `OUT_OF_MEMORY` where they do not fit, or are 2^32 or more, which no `matrixStart` can count.
 */
export function joinParts(parts: readonly Part[], thresholds: Float64Array): MotifHits {
  const matrixStart = new Uint32Array(thresholds.length + 1);
  const total = parts.reduce((sum, { hits }) => sum + hits.score.length, 0);
  if (total >= 2 ** 32) throw new BioXenError("OUT_OF_MEMORY", `${total} hits are more than one answer can hold`);
  for (const { firstMatrix, hits } of parts)
    for (const [index, count] of hits.counts.entries())
      matrixStart[firstMatrix + index + 1] = (matrixStart[firstMatrix + index + 1] ?? 0) + count;
  for (let matrix = 0; matrix < thresholds.length; matrix++)
    matrixStart[matrix + 1] = (matrixStart[matrix + 1] ?? 0) + (matrixStart[matrix] ?? 0);

  const joined = { thresholds, matrixStart, ...roomFor(total) };
  const next = matrixStart.slice(0, thresholds.length);
  for (const { firstMatrix, hits } of parts) {
    let from = 0;
    for (const [index, count] of hits.counts.entries()) {
      if (count === 0) continue;
      const to = next[firstMatrix + index] ?? 0;
      joined.sequence.set(hits.sequence.subarray(from, from + count), to);
      joined.position.set(hits.position.subarray(from, from + count), to);
      joined.strand.set(hits.strand.subarray(from, from + count), to);
      joined.score.set(hits.score.subarray(from, from + count), to);
      next[firstMatrix + index] = to + count;
      from += count;
    }
  }
  return joined;
}

function roomFor(hits: number): Omit<PartHits, "counts"> {
  try {
    return {
      sequence: new Uint32Array(hits),
      position: new Uint32Array(hits),
      strand: new Int8Array(hits),
      score: new Float64Array(hits),
    };
  } catch (cause) {
    throw new BioXenError("OUT_OF_MEMORY", `there is no memory for ${hits} hits`, { cause });
  }
}
