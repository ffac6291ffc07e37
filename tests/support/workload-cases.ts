import {
  type AlignmentScores,
  blosum62,
  type FluxSamplingInput,
  fluxSampling,
  type MatrixMultiplyInput,
  type MotifHits,
  type MotifMatrix,
  type MotifScanInput,
  matchMismatch,
  matrixMultiply,
  motifScan,
  onnxInference,
  type Polytope,
  type SequenceAlignmentInput,
  type Sequences,
  type SparseMatrix,
  type SparseMultiplyInput,
  seededRandom,
  sequenceAlignment,
  sparseMultiply,
} from "bioxen";
import { type Cases, casesOf } from "bioxen/testing";

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

/** Constraints by rows of coefficients with their bounds. */
function polytopeOf(rows: readonly (readonly [number[], lower: number, upper: number])[]): Polytope {
  const dimension = rows[0]?.[0].length ?? 0;
  const coefficients = new Float64Array(dimension * rows.length);
  for (const [row, [form]] of rows.entries())
    for (const [at, coefficient] of form.entries()) coefficients[at * rows.length + row] = coefficient;
  return {
    dimension,
    rows: rows.length,
    coefficients,
    lower: Float64Array.from(rows, ([, lower]) => lower),
    upper: Float64Array.from(rows, ([, , upper]) => upper),
  };
}

/** -1 to 1 in every coordinate. */
function cube(dimension: number): Polytope {
  return polytopeOf(
    Array.from({ length: dimension }, (_, row) => [
      Array.from({ length: dimension }, (_, at) => Number(at === row)),
      -1,
      1,
    ]),
  );
}

/** Coordinates of 0 and more whose sum is 1 or less: constraints of one bound only, in all an even or odd number. */
function simplex(dimension: number): Polytope {
  return polytopeOf([
    ...Array.from({ length: dimension }, (_, row): [number[], number, number] => [
      Array.from({ length: dimension }, (_, at) => Number(at === row)),
      0,
      Infinity,
    ]),
    [new Array<number>(dimension).fill(1), -Infinity, 1],
  ]);
}

function chains(
  polytope: Polytope,
  starts: readonly number[],
  more: Partial<FluxSamplingInput> = {},
): FluxSamplingInput {
  return {
    polytope,
    warmUp: null,
    starts: Float64Array.from(starts),
    samples: 20,
    thinning: 7,
    seed: 1,
    firstChain: 0,
    ...more,
  };
}

const corners = Float64Array.of(0, 0, 1, 0, 0, 1, 0.2, 0.2);

const fluxSamplingCases = casesOf(
  fluxSampling,
  {
    "an interval": chains(cube(1), [0]),
    "a square, every step kept": chains(cube(2), [0, 0], { samples: 100, thinning: 1 }),
    "a simplex": chains(simplex(3), [0.1, 0.1, 0.1]),
    "several chains, later numbers, the last seed": chains(simplex(4), new Array<number>(4 * 6).fill(0.1), {
      seed: 0xffffffff,
      firstChain: 77,
    }),
    "more chains than threads, large enough for them": chains(cube(12), new Array<number>(12 * 9).fill(0), {
      samples: 100,
      thinning: 150,
    }),
    "starts outside among others": chains(cube(2), [2, 0, 0, 0, 0, Number.NaN, 0.5, 0.5, 0, -1.001]),
    "a start in a corner": chains(simplex(2), [0, 1]),
    "no bound in one direction": chains(
      polytopeOf([
        [[1, 0], 0, Infinity],
        [[0, 1], 0, 1],
      ]),
      [1, 0.5, -1, 0.5],
    ),
    "a slanted slab, zeros among coefficients": chains(
      polytopeOf([
        [[1, -1, 0], -0.1, 0.1],
        [[0, 1, -1], -0.1, 0.1],
        [[1, 1, 1], -3, 3],
      ]),
      [0, 0, 0],
      { samples: 50, thinning: 20 },
    ),
    "widths from a thousandth to a thousand": chains(
      polytopeOf([
        [[1e3, 0, 0], -1, 1],
        [[0, 1, 0], -1, 1],
        [[0, 0, 1e-3], -1, 1],
        [[1e3, 1, 1e-3], -2, 2],
      ]),
      [0, 0, 0],
    ),
    "shared memory": { ...chains(cube(3), []), starts: new Float64Array(new SharedArrayBuffer(3 * 8)) },
    "centering on a simplex": chains(simplex(2), [0.3, 0.3], { warmUp: corners }),
    "centering, several chains": chains(simplex(2), [0.3, 0.3, 0.1, 0.6, 3, 3, 0.5, 0.5], {
      warmUp: corners,
      samples: 200,
      thinning: 50,
    }),
    "centering towards the centre itself": chains(cube(1), [0.5], { warmUp: Float64Array.of(-1, 0, 1), samples: 1 }),
    "centering, no bound in one direction": chains(polytopeOf([[[1, 0], 0, 1]]), [0.5, 0], { warmUp: corners }),
    "centering over long stretches": chains(simplex(2), [0.3, 0.3, 0.1, 0.6], {
      warmUp: corners,
      samples: 300,
      thinning: 300,
    }),
  },
  { identical: true },
);

function sparse(rows: number, columns: readonly (readonly (readonly [row: number, value: number])[])[]): SparseMatrix {
  const starts = Int32Array.from({ length: columns.length + 1 }, (_, column) => columns.slice(0, column).flat().length);
  const entries = columns.flat();
  return {
    rows,
    columns: columns.length,
    starts,
    indices: Int32Array.from(entries, ([row]) => row),
    values: Float64Array.from(entries, ([, value]) => value),
  };
}

const reactions = sparse(4, [
  [[0, -1]],
  [
    [0, 1],
    [1, -2.5],
  ],
  [],
  [
    [1, 1e-3],
    [2, 1],
    [2, 0.25],
  ],
]);

function products(matrix: SparseMatrix, count: number): SparseMultiplyInput {
  const vectors = Float64Array.from({ length: count * matrix.columns }, (_, at) => ((5 * at) % 17) - 8.3);
  return { matrix, count, vectors };
}

const sparseMultiplyCases = casesOf(sparseMultiply, {
  "one by one": products(sparse(1, [[[0, 3]]]), 1),
  "empty rows and columns, two entries in one place": products(reactions, 3),
  "eight vectors": products(reactions, 8),
  "one vector more than eight": products(reactions, 9),
  "more pieces than threads": products(sparseMultiply.generate(4e6, seededRandom(5)).matrix, 600),
  "no entries": products(sparse(2, [[], []]), 2),
  "no rows": products(sparse(0, [[]]), 2),
  "no columns": products(sparse(3, []), 2),
  "NaN and infinity go where they belong": {
    ...products(reactions, 1),
    vectors: Float64Array.of(Number.NaN, 1, Infinity, Infinity),
  },
  "shared memory": { matrix: reactions, count: 2, vectors: new Float64Array(new SharedArrayBuffer(8 * 8)).fill(1.5) },
});

/** Edge cases of every built-in workload; each kernel of it, on whatever device, must get them right. */
export const builtinCases: readonly Cases[] = [
  fluxSamplingCases,
  matrixMultiplyCases,
  motifScanCases,
  onnxInferenceCases,
  sequenceAlignmentCases,
  sparseMultiplyCases,
];
