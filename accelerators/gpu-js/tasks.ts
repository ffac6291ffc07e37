import { start } from "./gpu-js.worker.ts";
import { multiply } from "./matrix-multiply.worker.ts";
import { scanMotifs } from "./motif-scan.worker.ts";

/** A type, not an interface: only that fits the tasks' index signature. */
export type GpuJsTasks = {
  readonly start: typeof start;
  readonly "matrix-multiply": typeof multiply;
  readonly "motif-scan": typeof scanMotifs;
};

/** What the process of this accelerator can do. */
export const tasks: GpuJsTasks = { start, "matrix-multiply": multiply, "motif-scan": scanMotifs };
