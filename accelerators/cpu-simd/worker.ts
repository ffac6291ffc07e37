// What runs in a worker thread of this accelerator.
import { serve } from "../../src/host/worker-pool.ts";
import { multiplyRows } from "./matrix-multiply.worker.ts";
import { alignPairs, interleaveDatabase, searchDatabase } from "./sequence-alignment.worker.ts";

/** A type, not an interface: only that fits the pool's index signature. */
export type SimdTasks = {
  readonly "matrix-multiply": typeof multiplyRows;
  readonly "sequence-alignment-interleave": typeof interleaveDatabase;
  readonly "sequence-alignment-pairs": typeof alignPairs;
  readonly "sequence-alignment-search": typeof searchDatabase;
};

const tasks: SimdTasks = {
  "matrix-multiply": multiplyRows,
  "sequence-alignment-interleave": interleaveDatabase,
  "sequence-alignment-pairs": alignPairs,
  "sequence-alignment-search": searchDatabase,
};

const run: (call: { name: string; data: unknown }) => unknown = serve(tasks);
export default run;
