import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { BioXenError } from "../contract/index.ts";
import { type SystemFiles, systemFiles, textOf } from "../host/system-files.ts";

/** A setting that was changed: what it was, and what it was found to be after the change. */
export interface ChangedSetting {
  readonly setting: string;
  readonly original: string;
  /** null until it is known: a change that was begun may have been made. */
  readonly set: string | null;
}

/** What has to be put back, and who is to do it. */
export interface HeldPower {
  readonly format: 1;
  readonly pid: number;
  /** When that process started, by the kernel's clock: numbers of processes come again. */
  readonly started: string;
  /** Settings do not outlive a boot. */
  readonly boot: string;
  readonly date: string;
  readonly changed: readonly ChangedSetting[];
}

/** `$XDG_STATE_HOME/bioxen/power.json`, with the standard's default of `~/.local/state`. */
export function powerStatePath(): string {
  const { XDG_STATE_HOME: state } = process.env;
  return join(state !== undefined && state !== "" ? state : join(homedir(), ".local", "state"), "bioxen", "power.json");
}

/** @throws BioXenError `FORMAT_INVALID` where the file is there and no state; null where it is not there. */
export function readPowerState(path: string): HeldPower | null {
  if (!existsSync(path)) return null;
  try {
    const state = JSON.parse(readFileSync(path, "utf8")) as Partial<HeldPower>;
    const whole =
      state.format === 1 &&
      [state.started, state.boot, state.date].every((text) => typeof text === "string") &&
      typeof state.pid === "number" &&
      Array.isArray(state.changed) &&
      state.changed.every(({ setting, original }) => typeof setting === "string" && typeof original === "string");
    if (whole) return state as HeldPower;
  } catch {
    // told below, whatever is wrong with it
  }
  throw new BioXenError(
    "FORMAT_INVALID",
    `${path} is no record of changed power settings; look at bioxen power show, put right what is not as it should be, and delete the file`,
    { context: { file: path } },
  );
}

/** Whole or not at all, and on the disk before it returns: it must outlive a crash that follows. */
export function writePowerState(path: string, state: HeldPower): void {
  const beside = `${path}.${process.pid}.tmp`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    const file = openSync(beside, "w", 0o600);
    try {
      writeSync(file, JSON.stringify(state));
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(beside, path);
  } catch (cause) {
    rmSync(beside, { force: true });
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new BioXenError("PERMISSION_DENIED", `${path} cannot be written, so nothing is changed: ${why}`, { cause });
  }
}

/** What tells this process and this boot from others. */
export function ownMark(files: SystemFiles = systemFiles): Pick<HeldPower, "pid" | "started" | "boot"> {
  return { pid: process.pid, started: startOf(process.pid, files) ?? "", boot: bootOf(files) };
}

export function bootOf(files: SystemFiles = systemFiles): string {
  return textOf(files, "/proc/sys/kernel/random/boot_id") ?? "";
}

/** Whether the process that made the changes is there still. */
export function isHeld({ pid, started }: HeldPower, files: SystemFiles = systemFiles): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // another user's process is there as well
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return false;
  }
  return (startOf(pid, files) ?? "") === started;
}

/** Field 22 of /proc/pid/stat, after the name, which may have spaces and brackets. */
function startOf(pid: number, files: SystemFiles): string | null {
  const text = textOf(files, `/proc/${pid}/stat`);
  return text?.slice(text.lastIndexOf(")") + 2).split(" ")[19] ?? null;
}
