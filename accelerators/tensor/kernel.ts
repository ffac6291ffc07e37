import type { Kernel, RunContext } from "../../src/contract/index.ts";
import type { Lending } from "./lending.ts";
import type { BackendSource } from "./library.ts";
import type { TensorTasks } from "./tasks.ts";

/** Runs a task of the thread or process. */
export type Call = <Name extends keyof TensorTasks>(
  name: Name,
  data: Parameters<TensorTasks[Name]>[0],
) => Promise<Awaited<ReturnType<TensorTasks[Name]>>>;

/** Where TensorFlow.js runs: never this thread, whose globals and time are the user's. */
export interface TensorRunner {
  readonly source: BackendSource;
  /**
   * Does one run's work when its turn comes, with memory lent until its end.
   * @throws BioXenError `ABORTED`, `DEVICE_LOST`, `OUT_OF_MEMORY`, `KERNEL_FAILED`; the next run starts afresh.
   */
  readonly turn: <T>(context: RunContext, work: (call: Call, lending: Lending) => Promise<T>) => Promise<T>;
}

/** A kernel with its way of running here. */
export interface TensorKernel<I, O> extends Kernel<I, O> {
  readonly run: (runner: TensorRunner, input: I, context: RunContext) => Promise<O>;
}
