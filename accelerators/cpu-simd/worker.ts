// What runs in a worker thread of this accelerator.
import { serve } from "../../src/host/worker-pool.ts";
import { multiplyRows } from "./matrix-multiply.worker.ts";

/** A type, not an interface: only that fits the pool's index signature. */
export type SimdTasks = {
  readonly "matrix-multiply": typeof multiplyRows;
};

const tasks: SimdTasks = {
  "matrix-multiply": multiplyRows,
};

const run: (call: { name: string; data: unknown }) => unknown = serve(tasks);
export default run;
