import {
  type AlignmentScores,
  blosum62,
  type MatrixMultiplyInput,
  type MotifHits,
  type MotifMatrix,
  type MotifScanInput,
  matchMismatch,
  matrixMultiply,
  motifScan,
  onnxInference,
  type SequenceAlignmentInput,
  type Sequences,
  seededRandom,
  sequenceAlignment,
} from "bioxen";
import { type Cases, casesOf } from "bioxen/testing";
import { alignmentTracebackCases } from "./alignment-cases.ts";
import { fluxBalanceCases } from "./flux-balance-cases.ts";
import { fluxSamplingCases } from "./flux-sampling-cases.ts";
import { reactionKineticsCases } from "./reaction-kinetics-cases.ts";
import { sparseMultiplyCases } from "./sparse-multiply-cases.ts";
import { stochasticSimulationCases } from "./stochastic-simulation-cases.ts";
import { telemetryCases } from "./telemetry-cases.ts";

/** Sequences by name, as the parsers make them. */
function sequencesOf(letters: Readonly<Record<string, string>>): Sequences {
  const all = Object.values(letters);
  const offsets = new Uint32Array(all.length + 1);
  all.forEach((one, at) => {
    offsets[at + 1] = (offsets[at] ?? 0) + one.length;
  });
  return { names: Object.keys(letters), residues: new TextEncoder().encode(all.join("")), offsets };
}

/** The same sequences over shared memory. */
function shared({ names, residues, offsets }: Sequences): Sequences {
  const copy = new Uint8Array(new SharedArrayBuffer(residues.length));
  copy.set(residues);
  return { names, residues: copy, offsets };
}

/** A product of small integers, so that every summation order gives the same. */
function product(m: number, k: number, n: number): MatrixMultiplyInput {
  const fill = (length: number, step: number): Float32Array =>
    Float32Array.from({ length }, (_, at) => ((at * step) % 17) - 8);
  return { m, k, n, a: fill(m * k, 5), b: fill(k * n, 7) };
}

/** A view that starts in the middle of a larger buffer, with garbage around it. */
function inside(values: Float32Array): Float32Array {
  const larger = new Float32Array(values.length + 6).fill(Number.NaN);
  larger.set(values, 3);
  return larger.subarray(3, 3 + values.length);
}

const matrixMultiplyCases = casesOf(matrixMultiply, {
  "one by one": product(1, 1, 1),
  "row times column": product(1, 67, 1),
  "column times row": product(13, 1, 9),
  "3 x 5 x 7, no multiple of a vector": product(3, 5, 7),
  "65 x 33 x 17": product(65, 33, 17),
  "one row, wide": product(1, 128, 257),
  "more than one thread's share": product(130, 131, 133),
  zeros: { m: 4, k: 4, n: 4, a: new Float32Array(16), b: new Float32Array(16) },
  "largest and least normal numbers": {
    m: 2,
    k: 1,
    n: 2,
    a: Float32Array.of(3e38, 1e-30),
    b: Float32Array.of(1, 2 ** -10),
  },
  "NaN stays in its row": {
    m: 2,
    k: 2,
    n: 2,
    a: Float32Array.of(Number.NaN, 1, 2, 3),
    b: Float32Array.of(1, 2, 3, 4),
  },
  "views into larger buffers": {
    ...product(5, 6, 7),
    a: inside(product(5, 6, 7).a),
    b: inside(product(5, 6, 7).b),
  },
  "views into larger buffers, large": {
    ...product(130, 131, 133),
    a: inside(product(130, 131, 133).a),
    b: inside(product(130, 131, 133).b),
  },
});

/** Each column 97 counts of one letter and 1 of the others. */
function consensus(word: string): MotifMatrix {
  const counts = new Float64Array(4 * word.length).fill(1);
  [...word].forEach((letter, column) => {
    counts["ACGT".indexOf(letter) * word.length + column] = 97;
  });
  return { id: word, name: word, counts };
}

function scan(words: readonly string[], letters: Readonly<Record<string, string>>, pValue = 1e-3): MotifScanInput {
  return { matrices: words.map(consensus), sequences: sequencesOf(letters), pValue, strands: "both" };
}

const motifScanCases = casesOf<MotifScanInput, MotifHits>(
  motifScan,
  {
    "one site on each strand": scan(["ACGGT", "TTAGC"], { s: "TTTACGGTTTTTACCGTTTT" }, 1e-2),
    "a palindrome counts twice": scan(["GAATTC"], { s: "CCGAATTCCC" }),
    "sites that overlap": scan(["AAAAA"], { s: "AAAAAAAA" }, 1e-2),
    "site at either end": scan(["GATTACA"], { s: "GATTACACCCGATTACA" }),
    "sequence shorter than the motif": scan(["GATTACA"], { s: "GATTAC" }),
    "empty sequences among others": scan(["GATTACA"], { a: "", b: "GATTACA", c: "", d: "TGTAATC", e: "" }),
    "no site across two sequences": scan(["GATTACA"], { a: "CCGATT", b: "ACACC" }),
    "lower case": scan(["GATTACA"], { s: "ccgattacacc" }),
    "letters other than ACGT": scan(["GATTACA"], { s: "GATNACAGATTACARGATTAC-" }),
    "one column": scan(["A"], { s: "ACGTACGT" }, 0.3),
    "a p-value that all pass": scan(["ACG"], { s: "ACGTTGCA" }, 0.99),
    "a p-value that the best word alone reaches": scan(["ACGTACG"], { s: "TTACGTACGTT" }, 1e-9),
    "thirty columns": scan(["ACGTTGCAAGGCTTAACCGGATATCCGATT"], { s: `CC${"ACGTTGCAAGGCTTAACCGGATATCCGATT"}GG` }, 1e-6),
    "forward strand only": { ...scan(["ACGGT"], { s: "TTACGGTTACCGTT" }, 1e-2), strands: "forward" },
    "its own background and pseudocount": {
      ...scan(["GCGCG"], { s: "ATGCGCGATATGCGCG" }, 1e-2),
      background: [0.4, 0.1, 0.1, 0.4],
      pseudocount: 0.1,
    },
    "shared memory": {
      ...scan(["GATTACA"], {}),
      sequences: shared(sequencesOf({ s: "CCGATTACACC" })),
    },
  },
  { identical: true },
);

const protein: Omit<SequenceAlignmentInput, "queries" | "targets"> = {
  pairing: "database",
  mode: "local",
  matrix: blosum62,
  gapOpen: 11,
  gapExtend: 1,
  ambiguous: "score",
};

function search(query: string, targets: Readonly<Record<string, string>>): SequenceAlignmentInput {
  return { ...protein, queries: sequencesOf({ query }), targets: sequencesOf(targets) };
}

const dna = { ...protein, matrix: matchMismatch(2, -3), gapOpen: 5, gapExtend: 2 };

const onnxInferenceCases = casesOf(onnxInference, {
  "a small graph of its own": onnxInference.generate(64, seededRandom(7)),
});

const sequenceAlignmentCases = casesOf<SequenceAlignmentInput, AlignmentScores>(
  sequenceAlignment,
  {
    "alike, unlike and half alike": search("HEAGAWGHEE", { same: "HEAGAWGHEE", none: "PPPP", half: "PAWHEAE" }),
    "nothing above zero": search("WWWW", { t: "PPPPPPPP" }),
    "one residue each": search("W", { w: "W", a: "A" }),
    "a gap in the query": search("ACDEFGHIKLMNPQRSTVWY", { t: "ACDEFGHIKLWWWMNPQRSTVWY" }),
    "a gap in the target": search("ACDEFGHIKLWWWMNPQRSTVWY", { t: "ACDEFGHIKLMNPQRSTVWY" }),
    "query longer than all targets": search("MKVLAAGIVGLCAKAYWLMKVLAAG", { a: "LCA", b: "AKAY" }),
    "lower case": search("heagawghee", { t: "pawheae" }),
    "ambiguous letters": search("BZXUOJ*W", { t: "BZXUOJ*W", x: "XXXX" }),
    "ambiguous letters masked": { ...search("BZXUOJ*W", { t: "BZXUOJ*W" }), ambiguous: "mask" },
    "an empty target among others": search("HEAGAWGHEE", { a: "", b: "HEAGAWGHEE", c: "" }),
    "more targets than lanes, of unequal length": search(
      "HEAGAWGHEE",
      Object.fromEntries(
        Array.from({ length: 37 }, (_, at) => [`t${at}`, "HEAGAWGHEEPAW".repeat(1 + (at % 5)).slice(at % 7)]),
      ),
    ),
    "linear gaps": { ...search("ACDEFGHIKL", { t: "ACDEWFGHIKL" }), gapOpen: 2, gapExtend: 2 },
    "free gaps": { ...search("ACDEFGHIKL", { t: "LKIHGFEDCA" }), gapOpen: 0, gapExtend: 0 },
    "gaps that never pay": { ...search("ACDEFGHIKL", { t: "ACDEWFGHIKL" }), gapOpen: 10_000, gapExtend: 10_000 },
    "a score above 255": search("W".repeat(40), { t: "W".repeat(40) }),
    "a score above 32,767": search("W".repeat(3100), { t: "W".repeat(3100) }),
    "a score above 65,535": {
      ...dna,
      matrix: matchMismatch(1000, -1000),
      queries: sequencesOf({ q: "ACGT".repeat(18) }),
      targets: sequencesOf({ t: "ACGT".repeat(18) }),
    },
    "from end to end": { ...search("HEAGAWGHEE", { t: "PAWHEAE", same: "HEAGAWGHEE" }), mode: "global" },
    overlapping: { ...search("HEAGAWGHEE", { t: "WGHEEPPP", same: "HEAGAWGHEE" }), mode: "overlap" },
    "within its target": { ...search("AWGHE", { t: "HEAGAWGHEE", empty: "" }), mode: "semi-global" },
    "two pieces of gap cost": {
      ...search("ACDEFGHIKL", { t: "ACDEWWWWWWWWWWWWFGHIKL" }),
      secondGap: { open: 14, extend: 0 },
    },
    "two queries": {
      ...protein,
      queries: sequencesOf({ a: "HEAGAWGHEE", b: "MKVLAAG" }),
      targets: sequencesOf({ a: "MKVLAAG", b: "PAWHEAE", c: "W" }),
    },
    pairs: {
      ...protein,
      pairing: "pairs",
      queries: sequencesOf({ a: "HEAGAWGHEE", b: "W", c: "MKVLAAG" }),
      targets: sequencesOf({ a: "PAWHEAE", b: "PPPP", c: "MKVLAAG" }),
    },
    "DNA, N mismatches N": {
      ...dna,
      queries: sequencesOf({ q: "ACGTNACGT" }),
      targets: sequencesOf({ t: "ACGTNACGT" }),
    },
    "shared memory": { ...search("HEAGAWGHEE", {}), targets: shared(sequencesOf({ a: "PAWHEAE", b: "HEAGAWGHEE" })) },
  },
  { identical: true },
);

/** Edge cases of every built-in workload; each kernel of it, on whatever device, must get them right. */
export const builtinCases: readonly Cases[] = [
  fluxBalanceCases,
  fluxSamplingCases,
  matrixMultiplyCases,
  motifScanCases,
  onnxInferenceCases,
  reactionKineticsCases,
  alignmentTracebackCases,
  sequenceAlignmentCases,
  sparseMultiplyCases,
  stochasticSimulationCases,
  telemetryCases,
];
