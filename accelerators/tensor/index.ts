import { type Accelerator, BioXenError } from "../../src/contract/index.ts";
import { ownKernel, refuseAborted } from "../../src/host/own-kernel.ts";
import { installedBackends, packages, type TensorPackages } from "./backends.ts";
import type { TensorKernel } from "./kernel.ts";
import { matrixMultiplyKernel } from "./matrix-multiply.ts";
import { motifScanKernel } from "./motif-scan.ts";
import { probeBackends } from "./probe.ts";
import { openRunner } from "./runner.ts";

// biome-ignore lint/suspicious/noExplicitAny: kernels of several workloads in one list
const kernels: readonly TensorKernel<any, any>[] = [matrixMultiplyKernel, motifScanKernel];

/** TensorFlow.js on its best backend here; the packages it looks for may be named otherwise. */
export function createTensor(wanted: Partial<TensorPackages> = {}): Accelerator {
  const looked: TensorPackages = { ...packages, ...wanted };
  return {
    id: "tensor",
    kernels,
    probe: (context) => probeBackends(looked, context),
    open: async (info) => {
      const backend = installedBackends(looked).find(({ index }) => info.id === `tensor:${index}`);
      if (backend === undefined)
        throw new BioXenError("DEVICE_LOST", `the package of ${info.id} is no longer installed`);
      const runner = openRunner(backend.source);
      return {
        info,
        meter: null,
        prepare: async (kernel, _, context) => {
          ownKernel("tensor", kernels, kernel);
          refuseAborted(context, kernel.workload.id);
          await runner.start(context);
        },
        run: async (kernel, input, context) => {
          const { run } = ownKernel("tensor", kernels, kernel);
          refuseAborted(context, kernel.workload.id);
          return run(runner, input, context);
        },
        [Symbol.asyncDispose]: () => runner[Symbol.asyncDispose](),
      };
    },
  };
}

/** TensorFlow.js: TensorFlow's own library where the user installed it, else its WASM backend. */
export const tensor: Accelerator = createTensor();
