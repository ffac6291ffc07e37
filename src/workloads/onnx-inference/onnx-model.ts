import { BioXenError } from "../../contract/index.ts";
import {
  bytesField,
  encode,
  type Field,
  floatField,
  intField,
  messageField,
  type ReadField,
  readFields,
  textField,
} from "./protobuf.ts";
import type { OnnxTensor, OnnxType } from "./tensor.ts";

// Field numbers and enum values are those of onnx.proto (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto).

/** `TensorProto.DataType`. */
const dataTypes: Readonly<Record<OnnxType, number>> = {
  float32: 1,
  uint8: 2,
  int8: 3,
  uint16: 4,
  int16: 5,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  float64: 11,
  uint32: 12,
  uint64: 13,
};
const typeOf = new Map(Object.entries(dataTypes).map(([name, value]) => [value, name as OnnxType]));

/** Version 8 of the format came with opset 15; onnxruntime 1.10 and later read it. */
const irVersion = 8;
const defaultOpset = 17;

/** A number is an integer attribute, `{ float }` a real one. */
export type OnnxAttribute = number | { readonly float: number } | string | readonly number[] | OnnxTensor;

export interface OnnxNode {
  readonly op: string;
  readonly name?: string;
  /** "" leaves an optional input out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<Record<string, OnnxAttribute>>;
  /** Operator set; the standard one by default. */
  readonly domain?: string;
}

/** A named input or output; a dim that is a string is free, and equal strings are equal dims. */
export interface OnnxValue {
  readonly name: string;
  readonly type: OnnxType;
  readonly dims: readonly (number | string)[];
}

export interface OnnxGraph {
  readonly name: string;
  readonly nodes: readonly OnnxNode[];
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  /** Constants by name. */
  readonly initializers?: Readonly<Record<string, OnnxTensor>>;
  /** Version of the standard operator set. */
  readonly opset?: number;
}

/** Writes a graph as the bytes of an `.onnx` file. Deterministic. */
export function writeOnnxModel(graph: OnnxGraph): Uint8Array<ArrayBuffer> {
  return encode([
    intField(1, irVersion),
    textField(2, "bioxen"),
    messageField(7, [
      ...graph.nodes.map((node) => messageField(1, nodeFields(node))),
      textField(2, graph.name),
      ...Object.entries(graph.initializers ?? {}).map(([name, tensor]) => messageField(5, tensorFields(tensor, name))),
      ...graph.inputs.map((value) => messageField(11, valueFields(value))),
      ...graph.outputs.map((value) => messageField(12, valueFields(value))),
    ]),
    messageField(8, [textField(1, ""), intField(2, graph.opset ?? defaultOpset)]),
  ]);
}

function nodeFields({ op, name, inputs, outputs, attributes, domain }: OnnxNode): Field[] {
  return [
    ...inputs.map((input) => textField(1, input)),
    ...outputs.map((output) => textField(2, output)),
    textField(3, name ?? `${op}:${outputs[0] ?? ""}`),
    textField(4, op),
    ...Object.entries(attributes ?? {}).map(([key, value]) =>
      messageField(5, [textField(1, key), ...attributeFields(value)]),
    ),
    ...(domain === undefined ? [] : [textField(7, domain)]),
  ];
}

/** Field 20 names the member that holds the value (`AttributeProto.AttributeType`). */
function attributeFields(value: OnnxAttribute): Field[] {
  if (typeof value === "number") return [intField(3, value), intField(20, 2)];
  if (typeof value === "string") return [textField(4, value), intField(20, 3)];
  if ("float" in value) return [floatField(2, value.float), intField(20, 1)];
  if ("data" in value) return [messageField(5, tensorFields(value, "")), intField(20, 4)];
  return [...value.map((item) => intField(8, item)), intField(20, 7)];
}

function tensorFields({ type, dims, data }: OnnxTensor, name: string): Field[] {
  return [
    ...dims.map((dim) => intField(1, dim)),
    intField(2, dataTypes[type]),
    textField(8, name),
    // raw data is little-endian, as every platform that Node runs on with typed arrays in this layout
    bytesField(9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength)),
  ];
}

function valueFields({ name, type, dims }: OnnxValue): Field[] {
  const shape = dims.map((dim) => messageField(1, [typeof dim === "number" ? intField(1, dim) : textField(2, dim)]));
  return [
    textField(1, name),
    messageField(2, [messageField(1, [intField(1, dataTypes[type]), messageField(2, shape)])]),
  ];
}

/** An input or output as a file declares it; `type` is null for what is no tensor of a type known here. */
export interface OnnxDeclaration {
  readonly name: string;
  readonly type: OnnxType | null;
  /** null where the file leaves the rank open; a dim without size or name reads "?". */
  readonly dims: readonly (number | string)[] | null;
}

/** What a model file says of itself. */
export interface OnnxSummary {
  /** What a caller feeds: declared inputs that no initializer gives a value. */
  readonly inputs: readonly OnnxDeclaration[];
  /** Inputs that an initializer gives a default, which a caller may override. */
  readonly optionalInputs: readonly OnnxDeclaration[];
  readonly outputs: readonly OnnxDeclaration[];
  /** Version by operator set; "" is the standard one. */
  readonly opsets: Readonly<Record<string, number>>;
  /** Names of the operators used, each once. */
  readonly operators: readonly string[];
  /** Values in all initializers. */
  readonly parameters: number;
}

const utf8 = new TextDecoder("utf-8", { fatal: true });
const summaries = new WeakMap<Uint8Array, OnnxSummary>();

/**
 * Reads what an `.onnx` file declares: inputs, outputs, operator sets, size; not its weights. Remembered by the
 * bytes object.
 * @throws BioXenError `FORMAT_INVALID` saying what was expected where.
 */
export function readOnnxModel(bytes: Uint8Array): OnnxSummary {
  const known = summaries.get(bytes);
  if (known !== undefined) return known;
  const summary = parse(bytes);
  summaries.set(bytes, summary);
  return summary;
}

function parse(bytes: Uint8Array): OnnxSummary {
  if (bytes.length === 0) throw invalid("the file is empty");
  let graph: Uint8Array | null = null;
  let version = 0;
  const opsets: Record<string, number> = {};
  for (const part of readFields(bytes, "ONNX model")) {
    if (part.field === 1) version = integer(part, "IR version");
    if (part.field === 7) graph = message(part, "graph");
    if (part.field === 8) {
      let domain = "";
      let opset = 0;
      for (const inner of readFields(message(part, "operator set"), "ONNX operator set")) {
        if (inner.field === 1) domain = text(inner, "operator set domain");
        if (inner.field === 2) opset = integer(inner, "operator set version");
      }
      opsets[domain] = opset;
    }
  }
  if (version === 0) throw invalid("no IR version: this is no ONNX file");
  if (graph === null) throw invalid("no graph: this is no ONNX model");
  if (Object.keys(opsets).length === 0) throw invalid("no operator set is named");
  return { ...parseGraph(graph), opsets };
}

function parseGraph(graph: Uint8Array): Omit<OnnxSummary, "opsets"> {
  const declared: OnnxDeclaration[] = [];
  const outputs: OnnxDeclaration[] = [];
  const given = new Set<string>();
  const operators = new Set<string>();
  let parameters = 0;
  for (const part of readFields(graph, "ONNX graph")) {
    if (part.field === 1)
      for (const inner of readFields(message(part, "node"), "ONNX node"))
        if (inner.field === 4) operators.add(text(inner, "operator name"));
    if (part.field === 5) {
      const { name, values } = parseInitializer(message(part, "initializer"));
      given.add(name);
      parameters += values;
    }
    if (part.field === 11) declared.push(parseDeclaration(message(part, "input")));
    if (part.field === 12) outputs.push(parseDeclaration(message(part, "output")));
  }
  if (outputs.length === 0) throw invalid("the graph has no output");
  return {
    inputs: declared.filter(({ name }) => !given.has(name)),
    optionalInputs: declared.filter(({ name }) => given.has(name)),
    outputs,
    operators: [...operators],
    parameters,
  };
}

function parseInitializer(tensor: Uint8Array): { name: string; values: number } {
  let name = "";
  let values = 1;
  for (const part of readFields(tensor, "ONNX initializer")) {
    // dims come one by one or packed
    if (part.field === 1) values *= typeof part.value === "bigint" ? Number(part.value) : packedProduct(part.value);
    if (part.field === 8) name = text(part, "initializer name");
    if (part.field === 14 && part.value === 1n)
      throw invalid(`the weights ${name} are in a separate file; a model in one file is expected`);
  }
  return { name, values };
}

function packedProduct(packed: Uint8Array): number {
  let product = 1;
  let value = 0;
  let scale = 1;
  for (const byte of packed) {
    value += (byte & 127) * scale;
    scale *= 128;
    if (byte >= 128) continue;
    product *= value;
    value = 0;
    scale = 1;
  }
  return product;
}

function parseDeclaration(value: Uint8Array): OnnxDeclaration {
  let name = "";
  let tensor: Uint8Array | null = null;
  for (const part of readFields(value, "ONNX value")) {
    if (part.field === 1) name = text(part, "name of an input or output");
    if (part.field === 2)
      for (const inner of readFields(message(part, "type"), "ONNX type"))
        if (inner.field === 1) tensor = message(inner, "tensor type");
  }
  if (name === "") throw invalid("an input or output has no name");
  let type: OnnxType | null = null;
  let dims: (number | string)[] | null = null;
  for (const part of tensor === null ? [] : readFields(tensor, "ONNX tensor type")) {
    if (part.field === 1) type = typeOf.get(integer(part, "element type")) ?? null;
    if (part.field === 2) {
      dims = [];
      for (const dim of readFields(message(part, "shape"), "ONNX shape"))
        if (dim.field === 1) dims.push(parseDim(message(dim, "dim")));
    }
  }
  return { name, type, dims };
}

function parseDim(dim: Uint8Array): number | string {
  for (const part of readFields(dim, "ONNX dim")) {
    // exporters write -1 where they mean any size
    if (part.field === 1) {
      const size = integer(part, "dim");
      return size <= Number.MAX_SAFE_INTEGER ? size : "?";
    }
    if (part.field === 2) return text(part, "dim name") || "?";
  }
  return "?";
}

function invalid(what: string): BioXenError {
  return new BioXenError("FORMAT_INVALID", `ONNX model: ${what}`);
}

function message({ value }: ReadField, what: string): Uint8Array {
  if (typeof value === "bigint") throw invalid(`a message is expected for ${what}, found a number`);
  return value;
}

function integer({ value }: ReadField, what: string): number {
  if (typeof value !== "bigint") throw invalid(`a number is expected for ${what}, found bytes`);
  return Number(value);
}

function text(part: ReadField, what: string): string {
  try {
    return utf8.decode(message(part, what));
  } catch (cause) {
    if (cause instanceof BioXenError) throw cause;
    throw invalid(`UTF-8 text is expected for ${what}`);
  }
}
