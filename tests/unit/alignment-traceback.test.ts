import {
  type Alignments,
  type AlignmentTracebackInput,
  alignmentTraceback,
  bitScore,
  blosum62,
  cigarCounts,
  cigarOperations,
  cigarString,
  type Device,
  effectiveSearchSpace,
  expectedByChance,
  gaplessLambda,
  karlinAltschul,
  matchMismatch,
  type SubstitutionMatrix,
  substitutionMatrices,
  substitutionMatrix,
} from "bioxen";
import { builtin, cpuSimd } from "bioxen/accelerators";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { pairsOf, sequencesOf } from "../support/alignment-cases.ts";
import { openFirst, runKernel } from "../support/run-on.ts";

let device: Device;
beforeAll(async () => {
  device = await openFirst(cpuSimd);
});
afterAll(async () => device[Symbol.asyncDispose]());

const implementations = [
  ["the oracle", async (input: AlignmentTracebackInput) => alignmentTraceback.reference?.(input)],
  [
    "cpu-simd",
    (input: AlignmentTracebackInput) =>
      runKernel<AlignmentTracebackInput, Alignments>(cpuSimd, device, alignmentTraceback, input),
  ],
] as const;

interface Told {
  readonly score: number | undefined;
  readonly cigar: string;
  readonly query: readonly (number | undefined)[];
  readonly target: readonly (number | undefined)[];
}

describe.each(implementations)("what an alignment says, in %s", (_, align) => {
  const told = async (query: string, target: string, more: Partial<AlignmentTracebackInput> = {}): Promise<Told> => {
    const output = await align(pairsOf([[query, target]], more));
    if (output === undefined) throw new Error("no answer");
    return {
      score: output.scores[0],
      cigar: cigarString(cigarOperations(output, 0)),
      query: [output.queryStarts[0], output.queryEnds[0]],
      target: [output.targetStarts[0], output.targetEnds[0]],
    };
  };

  it("is the README's example of the tie-break", async () => {
    expect(await told("ACGT", "AACGGT", { gapOpen: 2, gapExtend: 1 })).toEqual({
      score: 0,
      cigar: "1D2=1D2=",
      query: [0, 4],
      target: [0, 6],
    });
  });

  it("takes the least of equal ends, the target's first", async () => {
    const more = { mode: "local", matrix: matchMismatch(2, -3), gapOpen: 5, gapExtend: 2 } as const;
    expect(await told("GATTACA", "CCGATTACAGGGATTACA", more)).toMatchObject({ query: [0, 7], target: [2, 9] });
    expect(await told("GATCGAT", "GAT", more)).toMatchObject({ query: [0, 3], target: [0, 3] });
  });

  it("frees each end by itself", async () => {
    const [query, target] = ["TTTACGTACGTAGGG", "ACGTACGTA"];
    const at = (freeEnds: AlignmentTracebackInput["freeEnds"]): Promise<Told> =>
      told(query, target, { mode: "semi-global", freeEnds, gapOpen: 3, gapExtend: 1 });
    expect(await at({ queryStart: true, queryEnd: true })).toEqual({
      score: 9,
      cigar: "9=",
      query: [3, 12],
      target: [0, 9],
    });
    expect(await at({ queryEnd: true })).toEqual({ score: 9 - 5, cigar: "3I9=", query: [0, 12], target: [0, 9] });
    expect(await at({ queryStart: true })).toEqual({ score: 9 - 5, cigar: "9=3I", query: [3, 15], target: [0, 9] });
    expect(await at({})).toEqual({ score: 9 - 10, cigar: "3I9=3I", query: [0, 15], target: [0, 9] });
    expect(
      await told(target, query, { mode: "semi-global", freeEnds: { targetStart: true }, gapOpen: 3, gapExtend: 1 }),
    ).toEqual({ score: 9 - 5, cigar: "9=3D", query: [0, 9], target: [3, 15] });
    expect(await told(target, query, { mode: "semi-global" })).toMatchObject({ score: 9, target: [3, 12] });
  });

  it("charges the lesser of two gap pieces", async () => {
    const long = `ACGTACGT${"G".repeat(20)}TTGCATGC`;
    const more = { gapOpen: 4, gapExtend: 2, secondGap: { open: 13, extend: 0 } } as const;
    expect(await told("ACGTACGTTTGCATGC", long, more)).toMatchObject({ score: 16 - 13 });
    expect(await told("ACGTACGTTTGCATGC", "ACGTACGTCCTTGCATGC", more)).toMatchObject({
      score: 16 - 6,
      cigar: "8=2D8=",
    });
  });

  it("calls N and X identical with nothing", async () => {
    expect(await told("ACNGT", "ACNGT")).toMatchObject({ score: 4 - 4, cigar: "2=1X2=" });
    expect(await told("WXW", "WXW", { matrix: blosum62, gapOpen: 11, gapExtend: 1 })).toMatchObject({
      cigar: "1=1X1=",
    });
  });

  it("has nothing to say of what does not align", async () => {
    expect(await told("AAAA", "CCCC", { mode: "local" })).toEqual({
      score: 0,
      cigar: "",
      query: [0, 0],
      target: [0, 0],
    });
    expect(await told("", "ACG")).toEqual({ score: -12, cigar: "3D", query: [0, 0], target: [0, 3] });
  });
});

describe("CIGARs", () => {
  it("are written in either style and counted", () => {
    const operations = Uint32Array.from([(3 << 4) | 7, (1 << 4) | 8, (2 << 4) | 1, (4 << 4) | 7, (1 << 4) | 2]);
    expect(cigarString(operations)).toBe("3=1X2I4=1D");
    expect(cigarString(operations, "plain")).toBe("4M2I4M1D");
    expect(cigarCounts(operations)).toEqual({
      columns: 11,
      identities: 7,
      mismatches: 1,
      gapOpens: 2,
      gapResidues: 3,
      querySpan: 10,
      targetSpan: 9,
    }); // prettier-ignore
  });

  it("that do not add up are told by differ", () => {
    const input = pairsOf([["ACGT", "ACGT"]]);
    const right = alignmentTraceback.reference?.(input);
    if (right === undefined) throw new Error("no oracle");
    expect(alignmentTraceback.differ(right, right, input)).toBeNull();
    const wrong = {
      ...right,
      cigars: Uint32Array.of((2 << 4) | 7, (1 << 4) | 1, (1 << 4) | 2, (1 << 4) | 7),
      cigarOffsets: Uint32Array.of(0, 4),
    };
    expect(alignmentTraceback.differ(wrong, right, input)).toContain("scores");
    expect(alignmentTraceback.differ({ ...right, cigars: Uint32Array.of((3 << 4) | 7) }, right, input)).toContain(
      "span",
    );
  });
});

describe("built-in matrices", () => {
  it("are found in either case, EDNAFULL by NCBI's name too", () => {
    expect(Object.keys(substitutionMatrices).sort()).toEqual([
      "BLOSUM45",
      "BLOSUM50",
      "BLOSUM62",
      "BLOSUM80",
      "BLOSUM90",
      "EDNAFULL",
      "PAM250",
      "PAM30",
      "PAM70",
    ]); // prettier-ignore
    expect(substitutionMatrix("pam30")?.name).toBe("PAM30");
    expect(substitutionMatrix("NUC.4.4")?.name).toBe("EDNAFULL");
    expect(substitutionMatrix("BLOSUM63")).toBeUndefined();
  });

  it("are symmetric, with NCBI's scores of W and of C with A", () => {
    const score = ({ alphabet, scores }: SubstitutionMatrix, a: string, b: string): number | undefined =>
      scores[alphabet.indexOf(a) * alphabet.length + alphabet.indexOf(b)];
    const told = Object.values(substitutionMatrices).flatMap((matrix) =>
      matrix.residues === "protein" ? [[matrix.name, score(matrix, "W", "W"), score(matrix, "C", "A")]] : [],
    );
    expect(told).toEqual([
      ["BLOSUM62", 11, 0],
      ["BLOSUM45", 15, -1],
      ["BLOSUM50", 15, -1],
      ["BLOSUM80", 16, -1],
      ["BLOSUM90", 11, -1],
      ["PAM30", 13, -6],
      ["PAM70", 13, -4],
      ["PAM250", 17, -2],
    ]); // prettier-ignore
    for (const matrix of Object.values(substitutionMatrices))
      for (const a of matrix.alphabet)
        for (const b of matrix.alphabet) expect(score(matrix, a, b)).toBe(score(matrix, b, a));
  });
});

describe("Karlin-Altschul statistics", () => {
  it("are BLAST's for 11/1, which is 12/1 here, and null where BLAST has none", () => {
    expect(karlinAltschul(blosum62, { gapOpen: 12, gapExtend: 1 })).toMatchObject({ lambda: 0.267, k: 0.041 });
    expect(karlinAltschul({ ...blosum62, name: "mine" }, { gapOpen: 12, gapExtend: 1 })).toMatchObject({
      lambda: 0.267,
    });
    expect(karlinAltschul(blosum62, { gapOpen: 30, gapExtend: 7 })).toBeNull();
    expect(karlinAltschul(substitutionMatrices["BLOSUM80"] ?? blosum62, { gapOpen: 11, gapExtend: 1 })).toBeNull();
    expect(karlinAltschul(matchMismatch(2, -3), { gapOpen: 7, gapExtend: 2 })).toMatchObject({
      lambda: 0.625,
      step: 2,
    });
    expect(karlinAltschul(matchMismatch(7, -3), { gapOpen: 7, gapExtend: 2 })).toBeNull();
  });

  it("give bits and expectations by their definition", () => {
    const parameters = karlinAltschul(blosum62, { gapOpen: 12, gapExtend: 1 });
    if (parameters === null) throw new Error("no parameters");
    // (0.267 x 100 - ln 0.041) / ln 2
    expect(bitScore(parameters, 100)).toBeCloseTo(43.13, 2);
    expect(expectedByChance(parameters, 100, 1e9)).toBeCloseTo(0.041 * 1e9 * Math.exp(-26.7), 6);
    const space = effectiveSearchSpace(parameters, 300, 9e6, 20_000);
    expect(space).toBeLessThan(300 * 9e6);
    // the length adjustment l satisfies l = beta + alpha / lambda ln(K m' n')
    const { lambda, k, alpha, beta } = parameters;
    const length = Math.floor(beta + (alpha / lambda) * Math.log(k * space));
    expect(space / ((300 - length) * (9e6 - 20_000 * length))).toBeCloseTo(1, 1);
  });

  it("compute lambda without gaps near the published figures", () => {
    for (const [name, lambda] of [
      ["BLOSUM62", 0.3176],
      ["BLOSUM45", 0.2291],
      ["PAM250", 0.2252],
      ["PAM30", 0.34],
      ["BLOSUM90", 0.3346],
    ] as const) // prettier-ignore
      expect(Math.abs((gaplessLambda(substitutionMatrices[name] ?? blosum62) ?? 0) / lambda - 1)).toBeLessThan(0.02);
    // log 4 at best for the bases: BLAST has 1.374 for 1/-3
    expect(gaplessLambda(matchMismatch(1, -3))).toBeCloseTo(1.374, 2);
    expect(gaplessLambda(matchMismatch(1, 1))).toBeNull();
  });
});

describe("what is refused", () => {
  const refused = (input: unknown): string => {
    const result = alignmentTraceback.input["~standard"].validate(input);
    if (result instanceof Promise || result.issues === undefined) return "accepted";
    return result.issues.map(({ message }) => message).join("; ");
  };
  it.each([
    ["a negative opening", { gapOpen: -1 }, /not negative/],
    ["a negative second piece", { secondGap: { open: 5, extend: -1 } }, /not negative/],
    ["free ends of another mode", { freeEnds: { queryEnd: true } }, /free ends are for semi-global/],
    ["a letter outside the alphabet", { queries: sequencesOf("AC-T") }, /s0, position 2: "-"/],
    ["N where it is an error", { queries: sequencesOf("ACNT"), ambiguous: "error" }, /position 2: "N"/],
    ["uneven pairs", { queries: sequencesOf("A", "C") }, /cannot pair/],
    [
      "scores beyond 30 bits",
      { gapOpen: 2 ** 20, gapExtend: 2 ** 20, queries: sequencesOf("A".repeat(2000)) },
      /30 bits/,
    ],
    ["an unknown mode", { mode: "sideways" }, /./],
  ])("%s", (_, more, message) => {
    expect(refused({ ...pairsOf([["ACGT", "ACGT"]]), ...more })).toMatch(message);
  });

  it("a pair whose edges do not fit the memory, and modes on devices that score local ones alone: with the reason", () => {
    const kernelOf = (id: string, workload: string) => {
      const kernel = builtin.find((one) => one.id === id)?.kernels.find((one) => one.workload.id === workload);
      if (kernel === undefined) throw new Error(`${id} has no kernel for ${workload}`);
      return kernel;
    };
    const large = sequencesOf("A".repeat(1_000_000));
    const huge = { ...pairsOf([]), queries: large, targets: large, mode: "overlap" };
    expect(kernelOf("cpu-simd", "alignment-traceback").supports(huge, device.info)).toMatchObject({ ok: false });
    expect(kernelOf("reference", "alignment-traceback").supports(huge, device.info)).toMatchObject({ ok: false });
    const scores = { ...pairsOf([["ACGT", "ACGT"]]), pairing: "pairs" };
    for (const id of ["gpu-webgpu", "gpu-cuda"])
      expect(kernelOf(id, "sequence-alignment").supports(scores, device.info)).toMatchObject({
        ok: false,
        reason: expect.stringContaining("global"),
      });
  });
});
