import type { Device, DeviceInfo, RunContext, WorkloadSpec } from "bioxen";
import { gpuWebgpu } from "bioxen/accelerators";
import { isRequired } from "./required.ts";

/** A context that nobody aborts. */
export function calm(): RunContext {
  return { signal: new AbortController().signal, threads: null };
}

const probe = await gpuWebgpu.probe(calm());

/** The device, or why its tests are skipped; where it is required its lack is an error. */
export const webgpu: { readonly info: DeviceInfo | null; readonly reason: string } =
  probe.status === "present"
    ? { info: probe.devices[0], reason: "" }
    : { info: null, reason: probe.status === "absent" ? probe.reason : probe.error.message };
if (webgpu.info === null && isRequired("gpu-webgpu")) throw new Error(`gpu-webgpu is required: ${webgpu.reason}`);

export async function openWebgpu(): Promise<Device> {
  if (webgpu.info === null) throw new Error(webgpu.reason);
  return gpuWebgpu.open(webgpu.info, calm());
}

/** Validates an input, then runs it; what the schema or the kernel refuses is an error. */
export async function runOn<I, O>(
  device: Device,
  workload: WorkloadSpec<I, O>,
  input: I,
  context: RunContext = calm(),
): Promise<O> {
  const { issues } = await workload.input["~standard"].validate(input);
  if (issues !== undefined) throw new Error(issues.map(({ message }) => message).join("; "));
  const kernel = gpuWebgpu.kernels.find((one) => one.workload === workload);
  if (kernel === undefined) throw new Error(`gpu-webgpu has no kernel for ${workload.id}`);
  const support = kernel.supports(input, device.info);
  if (!support.ok) throw new Error(support.reason);
  return device.run<I, O>(kernel, input, context);
}
