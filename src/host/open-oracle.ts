import {
  type AnyWorkload,
  BioXenError,
  type Device,
  type DeviceInfo,
  type Kernel,
  type RunContext,
} from "../contract/index.ts";
import { openPool, serve } from "./worker-pool.ts";

/** A type, not an interface: only that fits the pool's index signature. */
type OracleTasks = {
  readonly oracle: (call: { readonly id: string; readonly input: unknown }) => unknown;
  /** Does nothing: once it ran, the thread is up and the oracles are loaded. */
  readonly ready: (nothing: null) => null;
};

/** The default export of a worker module that answers with the oracles of these workloads. */
export function serveOracles(workloads: readonly AnyWorkload[]): ReturnType<typeof serve> {
  const tasks: OracleTasks = {
    ready: () => null,
    oracle: ({ id, input }) => {
      const reference = workloads.find((workload: AnyWorkload) => workload.id === id)?.reference;
      if (reference == null) throw new BioXenError("UNSUPPORTED", `${id} has no oracle`);
      return reference(input);
    },
  };
  return serve(tasks);
}

/**
 * Opens a device that answers with oracles, in a worker thread so that a plain synchronous double loop can still be
 * ended by a deadline. `module` is one whose default export is `serveOracles(workloads)`.
 */
export function openOracle(info: DeviceInfo, module: URL): Device {
  const pool = openPool<OracleTasks>(module, 1);
  return {
    info,
    meter: null,
    prepare: (_kernel, _input, context) => pool.start(1, "ready", null, context),
    run: async <I, O>({ workload }: Kernel<I, O>, input: I, context: RunContext): Promise<O> => {
      if (context.signal.aborted)
        throw new BioXenError("ABORTED", `${workload.id} was aborted`, { cause: context.signal.reason });
      // the worker finds the very oracle this kernel's spec names, so its answer has the spec's type
      return (await pool.run("oracle", { id: workload.id, input }, context)) as O;
    },
    [Symbol.asyncDispose]: () => pool[Symbol.asyncDispose](),
  };
}
