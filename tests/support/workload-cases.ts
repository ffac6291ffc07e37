import {
  type AlignmentScores,
  blosum62,
  type FluxBalanceInput,
  type FluxBalanceOutput,
  fluxBalance,
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
import { batchOf, problemOf } from "./flux-problems.ts";

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

const { POSITIVE_INFINITY: none } = Number;

/** Uptake of at most 10 into A, A to B by two ways, B to biomass, B to waste. */
const network = problemOf({
  matrix: [
    [1, -1, -1, 0, 0],
    [0, 1, 1, -1, -1],
  ],
  objective: [0, 0, 0, 1, 0],
  upper: [10, 1000, 1000, 1000, 1000],
});
/** x + y at most 4, x + 3 y at most 6. */
const twoRows = problemOf({
  matrix: [
    [1, 1],
    [1, 3],
  ],
  objective: [3, 2],
  rowLower: [-none, -none],
  rowUpper: [4, 6],
});
const bothOf = [
  [0, 3],
  [1, 2],
] as const;
const anywhere = { lower: [-none, -none], upper: [none, none] };

const fluxBalanceCases = casesOf<FluxBalanceInput, FluxBalanceOutput>(
  fluxBalance,
  {
    "nothing changed": batchOf(network, [{}]),
    "no items": batchOf(network, []),
    "knock-outs, one of them lethal": batchOf(network, [
      {},
      { bounds: [[1, 0, 0]] },
      { bounds: [[0, 0, 0]] },
      {
        bounds: [
          [1, 0, 0],
          [2, 0, 0],
        ],
      },
    ]),
    "the range of each flux": batchOf(
      network,
      [0, 1, 2, 3, 4].flatMap((column) =>
        ([1, -1] as const).map((sense) => ({ objective: [[column, 1]] as const, sense })),
      ),
      "fluxes",
    ),
    "feasible, infeasible and unbounded in one batch": batchOf(
      network,
      [
        {},
        { bounds: [[3, 11, 1000]] },
        {
          bounds: [
            [0, 0, none],
            [1, 0, none],
            [3, 0, none],
          ],
        },
        { bounds: [[4, -1, 1000]] },
      ],
      "objective",
    ),
    inequalities: batchOf(twoRows, [
      { objective: bothOf, sense: 1 },
      { objective: bothOf, sense: -1 },
      { objective: [[1, 1]], sense: 1 },
    ]),
    "free variables": batchOf(
      problemOf({ matrix: [[1, 1]], objective: [1, 2], ...anywhere, rowLower: [3], rowUpper: [3] }),
      [
        {
          objective: [
            [0, 1],
            [1, 1],
          ],
        },
        {
          objective: [
            [0, 1],
            [1, 2],
          ],
        },
        { objective: [] },
      ],
    ),
    "fixed columns": batchOf(
      problemOf({ matrix: [[1, -1, 1]], objective: [0, 1, 0], lower: [2, 0, 3], upper: [2, 100, 3] }),
      [{}],
    ),
    "redundant rows": batchOf(
      problemOf({
        matrix: [
          [1, -1, 0],
          [2, -2, 0],
          [1, 0, -1],
          [0, 1, -1],
        ],
        objective: [0, 0, 1],
        upper: [7, 10, 10],
      }),
      [{}, { bounds: [[2, 8, 9]] }],
    ),
    "empty objective": batchOf(problemOf({ matrix: [[1, -1]], objective: [0, 0], upper: [5, 5] }), [
      {},
      { bounds: [[0, 2, 3]] },
    ]),
    "empty rows and columns": batchOf(
      problemOf({
        matrix: [
          [0, 0, 0],
          [1, 0, -1],
        ],
        objective: [0, 2, 1],
        upper: [4, 3, none],
      }),
      [{}, { bounds: [[1, 0, none]] }, { bounds: [[2, 5, 6]] }],
    ),
    "an empty row that may not be 0": batchOf(
      problemOf({ matrix: [[0, 0]], objective: [1, 0], rowLower: [1], rowUpper: [2] }),
      [{}],
    ),
    "no rows": batchOf(problemOf({ matrix: [], objective: [1, -1], lower: [-3, -4], upper: [5, none] }), [
      {},
      { bounds: [[0, 0, none]] },
    ]),
    "no columns": batchOf(problemOf({ matrix: [[], []], objective: [] }), [{}], "fluxes"),
    // Beale's: Dantzig's rule cycles on it (Naval Res. Logist. Q. 2:269, 1955)
    "degenerate, on which the simplex method may cycle": batchOf(
      problemOf({
        matrix: [
          [0.25, -60, -1 / 25, 9],
          [0.5, -90, -1 / 50, 3],
          [0, 0, 1, 0],
        ],
        objective: [0.75, -150, 0.02, -6],
        rowLower: [-none, -none, -none],
        rowUpper: [0, 0, 1],
      }),
      [{}],
    ),
    "coefficients and bounds from 1e-9 to 1e9": batchOf(
      problemOf({
        matrix: [
          [1e-9, -1, 0],
          [0, 1e3, -1e-3],
        ],
        objective: [0, 0, 1],
        upper: [1e9, 10, 1e9],
      }),
      [{}, { bounds: [[0, 0, 1e6]] }],
    ),
    "integer columns": batchOf(
      problemOf({
        matrix: [
          [5, 7, 4, 3],
          [1, 1, 1, 1],
        ],
        objective: [8, 11, 6, 4],
        upper: [1, 1, 1, 1],
        rowLower: [-none, -none],
        rowUpper: [14, 3],
        integer: [1, 1, 1, 1],
      }),
      [
        {},
        { bounds: [[1, 0, 0]] },
        {
          bounds: [
            [0, 1, 1],
            [1, 1, 1],
            [2, 1, 1],
          ],
        },
      ],
    ),
    "integrality alone leaves nothing": batchOf(
      problemOf({
        matrix: [[2, 2]],
        objective: [1, 0],
        upper: [10, 10],
        rowLower: [3],
        rowUpper: [3],
        integer: [1, 1],
      }),
      [{}],
      "fluxes",
    ),
    "a flux that may be on or off": batchOf(
      problemOf({
        matrix: [
          [1, -1, 0],
          [0, 1, -1000],
        ],
        objective: [0, 1, -2.5],
        upper: [7, 1000, 1],
        rowLower: [0, -none],
        rowUpper: [0, 0],
        integer: [0, 0, 1],
      }),
      [{}, { bounds: [[0, 0, 2]] }],
      "fluxes",
    ),
  },
  { identical: true },
);

/** Edge cases of every built-in workload; each kernel of it, on whatever device, must get them right. */
export const builtinCases: readonly Cases[] = [
  fluxBalanceCases,
  matrixMultiplyCases,
  motifScanCases,
  onnxInferenceCases,
  sequenceAlignmentCases,
];
