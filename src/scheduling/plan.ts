import type { Seconds } from "../contract/index.ts";

/** Who runs what, in which order, as a policy decided: what the simulator, or a host, carries out. */
export interface Plan {
  /** By task: index of its device. */
  readonly device: Uint32Array;
  /** By task: the device's state; 0 is the nominal one. */
  readonly state: Uint8Array;
  /** By device: its tasks in order. */
  readonly sequence: readonly Uint32Array[];
  /** By task: as planned, without noise. */
  readonly start: Float64Array;
  readonly end: Float64Array;
  /** By task: it is held back until then, whatever the device might do; 0 for most policies. */
  readonly notBefore: Float64Array;
  /** The machine is paid for until then at least; 0 where only the makespan counts. */
  readonly horizon: Seconds;
  /** What the policy has to say about this plan: whether an optimum was proved, what a limit did. */
  readonly note: string | null;
}

/** When the last task ends. */
export function makespanOf({ end }: { readonly end: Float64Array }): Seconds {
  let last = 0;
  for (const one of end) if (one > last) last = one;
  return last;
}
