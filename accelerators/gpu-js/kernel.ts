import type { Kernel, RunContext } from "../../src/contract/index.ts";
import type { GpuJsSource } from "./library.ts";
import type { GpuJsTasks } from "./tasks.ts";

/** The process that gpu.js runs in; one run at a time. */
export interface GpuJsRunner {
  readonly source: GpuJsSource;
  /** @throws BioXenError `ABORTED`, `DEVICE_LOST`, `OUT_OF_MEMORY`, `KERNEL_FAILED`; the next run starts afresh. */
  readonly run: <Name extends keyof GpuJsTasks & string>(
    name: Name,
    data: Parameters<GpuJsTasks[Name]>[0],
    context: RunContext,
  ) => Promise<Awaited<ReturnType<GpuJsTasks[Name]>>>;
}

/** A kernel with its way of running here. */
export interface GpuJsKernel<I, O> extends Kernel<I, O> {
  readonly run: (runner: GpuJsRunner, input: I, context: RunContext) => Promise<O>;
}

/** A message to another process refuses shared memory. */
export function unshared<T extends Float32Array | Uint8Array | Uint32Array>(array: T): T {
  return array.buffer instanceof SharedArrayBuffer ? (array.slice() as T) : array;
}
