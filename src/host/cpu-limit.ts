import { availableParallelism } from "node:os";
import { dirname } from "node:path";
import { numberOf, type SystemFiles, systemFiles, textOf } from "./system-files.ts";

/**
 * How many CPUs' worth of time the control group of this process may use, e.g. 1.5; null where nothing limits it.
 * A container with a quota still sees every core, and more threads than that only wait for each other.
 */
export function cpuLimit(files: SystemFiles): number | null {
  const groups = (textOf(files, "/proc/self/cgroup") ?? "").split("\n").map((line) => line.split(":"));
  const limits = groups.flatMap(([, controllers = "", path = "/"]): number[] => {
    if (controllers === "") return upwards(path).flatMap((at) => secondVersion(files, `/sys/fs/cgroup${at}`));
    if (!controllers.split(",").includes("cpu")) return [];
    return upwards(path).flatMap((at) =>
      [...new Set([controllers, "cpu"])].flatMap((mount) => firstVersion(files, `/sys/fs/cgroup/${mount}${at}`)),
    );
  });
  return limits.length === 0 ? null : Math.min(...limits);
}

/**
 * Threads worth starting in this process: one a logical CPU it may run on, and no more than the quota of its control
 * group keeps busy. What a device with threads has by default.
 */
export function usefulThreads(files: SystemFiles = systemFiles): number {
  return Math.max(1, Math.min(availableParallelism(), Math.ceil(cpuLimit(files) ?? Number.POSITIVE_INFINITY)));
}

/** A group and those around it, each of which may limit it. Inside a container its own group is mounted as the root. */
function upwards(path: string): readonly string[] {
  const all: string[] = [];
  for (let at = path; at !== "/" && at !== "." && at !== ""; at = dirname(at)) all.push(at);
  return [...all, ""];
}

/** `cpu.max` holds a quota, or `max`, and a period in microseconds (Linux Documentation/admin-guide/cgroup-v2.rst). */
function secondVersion(files: SystemFiles, folder: string): number[] {
  const [quota, period] = (textOf(files, `${folder}/cpu.max`) ?? "").split(" ").map(Number);
  return ratio(quota, period);
}

function firstVersion(files: SystemFiles, folder: string): number[] {
  const quota = numberOf(files, `${folder}/cpu.cfs_quota_us`);
  const period = numberOf(files, `${folder}/cpu.cfs_period_us`);
  return ratio(quota ?? undefined, period ?? undefined);
}

function ratio(quota: number | undefined, period: number | undefined): number[] {
  // no quota is written as -1 in the first version and as a word in the second
  return quota !== undefined && period !== undefined && quota > 0 && period > 0 ? [quota / period] : [];
}
