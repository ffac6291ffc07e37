import {
  type Device,
  type MatrixMultiplyInput,
  type MotifScanInput,
  matrixMultiply,
  motifScan,
  type SequenceAlignmentInput,
  type Sequences,
  seededRandom,
  sequenceAlignment,
} from "bioxen";
import { gpuWebgpu } from "bioxen/accelerators";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { calm, openWebgpu, runOn, webgpu } from "../support/gpu-webgpu.ts";

describe.skipIf(webgpu.info === null)(`gpu-webgpu against the oracles ${webgpu.reason}`, () => {
  let device: Device;
  beforeAll(async () => {
    device = await openWebgpu();
  });
  afterAll(() => device[Symbol.asyncDispose]());

  async function agreeOnProduct(input: MatrixMultiplyInput): Promise<void> {
    const expected = matrixMultiply.reference?.(input) ?? new Float32Array();
    expect(matrixMultiply.differ(await runOn(device, matrixMultiply, input), expected, input)).toBeNull();
  }

  test("matrix-multiply: any shape, in shared memory or not", async () => {
    const side = fc.integer({ min: 1, max: 150 });
    await fc.assert(
      fc.asyncProperty(side, side, side, fc.integer(), fc.boolean(), async (m, k, n, seed, shared) => {
        const random = seededRandom(seed);
        const fill = (length: number): Float32Array => {
          const values = new Float32Array(shared ? new SharedArrayBuffer(4 * length) : new ArrayBuffer(4 * length));
          for (let at = 0; at < length; at++) values[at] = 200 * random() - 100;
          return values;
        };
        await agreeOnProduct({ m, k, n, a: fill(m * k), b: fill(k * n) });
      }),
      { numRuns: 40 },
    );
  });

  test("matrix-multiply: larger tiles, over several submissions", async () => {
    const [m, k, n] = [1500, 9, 1411];
    const random = seededRandom(3);
    const fill = (length: number): Float32Array => Float32Array.from({ length }, () => random() - 0.5);
    await agreeOnProduct({ m, k, n, a: fill(m * k), b: fill(k * n) });
  });

  test("matrix-multiply: what a GPU may flush to zero is refused, unless it does no harm", async () => {
    const tiny = (value: number): MatrixMultiplyInput => ({
      m: 2,
      k: 2,
      n: 1,
      a: Float32Array.of(1, value, 0, 0),
      b: Float32Array.of(1, value),
    });
    await agreeOnProduct(tiny(1e-30));
    await agreeOnProduct(tiny(1e-42));
    const small = { m: 1, k: 2, n: 1, a: Float32Array.of(1e-20, 1e-20), b: Float32Array.of(1e-20, 1e-20) };
    await expect(runOn(device, matrixMultiply, small)).rejects.toMatchObject({ code: "UNSUPPORTED" });
  });

  async function agreeOnHits(input: MotifScanInput): Promise<number> {
    const expected = motifScan.reference?.(input);
    if (expected === undefined) throw new Error("motif-scan has an oracle");
    expect(motifScan.differ(await runOn(device, motifScan, input), expected, input)).toBeNull();
    return expected.score.length;
  }

  test("motif-scan: the oracle's hits, bit for bit, for any matrices and sequences", async () => {
    const letters = fc.oneof(
      { weight: 20, arbitrary: fc.constantFrom(..."ACGT") },
      { weight: 1, arbitrary: fc.constantFrom(..."acgtNnRX-*") },
    );
    const sequences = fc
      .array(
        fc
          .tuple(fc.array(letters, { maxLength: 60 }), fc.integer({ min: 1, max: 12 }))
          .map(([piece, times]) => piece.join("").repeat(times)),
        { maxLength: 6 },
      )
      .map(sequencesOf);
    const matrix = fc
      .tuple(fc.integer({ min: 1, max: 19 }), fc.constantFrom(1, 100, 1e6), fc.integer())
      .map(([columns, most, seed]) => {
        const random = seededRandom(seed);
        const counts = Float64Array.from({ length: 4 * columns }, () =>
          Math.max(0, Math.floor(most * (1.5 * random() - 0.5))),
        );
        return { id: `m${seed}`, name: "", counts };
      });
    let hits = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(matrix, { minLength: 1, maxLength: 5 }),
        sequences,
        fc.constantFrom(1e-4, 1e-2, 0.3, 0.9),
        fc.constantFrom("both" as const, "forward" as const),
        fc.constantFrom(undefined, 0.01, 5),
        async (matrices, text, pValue, strands, pseudocount) => {
          hits += await agreeOnHits({
            matrices,
            sequences: text,
            pValue,
            strands,
            ...(pseudocount === undefined ? {} : { pseudocount }),
          });
        },
      ),
      { numRuns: 50 },
    );
    expect(hits).toBeGreaterThan(1000);
  });

  test("motif-scan: more candidates than a submission has room for, and motifs of 200 columns", async () => {
    const random = seededRandom(11);
    const residues = Uint8Array.from({ length: 30_011 }, () => "ACGT".charCodeAt(Math.floor(4 * random())));
    const counts = new Float64Array(4 * 200);
    for (let column = 0; column < 200; column++)
      counts["ACGT".indexOf(String.fromCharCode(residues[7000 + column] ?? 0)) * 200 + column] = 10;
    const flat = { id: "flat", name: "", counts: Float64Array.of(1, 1, 1, 1) };
    const input: MotifScanInput = {
      // all windows are hits of the flat ones, which no p-value of theirs says
      matrices: [{ id: "long", name: "", counts }, ...Array.from({ length: 20 }, () => flat)],
      sequences: { names: ["a", "b"], residues, offsets: Uint32Array.of(0, 20_003, 30_011) },
      pValue: 1e-3,
      strands: "both",
      pseudocount: 20,
    };
    expect(await agreeOnHits(input)).toBeGreaterThan(2 ** 20);
  });

  async function agreeOnScores(input: SequenceAlignmentInput, on: Device = device): Promise<void> {
    const expected = sequenceAlignment.reference?.(input);
    if (expected === undefined) throw new Error("sequence-alignment has an oracle");
    expect(sequenceAlignment.differ(await runOn(on, sequenceAlignment, input), expected, input)).toBeNull();
  }

  /** Any scores over any alphabet, unsymmetric too. */
  const anyMatrix = fc
    .tuple(fc.constantFrom("ACGTN", "ARNDCQEGHILKMFPSTWYVBZX*"), fc.integer())
    .map(([alphabet, seed]) => {
      const random = seededRandom(seed);
      const scores = Int16Array.from({ length: alphabet.length ** 2 }, () => Math.floor(20 * random()) - 12);
      const dna = alphabet === "ACGTN";
      return { name: "any", residues: dna ? "dna" : "protein", alphabet, wildcard: dna ? "N" : "X", scores } as const;
    });
  const anyAlignment = anyMatrix.chain((matrix) => {
    const some = fc
      .array(fc.array(fc.constantFrom(...matrix.alphabet), { maxLength: 45 }), { minLength: 1, maxLength: 80 })
      .map((all) => all.map((one) => one.join("")));
    return fc.record({
      matrix: fc.constant(matrix),
      left: some,
      right: some,
      pairing: fc.constantFrom("database" as const, "pairs" as const),
      gapOpen: fc.integer({ min: 0, max: 14 }),
      gapExtend: fc.integer({ min: 0, max: 14 }),
    });
  });

  test("sequence-alignment: any matrix, gaps, lengths and pairing", async () => {
    await fc.assert(
      fc.asyncProperty(anyAlignment, async ({ left, right, ...rest }) => {
        const many = rest.pairing === "pairs" ? Math.min(left.length, right.length) : left.length;
        await agreeOnScores({
          ...rest,
          queries: sequencesOf(left.slice(0, many)),
          targets: sequencesOf(rest.pairing === "pairs" ? right.slice(0, many) : right),
          mode: "local",
          ambiguous: "score",
        });
      }),
      { numRuns: 25 },
    );
  });

  test("sequence-alignment: strips as high as on hardware", async () => {
    if (webgpu.info === null) throw new Error(webgpu.reason);
    const hardware = await gpuWebgpu.open({ ...webgpu.info, features: ["binding:134217728"] }, calm());
    const input = sequenceAlignment.generate(3e5, seededRandom(4));
    await agreeOnScores(input, hardware);
    await agreeOnScores({ ...input, pairing: "pairs", queries: input.targets }, hardware);
    await hardware[Symbol.asyncDispose]();
  });
});

function sequencesOf(texts: readonly string[]): Sequences {
  const offsets = Uint32Array.from({ length: texts.length + 1 }, (_, at) => texts.slice(0, at).join("").length);
  return { names: texts.map((_, at) => `s${at}`), residues: new TextEncoder().encode(texts.join("")), offsets };
}
