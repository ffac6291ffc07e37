import { closest, distance } from "fastest-levenshtein";
import { z } from "zod";
import { BioXenError, type WorkloadSpec } from "../../contract/index.ts";
import { type OnnxDeclaration, readOnnxModel, writeOnnxModel } from "./onnx-model.ts";
import { type OnnxTensor, type OnnxType, onnxArrays, valueCount } from "./tensor.ts";

export * from "./onnx-model.ts";
export * from "./tensor.ts";

export interface OnnxInferenceInput {
  /** The bytes of an `.onnx` file, never changed after the first run: devices keep the session made of this object. */
  readonly model: Uint8Array;
  /** A tensor for each input the model declares, by name. */
  readonly feeds: Readonly<Record<string, OnnxTensor>>;
}

export type OnnxInferenceOutput = Readonly<Record<string, OnnxTensor>>;

const types = Object.keys(onnxArrays) as [OnnxType, ...OnnxType[]];
// the check ties the array to the type, which zod's own types cannot say
const tensor: z.ZodType<OnnxTensor> = z
  .object({ type: z.enum(types), dims: z.array(z.int().nonnegative()), data: z.unknown() })
  .superRefine(({ type, dims, data }, context) => {
    const array = onnxArrays[type];
    if (!(data instanceof array))
      context.addIssue({ code: "custom", path: ["data"], message: `${type} values are expected in a ${array.name}` });
    else if ((data as { length: number }).length !== valueCount(dims))
      context.addIssue({
        code: "custom",
        path: ["data"],
        message: `${(data as { length: number }).length} values, dims [${dims.join(", ")}] need ${valueCount(dims)}`,
      });
  }) as unknown as z.ZodType<OnnxTensor>;

const input: z.ZodType<OnnxInferenceInput> = z
  .object({ model: z.instanceof(Uint8Array), feeds: z.record(z.string(), tensor) })
  .superRefine(({ model, feeds }, context) => {
    const issue = (path: string[], message: string): void => context.addIssue({ code: "custom", path, message });
    try {
      const { inputs, optionalInputs } = readOnnxModel(model);
      for (const [name, problem] of feedProblems(inputs, optionalInputs, feeds)) issue(["feeds", name], problem);
    } catch (error) {
      if (!(error instanceof BioXenError)) throw error;
      issue(["model"], error.message);
    }
  });

function* feedProblems(
  inputs: readonly OnnxDeclaration[],
  optional: readonly OnnxDeclaration[],
  feeds: Readonly<Record<string, OnnxTensor>>,
): Generator<[name: string, problem: string]> {
  const declared = new Map([...inputs, ...optional].map((one) => [one.name, one]));
  for (const { name } of inputs)
    if (!Object.hasOwn(feeds, name)) yield [name, `missing: the model needs the input ${name}`];
  const sizes = new Map<string, { size: number; of: string }>();
  for (const [name, { type, dims }] of Object.entries(feeds)) {
    const one = declared.get(name);
    if (one === undefined) {
      yield [name, `the model has no input ${name}${nearest(name, [...declared.keys()])}`];
      continue;
    }
    if (one.type !== null && one.type !== type) yield [name, `${name} is ${type}, the model expects ${one.type}`];
    if (one.dims === null) continue;
    if (one.dims.length !== dims.length || one.dims.some((dim, at) => typeof dim === "number" && dim !== dims[at])) {
      yield [name, `${name} has dims [${dims.join(", ")}], the model expects [${one.dims.join(", ")}]`];
      continue;
    }
    for (const [at, dim] of one.dims.entries()) {
      if (typeof dim === "number" || dim === "?") continue;
      const size = dims[at] ?? 0;
      const known = sizes.get(dim);
      if (known === undefined) sizes.set(dim, { size, of: name });
      else if (known.size !== size) yield [name, `${dim} is ${size} in ${name} and ${known.size} in ${known.of}`];
    }
  }
}

function nearest(name: string, names: string[]): string {
  if (names.length === 0) return "; it has none";
  const near = closest(name, names);
  return distance(name, near) <= Math.max(2, name.length / 3)
    ? `; did you mean ${near}?`
    : `; it has ${names.join(", ")}`;
}

/** Relative and absolute tolerance of floating-point outputs: those of ONNX's own backend tests (onnx.backend.test.runner). */
const relative = 1e-3;
const absolute = 1e-7;

/**
 * A user's own ONNX model on the tensors given. The model itself defines the answer: there is no oracle, and two
 * devices agree where integers and booleans are equal and a float is within 1e-3 of its value (plus 1e-7).
 */
export const onnxInference: WorkloadSpec<OnnxInferenceInput, OnnxInferenceOutput> = {
  id: "onnx-inference",
  version: 1,
  aliases: ["onnx", "onnx_inference", "neural_network", "inference"],
  // exact for dense layers; for layers that use a weight more than once a row (convolutions) a lower bound
  throughput: { unit: "weight.row", rate: "Gweight.row/s", per: 1e9 },
  input,
  size: ({ model, feeds }) => {
    const tensors = Object.values(feeds);
    const rows = Math.max(1, ...tensors.map(({ dims }) => dims[0] ?? 1));
    const bytesIn = tensors.reduce((sum, { data }) => sum + data.byteLength, 0);
    const { parameters, outputs } = readOnnxModel(model);
    return { units: Math.max(1, parameters) * rows, bytesIn, bytesOut: outputBytes(outputs, rows) };
  },
  resident: ({ model }) => model,
  reference: null,
  generate: (size, random) => {
    const rows = Math.max(1, Math.round(size / perceptron.parameters));
    return {
      model: writePerceptron(random),
      feeds: {
        x: {
          type: "float32",
          dims: [rows, perceptron.inputs],
          data: Float32Array.from({ length: rows * perceptron.inputs }, () => 2 * random() - 1),
        },
      },
    };
  },
  differ: (actual, expected) => {
    const names = Object.keys(expected);
    const extra = Object.keys(actual).filter((name) => !names.includes(name));
    if (extra.length > 0) return `output ${extra.join(", ")} was not expected`;
    for (const name of names) {
      const x = actual[name];
      const y = expected[name];
      if (x === undefined || y === undefined) return `output ${name} is missing`;
      const shape = `${y.type} [${y.dims.join(", ")}]`;
      if (`${x.type} [${x.dims.join(", ")}]` !== shape)
        return `output ${name} is ${x.type} [${x.dims.join(", ")}], expected ${shape}`;
      for (let at = 0; at < y.data.length; at++)
        if (!close(y.type, x.data[at] ?? Number.NaN, y.data[at] ?? Number.NaN))
          return `${name}[${at}] is ${x.data[at]}, expected ${y.data[at]}`;
    }
    return null;
  },
};

function close(type: OnnxType, x: number | bigint, y: number | bigint): boolean {
  if (Object.is(x, y) || x === y) return true;
  if (type === "float16") return close("float32", fromHalf(Number(x)), fromHalf(Number(y)));
  if (type !== "float32" && type !== "float64") return false;
  return Math.abs(Number(x) - Number(y)) <= absolute + relative * Math.abs(Number(y));
}

/** Value of an IEEE 754 half-precision bit pattern. */
function fromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15));
}

/** Bytes of the outputs where the file declares their shape; a free dim counts as the rows fed. */
function outputBytes(outputs: readonly OnnxDeclaration[], rows: number): number {
  let bytes = 0;
  for (const { type, dims } of outputs) {
    if (type === null || dims === null) continue;
    bytes += onnxArrays[type].BYTES_PER_ELEMENT * valueCount(dims.map((dim) => (typeof dim === "number" ? dim : rows)));
  }
  return bytes;
}

/** A small multi-layer perceptron, 64 -> 128 -> 10, the calibration's model. */
const perceptron = { inputs: 64, hidden: 128, outputs: 10, parameters: 64 * 128 + 128 + 128 * 10 + 10 } as const;

function writePerceptron(random: () => number): Uint8Array<ArrayBuffer> {
  const { inputs, hidden, outputs } = perceptron;
  const weights = (...dims: number[]): OnnxTensor => ({
    type: "float32",
    dims,
    data: Float32Array.from({ length: valueCount(dims) }, () => (2 * random() - 1) / Math.sqrt(inputs)),
  });
  return writeOnnxModel({
    name: "perceptron",
    nodes: [
      { op: "Gemm", inputs: ["x", "w1", "b1"], outputs: ["z"] },
      { op: "Relu", inputs: ["z"], outputs: ["h"] },
      { op: "Gemm", inputs: ["h", "w2", "b2"], outputs: ["y"] },
    ],
    inputs: [{ name: "x", type: "float32", dims: ["rows", inputs] }],
    outputs: [{ name: "y", type: "float32", dims: ["rows", outputs] }],
    initializers: {
      w1: weights(inputs, hidden),
      b1: weights(hidden),
      w2: weights(hidden, outputs),
      b2: weights(outputs),
    },
  });
}
