import { spawn } from "node:child_process";
import { Command } from "commander";
import { BioXenError } from "../../contract/index.ts";
import {
  holdPower,
  isHeld,
  type PowerChange,
  type PowerHold,
  type PowerRequest,
  type PowerSetting,
  planPower,
  powerSettings,
  powerStatePath,
  type Restored,
  readPowerState,
  restorePower,
} from "../../energy/index.ts";
import { raplOf } from "../../host/index.ts";
import { out as pc } from "../colours.ts";
import { hostFiles, hostSettings } from "../meters.ts";
import { positive } from "../options.ts";
import { scaled } from "../quantities.ts";
import { table } from "../table.ts";

interface Flags {
  readonly json?: boolean;
}

interface SetFlags extends Flags {
  readonly governor?: string;
  readonly minFrequency?: number;
  readonly maxFrequency?: number;
  readonly gpuPowerLimit?: number;
  readonly gpu?: string;
  readonly dryRun?: boolean;
  readonly apply?: boolean;
  readonly for?: number;
}

export function command(): Command {
  const power = new Command("power")
    .description("governor, frequency limits and GPU power limits: look at them, bound them for a while, put them back")
    .addHelpText(
      "after",
      "\nExamples:\n  $ bioxen power show\n  $ bioxen power set --governor powersave --max-frequency 2.0e9 --dry-run\n" +
        "  $ sudo bioxen power set --max-frequency 2.0e9 --apply -- bioxen bench\n" +
        "  $ sudo bioxen power set --gpu-power-limit 300 --apply --for 600\n  $ sudo bioxen power restore\n\n" +
        "Nothing is written without --apply. What was there before is put back when the command ends, when the time is\n" +
        "over or on Ctrl-C; after a crash `bioxen power restore` does it, or the next `bioxen power set --apply`.",
    );
  const json = (command: Command): Command => command.option("--json", "answer as one JSON object");
  power.addCommand(json(new Command("show").description("what may be set here, and what it is set to")).action(show));
  power.addCommand(
    json(
      new Command("set")
        .description("say what would be written; with --apply write it, until the command given has ended")
        .argument("[command...]", "run this under the settings, after --")
        .option("--governor <name>", "how the kernel picks frequencies, for all CPUs")
        .option("--min-frequency <hz>", "lowest frequency of all CPUs, in Hz", positive)
        .option("--max-frequency <hz>", "highest frequency of all CPUs, in Hz", positive)
        .option("--gpu-power-limit <watts>", "of all GPUs that NVML knows", positive)
        .option("--gpu <pci>", "only the GPU at this PCI address")
        .option("--dry-run", "only say what would be written (without --apply that is all that happens)")
        .option("--apply", "write it")
        .option("--for <seconds>", "put it back after this time", positive),
    ).action(set),
  );
  power.addCommand(json(new Command("restore").description("put back what a crashed run left behind")).action(restore));
  return power;
}

async function show({ json = false }: Flags): Promise<void> {
  const settings = await powerSettings(hostSettings());
  const path = powerStatePath();
  const state = readPowerState(path);
  const held =
    state === null ? null : { pid: state.pid, date: state.date, alive: isHeld(state), changed: state.changed };
  const counters = raplOf(hostFiles());
  if (json) {
    const listed = settings.map(({ id, kind, unit, names, range, read }) => ({
      id,
      kind,
      unit,
      names,
      range,
      value: read(),
    }));
    process.stdout.write(`${JSON.stringify({ settings: listed, held, counters })}\n`);
    return;
  }
  if (settings.length === 0)
    process.stdout.write(
      "nothing can be set here: no cpufreq (a virtual machine or container), no GPU that NVML knows\n",
    );
  else
    process.stdout.write(
      table(
        [
          { title: "Setting", share: 34 },
          { title: "Is", share: 16, right: true },
          { title: "May be", share: 28 },
        ],
        settings.map(({ id, unit, names, range, read }) => [
          pc.green(id),
          shown(read() ?? "", unit),
          names?.join(", ") ??
            (range === null ? "not known" : range.map((bound) => shown(`${bound}`, unit)).join(" to ")),
        ]),
      ),
    );
  if (held !== null)
    process.stdout.write(
      held.alive
        ? `process ${held.pid} holds settings since ${held.date}\n`
        : `process ${held.pid} left settings behind at ${held.date}: bioxen power restore\n`,
    );
}

/** kHz and mW as people read them. */
function shown(value: string, unit: PowerSetting["unit"]): string {
  if (unit === null) return value;
  return unit === "kHz" ? scaled(Number(value) * 1000, "Hz") : scaled(Number(value) / 1000, "W");
}

async function set(words: readonly string[], flags: SetFlags, command: Command): Promise<void> {
  const { dryRun = false, apply = false, json = false, for: seconds } = flags;
  if (dryRun && apply) command.error("error: --dry-run and --apply exclude each other");
  const settings = await powerSettings(hostSettings());
  const { governor, minFrequency, maxFrequency, gpuPowerLimit, gpu } = flags;
  const request: PowerRequest = {
    ...(governor === undefined ? {} : { governor }),
    ...(minFrequency === undefined ? {} : { minFrequency }),
    ...(maxFrequency === undefined ? {} : { maxFrequency }),
    ...(gpuPowerLimit === undefined ? {} : { gpuPowerLimit }),
    ...(gpu === undefined ? {} : { gpu }),
  };
  const changes = planPower(settings, request);
  // with --json the one object comes at the end; the command's own output is in between
  if (!json) process.stdout.write(planned(changes, apply));
  if (!apply) {
    if (json) process.stdout.write(`${JSON.stringify({ dryRun: true, changes })}\n`);
    return;
  }
  // told to stop from before the first write on: a signal in between must find somebody who puts things back
  using stop = toldToStop();
  const hold = holdPower(settings, changes, powerStatePath());
  const ended = await during(hold, words, seconds, stop);
  const restored = hold.restore();
  if (json) process.stdout.write(`${JSON.stringify({ dryRun: false, changes, ...ended, ...restored })}\n`);
  else process.stdout.write(told(restored));
  if (ended.interrupted && words.length > 0) throw new BioXenError("ABORTED", `${words[0]} was interrupted`);
  if (ended.code !== null && ended.code !== 0)
    throw new BioXenError("KERNEL_FAILED", `${words[0]} ended with ${ended.code}`, { context: { code: ended.code } });
}

function planned(changes: readonly PowerChange[], apply: boolean): string {
  if (changes.length === 0) return "nothing to change: all is set so already\n";
  const lines = changes.map(
    ({ setting, from, to, unit }) => `${setting}: ${shown(from, unit)} -> ${shown(to, unit)}\n`,
  );
  return `${apply ? "writing" : "would write"}\n${lines.join("")}${apply ? "" : "nothing was written: --apply does\n"}`;
}

/** What ended the time under the settings: the command's exit code, or null where there was none or a signal came first. */
interface Ended {
  readonly code: number | null;
  readonly interrupted: boolean;
}

/** Resolves `signal` when this process is told to stop, instead of letting it end there. */
interface Stop extends Disposable {
  readonly signal: Promise<void>;
}

function toldToStop(): Stop {
  let stop = (): void => {};
  const signal = new Promise<void>((resolve) => {
    stop = resolve;
  });
  for (const name of signals) process.on(name, stop);
  return {
    signal,
    [Symbol.dispose]: () => {
      for (const name of signals) process.off(name, stop);
    },
  };
}

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
/** setTimeout's limit, in ms: nothing else keeps the process alive where there is neither a command nor a time. */
const longestTimer = 2 ** 31 - 1;

/**
 * Keeps the settings until the command has ended, the time is over, or this process is told to stop. Whatever ends
 * the process in between, other than a kill that nothing can catch, puts them back on its way out.
 */
async function during(
  hold: PowerHold,
  [name, ...args]: readonly string[],
  seconds: number | undefined,
  stop: Stop,
): Promise<Ended> {
  const putBack = (): void => void hold.restore();
  process.once("exit", putBack);
  const child = name === undefined ? null : spawn(name, args, { stdio: "inherit" });
  const exit = new Promise<Ended>((resolve, reject) => {
    child?.on("error", (cause) =>
      reject(new BioXenError("INPUT_INVALID", `${name} cannot be started: ${cause.message}`, { cause })),
    );
    child?.on("exit", (code, signal) => resolve({ code: code ?? (signal === null ? 1 : 130), interrupted: false }));
  });
  // it may fail after the race is over
  exit.catch(() => {});
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<Ended>((resolve) => {
    const wait = seconds === undefined ? longestTimer : Math.min(longestTimer, seconds * 1000);
    timer = setTimeout(() => resolve({ code: null, interrupted: false }), wait);
  });
  const stopped = stop.signal.then((): Ended => ({ code: null, interrupted: true }));
  try {
    const ended = await Promise.race([exit, over, stopped]);
    // it may still work under settings that are about to go
    if (ended.code === null && child !== null && child.kill("SIGTERM")) await exit;
    return ended;
  } catch (error) {
    hold.restore();
    throw error;
  } finally {
    clearTimeout(timer);
    process.off("exit", putBack);
  }
}

function told({ restored, left, rebooted }: Restored): string {
  if (rebooted) return "the machine was started anew since: nothing is left to put back\n";
  const lines = restored.map(({ setting, to, unit }) => `${setting} is ${shown(to, unit)} again\n`);
  const others = left.map((setting) => `${setting} was changed by somebody else since, and left alone\n`);
  return lines.length + others.length === 0 ? "nothing to put back\n" : [...lines, ...others].join("");
}

async function restore({ json = false }: Flags): Promise<void> {
  const path = powerStatePath();
  const state = readPowerState(path);
  if (state !== null && isHeld(state) && state.pid !== process.pid)
    throw new BioXenError(
      "DEVICE_BUSY",
      `process ${state.pid} holds these settings still, and puts them back when it ends`,
      {
        context: { pid: state.pid },
      },
    );
  const restored = restorePower(await powerSettings(hostSettings()), path);
  process.stdout.write(json ? `${JSON.stringify(restored)}\n` : told(restored));
}
