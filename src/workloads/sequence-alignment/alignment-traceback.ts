import { z } from "zod";
import type { Sequences, WorkloadSpec } from "../../contract/index.ts";
import { alignPair } from "./align-pair.ts";
import { cigarCounts, cigarOperations, scoreOfCigar } from "./cigar.ts";
import { pairScoringOf } from "./pair-scoring.ts";
import { type AlignmentQuestion, questionSchema } from "./question.ts";
import { letterCodes, matchMismatch } from "./scoring.ts";
import { pairCells } from "./sequence-sizes.ts";

/** How much of each alignment is asked for, the later with all of the earlier: it takes longer. */
export type AlignmentDetail = "ends" | "starts" | "cigar";

/** Query i is aligned with target i. */
export interface AlignmentTracebackInput extends AlignmentQuestion {
  readonly want: AlignmentDetail;
}

/** One entry a pair. Coordinates are 0-based and half-open; an alignment of nothing has score 0 and starts where it ends. */
export interface Alignments {
  readonly scores: Int32Array;
  readonly queryEnds: Uint32Array;
  readonly targetEnds: Uint32Array;
  /** Empty where only ends were asked for. */
  readonly queryStarts: Uint32Array;
  readonly targetStarts: Uint32Array;
  /** `length << 4 | code` with BAM's codes (I 1, D 2, = 7, X 8); those of pair i from `cigarOffsets[i]` to `cigarOffsets[i + 1]`. Empty where not asked for. */
  readonly cigars: Uint32Array;
  readonly cigarOffsets: Uint32Array;
}

const input: z.ZodType<AlignmentTracebackInput> = questionSchema<AlignmentTracebackInput>(
  { want: z.enum(["ends", "starts", "cigar"]) },
  () => true,
);

/**
 * Best alignments of pairs with where they start and end and how they run (Gotoh, J. Mol. Biol. 162:705, 1982, with the
 * way back). Scores and ends are unique by the tie-break that the README states; of several alignments with the same
 * score and end, kernels may return another than the oracle where it scores the same.
 */
export const alignmentTraceback: WorkloadSpec<AlignmentTracebackInput, Alignments> = {
  id: "alignment-traceback",
  version: 1,
  aliases: ["traceback", "alignment_traceback"],
  throughput: { unit: "cell", rate: "GCUPS", per: 1e9 },
  input,
  size: ({ queries, targets, want, mode }) => ({
    // from end to end the work goes with the differences, not with the cells
    sort: mode === "global" ? "global" : "in part",
    units: pairCells(queries.offsets, targets.offsets),
    bytesIn: queries.residues.length + targets.residues.length,
    bytesOut: (queries.offsets.length - 1) * (want === "ends" ? 12 : want === "starts" ? 20 : 64),
  }),
  resident: () => null,
  generate: (size, random) => {
    const length = Math.min(2000, Math.max(8, Math.round(Math.sqrt(size / 4))));
    const count = Math.max(1, Math.round(size / length / length));
    return {
      ...mutatedPairs(count, length, random),
      mode: "global",
      matrix: matchMismatch(1, -4),
      gapOpen: 8,
      gapExtend: 2,
      ambiguous: "score",
      want: "cigar",
    };
  },
  reference: (question) => {
    const { queries, targets, matrix, ambiguous, want } = question;
    const codes = letterCodes(matrix, ambiguous);
    const scoring = pairScoringOf(question);
    const coded = ({ residues, offsets }: Sequences, at: number): Uint8Array =>
      residues.slice(offsets[at], offsets[at + 1]).map((letter) => codes[letter] ?? 0);
    const found = Array.from({ length: queries.offsets.length - 1 }, (_, at) =>
      alignPair(coded(queries, at), coded(targets, at), scoring),
    );
    const withStarts = want === "ends" ? [] : found;
    const operations = found.map((one) => (want === "cigar" ? one.operations : []));
    const cigarOffsets = new Uint32Array(found.length + 1);
    operations.forEach((of, at) => {
      cigarOffsets[at + 1] = (cigarOffsets[at] ?? 0) + of.length;
    });
    return {
      scores: Int32Array.from(found, ({ score }) => score),
      queryEnds: Uint32Array.from(found, ({ queryEnd }) => queryEnd),
      targetEnds: Uint32Array.from(found, ({ targetEnd }) => targetEnd),
      queryStarts: Uint32Array.from(withStarts, ({ queryStart }) => queryStart),
      targetStarts: Uint32Array.from(withStarts, ({ targetStart }) => targetStart),
      cigars: Uint32Array.from(operations.flat()),
      cigarOffsets,
    };
  },
  split: {
    parts: (whole, shares) => {
      const count = whole.queries.offsets.length - 1;
      if (count < shares.length) return null;
      let first = 0;
      let until = 0;
      return shares.map((share, at) => {
        until += share;
        const left = shares.length - at - 1;
        const end = left === 0 ? count : Math.min(count - left, Math.max(first + 1, Math.round(until * count)));
        const part = { ...whole, queries: slice(whole.queries, first, end), targets: slice(whole.targets, first, end) };
        first = end;
        return part;
      });
    },
    join: (outputs) => joinAlignments(outputs),
  },
  differ: (actual, expected, question) => {
    for (const key of ["scores", "queryEnds", "targetEnds"] as const) {
      const [got, wanted] = [actual[key], expected[key]];
      if (got.length !== wanted.length) return `${got.length} ${key}, expected ${wanted.length}`;
      const at = wanted.findIndex((value, index) => value !== got[index]);
      if (at >= 0) return `${key}: pair ${at} has ${got[at]}, expected ${wanted[at]}`;
    }
    if (actual.queryStarts.length !== expected.queryStarts.length) return "starts are missing, or too many";
    if (actual.cigarOffsets.length !== expected.cigarOffsets.length) return "CIGARs are missing, or too many";
    if (question.want !== "cigar")
      return expected.queryStarts.every((start, at) => start === actual.queryStarts[at]) &&
        expected.targetStarts.every((start, at) => start === actual.targetStarts[at])
        ? null
        : "starts differ";
    for (let pair = 0; pair < actual.scores.length; pair++) {
      const wrong = wrongCigar(actual, question, pair);
      if (wrong !== null) return `pair ${pair}: ${wrong}`;
    }
    return null;
  },
};

/** Why a pair's CIGAR does not say what its score and coordinates do; null where it does. */
function wrongCigar(output: Alignments, question: AlignmentTracebackInput, pair: number): string | null {
  const operations = cigarOperations(output, pair);
  const { querySpan, targetSpan } = cigarCounts(operations);
  const [queryStart = 0, targetStart = 0] = [output.queryStarts[pair], output.targetStarts[pair]];
  if (queryStart + querySpan !== output.queryEnds[pair] || targetStart + targetSpan !== output.targetEnds[pair])
    return "the CIGAR does not span its coordinates";
  const score = scoreOfCigar(question, pair, operations, queryStart, targetStart);
  return score === output.scores[pair] ? null : `the CIGAR scores ${score}, not ${output.scores[pair]}`;
}

/** Batches of alignments one after the other. */
export function joinAlignments(outputs: readonly Alignments[]): Alignments {
  const words = (of: (one: Alignments) => Uint32Array): Uint32Array => {
    const all = new Uint32Array(outputs.reduce((sum, one) => sum + of(one).length, 0));
    let at = 0;
    for (const one of outputs) {
      all.set(of(one), at);
      at += of(one).length;
    }
    return all;
  };
  const scores = words(({ scores: of }) => new Uint32Array(of.buffer, of.byteOffset, of.length));
  const cigarOffsets = new Uint32Array(scores.length + 1);
  let pair = 0;
  let base = 0;
  for (const { cigarOffsets: of } of outputs) {
    for (let at = 1; at < of.length; at++) cigarOffsets[++pair] = base + (of[at] ?? 0);
    base = cigarOffsets[pair] ?? 0;
  }
  return {
    scores: new Int32Array(scores.buffer),
    queryEnds: words((one) => one.queryEnds),
    targetEnds: words((one) => one.targetEnds),
    queryStarts: words((one) => one.queryStarts),
    targetStarts: words((one) => one.targetStarts),
    cigars: words((one) => one.cigars),
    cigarOffsets,
  };
}

function slice({ names, residues, offsets }: Sequences, first: number, end: number): Sequences {
  const start = offsets[first] ?? 0;
  return {
    names: names.slice(first, end),
    residues: residues.slice(start, offsets[end]),
    offsets: offsets.slice(first, end + 1).map((offset) => offset - start),
  };
}

/** DNA and copies of it with 6 % of the bases replaced, lost or doubled. */
function mutatedPairs(count: number, length: number, random: () => number): { queries: Sequences; targets: Sequences } {
  const queries: number[] = [];
  const targets: number[] = [];
  const queryOffsets = [0];
  const targetOffsets = [0];
  const base = (): number => "ACGT".charCodeAt(Math.floor(random() * 4));
  for (let pair = 0; pair < count; pair++) {
    for (let at = 0; at < length; at++) {
      const letter = base();
      queries.push(letter);
      const change = random();
      if (change < 0.04) targets.push(base());
      else if (change < 0.05) targets.push(letter, base());
      else if (change >= 0.06) targets.push(letter);
    }
    queryOffsets.push(queries.length);
    targetOffsets.push(targets.length);
  }
  const sequences = (letters: readonly number[], offsets: readonly number[]): Sequences => {
    const residues = new Uint8Array(new SharedArrayBuffer(letters.length));
    residues.set(letters);
    return {
      names: Array.from({ length: count }, (_, at) => `random-${at}`),
      residues,
      offsets: Uint32Array.from(offsets),
    };
  };
  return { queries: sequences(queries, queryOffsets), targets: sequences(targets, targetOffsets) };
}
