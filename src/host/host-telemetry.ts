import { loadavg } from "node:os";
import { usefulThreads } from "./cpu-limit.ts";

/** What one look at this machine tells, each by its name and unit. */
export interface HostTelemetry {
  readonly "cpu-load-percent": number;
  readonly "memory-used-percent": number;
  /** Runnable threads of the last minute for each core that the process may use; NaN where the system does not tell. */
  readonly "load-per-core": number;
  /** Resident memory of this process. */
  readonly "process-memory-mib": number;
}

/** Looks at the machine; the load is that since the last look of this process. */
export async function readHostTelemetry(): Promise<HostTelemetry> {
  const { currentLoad, mem } = await import("systeminformation");
  const [load, memory] = await Promise.all([currentLoad(), mem()]);
  const [lastMinute = Number.NaN] = loadavg();
  return {
    "cpu-load-percent": load.currentLoad,
    "memory-used-percent": (100 * memory.active) / memory.total,
    "load-per-core": process.platform === "win32" ? Number.NaN : lastMinute / usefulThreads(),
    "process-memory-mib": process.memoryUsage.rss() / 2 ** 20,
  };
}
