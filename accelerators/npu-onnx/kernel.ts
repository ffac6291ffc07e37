import { BioXenError, type Kernel, type RunContext } from "../../src/contract/index.ts";
import type { Provider } from "./providers.ts";
import type { Feeds } from "./sessions.ts";

/** One run of a model; tensors given for outputs may be filled in place, and are then what comes back. */
type RunModel = (model: Uint8Array, feeds: Feeds, context: RunContext, outputs?: Feeds) => Promise<Feeds>;

/** What a kernel here runs its graphs with. */
export interface OnnxRunner {
  readonly provider: Provider;
  /** Runs a graph of this project. On the CPU that blocks this process, so keep each run to some 20 ms. */
  readonly run: RunModel;
  /** Makes the session of a graph of this project. */
  readonly prepare: (model: Uint8Array, context: RunContext) => Promise<void>;
  /** Runs someone else's model, in a process of its own that an abort kills. */
  readonly runForeign: RunModel;
  readonly prepareForeign: (model: Uint8Array, context: RunContext) => Promise<void>;
}

/** A kernel with its way of running here. */
export interface OnnxKernel<I, O> extends Kernel<I, O> {
  readonly prepare: ((runner: OnnxRunner, input: I, context: RunContext) => Promise<void>) | null;
  readonly run: (runner: OnnxRunner, input: I, context: RunContext) => Promise<O>;
}

/** @throws BioXenError `ABORTED` where the caller gave up. */
export function refuseAborted({ signal }: RunContext, what: string): void {
  if (signal.aborted) throw new BioXenError("ABORTED", `${what} was aborted`, { cause: signal.reason });
}

/**
 * Lets the event loop turn between two runs, so that an abort that came meanwhile is seen.
 * @throws BioXenError `ABORTED`
 */
export async function pause(context: RunContext, what: string): Promise<void> {
  await new Promise(setImmediate);
  refuseAborted(context, what);
}

/** Threads a device says it has, in its feature `threads:<n>`; 1 where it does not. */
export function threadsOf({ features }: { readonly features: readonly string[] }): number {
  return Number(features.find((feature) => feature.startsWith("threads:"))?.slice("threads:".length) ?? 1);
}
