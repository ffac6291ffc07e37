import { multiply } from "./matrix-multiply.worker.ts";
import { scanMotifs } from "./motif-scan.worker.ts";
import { start } from "./tensor-flow.worker.ts";

/** A type, not an interface: only that fits the pool's index signature. */
export type TensorTasks = {
  readonly start: typeof start;
  readonly "matrix-multiply": typeof multiply;
  readonly "motif-scan": typeof scanMotifs;
};

/** What a thread or process of this accelerator can do. */
export const tasks: TensorTasks = { start, "matrix-multiply": multiply, "motif-scan": scanMotifs };
