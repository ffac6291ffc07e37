import type { Accelerator, Device, DeviceInfo, RunContext, Seconds, WorkloadSpec } from "bioxen";
import { createGpuCuda } from "bioxen/accelerators";
import { buildStandIn, type StandIn, whyNoStandIn } from "./cuda-stand-in/stand-in.ts";
import { isRequired } from "./required.ts";
import { calmly, runKernel } from "./run-on.ts";

/** Why the tests on the stand-in driver are skipped, or null; where gpu-cuda is required it is an error. */
export const whyNoCuda: string | null = whyNoStandIn();
if (whyNoCuda !== null && isRequired("gpu-cuda")) throw new Error(whyNoCuda);

/** The stand-in driver with all kernels; throws where there is none. */
export const standIn: StandIn = whyNoCuda === null ? await buildStandIn() : absent(whyNoCuda);

function absent(why: string): StandIn {
  const refuse = (): never => {
    throw new Error(why);
  };
  return new Proxy({} as StandIn, { get: refuse });
}

/** The accelerator on the stand-in; `patience` is how long a launch may take. */
export function cuda(patience?: Seconds): Accelerator {
  return createGpuCuda(standIn.libraries, patience);
}

/** The devices that an accelerator finds. */
export async function devicesFound(accelerator: Accelerator): Promise<readonly [DeviceInfo, ...DeviceInfo[]]> {
  const probe = await accelerator.probe(calmly());
  if (probe.status === "present") return probe.devices;
  throw new Error(probe.status === "absent" ? probe.reason : probe.error.message);
}

/** An open device, without a manager in between. */
export interface OpenCuda extends AsyncDisposable {
  readonly device: Device;
  readonly run: <I, O>(workload: WorkloadSpec<I, O>, input: I, context?: RunContext) => Promise<O>;
}

export async function openCuda(accelerator: Accelerator = cuda()): Promise<OpenCuda> {
  const [info] = await devicesFound(accelerator);
  const device = await accelerator.open(info, calmly());
  return {
    device,
    run: (workload, input, context) => runKernel(accelerator, device, workload, input, context),
    [Symbol.asyncDispose]: () => device[Symbol.asyncDispose](),
  };
}
