import type { Kernel, RunContext } from "../../src/contract/index.ts";
import type { WorkerPool } from "../../src/host/worker-pool.ts";
import type { SimdTasks } from "./worker.ts";

export type SimdPool = WorkerPool<SimdTasks>;

/** A kernel with its way of running here. */
export interface SimdKernel<I, O> extends Kernel<I, O> {
  readonly prepare: ((pool: SimdPool, input: I, context: RunContext) => Promise<void>) | null;
  readonly run: (pool: SimdPool, input: I, context: RunContext) => Promise<O>;
}

/** Threads a run may use: the caller's wish within what the pool has. */
export function threadsOf(pool: SimdPool, { threads }: RunContext): number {
  return Math.max(1, Math.min(threads ?? pool.threads, pool.threads));
}
