import type { Kernel, RunContext } from "../../src/contract/index.ts";
import type { Gpu } from "./gpu.ts";

/** A kernel with its way of running here. */
export interface WebgpuKernel<I, O> extends Kernel<I, O> {
  /** Compiles its pipelines and brings an input's resident data over. */
  readonly prepare: (gpu: Gpu, input: I, context: RunContext) => Promise<void>;
  readonly run: (gpu: Gpu, input: I, context: RunContext) => Promise<O>;
}
