import { Command, CommanderError } from "commander";
import { BioXenError } from "../contract/index.ts";
import { complain } from "./complain.ts";
import { packageInfo } from "./package-info.ts";

/** Subcommands are imported when they are called: `bioxen probe` does not pay for the parsers. */
const commands: readonly (readonly [string, () => Promise<{ command: () => Command }>])[] = [
  ["demo", () => import("./commands/demo.ts")],
  ["probe", () => import("./commands/probe.ts")],
  ["calibrate", () => import("./commands/calibrate.ts")],
  ["explain", () => import("./commands/explain.ts")],
  ["align", () => import("./commands/align.ts")],
  ["motifs", () => import("./commands/motifs.ts")],
  ["matmul", () => import("./commands/matmul.ts")],
  ["onnx", () => import("./commands/onnx.ts")],
  ["fba", () => import("./commands/fba.ts")],
  ["pfba", () => import("./commands/pfba.ts")],
  ["fva", () => import("./commands/fva.ts")],
  ["knockouts", () => import("./commands/knockouts.ts")],
  ["sample", () => import("./commands/sample.ts")],
  ["envelope", () => import("./commands/envelope.ts")],
  ["dfba", () => import("./commands/dfba.ts")],
  ["simulate", () => import("./commands/simulate.ts")],
  ["cell", () => import("./commands/cell.ts")],
  ["vm", () => import("./commands/vm.ts")],
  ["watch", () => import("./commands/watch.ts")],
  ["schedule", () => import("./commands/schedule.ts")],
  ["experiment", () => import("./commands/experiment.ts")],
  ["bench", () => import("./commands/bench.ts")],
  ["profile", () => import("./commands/profile.ts")],
  ["power", () => import("./commands/power.ts")],
];

const usage = 2;
const failure = 1;
/** As a shell reports a program that Ctrl-C ended. */
const interrupted = 130;

/**
 * Runs one command line, without the program's own name.
 * @returns The exit code: 0 ok, 1 failure, 2 usage, 130 interrupted.
 */
export async function commandLine(argv: readonly string[]): Promise<number> {
  const { version, description } = packageInfo();
  if (argv.length === 0 && process.stdin.isTTY === true && process.stdout.isTTY === true) {
    try {
      await (await import("./menu.ts")).menu(undefined);
      return 0;
    } catch (error) {
      complain(error, false);
      return failure;
    }
  }
  const program = new Command("bioxen")
    .description(description)
    .version(version)
    .showSuggestionAfterError()
    .option("--accelerator <module>", "load a plugin, by path or package name; may be repeated", repeated)
    .option("--idle-power <whose>", "total: joules of a run include idle power (default); marginal: they do not")
    .option("--power-model <watts>", "where no counter is readable: a profile's watts x use, or IDLE,BUSY in watts")
    .hook("preAction", async (door) => {
      const { accelerator = [], ...energy } = door.opts<DoorFlags>();
      if (energy.idlePower !== undefined || energy.powerModel !== undefined)
        (await import("./meters.ts")).useMeters(energy);
      if (accelerator.length > 0) (await import("./session.ts")).useAccelerators(accelerator);
    })
    .addHelpText(
      "after",
      `
Examples:
  $ bioxen                                       a menu of virtual machines, on a terminal
  $ bioxen demo                                  every workload, on the best device here
  $ bioxen probe                                 what was found, and what was not and why
  $ bioxen align --query Q.fasta --target DB.fasta.gz --top 10
  $ bioxen motifs --matrices JASPAR.txt --sequence genome.fa.gz --p-value 1e-4
  $ bioxen explain align --size 1e9              which device would be chosen, without running
  $ bioxen --accelerator ./plugin.js probe       with a device of your own (or name it in bioxen.config.json)

Exit codes: 0 ok, 1 failure, 2 usage, 130 interrupted.`,
    );
  // only the named subcommand is loaded; help and errors need them all, and the version none
  const named = commands.filter(([name]) => argv.includes(name));
  const needed = named.length > 0 ? named : argv.length === 1 && /^(-V|--version)$/.test(argv[0] ?? "") ? [] : commands;
  const loaded = await Promise.all(needed.map(async ([, load]) => (await load()).command()));
  for (const command of loaded) program.addCommand(inheriting(command, program));
  inheriting(program, program);
  try {
    await program.parseAsync(argv, { from: "user" });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : usage;
    const typed = asTooLarge(error);
    complain(typed, argv.includes("--json"));
    return typed instanceof BioXenError && typed.code === "ABORTED" ? interrupted : failure;
  }
}

interface DoorFlags {
  readonly accelerator?: readonly string[];
  readonly idlePower?: string;
  readonly powerModel?: string;
}

function repeated(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

function inheriting(command: Command, from: Command): Command {
  command.copyInheritedSettings(from).exitOverride();
  if (command !== from) for (const one of command.commands) inheriting(one, command);
  return command;
}

/** What JavaScript says of arrays and texts that cannot be: the sizes asked for are too large, and no bug. */
function asTooLarge(error: unknown): unknown {
  if (!(error instanceof RangeError) || !/(array|string|buffer) (length|size)|allocation failed/i.test(error.message))
    return error;
  return new BioXenError("OUT_OF_MEMORY", `what was asked for does not fit in memory (${error.message})`, {
    cause: error,
  });
}
