import type { Cost, DeviceInfo } from "./accelerator.ts";
import type { Seconds, WorkloadSpec } from "./workload.ts";

export type Objective = "time" | "energy" | "edp";

export interface DispatchOptions {
  readonly objective?: Objective;
  /** Run on this device (`cpu-simd:0`) or accelerator (`cpu-simd`) only; there is then no fallback. */
  readonly device?: string;
  readonly fallback?: boolean;
  readonly allowSimulated?: boolean;
  /** Let a large batch run on several devices at once, where that is predicted to be faster; not by default. */
  readonly split?: boolean;
  /** Threads a CPU device may use; all it has by default. */
  readonly threads?: number;
  /** Counts from the call, waiting in the device's queue included. */
  readonly deadline?: Seconds;
  /** Share of runs, 0 to 1, repeated on a second device or the oracle and compared. */
  readonly verify?: { readonly sampleRate: number };
  readonly signal?: AbortSignal;
}

export type Rejection = { readonly device: string; readonly reason: string };

export interface Candidate {
  readonly device: DeviceInfo;
  readonly predicted: Cost;
  /** One-off preparation still to be done there, 0 where the data is resident. */
  readonly prepareSeconds: Seconds;
  readonly waitSeconds: Seconds;
}

export interface Choice {
  /** The one that will run first; it is the cheapest under the objective, unless `reason` says that it is a try. */
  readonly candidates: readonly Candidate[];
  readonly rejected: readonly Rejection[];
  /** Why the first candidate is first, in a sentence. */
  readonly reason: string;
}

export interface Measured extends Cost {
  /**
   * CPU time of this process over the run; null while other runs were in flight and it cannot be told apart, and of most
   * runs under a millisecond after dozens of them in a row, since reading it takes time too.
   */
  readonly cpuSeconds: Seconds | null;
  /** What the joules count, or why there are none: no meter, a run too short for it, a counter that stopped. */
  readonly energyNote: string;
}

/** What one device did of a batch that was split. */
export interface DispatchedPart {
  readonly device: DeviceInfo;
  /** Of the whole work, 0 to 1. */
  readonly share: number;
  readonly measured: Measured;
}

export interface Dispatched<O> {
  readonly output: O;
  readonly device: DeviceInfo;
  readonly reason: string;
  readonly predicted: Cost;
  /** The kernel with its transfers; opening the device and preparing resident data are apart. */
  readonly measured: Measured;
  readonly prepareSeconds: Seconds;
  /** Every device passed over or tried before this one, with why: a fallback is never silent. */
  readonly rejected: readonly Rejection[];
  /** The device whose answer this one was compared with and agreed, where `verify` drew this run. */
  readonly verifiedBy: string | null;
  /** The parts of a batch that was split, in order; `device` is then that of the largest, `measured` the whole. Empty otherwise. */
  readonly parts: readonly DispatchedPart[];
}

/** All that the layers above (metabolism, cell, hypervisor) see of the hardware. */
export interface Dispatcher {
  readonly run: <I, O>(workload: WorkloadSpec<I, O>, input: I, options?: DispatchOptions) => Promise<Dispatched<O>>;
  /** The choice without the run. */
  readonly explain: <I, O>(workload: WorkloadSpec<I, O>, input: I, options?: DispatchOptions) => Choice;
}
