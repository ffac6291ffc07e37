import { type AnyKernel, BioXenError, type RunContext } from "../contract/index.ts";

/**
 * The accelerator's own kernel, with its way of running, for the one that a device was asked to run.
 * @throws BioXenError `UNSUPPORTED` where it has none for that workload.
 */
export function ownKernel<K extends AnyKernel>(accelerator: string, kernels: readonly K[], { workload }: AnyKernel): K {
  const found = kernels.find((one) => one.workload === workload);
  if (found === undefined) throw new BioXenError("UNSUPPORTED", `${accelerator} has no kernel for ${workload.id}`);
  return found;
}

/** @throws BioXenError `ABORTED` where the signal has fired before the work began. */
export function refuseAborted({ signal }: RunContext, what: string): void {
  if (signal.aborted) throw new BioXenError("ABORTED", `${what} was aborted`, { cause: signal.reason });
}
