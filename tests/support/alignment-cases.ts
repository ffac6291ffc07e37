import {
  type Alignments,
  type AlignmentTracebackInput,
  alignmentTraceback,
  blosum62,
  matchMismatch,
  type Sequences,
  type SubstitutionMatrix,
} from "bioxen";
import { type Cases, casesOf } from "bioxen/testing";

/** Sequences named s0, s1 and so on. */
export function sequencesOf(...list: readonly string[]): Sequences {
  const offsets = new Uint32Array(list.length + 1);
  list.forEach((letters, at) => {
    offsets[at + 1] = (offsets[at] ?? 0) + letters.length;
  });
  return { names: list.map((_, at) => `s${at}`), residues: new TextEncoder().encode(list.join("")), offsets };
}

/** Global DNA with CIGARs; whatever is given comes on top. */
export function pairsOf(
  pairs: readonly (readonly [string, string])[],
  more: Partial<AlignmentTracebackInput> = {},
): AlignmentTracebackInput {
  return {
    queries: sequencesOf(...pairs.map(([query]) => query)),
    targets: sequencesOf(...pairs.map(([, target]) => target)),
    mode: "global",
    matrix: matchMismatch(1, -4),
    gapOpen: 8,
    gapExtend: 2,
    ambiguous: "score",
    want: "cigar",
    ...more,
  };
}

/** A against C scores, C against A does not. */
export const oneWay: SubstitutionMatrix = {
  name: "one way",
  residues: "dna",
  alphabet: "ACGTN",
  wildcard: "N",
  scores: Int16Array.from({ length: 25 }, (_, at) => (at === 1 ? 7 : at % 6 === 0 && at < 24 ? 3 : -2)),
};

const protein = { matrix: blosum62, gapOpen: 11, gapExtend: 1 } as const;
const gapped = ["ACDEFGHIKLMNPQRSTVWY", "ACDEFGHIKLWWWMNPQRSTVWY"] as const;
const read = "ACGTTGCATGCATTAGC";
const within = `GGGG${read.slice(0, 8)}TT${read.slice(8)}CCCC`;

/** Edge cases of the way back, held against the oracle on every accelerator that has a kernel. */
export const alignmentTracebackCases: Cases = casesOf<AlignmentTracebackInput, Alignments>(alignmentTraceback, {
  "one residue each": pairsOf([
    ["A", "A"],
    ["A", "C"],
  ]), // prettier-ignore
  "empty sequences, global": pairsOf([
    ["", "ACGT"],
    ["ACGT", ""],
    ["", ""],
  ]), // prettier-ignore
  "empty sequences, local": pairsOf(
    [
      ["", "ACGT"],
      ["ACGT", ""],
      ["", ""],
    ],
    { mode: "local" },
  ), // prettier-ignore
  "empty sequences, overlap": pairsOf(
    [
      ["", "ACGT"],
      ["ACGT", ""],
      ["", ""],
    ],
    { mode: "overlap" },
  ), // prettier-ignore
  "nothing above zero": pairsOf([["AAAA", "CCCC"]], { mode: "local" }),
  "a gap in either, global proteins": pairsOf([gapped, [gapped[1], gapped[0]]], protein),
  "a gap in either, local proteins": pairsOf([gapped, [gapped[1], gapped[0]]], { ...protein, mode: "local" }),
  "ends alone": pairsOf([gapped], { ...protein, mode: "local", want: "ends" }),
  "ends and starts": pairsOf([gapped], { ...protein, mode: "local", want: "starts" }),
  "a read within its target": pairsOf([[read, within]], { mode: "semi-global" }),
  "a target within the read": pairsOf([[within, read]], {
    mode: "semi-global",
    freeEnds: { queryStart: true, queryEnd: true },
  }),
  "one free end": pairsOf([[read, within]], { mode: "semi-global", freeEnds: { targetEnd: true } }),
  "no free end": pairsOf([[read, within]], { mode: "semi-global", freeEnds: {} }),
  "an overlap": pairsOf([[`CCCC${read}`, `${read}GGGG`]], { mode: "overlap" }),
  "linear gaps": pairsOf([[read, within]], { gapOpen: 2, gapExtend: 2 }),
  "free gaps": pairsOf([[read, within]], { gapOpen: 0, gapExtend: 0 }),
  "extensions dearer than openings": pairsOf([[read, within]], { gapOpen: 2, gapExtend: 5 }),
  "two pieces of gap cost": pairsOf([[read, `${read.slice(0, 9)}${"G".repeat(30)}${read.slice(9)}`]], {
    gapOpen: 4,
    gapExtend: 2,
    secondGap: { open: 14, extend: 0 },
  }),
  "an asymmetric matrix": pairsOf(
    [
      ["AACCA", "CCAAC"],
      ["CCAAC", "AACCA"],
    ],
    { matrix: oneWay, gapOpen: 3, gapExtend: 1 },
  ), // prettier-ignore
  "N and U and lower case": pairsOf([
    ["ACGNUacgu", "ACGNTACGT"],
    ["NNNN", "NNNN"],
  ]), // prettier-ignore
  "a long pair with many differences": pairsOf([
    [read.repeat(40), within.repeat(40)],
    [within.repeat(40), read.repeat(40)],
  ]),
  "scores beyond 16 bits": pairsOf([["ACGT".repeat(20), "ACGT".repeat(20)]], { matrix: matchMismatch(1000, -1000) }),
  "costs beyond 16 bits": pairsOf([[read, within]], {
    gapOpen: 40_000,
    gapExtend: 33_000,
    matrix: matchMismatch(30_000, -9),
  }),
});
