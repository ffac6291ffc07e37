// What runs in the worker thread of this accelerator.
import { serve } from "../../src/host/worker-pool.ts";
import { tasks } from "./tasks.ts";

const run: (call: { name: string; data: unknown }) => unknown = serve(tasks);
export default run;
