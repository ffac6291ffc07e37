import {
  type Accelerator,
  BioXenError,
  type Device,
  type DeviceInfo,
  type RunContext,
} from "../../src/contract/index.ts";
import { ownKernel, refuseAborted } from "../../src/host/own-kernel.ts";
import { type CudaDevice, openCudaDevice } from "./cuda-device.ts";
import type { JobTimes } from "./job.ts";
import type { CudaKernel } from "./kernel.ts";
import { type Libraries, nvidiaLibraries } from "./libraries.ts";
import { matrixMultiplyKernel } from "./matrix-multiply.ts";
import { openMeter } from "./meter.ts";
import { probeDriver } from "./probe.ts";
import { reactionKineticsKernel } from "./reaction-kinetics.ts";

// biome-ignore lint/suspicious/noExplicitAny: kernels of several workloads in one list
const kernels: readonly CudaKernel<any, any>[] = [matrixMultiplyKernel, reactionKineticsKernel];

/** NVIDIA GPUs through the driver API, with no more on the host than the driver; tests give other libraries. */
export function createGpuCuda(libraries: Libraries = nvidiaLibraries): Accelerator {
  return {
    id: "gpu-cuda",
    kernels,
    probe: (context) => probeDriver(libraries, context),
    open: async (info, context) => openDevice(info, libraries, context),
  };
}

/** NVIDIA GPUs through the installed driver. */
export const gpuCuda: Accelerator = createGpuCuda();

const opened = new WeakMap<Device, CudaDevice>();

/** How long a GPU of this accelerator took over its last run, by its own events; null for other devices. For benchmarks. */
export function deviceTimes(device: Device): JobTimes | null {
  return opened.get(device)?.times() ?? null;
}

async function openDevice(info: DeviceInfo, libraries: Libraries, context: RunContext): Promise<Device> {
  const ordinal = Number(/:(\d+)$/.exec(info.id)?.[1]);
  if (!Number.isInteger(ordinal)) throw new BioXenError("DEVICE_LOST", `${info.id} names no GPU`);
  const device = openCudaDevice(info, ordinal, libraries);
  try {
    await device.facts(context);
  } catch (error) {
    await device[Symbol.asyncDispose]();
    throw error;
  }
  const made: Device = {
    info,
    meter: openMeter(libraries.nvml, info),
    prepare: async (kernel, input, context) => {
      refuseAborted(context, kernel.workload.id);
      await ownKernel("gpu-cuda", kernels, kernel).prepare(device, input, context);
    },
    run: async (kernel, input, context) => ownKernel("gpu-cuda", kernels, kernel).run(device, input, context),
    [Symbol.asyncDispose]: () => device[Symbol.asyncDispose](),
  };
  opened.set(made, device);
  return made;
}
