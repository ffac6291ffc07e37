import type { DeviceInfo, Dispatched, Rejection, WorkloadSpec } from "../contract/index.ts";
import type { Bound } from "./bounded.ts";

const device: DeviceInfo = {
  id: "oracle:0",
  kind: "cpu",
  name: "the workload's own oracle, on the calling thread",
  memory: null,
  features: ["oracle"],
  simulated: false,
};

/**
 * Runs a workload that no accelerator has a kernel for on its own oracle, here: the function of a workload defined
 * outside this package cannot reach a worker, so a deadline is noticed only when it returns.
 */
export function inlineOracle<I, O>(
  workload: WorkloadSpec<I, O>,
  reference: (input: I) => O,
  input: I,
  rejected: readonly Rejection[],
  bound: Bound,
): Dispatched<O> {
  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();
  const output = reference(input);
  const seconds = (performance.now() - startedAt) / 1000;
  const { user, system } = process.cpuUsage(cpuBefore);
  if (bound.signal.aborted) throw bound.error(workload.id);
  const unknown = { joules: null, energySource: null } as const;
  const energyNote = "no meter for the calling thread";
  return {
    output,
    device,
    reason: "no accelerator has a kernel for it, so its oracle ran",
    predicted: { seconds: Number.NaN, basis: "guess", ...unknown },
    measured: { seconds, cpuSeconds: (user + system) / 1e6, basis: "measured", ...unknown, energyNote },
    prepareSeconds: 0,
    rejected,
    verifiedBy: null,
    parts: [],
  };
}
