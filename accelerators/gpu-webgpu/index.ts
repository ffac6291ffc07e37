import { type Accelerator, BioXenError, type Device, type DeviceInfo, type Kernel } from "../../src/contract/index.ts";
import { fluxSamplingKernel } from "./flux-sampling.ts";
import { openGpu } from "./gpu.ts";
import type { WebgpuKernel } from "./kernel.ts";
import { findLibrary, type InstalledLibrary, loadLibrary } from "./library.ts";
import { matrixMultiplyKernel } from "./matrix-multiply.ts";
import { motifScanKernel } from "./motif-scan.ts";
import { probeAdapter } from "./probe.ts";
import { reactionKineticsKernel } from "./reaction-kinetics.ts";
import { sequenceAlignmentKernel } from "./sequence-alignment.ts";
import { stochasticSimulationKernel } from "./stochastic-simulation.ts";

// biome-ignore lint/suspicious/noExplicitAny: kernels of several workloads in one list
const kernels: readonly WebgpuKernel<any, any>[] = [
  fluxSamplingKernel,
  matrixMultiplyKernel,
  motifScanKernel,
  reactionKineticsKernel,
  sequenceAlignmentKernel,
  stochasticSimulationKernel,
];

function own<I, O>(kernel: Kernel<I, O>): WebgpuKernel<I, O> {
  const found = kernels.find((one) => one.workload === kernel.workload);
  if (found === undefined) throw new BioXenError("UNSUPPORTED", `gpu-webgpu has no kernel for ${kernel.workload.id}`);
  return found;
}

/**
 * GPUs through WebGPU (Dawn): compute shaders on Vulkan, Direct3D 12 or Metal. `library` is the package that is
 * looked for, or a module like it.
 */
export function createGpuWebgpu(library: string | URL = "webgpu"): Accelerator {
  return {
    id: "gpu-webgpu",
    kernels,
    probe: async (context) => {
      const installed = findLibrary(library);
      return installed === null
        ? { status: "absent", reason: `${library} is not installed: npm install ${library}` }
        : probeAdapter(installed, context);
    },
    open: async (info) => {
      const installed = findLibrary(library);
      if (installed === null) throw new BioXenError("DEVICE_LOST", `${library} is no longer installed`);
      return openDevice(info, installed);
    },
  };
}

/** GPUs through the installed `webgpu`. */
export const gpuWebgpu: Accelerator = createGpuWebgpu();

async function openDevice(info: DeviceInfo, { entry }: InstalledLibrary): Promise<Device> {
  const gpu = await openGpu(info, await loadLibrary(entry));
  return {
    info,
    // WebGPU has no counter of energy
    meter: null,
    prepare: async (kernel, input, context) => own(kernel).prepare(gpu, input, context),
    run: async (kernel, input, context) => own(kernel).run(gpu, input, context),
    [Symbol.asyncDispose]: () => gpu[Symbol.asyncDispose](),
  };
}
