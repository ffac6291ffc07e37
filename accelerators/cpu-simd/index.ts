import { cpus, totalmem } from "node:os";
import { type Accelerator, BioXenError, type DeviceInfo } from "../../src/contract/index.ts";
import { usefulThreads } from "../../src/host/cpu-limit.ts";
import { ownKernel, refuseAborted } from "../../src/host/own-kernel.ts";
import { openPool } from "../../src/host/worker-pool.ts";
import { alignmentTracebackKernel } from "./alignment-traceback.ts";
import { fluxBalanceKernel } from "./flux-balance.ts";
import { fluxSamplingKernel } from "./flux-sampling.ts";
import type { SimdKernel } from "./kernel.ts";
import { matrixMultiplyKernel } from "./matrix-multiply.ts";
import { motifScanKernel } from "./motif-scan.ts";
import { reactionKineticsKernel } from "./reaction-kinetics.ts";
import { sequenceAlignmentKernel } from "./sequence-alignment.ts";
import { sparseMultiplyKernel } from "./sparse-multiply.ts";
import { stochasticSimulationKernel } from "./stochastic-simulation.ts";
import { telemetryAnomalyKernel } from "./telemetry-anomaly.ts";
import type { SimdTasks } from "./worker.ts";

// biome-ignore lint/suspicious/noExplicitAny: kernels of several workloads in one list
const kernels: readonly SimdKernel<any, any>[] = [
  alignmentTracebackKernel,
  fluxSamplingKernel,
  fluxBalanceKernel,
  matrixMultiplyKernel,
  motifScanKernel,
  reactionKineticsKernel,
  sequenceAlignmentKernel,
  sparseMultiplyKernel,
  stochasticSimulationKernel,
  telemetryAnomalyKernel,
];

/** The CPU through WebAssembly SIMD128 and worker threads, one a core that the process may keep busy. */
export const cpuSimd: Accelerator = {
  id: "cpu-simd",
  kernels,
  probe: async () => {
    // v128.const 0; drop: does not validate where the engine lacks SIMD128
    const simd = WebAssembly.validate(
      Uint8Array.from([
        0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 10, 23, 1, 21, 0, 253, 12, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 26, 11,
      ]),
    );
    if (!simd) return { status: "absent", reason: "this JavaScript engine has no WebAssembly SIMD128" };
    const info: DeviceInfo = {
      id: "cpu-simd:0",
      kind: "cpu",
      name: `${cpus()[0]?.model.trim() ?? "CPU"}, WebAssembly SIMD128`,
      memory: totalmem(),
      features: ["simd128", `threads:${usefulThreads()}`],
      simulated: false,
    };
    return { status: "present", devices: [info] };
  },
  open: async (info) => {
    const pool = openPool<SimdTasks>(new URL("./worker.js", import.meta.url), usefulThreads());
    let open = true;
    return {
      info,
      meter: null,
      prepare: async (kernel, input, context) => {
        refuseAborted(context, kernel.workload.id);
        await ownKernel("cpu-simd", kernels, kernel).prepare?.(pool, input, context);
      },
      run: async (kernel, input, context) => {
        // small inputs run without the pool, which would refuse by itself
        if (!open) throw new BioXenError("DEVICE_LOST", `${info.id} is closed`);
        refuseAborted(context, kernel.workload.id);
        return ownKernel("cpu-simd", kernels, kernel).run(pool, input, context);
      },
      [Symbol.asyncDispose]: async () => {
        open = false;
        await pool[Symbol.asyncDispose]();
      },
    };
  },
};
