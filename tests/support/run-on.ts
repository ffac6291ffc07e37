import type { Accelerator, Device, DeviceInfo, RunContext, WorkloadSpec } from "bioxen";

/** A context that nobody aborts. */
export function calmly(threads: number | null = null): RunContext {
  return { signal: new AbortController().signal, threads };
}

/** The first device of an accelerator, or why there is none. */
export async function firstDevice(accelerator: Accelerator): Promise<DeviceInfo | string> {
  const probe = await accelerator.probe(calmly());
  if (probe.status === "present") return probe.devices[0];
  return probe.status === "absent" ? probe.reason : probe.error.message;
}

/** Validates an input, then prepares and runs it, as the manager does; what the schema or the kernel refuses is an error. */
export async function runKernel<I, O>(
  accelerator: Accelerator,
  device: Device,
  workload: WorkloadSpec<I, O>,
  input: I,
  context: RunContext = calmly(),
): Promise<O> {
  const { issues } = await workload.input["~standard"].validate(input);
  if (issues !== undefined) throw new Error(issues.map(({ message }) => message).join("; "));
  const kernel = accelerator.kernels.find((one) => one.workload === workload);
  if (kernel === undefined) throw new Error(`${accelerator.id} has no kernel for ${workload.id}`);
  const support = kernel.supports(input, device.info);
  if (!support.ok) throw new Error(support.reason);
  await device.prepare?.<I, O>(kernel, input, context);
  return device.run<I, O>(kernel, input, context);
}

/** Throws where the device's answer is not the oracle's within the workload's tolerance; gives the oracle's. */
export async function agreeWithOracle<I, O>(
  accelerator: Accelerator,
  device: Device,
  workload: WorkloadSpec<I, O>,
  input: I,
): Promise<O> {
  if (workload.reference === null) throw new Error(`${workload.id} has no oracle`);
  const expected = workload.reference(input);
  const difference = workload.differ(await runKernel(accelerator, device, workload, input), expected, input);
  if (difference !== null) throw new Error(difference);
  return expected;
}

/** Opens an accelerator's first device; where there is none, its reason is the error. */
export async function openFirst(accelerator: Accelerator): Promise<Device> {
  const info = await firstDevice(accelerator);
  if (typeof info === "string") throw new Error(`${accelerator.id}: ${info}`);
  return accelerator.open(info, calmly());
}
