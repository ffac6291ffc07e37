// What runs in the worker thread of this accelerator.
import { handOver, serve } from "../../src/host/worker-pool.ts";
import { type TensorTasks, tasks } from "./tasks.ts";

const run: (call: { name: string; data: unknown }) => unknown = serve({
  ...tasks,
  "matrix-multiply": async (data) => handOver(await tasks["matrix-multiply"](data)),
} satisfies TensorTasks);
export default run;
