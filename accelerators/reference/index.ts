import {
  type Accelerator,
  type AnyKernel,
  BioXenError,
  type Device,
  type DeviceInfo,
  type Kernel,
  type RunContext,
} from "../../src/contract/index.ts";
import { openPool } from "../../src/host/worker-pool.ts";
import { workloads } from "../../src/workloads/index.ts";
import type { OracleTasks } from "./worker.ts";

const info: DeviceInfo = {
  id: "reference:0",
  kind: "cpu",
  name: "reference (plain TypeScript, one worker thread)",
  memory: null,
  features: ["oracle"],
  simulated: false,
};

/** Runs every built-in workload's own oracle: a new workload works here before any kernel is written for it. */
export const reference: Accelerator = {
  id: "reference",
  kernels: workloads
    .filter((workload) => workload.reference !== null)
    .map(
      (workload): AnyKernel => ({
        workload,
        supports: () => ({ ok: true }),
        prior: ({ units }) => ({
          seconds: 2e-4 + units * 3e-9,
          joules: null,
          energySource: null,
          basis: "guess",
        }),
      }),
    ),
  probe: async () => ({ status: "present", devices: [info] }),
  open: async (device): Promise<Device> => {
    const pool = openPool<OracleTasks>(new URL("./worker.js", import.meta.url), 1);
    return {
      info: device,
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
  },
};
