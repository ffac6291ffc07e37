import type { Device, DeviceInfo, RunContext, WorkloadSpec } from "bioxen";
import { gpuWebgpu } from "bioxen/accelerators";
import { isRequired } from "./required.ts";
import { calmly, runKernel } from "./run-on.ts";

export { calmly as calm };

const probe = await gpuWebgpu.probe(calmly());

/** The device, or why its tests are skipped; where it is required its lack is an error. */
export const webgpu: { readonly info: DeviceInfo | null; readonly reason: string } =
  probe.status === "present"
    ? { info: probe.devices[0], reason: "" }
    : { info: null, reason: probe.status === "absent" ? probe.reason : probe.error.message };
if (webgpu.info === null && isRequired("gpu-webgpu")) throw new Error(`gpu-webgpu is required: ${webgpu.reason}`);

export async function openWebgpu(): Promise<Device> {
  if (webgpu.info === null) throw new Error(webgpu.reason);
  return gpuWebgpu.open(webgpu.info, calmly());
}

export const runOn = <I, O>(
  device: Device,
  workload: WorkloadSpec<I, O>,
  input: I,
  context: RunContext = calmly(),
): Promise<O> => runKernel(gpuWebgpu, device, workload, input, context);
