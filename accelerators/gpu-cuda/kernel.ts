import type { Kernel, RunContext } from "../../src/contract/index.ts";
import type { CudaDevice } from "./cuda-device.ts";

/** A kernel with its way of running here: this side checks and sends, a task in the device's thread launches. */
export interface CudaKernel<I, O> extends Kernel<I, O> {
  /** Has its code compiled by the driver, and brings an input's resident data over. */
  readonly prepare: (device: CudaDevice, input: I, context: RunContext) => Promise<void>;
  readonly run: (device: CudaDevice, input: I, context: RunContext) => Promise<O>;
}
