import { Command } from "commander";
import { BioXenError, seededRandom } from "../../contract/index.ts";
import { type DispatchFlags, dispatchOptions, positive, withDispatchOptions } from "../options.ts";
import { jsonChoice, printChoice } from "../report.ts";
import { openSession } from "../session.ts";

interface Flags extends DispatchFlags {
  readonly size: number;
}

/** A generated input beyond this would not fit memory before it explained anything. */
const mostUnits = 1e12;

export function command(): Command {
  return withDispatchOptions(
    new Command("explain")
      .description("say which device a workload of some size would run on, and why, without running it")
      .argument("<workload>", "a workload's id or alias, e.g. matrix-multiply, align, motifs")
      .option("--size <units>", "size in the workload's own units (flop, cell, base.motif)", positive, 1e6),
  )
    .addHelpText(
      "after",
      "\nExamples:\n  $ bioxen explain matmul --size 1e9\n  $ bioxen explain align --size 1e8 --objective energy --json\n" +
        "For your own input, give --explain to the command itself: bioxen align ... --explain",
    )
    .action(explain);
}

async function explain(name: string, flags: Flags): Promise<void> {
  await using session = await openSession();
  if (flags.size > mostUnits)
    throw new BioXenError("INPUT_INVALID", `--size ${flags.size} is above ${mostUnits} units`);
  const { manager, signal } = session;
  const found = manager.workloads.find(({ id, aliases }) => id === name || aliases.includes(name));
  // an unknown name gets the manager's own error, with the names near it
  const workload = found ?? raise(() => manager.selectAccelerator(name));
  const input: unknown = workload.generate(flags.size, seededRandom(1));
  const choice = manager.explain(workload, input, dispatchOptions(flags, signal));
  const { units } = workload.size(input);
  process.stdout.write(
    flags.json === true
      ? `${JSON.stringify(jsonChoice(workload, units, choice))}\n`
      : printChoice(workload, units, choice),
  );
}

function raise(throws: () => unknown): never {
  throws();
  throw new Error("unreachable: an unknown workload was found after all");
}
