import { type Command, InvalidArgumentError, Option } from "commander";
import type { DispatchOptions, Objective } from "../contract/index.ts";

/** What every command that dispatches understands. */
export interface DispatchFlags {
  readonly device?: string;
  readonly threads?: number;
  readonly objective: Objective;
  readonly deadline?: number;
  readonly verify?: number;
  readonly allowSimulated?: boolean;
  readonly split?: boolean;
  readonly explain?: boolean;
  readonly json?: boolean;
}

export function withDispatchOptions(command: Command): Command {
  return command
    .option("--device <id>", "run on this accelerator or device only, e.g. cpu-simd")
    .option("--threads <n>", "threads a CPU device may use (default: all cores)", positiveInteger)
    .addOption(new Option("--objective <what>", "what to minimise").choices(["time", "energy", "edp"]).default("time"))
    .option("--deadline <seconds>", "give up after this time", positive)
    .option("--verify <rate>", "share of runs, 0 to 1, repeated on another device and compared", fraction)
    .option("--allow-simulated", "let simulated devices be chosen")
    .option("--split", "share a large batch out over several devices where that is predicted to be faster")
    .option("--explain", "say which device would be chosen, and do not run")
    .option("--json", "answer as one JSON object");
}

export function dispatchOptions(flags: DispatchFlags, signal: AbortSignal): DispatchOptions {
  const { device, threads, objective, deadline, verify, allowSimulated, split } = flags;
  return {
    objective,
    signal,
    ...(device === undefined ? {} : { device }),
    ...(threads === undefined ? {} : { threads }),
    ...(deadline === undefined ? {} : { deadline }),
    ...(verify === undefined ? {} : { verify: { sampleRate: verify } }),
    ...(split === undefined ? {} : { split }),
    ...(allowSimulated === undefined ? {} : { allowSimulated }),
  };
}

function number(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value)) throw new InvalidArgumentError("a number is expected.");
  return value;
}

export function positive(text: string): number {
  const value = number(text);
  if (value <= 0) throw new InvalidArgumentError("a number above 0 is expected.");
  return value;
}

export function integer(text: string): number {
  const value = number(text);
  if (!Number.isSafeInteger(value)) throw new InvalidArgumentError("a whole number is expected.");
  return value;
}

export function positiveInteger(text: string): number {
  const value = integer(text);
  if (value < 1) throw new InvalidArgumentError("a whole number of at least 1 is expected.");
  return value;
}

export function notNegativeInteger(text: string): number {
  const value = integer(text);
  if (value < 0) throw new InvalidArgumentError("a whole number of at least 0 is expected.");
  return value;
}

export function fraction(text: string): number {
  const value = number(text);
  if (value < 0 || value > 1) throw new InvalidArgumentError("a number from 0 to 1 is expected.");
  return value;
}

export function probability(text: string): number {
  const value = number(text);
  if (value <= 0 || value >= 1) throw new InvalidArgumentError("a probability between 0 and 1 is expected.");
  return value;
}
