// Runs one oracle in a worker thread, so that a plain synchronous double loop can still be ended by a deadline.
import { type AnyWorkload, BioXenError } from "../../src/contract/index.ts";
import { serve } from "../../src/host/worker-pool.ts";
import { workloads } from "../../src/workloads/index.ts";

export interface OracleCall {
  readonly id: string;
  readonly input: unknown;
}

/** A type, not an interface: only that fits the pool's index signature. */
export type OracleTasks = {
  readonly oracle: (call: OracleCall) => unknown;
  /** Does nothing: once it ran, the thread is up and the oracles are loaded. */
  readonly ready: (nothing: null) => null;
};

const tasks: OracleTasks = {
  ready: () => null,
  oracle: ({ id, input }) => {
    const reference = workloads.find((workload: AnyWorkload) => workload.id === id)?.reference;
    if (reference == null) throw new BioXenError("UNSUPPORTED", `${id} has no oracle`);
    return reference(input);
  },
};

const run: (call: { name: string; data: unknown }) => unknown = serve(tasks);
export default run;
