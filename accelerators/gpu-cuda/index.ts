import {
  type Accelerator,
  BioXenError,
  type Device,
  type DeviceInfo,
  type RunContext,
  type Seconds,
} from "../../src/contract/index.ts";
import { type Board, openBoard } from "../../src/energy/nvml-board.ts";
import { ownKernel, refuseAborted } from "../../src/host/own-kernel.ts";
import { type CudaDevice, openCudaDevice } from "./cuda-device.ts";
import { fluxSamplingKernel } from "./flux-sampling.ts";
import type { JobTimes } from "./job.ts";
import type { CudaKernel } from "./kernel.ts";
import { type Libraries, longestLaunch, nvidiaLibraries } from "./libraries.ts";
import { matrixMultiplyKernel } from "./matrix-multiply.ts";
import { motifScanKernel } from "./motif-scan.ts";
import { probeDriver } from "./probe.ts";
import { reactionKineticsKernel } from "./reaction-kinetics.ts";
import { sequenceAlignmentKernel } from "./sequence-alignment.ts";
import { stochasticSimulationKernel } from "./stochastic-simulation.ts";

// biome-ignore lint/suspicious/noExplicitAny: kernels of several workloads in one list
const kernels: readonly CudaKernel<any, any>[] = [
  matrixMultiplyKernel,
  sequenceAlignmentKernel,
  motifScanKernel,
  fluxSamplingKernel,
  reactionKineticsKernel,
  stochasticSimulationKernel,
];

/**
 * NVIDIA GPUs through the driver API, with no more on the host than the driver; tests give other libraries.
 * After `patience` a launch is given up, and its device lost.
 */
export function createGpuCuda(libraries: Libraries = nvidiaLibraries, patience: Seconds = longestLaunch): Accelerator {
  return {
    id: "gpu-cuda",
    kernels,
    probe: (context) => probeDriver(libraries, context),
    open: async (info, context) => openDevice(info, libraries, patience, context),
  };
}

/** NVIDIA GPUs through the installed driver. */
export const gpuCuda: Accelerator = createGpuCuda();

const opened = new WeakMap<Device, CudaDevice>();
const powers = new WeakMap<Device, BoardPower>();

/** What a GPU's board draws, told apart by when. */
export interface BoardPower {
  /** Watts before the device was opened here: nothing of this process, all of others. null where NVML does not say. */
  readonly idle: number | null;
  /** Watts right now; those of an open context that has nothing to do, where nothing runs. */
  readonly now: Board["watts"];
}

/** The power of a GPU of this accelerator; null for other devices. For benchmarks: `Device.meter` counts all of it. */
export function boardPower(device: Device): BoardPower | null {
  return powers.get(device) ?? null;
}

/** How long a GPU of this accelerator took over its last run, by its own events; null for other devices. For benchmarks. */
export function deviceTimes(device: Device): JobTimes | null {
  return opened.get(device)?.times() ?? null;
}

async function openDevice(
  info: DeviceInfo,
  libraries: Libraries,
  patience: Seconds,
  context: RunContext,
): Promise<Device> {
  const ordinal = Number(/:(\d+)$/.exec(info.id)?.[1]);
  if (!Number.isInteger(ordinal)) throw new BioXenError("DEVICE_LOST", `${info.id} names no GPU`);
  const board = openBoard(info, libraries.nvml);
  const idle = board.watts();
  const device = openCudaDevice(info, ordinal, libraries, patience);
  try {
    await device.facts(context);
  } catch (error) {
    await device[Symbol.asyncDispose]();
    throw error;
  }
  const made: Device = {
    info,
    meter: board.meter,
    prepare: async (kernel, input, context) => {
      refuseAborted(context, kernel.workload.id);
      await ownKernel("gpu-cuda", kernels, kernel).prepare(device, input, context);
    },
    run: async (kernel, input, context) => ownKernel("gpu-cuda", kernels, kernel).run(device, input, context),
    [Symbol.asyncDispose]: () => device[Symbol.asyncDispose](),
  };
  opened.set(made, device);
  powers.set(made, { idle, now: board.watts });
  return made;
}
