import { Command } from "commander";
import { seededRandom } from "../../contract/index.ts";
import { readNpy, writeNpy } from "../../formats/index.ts";
import { type MatrixMultiplyInput, matrixMultiply } from "../../workloads/index.ts";
import { type DispatchFlags, integer, positiveInteger, withDispatchOptions } from "../options.ts";
import { printRun } from "../report.ts";
import { answer, openSession } from "../session.ts";

interface Flags extends DispatchFlags {
  readonly size: number;
  readonly a?: string;
  readonly b?: string;
  readonly out?: string;
  readonly seed: number;
}

export function command(): Command {
  return withDispatchOptions(
    new Command("matmul")
      .description("multiply two dense matrices in single precision")
      .option("--size <n>", "side of two random square matrices", positiveInteger, 1024)
      .option("--seed <n>", "seed of the random matrices", integer, 1)
      .option("--a <file.npy>", "left matrix, instead of a random one")
      .option("--b <file.npy>", "right matrix")
      .option("--out <file.npy>", "write the product"),
  )
    .addHelpText(
      "after",
      "\nExamples:\n  $ bioxen matmul --size 2048\n  $ bioxen matmul --a S.npy --b v.npy --out Sv.npy --json",
    )
    .action(matmul);
}

async function matmul(flags: Flags, command: Command): Promise<void> {
  if ((flags.a === undefined) !== (flags.b === undefined)) command.error("error: --a and --b come together");
  const input = flags.a !== undefined && flags.b !== undefined ? await fromFiles(flags.a, flags.b) : random(flags);
  await using session = await openSession(matrixMultiply, flags.device);
  await answer(session, matrixMultiply, input, flags, async (ran) => {
    const { m, n } = input;
    if (flags.out !== undefined) await writeNpy(flags.out, { shape: [m, n], data: ran.output });
    let sum = 0;
    for (const value of ran.output) sum += value;
    const output = {
      rows: m,
      columns: n,
      sum,
      first: [...ran.output.subarray(0, 4)],
      ...(flags.out === undefined ? {} : { file: flags.out }),
    };
    return {
      output,
      print: () => `${m} x ${n} product, sum of elements ${sum}\n${printRun(matrixMultiply, input, ran)}`,
    };
  });
}

function random({ size, seed }: Flags): MatrixMultiplyInput {
  const draw = seededRandom(seed);
  const fill = (): Float32Array => Float32Array.from({ length: size * size }, () => 2 * draw() - 1);
  return { m: size, k: size, n: size, a: fill(), b: fill() };
}

async function fromFiles(left: string, right: string): Promise<MatrixMultiplyInput> {
  const [a, b] = await Promise.all([readNpy(left), readNpy(right)]);
  const [m, k] = matrixShape(a.shape);
  const [, n] = matrixShape(b.shape);
  return { m, k, n, a: a.data, b: b.data };
}

/** A vector of k counts as a k x 1 matrix. */
function matrixShape(shape: readonly number[]): [number, number] {
  return [shape[0] ?? 1, shape[1] ?? 1];
}
