import type { Accelerator, AnyKernel, DeviceInfo } from "../../src/contract/index.ts";
import { openOracle } from "../../src/host/open-oracle.ts";
import { workloads } from "../../src/workloads/index.ts";

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
  open: async (device) => openOracle(device, new URL("./worker.js", import.meta.url)),
};
