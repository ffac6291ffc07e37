import type { Device, DeviceInfo, RunContext, WorkloadSpec } from "bioxen";
import { npuOnnx } from "bioxen/accelerators";

/** A context that nobody aborts. */
export function calm(threads: number | null = 1): RunContext {
  return { signal: new AbortController().signal, threads };
}

/** The device of onnxruntime's CPU provider, which every platform has. */
export async function cpuDevice(): Promise<DeviceInfo> {
  const probe = await npuOnnx.probe(calm());
  if (probe.status !== "present") throw new Error(`npu-onnx is ${JSON.stringify(probe)}`);
  const found = probe.devices.find(({ features }) => features.includes("provider:cpu"));
  if (found === undefined) throw new Error("onnxruntime's CPU provider does not run here");
  return found;
}

/** Validates an input, then prepares and runs it, as the manager does. */
export async function runOn<I, O>(
  device: Device,
  workload: WorkloadSpec<I, O>,
  input: I,
  context: RunContext = calm(),
): Promise<O> {
  const { issues } = await workload.input["~standard"].validate(input);
  if (issues !== undefined) throw new Error(issues.map(({ message }) => message).join("; "));
  const kernel = npuOnnx.kernels.find((one) => one.workload === workload);
  if (kernel === undefined) throw new Error(`npu-onnx has no kernel for ${workload.id}`);
  await device.prepare?.<I, O>(kernel, input, context);
  return device.run<I, O>(kernel, input, context);
}
