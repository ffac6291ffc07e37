import type { Device, DeviceInfo, RunContext, WorkloadSpec } from "bioxen";
import { npuOnnx } from "bioxen/accelerators";
import { calmly, runKernel } from "./run-on.ts";

/** A context that nobody aborts, of one thread unless told. */
export function calm(threads: number | null = 1): RunContext {
  return calmly(threads);
}

/** The device of onnxruntime's CPU provider, which every platform has. */
export async function cpuDevice(): Promise<DeviceInfo> {
  const probe = await npuOnnx.probe(calm());
  if (probe.status !== "present") throw new Error(`npu-onnx is ${JSON.stringify(probe)}`);
  const found = probe.devices.find(({ features }) => features.includes("provider:cpu"));
  if (found === undefined) throw new Error("onnxruntime's CPU provider does not run here");
  return found;
}

export const runOn = <I, O>(
  device: Device,
  workload: WorkloadSpec<I, O>,
  input: I,
  context: RunContext = calm(),
): Promise<O> => runKernel(npuOnnx, device, workload, input, context);
