import {
  BioXenError,
  type OnnxGraph,
  type OnnxInferenceInput,
  onnxInference,
  readOnnxModel,
  seededRandom,
  writeOnnxModel,
} from "bioxen";
import { describe, expect, test } from "vitest";

const graph: OnnxGraph = {
  name: "affine",
  nodes: [
    { op: "Gemm", inputs: ["rows", "weights"], outputs: ["scores"], attributes: { alpha: { float: 0.5 }, transB: 1 } },
  ],
  inputs: [{ name: "rows", type: "float32", dims: ["n", 3] }],
  outputs: [{ name: "scores", type: "float32", dims: ["n", 2] }],
  initializers: { weights: { type: "float32", dims: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) } },
  opset: 17,
};
const model = writeOnnxModel(graph);

async function issues(input: unknown): Promise<string[]> {
  const result = await onnxInference.input["~standard"].validate(input);
  return result.issues?.map(({ message }) => message) ?? [];
}

const feeds = (rows: number, columns = 3): OnnxInferenceInput["feeds"] => ({
  rows: { type: "float32", dims: [rows, columns], data: new Float32Array(rows * columns) },
});

describe("an ONNX file", () => {
  test("says what was written", () => {
    expect(readOnnxModel(model)).toEqual({
      inputs: graph.inputs,
      optionalInputs: [],
      outputs: graph.outputs,
      opsets: { "": 17 },
      operators: ["Gemm"],
      parameters: 6,
    });
  });

  test("an initializer makes an input optional", () => {
    const summary = readOnnxModel(
      writeOnnxModel({ ...graph, inputs: [...graph.inputs, { name: "weights", type: "float32", dims: [2, 3] }] }),
    );
    expect(summary.inputs.map(({ name }) => name)).toEqual(["rows"]);
    expect(summary.optionalInputs.map(({ name }) => name)).toEqual(["weights"]);
  });

  test("cut short anywhere or with any byte changed it is read or refused with FORMAT_INVALID", () => {
    const refusals = { cut: 0, changed: 0 };
    const random = seededRandom(1);
    const attempt = (bytes: Uint8Array, kind: keyof typeof refusals): void => {
      try {
        readOnnxModel(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(BioXenError);
        expect(error).toMatchObject({ code: "FORMAT_INVALID" });
        refusals[kind]++;
      }
    };
    for (let length = 0; length < model.length; length++) {
      attempt(model.slice(0, length), "cut");
      const changed = model.slice();
      changed[length] = Math.floor(256 * random());
      attempt(changed, "changed");
    }
    expect(refusals.cut).toBeGreaterThan(model.length - 10);
    expect(refusals.changed).toBeGreaterThan(model.length / 4);
  });

  test.each([
    ["nothing", "", "empty"],
    ["text", "this is a text file, not a model\n", "expected"],
    ["HTML", "<!DOCTYPE html><html></html>", "expected"],
  ])("%s is refused in words", (_, text, word) => {
    expect(() => readOnnxModel(new TextEncoder().encode(text))).toThrow(word);
  });
});

describe("the schema of onnx-inference", () => {
  test("accepts what fits, and gives the caller's own arrays on", async () => {
    const input = { model, feeds: feeds(4) };
    const result = await onnxInference.input["~standard"].validate(input);
    expect(result.issues).toBeUndefined();
    if (result.issues === undefined) expect(result.value.model).toBe(model);
  });

  test.each<[string, unknown, RegExp]>([
    ["a missing feed", {}, /missing: the model needs the input rows/],
    ["a misspelt feed", { ...feeds(1), row: feeds(1)["rows"] }, /no input row; did you mean rows\?/],
    ["a foreign feed", { ...feeds(1), temperature: feeds(1)["rows"] }, /no input temperature; it has rows/],
    ["a wrong shape", feeds(2, 4), /rows has dims \[2, 4\], the model expects \[n, 3\]/],
    [
      "a wrong type",
      { rows: { type: "int32", dims: [1, 3], data: new Int32Array(3) } },
      /rows is int32, the model expects float32/,
    ],
    [
      "too few values",
      { rows: { type: "float32", dims: [2, 3], data: new Float32Array(5) } },
      /5 values, dims \[2, 3\] need 6/,
    ],
    [
      "another array",
      { rows: { type: "float32", dims: [1, 3], data: new Float64Array(3) } },
      /float32 values are expected in a Float32Array/,
    ],
    ["a negative dim", { rows: { type: "float32", dims: [-1, 3], data: new Float32Array(3) } }, />=0/],
  ])("refuses %s", async (_, wrong, message) => {
    expect((await issues({ model, feeds: wrong })).join("\n")).toMatch(message);
  });

  test("refuses dims of one name that differ", async () => {
    const sum = writeOnnxModel({
      name: "sum",
      nodes: [{ op: "Add", inputs: ["x", "y"], outputs: ["z"] }],
      inputs: [
        { name: "x", type: "float32", dims: ["n"] },
        { name: "y", type: "float32", dims: ["n"] },
      ],
      outputs: [{ name: "z", type: "float32", dims: ["n"] }],
    });
    const vector = (length: number) => ({ type: "float32", dims: [length], data: new Float32Array(length) });
    expect(await issues({ model: sum, feeds: { x: vector(2), y: vector(3) } })).toEqual(["n is 3 in y and 2 in x"]);
    expect(await issues({ model: sum, feeds: { x: vector(2), y: vector(2) } })).toEqual([]);
  });

  test("refuses a file that is no model", async () => {
    expect((await issues({ model: Uint8Array.of(1, 2, 3), feeds: {} })).join()).toMatch(/ONNX model/);
  });
});

describe("onnx-inference", () => {
  test("differ allows a float its tolerance and an integer none", () => {
    const input = { model, feeds: feeds(1) };
    const floats = (value: number) => ({ y: { type: "float32", dims: [1], data: Float32Array.of(value) } }) as const;
    const integers = (value: bigint) => ({ y: { type: "int64", dims: [1], data: BigInt64Array.of(value) } }) as const;
    expect(onnxInference.differ(floats(1000.5), floats(1000), input)).toBeNull();
    expect(onnxInference.differ(floats(1002), floats(1000), input)).toMatch(/y\[0\] is 1002, expected 1000/);
    expect(onnxInference.differ(floats(Number.NaN), floats(1), input)).toMatch(/NaN/);
    expect(onnxInference.differ(floats(Number.NaN), floats(Number.NaN), input)).toBeNull();
    expect(onnxInference.differ(integers(5n), integers(5n), input)).toBeNull();
    expect(onnxInference.differ(integers(6n), integers(5n), input)).toMatch(/y\[0\] is 6/);
    expect(onnxInference.differ({}, integers(5n), input)).toMatch(/missing/);
    expect(onnxInference.differ({ ...integers(5n), z: integers(5n).y }, integers(5n), input)).toMatch(
      /z was not expected/,
    );
  });

  test("its generated inputs pass its schema and have the size asked for", async () => {
    for (const size of [1, 1e5, 1e6]) {
      const input = onnxInference.generate(size, seededRandom(3));
      expect(await issues(input)).toEqual([]);
      const { units } = onnxInference.size(input);
      expect(Math.abs(units - size)).toBeLessThan(Math.max(size, 10_000));
    }
  });
});
