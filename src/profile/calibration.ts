import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { cpus, homedir, hostname } from "node:os";
import { dirname, join } from "node:path";
import { z } from "zod";
import type { Bytes, Joules, Seconds } from "../contract/index.ts";
import { packageVersion } from "./package-version.ts";

/** What was measured on this host, one row a run. */
export interface Measurement {
  readonly units: number;
  readonly bytes: Bytes;
  readonly seconds: Seconds;
  readonly joules: Joules | null;
}

export interface Calibration {
  readonly format: 2;
  /** Version of this package that measured. */
  readonly package: string;
  readonly host: string;
  /** ISO 8601. */
  readonly date: string;
  /** By `device/workload@version/threads`. */
  readonly runs: Readonly<Record<string, readonly Measurement[]>>;
  /** Preparations of resident data, with the bytes that came in, by the same key. */
  readonly prepares: Readonly<Record<string, readonly Measurement[]>>;
}

/** Beyond any machine: a file that says more was not written by this package, and would only yield infinities. */
const most = 1e30;
const longest: Seconds = 1e9;

const measurement: z.ZodType<Measurement> = z.object({
  units: z.number().nonnegative().max(most),
  bytes: z.number().nonnegative().max(most),
  seconds: z.number().positive().max(longest),
  joules: z.number().nonnegative().max(most).nullable(),
});
const file: z.ZodType<Calibration> = z.object({
  format: z.literal(2),
  package: z.string(),
  host: z.string(),
  date: z.string(),
  runs: z.record(z.string(), z.array(measurement)),
  prepares: z.record(z.string(), z.array(measurement)),
});

/** Either what was found, or why there is nothing: both are answers. */
export type LoadedCalibration =
  | { readonly status: "loaded"; readonly calibration: Calibration; readonly path: string }
  | { readonly status: "none"; readonly reason: string; readonly path: string };

/** Names this machine as far as speed goes: moving a container to another CPU makes old figures worthless. */
function hostKey(): string {
  const all = cpus();
  return `${hostname()}, ${all.length} x ${all[0]?.model.trim() ?? "unknown CPU"}, node ${process.version}`;
}

/** `$XDG_CACHE_HOME/bioxen/calibration.json`, with the standard's default of `~/.cache`. */
function calibrationPath(): string {
  const { XDG_CACHE_HOME: cache } = process.env;
  return join(cache !== undefined && cache !== "" ? cache : join(homedir(), ".cache"), "bioxen", "calibration.json");
}

export function loadCalibration(path: string = calibrationPath()): LoadedCalibration {
  const none = (reason: string): LoadedCalibration => ({ status: "none", reason, path });
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    const missing = error instanceof Error && "code" in error && error.code === "ENOENT";
    return none(missing ? "this host is not calibrated yet" : `${path} cannot be read: ${textOf(error)}`);
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return none(`${path} is no JSON`);
  }
  const result = file.safeParse(parsed);
  if (!result.success) return none(`${path} is no calibration of this version`);
  const { data } = result;
  if (data.package !== packageVersion()) return none(`calibrated by version ${data.package}`);
  if (data.host !== hostKey()) return none(`calibrated on another host: ${data.host}`);
  return { status: "loaded", calibration: data, path };
}

/** Either where it was written, or why it was not: figures that cannot be kept are no reason to fail. */
export type SavedCalibration =
  | { readonly status: "saved"; readonly path: string }
  | { readonly status: "not saved"; readonly reason: string };

/** Writes beside, then renames: a reader sees the old file or the new one. */
export function saveCalibration(
  calibration: Pick<Calibration, "runs" | "prepares">,
  path: string = calibrationPath(),
): SavedCalibration {
  const whole: Calibration = {
    format: 2,
    package: packageVersion(),
    host: hostKey(),
    date: new Date().toISOString(),
    ...calibration,
  };
  const beside = `${path}.${process.pid}.tmp`;
  try {
    makeFolder(dirname(path));
    writeFileSync(beside, JSON.stringify(whole));
    renameSync(beside, path);
  } catch (error) {
    if (existsSync(beside)) rmSync(beside);
    return { status: "not saved", reason: `${path} cannot be written: ${textOf(error)}` };
  }
  return { status: "saved", path };
}

/** Folder by folder: `recursive` of Node 20 spins for ever where a parent is there and refuses children (/proc). */
function makeFolder(path: string): void {
  if (existsSync(path)) return;
  const parent = dirname(path);
  if (parent !== path) makeFolder(parent);
  try {
    mkdirSync(path);
  } catch (error) {
    // another process may have been quicker
    if (!existsSync(path)) throw error;
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
