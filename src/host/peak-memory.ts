import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import type { Bytes } from "../contract/index.ts";

/** The most memory that this process and those it started held at once, each by itself, since they were last asked to forget. */
export interface PeakMemory {
  /** null where the system does not tell. */
  readonly bytes: Bytes | null;
  readonly note: string;
}

/** Has the kernel forget the peaks of this process and those below it (proc(5), clear_refs); false where it will not. */
export function forgetPeakMemory(): boolean {
  let forgotten = false;
  for (const process of family("self"))
    try {
      writeFileSync(`/proc/${process}/clear_refs`, "5");
      forgotten = true;
    } catch {
      // ended meanwhile, or not Linux
    }
  return forgotten;
}

/** Resident set sizes at their highest, added over the processes. */
export function peakMemory(): PeakMemory {
  const peaks = family("self").flatMap((process) => {
    try {
      const text = readFileSync(`/proc/${process}/status`, "utf8");
      const kibibytes = /^VmHWM:\s+(\d+) kB/m.exec(text)?.[1];
      return kibibytes === undefined ? [] : [1024 * Number(kibibytes)];
    } catch {
      return [];
    }
  });
  if (peaks.length > 0)
    return {
      bytes: peaks.reduce((sum, one) => sum + one, 0),
      note: `peak resident memory of ${peaks.length === 1 ? "the process" : `${peaks.length} processes`} on the host`,
    };
  return {
    bytes: 1024 * process.resourceUsage().maxRSS,
    note: "peak resident memory of the process since it started",
  };
}

/** A process with all those below it, by number; "self" stands for this one. */
function family(process: string): readonly string[] {
  const children = foldersIn(`/proc/${process}/task`).flatMap((thread) => {
    try {
      return readFileSync(`/proc/${process}/task/${thread}/children`, "utf8").split(" ").filter(Boolean);
    } catch {
      return [];
    }
  });
  return [process, ...children.flatMap(family)];
}

function foldersIn(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}
