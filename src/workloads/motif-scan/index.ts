import { z } from "zod";
import type { Sequences, WorkloadSpec } from "../../contract/index.ts";
import {
  type Background,
  baseCode,
  logOdds,
  longestMotif,
  type MotifMatrix,
  reverseComplement,
  threshold,
  uniform,
} from "./scoring.ts";

export * from "./scoring.ts";

export interface MotifScanInput {
  readonly matrices: readonly MotifMatrix[];
  /** DNA; letters other than ACGTacgt are allowed, and no window that holds one is a hit. */
  readonly sequences: Sequences;
  /** Probability, 0 to 1, that a random word scores at or above a matrix' threshold. */
  readonly pValue: number;
  readonly strands: "both" | "forward";
  /** Shared out over the letters of a column by the background; 1 by default. */
  readonly pseudocount?: number;
  /** Uniform by default. */
  readonly background?: Background;
}

/** Hits as parallel arrays, by matrix, then sequence, then position, then + before -. */
export interface MotifHits {
  /** Score at or above which a window of matrix `i` is a hit. */
  readonly thresholds: Float64Array;
  /** Hits of matrix `i` stand at `matrixStart[i]` to `matrixStart[i + 1]` (exclusive). */
  readonly matrixStart: Uint32Array;
  readonly sequence: Uint32Array;
  /** Leftmost base of the window, 0-based, on both strands. */
  readonly position: Uint32Array;
  /** 1 forward, -1 reverse; a palindromic site is a hit on both. */
  readonly strand: Int8Array;
  readonly score: Float64Array;
}

/** These bounds keep a score within +-80, so that sums of 200 of them and threshold tables stay of sensible size. */
const leastShare = 1e-9;
const mostCounts = 1e15;
const probability = z.number().positive().lt(1);
const share = z.number().min(leastShare).lt(1);
const matrix = z
  .object({ id: z.string(), name: z.string(), counts: z.instanceof(Float64Array) })
  .superRefine(({ id, counts }, context) => {
    const columns = counts.length / 4;
    if (!Number.isInteger(columns) || columns < 1 || columns > longestMotif)
      context.addIssue({
        code: "custom",
        message: `matrix ${id}: 4 rows of 1 to ${longestMotif} columns are expected`,
      });
    else if (!counts.every((count) => count >= 0 && count <= mostCounts))
      context.addIssue({ code: "custom", message: `matrix ${id}: a count is not a number from 0 to ${mostCounts}` });
  });
const sequences: z.ZodType<Sequences> = z.object({
  names: z.array(z.string()),
  residues: z.instanceof(Uint8Array),
  offsets: z.instanceof(Uint32Array),
});
const input: z.ZodType<MotifScanInput> = z
  .object({
    matrices: z.array(matrix).min(1, "at least one matrix is expected"),
    sequences,
    pValue: probability,
    strands: z.enum(["both", "forward"]),
    pseudocount: z.number().min(leastShare).max(mostCounts).optional(),
    background: z.tuple([share, share, share, share]).optional(),
  })
  .superRefine(({ background, sequences: { offsets, residues } }, context) => {
    if (background !== undefined && Math.abs(background.reduce((x, y) => x + y) - 1) > 1e-6)
      context.addIssue({ code: "custom", path: ["background"], message: "the background must sum to 1" });
    if (offsets.length < 1 || offsets[0] !== 0 || offsets[offsets.length - 1] !== residues.length)
      context.addIssue({ code: "custom", path: ["sequences", "offsets"], message: "offsets do not span the residues" });
    else if (offsets.some((offset, at) => offset < (offsets[at - 1] ?? 0)))
      context.addIssue({ code: "custom", path: ["sequences", "offsets"], message: "offsets must not decrease" });
  }) as z.ZodType<MotifScanInput>;

/**
 * Position weight matrices against DNA: every window whose summed log-odds reach the matrix' threshold, on one or
 * both strands. Deterministic; scores are sums in IEEE doubles in column order. See ./README.md for the rules.
 */
export const motifScan: WorkloadSpec<MotifScanInput, MotifHits> = {
  id: "motif-scan",
  version: 1,
  aliases: ["motifs", "motif_scan", "pattern_recognition", "motif_recognition"],
  throughput: { unit: "base.motif", rate: "Mb.motif/s", per: 1e6 },
  input,
  size: ({ matrices, sequences: { residues }, pValue }) => ({
    units: residues.length * matrices.length,
    bytesIn: residues.length + matrices.reduce((sum, { counts }) => sum + counts.byteLength, 0),
    bytesOut: Math.ceil(2 * pValue * residues.length * matrices.length) * 21,
  }),
  resident: ({ sequences: resident }) => resident,
  generate: (size, random) => {
    const count = Math.min(100, Math.max(1, Math.floor(Math.cbrt(size / 1e4))));
    const bases = Math.max(32, Math.ceil(size / count));
    return {
      matrices: Array.from({ length: count }, (_, index) => randomMatrix(`random-${index}`, random)),
      sequences: {
        names: ["random"],
        residues: Uint8Array.from({ length: bases }, () => "ACGT".charCodeAt(Math.floor(4 * random()))),
        offsets: Uint32Array.of(0, bases),
      },
      pValue: 1e-4,
      strands: "both",
    };
  },
  reference: ({
    matrices,
    sequences: { residues, offsets },
    pValue,
    strands,
    pseudocount = 1,
    background = uniform,
  }) => {
    const thresholds = new Float64Array(matrices.length);
    const matrixStart = new Uint32Array(matrices.length + 1);
    const hits: { sequence: number; position: number; strand: number; score: number }[] = [];
    matrices.forEach((motif, index) => {
      const forward = logOdds(motif, background, pseudocount);
      const least = threshold(forward, background, pValue);
      thresholds[index] = least;
      const oriented: [Float64Array, number][] = [[forward, 1]];
      if (strands === "both") oriented.push([reverseComplement(forward), -1]);
      const columns = forward.length / 4;
      for (let sequence = 0; sequence + 1 < offsets.length; sequence++) {
        const start = offsets[sequence] ?? 0;
        const last = (offsets[sequence + 1] ?? 0) - columns;
        for (let at = start; at <= last; at++)
          for (const [scores, strand] of oriented) {
            const score = windowScore(residues, at, scores);
            if (score >= least) hits.push({ sequence, position: at - start, strand, score });
          }
      }
      matrixStart[index + 1] = hits.length;
    });
    return {
      thresholds,
      matrixStart,
      sequence: Uint32Array.from(hits, (hit) => hit.sequence),
      position: Uint32Array.from(hits, (hit) => hit.position),
      strand: Int8Array.from(hits, (hit) => hit.strand),
      score: Float64Array.from(hits, (hit) => hit.score),
    };
  },
  split: {
    // by matrices: the sequences stay where they are
    parts: (input, shares) => {
      const { matrices } = input;
      if (matrices.length < shares.length) return null;
      let first = 0;
      let until = 0;
      return shares.map((share, at) => {
        until += share;
        const left = shares.length - at - 1;
        const wanted = Math.max(first + 1, Math.round(until * matrices.length));
        const end = left === 0 ? matrices.length : Math.min(matrices.length - left, wanted);
        const part = { ...input, matrices: matrices.slice(first, end) };
        first = end;
        return part;
      });
    },
    join: (outputs, { matrices }) => {
      const count = outputs.reduce((sum, { score }) => sum + score.length, 0);
      const whole: MotifHits = {
        thresholds: new Float64Array(matrices.length),
        matrixStart: new Uint32Array(matrices.length + 1),
        sequence: new Uint32Array(count),
        position: new Uint32Array(count),
        strand: new Int8Array(count),
        score: new Float64Array(count),
      };
      let matrix = 0;
      let hit = 0;
      for (const part of outputs) {
        whole.thresholds.set(part.thresholds, matrix);
        for (let at = 1; at < part.matrixStart.length; at++)
          whole.matrixStart[matrix + at] = hit + (part.matrixStart[at] ?? 0);
        for (const name of ["sequence", "position", "strand", "score"] as const) whole[name].set(part[name], hit);
        matrix += part.thresholds.length;
        hit += part.score.length;
      }
      return whole;
    },
  },
  differ: (actual, expected) => {
    for (const name of fields) {
      const x = actual[name];
      const y = expected[name];
      if (x.length !== y.length) return `${name} holds ${x.length} entries, expected ${y.length}`;
      // thresholds may be -Infinity: equal, though their difference is no number
      for (let at = 0; at < y.length; at++) if (x[at] !== y[at]) return `${name}[${at}] is ${x[at]}, expected ${y[at]}`;
    }
    return null;
  },
};

const fields: readonly (keyof MotifHits)[] = ["thresholds", "matrixStart", "sequence", "position", "strand", "score"];

/** NaN, which reaches no threshold, where the window holds a letter other than ACGT. */
function windowScore(residues: Uint8Array, start: number, scores: Float64Array): number {
  let sum = 0;
  for (let column = 0; column < scores.length / 4; column++) {
    const letter = baseCode(residues[start + column] ?? 0);
    if (letter < 0) return Number.NaN;
    sum += scores[4 * column + letter] ?? 0;
  }
  return sum;
}

/** 6 to 20 columns of 100 counts, each column with a favourite letter of random strength. */
function randomMatrix(id: string, random: () => number): MotifMatrix {
  const columns = 6 + Math.floor(15 * random());
  const counts = new Float64Array(4 * columns);
  for (let column = 0; column < columns; column++) {
    const favourite = Math.floor(4 * random());
    const strength = random() ** 0.5;
    for (let letter = 0; letter < 4; letter++)
      counts[letter * columns + column] = Math.round(
        100 * ((1 - strength) / 4 + (letter === favourite ? strength : 0)),
      );
  }
  return { id, name: id, counts };
}
