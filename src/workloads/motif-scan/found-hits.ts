import type { MotifHits } from "./index.ts";
import type { OrientedMotif } from "./oriented-motifs.ts";
import { baseCode } from "./scoring.ts";

/** `baseCode` of every byte. */
export const baseCodes: Int8Array = Int8Array.from({ length: 256 }, (_, ascii) => baseCode(ascii));

/** Hits of one oriented motif, in order of position. */
export interface FoundHits {
  /** Position in all residues. */
  readonly at: number[];
  readonly score: number[];
}

/** Score of a window of base codes, summed as the oracle does; NaN where it holds a letter other than ACGT. */
export function windowScore(codes: Int8Array, window: number, scores: Float64Array): number {
  const columns = scores.length / 4;
  let sum = 0;
  for (let column = 0; column < columns; column++) {
    const code = codes[window + column] ?? -1;
    if (code < 0) return Number.NaN;
    sum += scores[4 * column + code] ?? 0;
  }
  return sum;
}

/** Adds the windows of a stretch that are hits, in any order, to those found before; `first` is where the stretch starts. */
export function keepHits(
  { at, score }: FoundHits,
  { scores }: OrientedMotif,
  windows: number[],
  codes: Int8Array,
  first: number,
): void {
  for (const window of windows.sort((x, y) => x - y)) {
    at.push(first + window);
    score.push(windowScore(codes, window, scores));
  }
}

/** Puts hits in the workload's order and drops windows that run over the end of their sequence. */
export function assembleHits(
  thresholds: Float64Array,
  motifs: readonly OrientedMotif[],
  found: ReadonlyMap<OrientedMotif, FoundHits>,
  offsets: Uint32Array,
): MotifHits {
  const matrixStart = new Uint32Array(thresholds.length + 1);
  const sequence: number[] = [];
  const position: number[] = [];
  const strand: number[] = [];
  const score: number[] = [];
  let next = 0;
  for (let matrix = 0; matrix < thresholds.length; matrix++) {
    const strands: { motif: OrientedMotif; hits: FoundHits; at: number }[] = [];
    for (let motif = motifs[next]; motif?.matrix === matrix; motif = motifs[++next])
      strands.push({ motif, hits: found.get(motif) ?? { at: [], score: [] }, at: 0 });
    let within = 0;
    for (;;) {
      // + stands before - in the list and wins where both have a hit
      let least: (typeof strands)[number] | null = null;
      for (const one of strands)
        if (one.at < one.hits.at.length && (least === null || start(one) < start(least))) least = one;
      if (least === null) break;
      const at = start(least);
      while ((offsets[within + 1] ?? Number.POSITIVE_INFINITY) <= at) within++;
      if (at + least.motif.scores.length / 4 <= (offsets[within + 1] ?? 0)) {
        sequence.push(within);
        position.push(at - (offsets[within] ?? 0));
        strand.push(least.motif.strand);
        score.push(least.hits.score[least.at] ?? 0);
      }
      least.at++;
    }
    matrixStart[matrix + 1] = score.length;
  }
  return {
    thresholds,
    matrixStart,
    sequence: Uint32Array.from(sequence),
    position: Uint32Array.from(position),
    strand: Int8Array.from(strand),
    score: Float64Array.from(score),
  };
}

function start({ hits, at }: { hits: FoundHits; at: number }): number {
  return hits.at[at] ?? Number.POSITIVE_INFINITY;
}
