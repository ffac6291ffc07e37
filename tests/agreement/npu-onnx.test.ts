import {
  type Device,
  type MatrixMultiplyInput,
  type MotifScanInput,
  matrixMultiply,
  motifScan,
  onnxInference,
  seededRandom,
  writeOnnxModel,
} from "bioxen";
import { npuOnnx } from "bioxen/accelerators";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findLibrary, loadLibrary } from "../../dist/accelerators/npu-onnx/library.js";
import { motifScanKernel } from "../../dist/accelerators/npu-onnx/motif-scan.js";
import { type Feeds, openSessions } from "../../dist/accelerators/npu-onnx/sessions.js";
import { calm, cpuDevice, runOn } from "../support/npu-onnx.ts";

let device: Device;
beforeAll(async () => {
  device = await npuOnnx.open(await cpuDevice(), calm());
});
afterAll(() => device[Symbol.asyncDispose]());

async function agreeOnProduct(input: MatrixMultiplyInput, threads = 1): Promise<void> {
  const expected = matrixMultiply.reference?.(input) ?? new Float32Array();
  const actual = await runOn(device, matrixMultiply, input, calm(threads));
  expect(matrixMultiply.differ(actual, expected, input)).toBeNull();
}

describe("matrix-multiply on ONNX Runtime", () => {
  test("agrees with the oracle for any shape", async () => {
    const side = fc.integer({ min: 1, max: 40 });
    await fc.assert(
      fc.asyncProperty(side, side, side, fc.integer(), fc.boolean(), async (m, k, n, seed, shared) => {
        const random = seededRandom(seed);
        const fill = (length: number): Float32Array => {
          const buffer = shared ? new SharedArrayBuffer(4 * length) : new ArrayBuffer(4 * length);
          const values = new Float32Array(buffer);
          for (let at = 0; at < length; at++) values[at] = 200 * random() - 100;
          return values;
        };
        await agreeOnProduct({ m, k, n, a: fill(m * k), b: fill(k * n) }, 1 + (seed & 1));
      }),
      { numRuns: 60 },
    );
  });

  test("agrees where the product is cut into blocks of rows", async () => {
    // 2 k n = 2e9 flops a row: blocks of 2 rows, the last of 1
    const [m, k, n] = [5, 2000, 2000];
    const random = seededRandom(5);
    const fill = (length: number): Float32Array => Float32Array.from({ length }, () => random() - 0.5);
    const input = { m, k, n, a: fill(m * k), b: fill(k * n) };
    await agreeOnProduct(input);
    const many = { m: 700, k, n, a: fill(700 * k), b: input.b };
    const whole = await runOn(device, matrixMultiply, many);
    const lastRow = await runOn(device, matrixMultiply, { ...many, m: 1, a: many.a.slice(699 * k) });
    expect(
      matrixMultiply.differ(whole.slice(699 * n), lastRow, { ...many, m: 1, a: many.a.slice(699 * k) }),
    ).toBeNull();
    expect(whole.every(Number.isFinite)).toBe(true);
  });
});

async function agreeOnHits(input: MotifScanInput): Promise<number> {
  const expected = motifScan.reference?.(input);
  if (expected === undefined) throw new Error("motif-scan has an oracle");
  expect(motifScan.differ(await runOn(device, motifScan, input), expected, input)).toBeNull();
  return expected.score.length;
}

const letters = fc.oneof(
  { weight: 20, arbitrary: fc.constantFrom(..."ACGT") },
  { weight: 1, arbitrary: fc.constantFrom(..."acgtNnRX-*") },
);
const sequences = fc
  .array(
    fc
      .tuple(fc.array(letters, { maxLength: 60 }), fc.integer({ min: 1, max: 12 }))
      .map(([piece, times]) => piece.join("").repeat(times)),
    { minLength: 0, maxLength: 6 },
  )
  .map((texts) => {
    const offsets = Uint32Array.from({ length: texts.length + 1 }, (_, at) => texts.slice(0, at).join("").length);
    return { names: texts.map((_, at) => `s${at}`), residues: new TextEncoder().encode(texts.join("")), offsets };
  });
const matrix = fc
  .tuple(fc.integer({ min: 1, max: 14 }), fc.constantFrom(1, 100, 1e6), fc.integer())
  .map(([columns, most, seed]) => {
    const random = seededRandom(seed);
    return {
      id: `m${seed}`,
      name: "",
      // a third of the counts is 0, where pseudocounts decide
      counts: Float64Array.from({ length: 4 * columns }, () => Math.max(0, Math.floor(most * (1.5 * random() - 0.5)))),
    };
  });
const background = fc
  .tuple(
    ...([1, 1, 1, 1].map(() => fc.integer({ min: 1, max: 50 })) as [
      fc.Arbitrary<number>,
      fc.Arbitrary<number>,
      fc.Arbitrary<number>,
      fc.Arbitrary<number>,
    ]),
  )
  .map(([a, c, g, t]): [number, number, number, number] => {
    const sum = a + c + g + t;
    return [a / sum, c / sum, g / sum, t / sum];
  });

describe("motif-scan on ONNX Runtime", () => {
  test("has the oracle's hits, bit for bit, for any matrices and sequences", async () => {
    let hits = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(matrix, { minLength: 1, maxLength: 8 }),
        sequences,
        fc.constantFrom(1e-6, 1e-4, 1e-2, 0.3, 0.9),
        fc.constantFrom("both" as const, "forward" as const),
        fc.option(background, { nil: undefined }),
        fc.constantFrom(undefined, 0.01, 5),
        async (matrices, text, pValue, strands, of, pseudocount) => {
          hits += await agreeOnHits({
            matrices,
            sequences: text,
            pValue,
            strands,
            ...(of === undefined ? {} : { background: of }),
            ...(pseudocount === undefined ? {} : { pseudocount }),
          });
        },
      ),
      { numRuns: 50 },
    );
    expect(hits).toBeGreaterThan(1000);
  });

  test("has the oracle's hits over several chunks, with long motifs across their borders", async () => {
    const random = seededRandom(11);
    const residues = Uint8Array.from({ length: 150_001 }, () => "ACGT".charCodeAt(Math.floor(4 * random())));
    const word = residues.slice(65_536 - 150, 65_536 + 50);
    const counts = new Float64Array(4 * 200);
    // the chunk's border falls into the one place this motif fits
    word.forEach((letter, column) => {
      counts["ACGT".indexOf(String.fromCharCode(letter)) * 200 + column] = 10;
    });
    const { matrices } = motifScan.generate(1e6, random);
    const input: MotifScanInput = {
      matrices: [
        { id: "long", name: "", counts },
        { id: "one", name: "", counts: Float64Array.of(9, 0, 1, 0) },
        ...matrices,
      ],
      sequences: { names: ["a", "b"], residues, offsets: Uint32Array.of(0, 100_003, 150_001) },
      pValue: 1e-3,
      strands: "both",
      // keeps the threshold's table small
      pseudocount: 20,
    };
    expect(await agreeOnHits(input)).toBeGreaterThan(100);
  });

  test("has the oracle's hits where scores are as extreme as the schema lets them be", async () => {
    const counts = [
      Float64Array.of(9, 0, 0, 0, 0, 9, 0, 0),
      Float64Array.of(0, 0, 0, 0),
      Float64Array.of(1, 1, 0, 1e15),
    ];
    const residues = new TextEncoder().encode("ACGTNACACGTTTACACCAN");
    for (const pseudocount of [1e-9, 1, 1e15])
      for (const pValue of [1e-9, 0.1, 0.9999999])
        await agreeOnHits({
          matrices: counts.map((one, at) => ({ id: `${at}`, name: "", counts: one })),
          sequences: { names: ["a", "empty", "b"], residues, offsets: Uint32Array.of(0, 9, 9, residues.length) },
          pValue,
          strands: "both",
          pseudocount,
        });
  });

  // the graph for providers without 8-bit kernels, here in single precision on the CPU
  test.each([2 ** -24, 2 ** -11])("has the oracle's hits in floating point with roundoff %s", async (roundoff) => {
    const ort = await loadLibrary(findLibrary("onnxruntime-node")?.entry ?? new URL("file:///missing"));
    const sessions = openSessions(ort, "cpu");
    const none = (): never => {
      throw new Error("a motif scan runs no foreign model");
    };
    const runner = {
      provider: { name: `float${roundoff}`, title: "", kind: "gpu", roundoff, integer: false },
      run: (model: Uint8Array, feeds: Feeds) => sessions.run(model, 1, feeds),
      prepare: (model: Uint8Array) => sessions.prepare(model, 1),
      runForeign: none,
      prepareForeign: none,
    } as const;
    await fc.assert(
      fc.asyncProperty(fc.array(matrix, { minLength: 1, maxLength: 4 }), sequences, async (matrices, text) => {
        const input = { matrices, sequences: text, pValue: 1e-2, strands: "both" } as const;
        const expected = motifScan.reference?.(input);
        if (expected === undefined) throw new Error("motif-scan has an oracle");
        expect(motifScan.differ(await motifScanKernel.run(runner, input, calm()), expected, input)).toBeNull();
      }),
      { numRuns: 20 },
    );
    await sessions[Symbol.asyncDispose]();
  });

  test("finds thresholds and makes its session as it prepares, so that neither is charged to the run", async () => {
    const { sequences, ...rules } = motifScan.generate(100, seededRandom(5));
    const random = seededRandom(6);
    const matrices = Array.from({ length: 30 }, () => motifScan.generate(100, random).matrices).flat();
    const prepared: Uint8Array[] = [];
    const ran: Uint8Array[] = [];
    const runner = {
      provider: { name: "cpu", title: "", kind: "npu", roundoff: 0, integer: true },
      prepare: async (model: Uint8Array) => {
        prepared.push(model);
      },
      run: async (model: Uint8Array) => {
        ran.push(model);
        return {};
      },
      runForeign: () => Promise.reject(new Error("a motif scan runs no foreign model")),
      prepareForeign: () => Promise.reject(new Error("a motif scan runs no foreign model")),
    } as const;
    const input = { ...rules, sequences, matrices };
    await motifScanKernel.prepare?.(runner, input, calm());
    await motifScanKernel.run(runner, input, calm());
    expect(prepared).toHaveLength(1);
    expect(ran[0]).toBe(prepared[0]);
  });

  test("has the oracle's hits with more than 100 matrices", async () => {
    const random = seededRandom(12);
    const { matrices, ...rest } = motifScan.generate(3e5, random);
    const many = Array.from(
      { length: 120 },
      (_, at) => motifScan.generate(1, seededRandom(at)).matrices[0] ?? matrices[0],
    );
    const input = { ...rest, matrices: many.flatMap((one) => one ?? []), pValue: 1e-3 };
    const residues = input.sequences.residues.slice(0, 30_000);
    const cut = { ...input, sequences: { names: ["r"], residues, offsets: Uint32Array.of(0, residues.length) } };
    expect(await agreeOnHits(cut)).toBeGreaterThan(1000);
  });
});

describe("a user's model on ONNX Runtime", () => {
  test("the perceptron gives what plain arithmetic gives", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 9 }), fc.integer(), async (rows, seed) => {
        const random = seededRandom(seed);
        const fill = (length: number): Float32Array => Float32Array.from({ length }, () => random() - 0.5);
        const [w, b, x] = [fill(12), fill(4), fill(3 * rows)];
        const model = writeOnnxModel({
          name: "layer",
          nodes: [
            { op: "Gemm", inputs: ["x", "w", "b"], outputs: ["z"] },
            { op: "LeakyRelu", inputs: ["z"], outputs: ["y"], attributes: { alpha: { float: 0.25 } } },
            { op: "ArgMax", inputs: ["y"], outputs: ["class"], attributes: { axis: 1, keepdims: 0 } },
          ],
          inputs: [{ name: "x", type: "float32", dims: ["rows", 3] }],
          outputs: [
            { name: "y", type: "float32", dims: ["rows", 4] },
            { name: "class", type: "int64", dims: ["rows"] },
          ],
          initializers: { w: { type: "float32", dims: [3, 4], data: w }, b: { type: "float32", dims: [4], data: b } },
        });
        const y = Float32Array.from({ length: 4 * rows }, (_, at) => {
          let z = b[at % 4] ?? 0;
          for (let i = 0; i < 3; i++) z += (x[3 * Math.floor(at / 4) + i] ?? 0) * (w[4 * i + (at % 4)] ?? 0);
          return z > 0 ? z : 0.25 * z;
        });
        const best = BigInt64Array.from({ length: rows }, (_, row) => {
          const of = [...y.subarray(4 * row, 4 * row + 4)];
          return BigInt(of.indexOf(Math.max(...of)));
        });
        const input = { model, feeds: { x: { type: "float32", dims: [rows, 3], data: x } } } as const;
        const output = await runOn(device, onnxInference, input);
        const expected = {
          y: { type: "float32", dims: [rows, 4], data: y },
          class: { type: "int64", dims: [rows], data: best },
        } as const;
        expect(onnxInference.differ(output, expected, input)).toBeNull();
      }),
      { numRuns: 25 },
    );
  });

  test("every element type goes through unchanged", async () => {
    const tensors = {
      float32: Float32Array.of(-1.5, 2),
      float64: Float64Array.of(-1.5, 1e300),
      float16: Uint16Array.of(0x3c00, 0xc000),
      int8: Int8Array.of(-128, 127),
      int16: Int16Array.of(-32768, 32767),
      int32: Int32Array.of(-1, 2 ** 31 - 1),
      int64: BigInt64Array.of(-(2n ** 63n), 5n),
      uint8: Uint8Array.of(0, 255),
      uint16: Uint16Array.of(0, 65535),
      uint32: Uint32Array.of(0, 2 ** 32 - 1),
      uint64: BigUint64Array.of(0n, 2n ** 64n - 1n),
      bool: Uint8Array.of(0, 1),
    };
    for (const [type, data] of Object.entries(tensors)) {
      const declared = { type: type as keyof typeof tensors, dims: [2] };
      const model = writeOnnxModel({
        name: "identity",
        nodes: [{ op: "Identity", inputs: ["x"], outputs: ["y"] }],
        inputs: [{ name: "x", ...declared }],
        outputs: [{ name: "y", ...declared }],
      });
      const input = { model, feeds: { x: { ...declared, data } as never } };
      expect(await runOn(device, onnxInference, input), type).toEqual({ y: { type, dims: [2], data } });
    }
  });

  test("generated inputs of one seed give one answer", async () => {
    const [first, second] = [1, 2].map(() => onnxInference.generate(1e6, seededRandom(9)));
    if (first === undefined || second === undefined) throw new Error("two inputs");
    const answer = await runOn(device, onnxInference, first);
    expect(onnxInference.differ(answer, await runOn(device, onnxInference, second, calm(2)), first)).toBeNull();
    expect(answer["y"]?.data.some((value) => value !== 0)).toBe(true);
  });
});
