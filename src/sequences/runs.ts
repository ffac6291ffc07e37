import type { DeviceInfo, Dispatched, Measured, Rejection, Seconds, WorkloadSpec } from "../contract/index.ts";

/** What several dispatches came to: on the device of the first, with the sums of all. */
export interface Runs {
  readonly device: DeviceInfo;
  readonly reason: string;
  readonly predicted: Dispatched<unknown>["predicted"];
  readonly measured: Measured;
  readonly prepareSeconds: Seconds;
  readonly rejected: readonly Rejection[];
  readonly verifiedBy: string | null;
  /** Work done, in the workload's unit. */
  readonly units: number;
  readonly count: number;
}

/** Adds up dispatches of one workload, or of one and those that follow from it. */
export class RunSum {
  #sum: Runs | null = null;

  add<I, O>(workload: WorkloadSpec<I, O>, input: I, ran: Dispatched<O>): void {
    const { units } = workload.size(input);
    const { device, reason, predicted, measured, prepareSeconds, rejected, verifiedBy } = ran;
    const old = this.#sum;
    if (old === null) {
      this.#sum = { device, reason, predicted, measured, prepareSeconds, rejected, verifiedBy, units, count: 1 };
      return;
    }
    const plus = (a: number | null, b: number | null): number | null => (a === null || b === null ? null : a + b);
    // one reason again with other figures is the same one
    const saying = (one: Rejection): string => `${one.device} ${one.reason.replace(/[\d.e-]+/g, "")}`;
    const known = new Set(old.rejected.map(saying));
    this.#sum = {
      ...old,
      predicted: {
        ...old.predicted,
        seconds: old.predicted.seconds + predicted.seconds,
        joules: plus(old.predicted.joules, predicted.joules),
      },
      measured: {
        ...old.measured,
        seconds: old.measured.seconds + measured.seconds,
        joules: plus(old.measured.joules, measured.joules),
        cpuSeconds: plus(old.measured.cpuSeconds, measured.cpuSeconds),
      },
      prepareSeconds: old.prepareSeconds + prepareSeconds,
      rejected: [...old.rejected, ...rejected.filter((one) => !known.has(saying(one)))],
      units: old.units + units,
      count: old.count + 1,
    };
  }

  /** null before the first run. */
  get sum(): Runs | null {
    return this.#sum;
  }
}
