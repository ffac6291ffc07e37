import { readFile } from "node:fs/promises";
import { Command } from "commander";
import { BioXenError, seededRandom } from "../../contract/index.ts";
import { atomicWriteFile, readNpy } from "../../formats/index.ts";
import {
  type OnnxDeclaration,
  type OnnxInferenceInput,
  type OnnxInferenceOutput,
  type OnnxTensor,
  type OnnxType,
  onnxArrays,
  onnxInference,
  readOnnxModel,
  valueCount,
} from "../../workloads/index.ts";
import { type DispatchFlags, integer, positiveInteger, withDispatchOptions } from "../options.ts";
import { printRun } from "../report.ts";
import { answer, openSession } from "../session.ts";
import { table } from "../table.ts";

interface Flags extends DispatchFlags {
  readonly feeds?: string;
  readonly input: Readonly<Record<string, string>>;
  readonly batch: number;
  readonly seed: number;
  readonly outputs?: string;
}

/** Values of an output that a JSON answer repeats; --outputs writes them all. */
const shownValues = 8;

export function command(): Command {
  return withDispatchOptions(
    new Command("onnx")
      .description("run your own ONNX model")
      .argument("<model>", "an .onnx file")
      .option("--feeds <file.json>", "inputs by name: { x: { type, dims, data } }")
      .option("--input <name=file.npy>", "one float32 input from a NumPy file; may be repeated", collect, {})
      .option("--batch <n>", "size of free dims of inputs that are not given, which are random", positiveInteger, 1)
      .option("--seed <n>", "seed of the random inputs", integer, 1)
      .option("--outputs <file.json>", "write every output"),
  )
    .addHelpText(
      "after",
      "\nExamples:\n  $ bioxen onnx model.onnx --input x=samples.npy --outputs y.json\n  $ bioxen onnx model.onnx --batch 64 --json",
    )
    .action(onnx);
}

async function onnx(path: string, flags: Flags): Promise<void> {
  const model = new Uint8Array(await bytesOf(path));
  const { inputs } = naming(path, () => readOnnxModel(model));
  const given = { ...(flags.feeds === undefined ? {} : await feedsOf(flags.feeds)), ...(await arraysOf(flags.input)) };
  const random = inputs.filter(({ name }) => !Object.hasOwn(given, name));
  const feeds = { ...Object.fromEntries(random.map((one) => [one.name, randomTensor(one, flags)])), ...given };
  const input: OnnxInferenceInput = { model, feeds };
  await using session = await openSession(onnxInference, flags.device);
  await answer(session, onnxInference, input, flags, async (ran) => {
    if (flags.outputs !== undefined) await atomicWriteFile(flags.outputs, `${JSON.stringify(plain(ran.output))}\n`);
    const output = {
      outputs: plain(ran.output, shownValues),
      randomInputs: random.map(({ name }) => name),
      ...(flags.outputs === undefined ? {} : { file: flags.outputs }),
    };
    const list = table(
      [
        { title: "Output", share: 20 },
        { title: "Type and shape", share: 24 },
        { title: "First values", share: 34 },
      ],
      Object.entries(ran.output).map(([name, { type, dims, data }]) => [
        name,
        `${type} [${dims.join(", ")}]`,
        Array.from(data.subarray(0, 4), String).join(" "),
      ]),
    );
    const note = random.length === 0 ? "" : `random inputs: ${random.map(({ name }) => name).join(", ")}\n`;
    return { output, print: () => `${list}${note}${printRun(onnxInference, input, ran)}` };
  });
}

function collect(text: string, before: Readonly<Record<string, string>>): Record<string, string> {
  const at = text.indexOf("=");
  if (at < 1)
    throw new BioXenError("INPUT_INVALID", `--input ${text}: found no name=file, expected e.g. x=samples.npy`);
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
}

async function bytesOf(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    const { code = "unknown" } = cause as NodeJS.ErrnoException;
    throw new BioXenError("FORMAT_INVALID", `${path}: found an error (${code}), expected a file that can be read`, {
      context: { file: path },
    });
  }
}

/** The model's reader does not know where its bytes came from. */
function naming<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof BioXenError)) throw error;
    throw new BioXenError(error.code, `${path}: ${error.message}`, {
      context: { ...error.context, file: path },
      cause: error,
    });
  }
}

async function arraysOf(files: Readonly<Record<string, string>>): Promise<Record<string, OnnxTensor>> {
  const pairs = Object.entries(files).map(async ([name, file]): Promise<[string, OnnxTensor]> => {
    const { shape, data } = await readNpy(file);
    return [name, { type: "float32", dims: shape, data }];
  });
  return Object.fromEntries(await Promise.all(pairs));
}

async function feedsOf(path: string): Promise<Record<string, OnnxTensor>> {
  let parsed: unknown;
  try {
    parsed = JSON.parse((await bytesOf(path)).toString("utf8"));
  } catch (error) {
    if (error instanceof BioXenError) throw error;
    throw new BioXenError("FORMAT_INVALID", `${path}: found no JSON, expected tensors by name`, {
      context: { file: path },
    });
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed))
    throw new BioXenError("FORMAT_INVALID", `${path}: expected tensors by name`, { context: { file: path } });
  return Object.fromEntries(Object.entries(parsed).map(([name, value]) => [name, tensorOf(value, `${path}: ${name}`)]));
}

function tensorOf(value: unknown, where: string): OnnxTensor {
  const { type, dims, data } = (value ?? {}) as { type?: unknown; dims?: unknown; data?: unknown };
  if (typeof type !== "string" || !Object.hasOwn(onnxArrays, type) || !Array.isArray(dims) || !Array.isArray(data))
    throw new BioXenError(
      "FORMAT_INVALID",
      `${where}: expected { type, dims, data } with a type of ${Object.keys(onnxArrays).join(", ")}`,
    );
  const values: readonly unknown[] = data;
  return filled(type as OnnxType, dims.map(Number), values.length, (at) =>
    elementOf(values[at], type, `${where}[${at}]`),
  );
}

/** Whole numbers beyond 2^53 are given as text, which JSON's numbers cannot hold. */
function elementOf(value: unknown, type: string, where: string): number | bigint {
  const refuse = (): never => {
    throw new BioXenError("FORMAT_INVALID", `${where}: found ${JSON.stringify(value)}, expected a value of ${type}`);
  };
  const wide = type === "int64" || type === "uint64";
  if (typeof value === "boolean" && type === "bool") return Number(value);
  if (wide && typeof value === "string" && /^-?\d{1,20}$/.test(value)) {
    const big = BigInt(value);
    return big === (type === "int64" ? BigInt.asIntN(64, big) : BigInt.asUintN(64, big)) ? big : refuse();
  }
  if (typeof value !== "number" || !Number.isFinite(value)) return refuse();
  if (type.startsWith("float") && type !== "float16") return value;
  if (!Number.isSafeInteger(value) || (type.startsWith("u") && value < 0)) return refuse();
  if (wide) return BigInt(value);
  // what the array would wrap around is no value of its type
  const held = new onnxArrays[type as OnnxType](1);
  held[0] = value as never;
  return Number(held[0]) === value && (type !== "bool" || value <= 1) ? value : refuse();
}

function randomTensor({ name, type, dims }: OnnxDeclaration, { batch, seed }: Flags): OnnxTensor {
  if (type === null || dims === null)
    throw new BioXenError(
      "INPUT_INVALID",
      `the model leaves the type or rank of ${name} open: give it with --feeds or --input`,
    );
  const draw = seededRandom(seed);
  const shape = dims.map((dim) => (typeof dim === "number" ? dim : batch));
  const real = type === "float32" || type === "float64";
  return filled(type, shape, valueCount(shape), () => (real ? 2 * draw() - 1 : Math.floor(2 * draw())));
}

function filled(
  type: OnnxType,
  dims: readonly number[],
  count: number,
  at: (index: number) => number | bigint,
): OnnxTensor {
  const data = new onnxArrays[type](count);
  const wide = data instanceof BigInt64Array || data instanceof BigUint64Array;
  for (let index = 0; index < count; index++) {
    const value = at(index);
    data[index] = wide ? BigInt(value) : Number(value);
  }
  // type and data come from one entry of the same table
  return { type, dims, data } as OnnxTensor;
}

function plain(outputs: OnnxInferenceOutput, most = Number.POSITIVE_INFINITY): Record<string, object> {
  return Object.fromEntries(
    Object.entries(outputs).map(([name, { type, dims, data }]) => [
      name,
      { type, dims, data: Array.from(data.subarray(0, Math.min(most, data.length)), Number) },
    ]),
  );
}
