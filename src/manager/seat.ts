import { setTimeout as sleep } from "node:timers/promises";
import {
  type Accelerator,
  type AnyKernel,
  BioXenError,
  type Device,
  type DeviceInfo,
  devicesOf,
  type EnergyMeter,
  type Kernel,
  type Measured,
  type Probe,
  type RunContext,
  type Seconds,
} from "../contract/index.ts";
import { type Bound, within } from "./bounded.ts";
import { meteredSince } from "./metered.ts";
import { probeSafely } from "./probe-safely.ts";
import { Quarantine } from "./quarantine.ts";

/** Runs under way on all devices of one manager: CPU time can be told apart only while there is one. */
export interface Activity {
  active: number;
  started: number;
}

export interface Ran<O> {
  readonly output: O;
  readonly measured: Measured;
  readonly prepareSeconds: Seconds;
}

/**
 * Reading the CPU time of a process with a dozen threads takes 20 us. Of runs that are shorter than `short`, once so many
 * came in a row, only one in `sampled` is read.
 */
const short: Seconds = 1e-3;
const inRow = 64;
const sampled = 16;

/** How long a device may take to notice an abort before new work goes elsewhere. */
const timeToStop: Seconds = 1;

/** One device of the inventory: opened on first use, with a queue of its own. */
export class Seat {
  readonly accelerator: Accelerator;
  readonly info: DeviceInfo;
  readonly quarantine: Quarantine = new Quarantine();
  readonly #activity: Activity;
  readonly #meter: EnergyMeter | null;
  #device: Promise<Device> | null = null;
  #tail: Promise<unknown> = Promise.resolve();
  #queued = 0;
  #backlog: Seconds = 0;
  #expected = 0;
  /** How to send away those that wait for a turn that may never come. */
  readonly #waiting = new Set<(error: BioXenError) => void>();
  #abandoned: { readonly what: string; readonly at: number } | null = null;
  #resident = new WeakMap<object, Set<string>>();
  /** Short runs in a row. */
  readonly #shortRuns = new WeakMap<AnyKernel, number>();

  constructor(accelerator: Accelerator, info: DeviceInfo, activity: Activity, meter: EnergyMeter | null) {
    this.accelerator = accelerator;
    this.info = info;
    this.#activity = activity;
    this.#meter = meter;
  }

  /** Whether it was opened and not closed since. */
  get isOpen(): boolean {
    return this.#device !== null;
  }

  /** Predicted seconds of the runs that are queued or under way. */
  get backlog(): Seconds {
    return this.#backlog;
  }

  /** Counts a run of so many seconds into the backlog until it is disposed. */
  expect(seconds: Seconds): Disposable {
    this.#backlog += seconds;
    this.#expected++;
    return {
      [Symbol.dispose]: () => {
        // rounding must not leave a wait, or less than none, behind an empty queue
        this.#backlog = --this.#expected === 0 ? 0 : Math.max(0, this.#backlog - seconds);
      },
    };
  }

  isResident<I, O>({ workload }: Kernel<I, O>, input: I): boolean {
    const resident = workload.resident(input);
    return resident === null || (this.#resident.get(resident)?.has(workload.id) ?? false);
  }

  /** Waits for its turn, opens the device if need be, prepares resident data once, runs and measures. */
  async run<I, O>(kernel: Kernel<I, O>, input: I, threads: number | null, bound: Bound): Promise<Ran<O>> {
    const what = `${kernel.workload.id} on ${this.info.id}`;
    const turn = this.#tail;
    const first = this.#queued++ === 0;
    let begun = first;
    const begin = (): Promise<Ran<O>> => {
      begun = true;
      return this.#turn(kernel, input, threads, bound);
    };
    const work = first ? begin() : this.#after(turn, what, begin);
    const done = (): void => {
      this.#queued--;
    };
    // the next in line waits for the device itself, not for a caller who stopped waiting
    this.#tail = Promise.all([turn, work.then(done, done)]);
    try {
      return await within(work, bound, what);
    } catch (error) {
      // a run that never had its turn keeps nobody busy
      if (bound.signal.aborted && begun) this.#abandon(work, what);
      throw error;
    }
  }

  /** What the device is still busy with although nobody waits for it any more, once it had time to stop; or null. */
  get stuck(): string | null {
    if (this.#abandoned === null || performance.now() - this.#abandoned.at < timeToStop * 1000) return null;
    return this.#abandoned.what;
  }

  #abandon(work: Promise<unknown>, what: string): void {
    const abandoned = { what, at: performance.now() };
    this.#abandoned = abandoned;
    const timer = setTimeout(() => {
      const error = new BioXenError("DEVICE_LOST", `${this.info.id} does not stop ${what}, which was given up`);
      for (const leave of this.#waiting) leave(error);
    }, timeToStop * 1000);
    const settled = (): void => {
      clearTimeout(timer);
      if (this.#abandoned === abandoned) this.#abandoned = null;
    };
    work.then(settled, settled);
  }

  async #after<O>(turn: Promise<unknown>, what: string, begin: () => Promise<Ran<O>>): Promise<Ran<O>> {
    const stuck = this.stuck;
    if (stuck !== null) throw new BioXenError("DEVICE_LOST", `${what} cannot start: still busy with ${stuck}`);
    let leave: (error: BioXenError) => void = () => {};
    const sentAway = new Promise<never>((_, reject) => {
      leave = reject;
    });
    this.#waiting.add(leave);
    try {
      await Promise.race([turn, sentAway]);
    } finally {
      this.#waiting.delete(leave);
    }
    return begin();
  }

  async #turn<I, O>(kernel: Kernel<I, O>, input: I, threads: number | null, bound: Bound): Promise<Ran<O>> {
    const { signal } = bound;
    if (signal.aborted) throw bound.error(kernel.workload.id);
    const context: RunContext = { signal, threads };
    try {
      const device = await this.#opened(context);
      const prepareSeconds = await this.#prepared(device, kernel, input, context);
      const meter = device.meter ?? this.#meter;
      const joulesBefore = meter === null ? 0 : await meter.read();
      const activity = this.#activity;
      const alone = activity.active++ === 0;
      const order = ++activity.started;
      const shortRuns = this.#shortRuns.get(kernel) ?? 0;
      const cpuBefore = shortRuns < inRow || shortRuns % sampled === 0 ? process.cpuUsage() : null;
      const startedAt = performance.now();
      let output: O;
      let seconds: Seconds;
      let undisturbed: boolean;
      let cpuSeconds: Seconds | null;
      try {
        output = await device.run(kernel, input, context);
        seconds = (performance.now() - startedAt) / 1000;
        this.#shortRuns.set(kernel, seconds < short ? shortRuns + 1 : 0);
        undisturbed = alone && activity.started === order;
        cpuSeconds = undisturbed && cpuBefore !== null ? cpuSecondsSince(cpuBefore) : null;
      } finally {
        activity.active--;
      }
      const metered = await meteredSince(joulesBefore, meter, seconds, undisturbed);
      return {
        output,
        prepareSeconds,
        measured: { seconds, cpuSeconds, ...metered, basis: "measured" },
      };
    } catch (error) {
      const typed = asKernelError(error, `${kernel.workload.id} on ${this.info.id}`);
      if (typed.code === "DEVICE_LOST") await this.closeWithin(timeToStop);
      throw typed;
    }
  }

  async #prepared<I, O>(device: Device, kernel: Kernel<I, O>, input: I, context: RunContext): Promise<Seconds> {
    const resident = kernel.workload.resident(input);
    if (device.prepare === null || (resident !== null && this.isResident(kernel, input))) return 0;
    const startedAt = performance.now();
    await device.prepare(kernel, input, context);
    if (resident !== null) {
      const of = this.#resident.get(resident) ?? new Set();
      this.#resident.set(resident, of.add(kernel.workload.id));
    }
    return (performance.now() - startedAt) / 1000;
  }

  async #opened(context: RunContext): Promise<Device> {
    if (this.#device === null && this.quarantine.mustProbe) {
      const probe = await probeSafely(this.accelerator, context.signal);
      const found = devicesOf(probe).some(({ id }) => id === this.info.id);
      if (!found) throw new BioXenError("DEVICE_LOST", `${this.info.id} is gone: ${whyGone(probe)}`);
    }
    try {
      this.#device ??= this.accelerator.open(this.info, context);
      return await this.#device;
    } catch (cause) {
      this.#device = null;
      if (cause instanceof BioXenError) throw cause;
      throw new BioXenError("DEVICE_LOST", `${this.info.id} cannot be opened: ${text(cause)}`, { cause });
    }
  }

  /** As `close`, but waits no longer than this: a device that was lost may hang as it closes. */
  async closeWithin(seconds: Seconds): Promise<void> {
    const closed = new AbortController();
    const late = sleep(seconds * 1000, null, { signal: closed.signal }).catch(() => {});
    await Promise.race([this.close(), late]);
    closed.abort();
  }

  /** Disposes the device; a later run opens it anew and finds nothing resident. */
  async close(): Promise<void> {
    const device = this.#device;
    this.#device = null;
    this.#resident = new WeakMap();
    try {
      await (await device)?.[Symbol.asyncDispose]();
    } catch {
      // a device that was lost may not manage to tidy up: there is nothing left to do about it
    }
  }
}

function whyGone(probe: Probe): string {
  if (probe.status === "present") return "its accelerator finds other devices only";
  return probe.status === "absent" ? probe.reason : probe.error.message;
}

/** What a kernel throws beside the contract's errors is a failure of that kernel: the job may be done elsewhere. */
function asKernelError(error: unknown, what: string): BioXenError {
  if (error instanceof BioXenError) return error;
  return new BioXenError("KERNEL_FAILED", `${what}: ${text(error)}`, { cause: error });
}

function text(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function cpuSecondsSince(before: NodeJS.CpuUsage): Seconds {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}
