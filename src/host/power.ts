import type { SystemFiles } from "./system-files.ts";
import { textOf } from "./system-files.ts";

/** Energy counters of the CPU. */
export interface Rapl {
  readonly status: "readable" | "unreadable" | "absent";
  /** Names of its domains, e.g. `package-0`, `dram`. */
  readonly domains: readonly string[];
  /** Why it is not readable, and what would make it so; null where it is. */
  readonly reason: string | null;
}

const folder = "/sys/class/powercap";

/** Whether the running average power limit counters can be read: since Linux 5.10 only by root (CVE-2020-8694). */
export function raplOf(files: SystemFiles): Rapl {
  const zones = files.list(folder).filter((name) => /^intel-rapl(-mmio)?:\d+(:\d+)*$/.test(name));
  if (zones.length === 0) {
    const reason = files.exists(folder)
      ? "the kernel has no RAPL domains: a virtual machine, or the module intel_rapl_msr is not loaded"
      : `${folder} is not there: a container, a virtual machine, or not Linux`;
    return { status: "absent", domains: [], reason };
  }
  const domains = zones.map((zone) => textOf(files, `${folder}/${zone}/name`) ?? zone);
  const refused = zones.map((zone) => refusal(files, `${folder}/${zone}/energy_uj`)).find((code) => code !== null);
  if (refused === undefined) return { status: "readable", domains, reason: null };
  return {
    status: "unreadable",
    domains,
    reason: `reading energy_uj gave ${refused}; sudo chmod a+r ${folder}/intel-rapl*/energy_uj (until the next boot)`,
  };
}

/** The code of the error that reading gives, null where it can be read. */
function refusal({ read }: SystemFiles, path: string): string | null {
  try {
    read(path);
    return null;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  }
}
