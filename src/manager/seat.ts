import {
  type Accelerator,
  BioXenError,
  type Device,
  type DeviceInfo,
  devicesOf,
  type EnergyMeter,
  type Kernel,
  type Measured,
  type RunContext,
  type Seconds,
} from "../contract/index.ts";
import { type Bound, within } from "./bounded.ts";
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

/** How long a device may take to notice an abort before new work goes elsewhere. */
const timeToStop: Seconds = 1;

/** One device of the inventory: opened on first use, with a queue of its own. */
export class Seat {
  readonly accelerator: Accelerator;
  readonly info: DeviceInfo;
  readonly quarantine: Quarantine = new Quarantine();
  /** Predicted seconds of the runs that are queued or under way. */
  backlog: Seconds = 0;
  readonly #activity: Activity;
  readonly #meter: EnergyMeter | null;
  #device: Promise<Device> | null = null;
  #tail: Promise<unknown> = Promise.resolve();
  #queued = 0;
  #abandoned: { readonly what: string; readonly at: number } | null = null;
  #resident = new WeakMap<object, Set<string>>();

  constructor(accelerator: Accelerator, info: DeviceInfo, activity: Activity, meter: EnergyMeter | null) {
    this.accelerator = accelerator;
    this.info = info;
    this.#activity = activity;
    this.#meter = meter;
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
    const work = first ? this.#turn(kernel, input, threads, bound) : this.#after(turn, kernel, input, threads, bound);
    // the next in line waits for the device itself, not for a caller who stopped waiting
    this.#tail = work.then(
      () => this.#queued--,
      () => this.#queued--,
    );
    try {
      return await within(work, bound, what);
    } catch (error) {
      if (bound.signal.aborted) this.#abandon(work, what);
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
    const settled = (): void => {
      if (this.#abandoned === abandoned) this.#abandoned = null;
    };
    work.then(settled, settled);
  }

  async #after<I, O>(
    turn: Promise<unknown>,
    kernel: Kernel<I, O>,
    input: I,
    threads: number | null,
    bound: Bound,
  ): Promise<Ran<O>> {
    await turn;
    return this.#turn(kernel, input, threads, bound);
  }

  async #turn<I, O>(kernel: Kernel<I, O>, input: I, threads: number | null, bound: Bound): Promise<Ran<O>> {
    const { signal } = bound;
    if (signal.aborted) throw bound.error(kernel.workload.id);
    const context: RunContext = { signal, threads };
    const device = await this.#opened(context);
    try {
      const prepareSeconds = await this.#prepared(device, kernel, input, context);
      const meter = device.meter ?? this.#meter;
      const joulesBefore = meter === null ? 0 : await meter.read();
      const activity = this.#activity;
      const alone = activity.active++ === 0;
      const order = ++activity.started;
      const cpuBefore = process.cpuUsage();
      const startedAt = performance.now();
      let output: O;
      let seconds: Seconds;
      let cpuSeconds: Seconds | null;
      try {
        output = await device.run(kernel, input, context);
        seconds = (performance.now() - startedAt) / 1000;
        const { user, system } = process.cpuUsage(cpuBefore);
        cpuSeconds = alone && activity.started === order ? (user + system) / 1e6 : null;
      } finally {
        activity.active--;
      }
      const joules = meter === null ? null : (await meter.read()) - joulesBefore;
      return {
        output,
        prepareSeconds,
        measured: { seconds, cpuSeconds, joules, energySource: meter?.source ?? null, basis: "measured" },
      };
    } catch (error) {
      const typed = asKernelError(error, `${kernel.workload.id} on ${this.info.id}`);
      if (typed.code === "DEVICE_LOST") await this.close();
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
      const probe = await this.accelerator.probe(context);
      const found = devicesOf(probe).some(({ id }) => id === this.info.id);
      if (!found)
        throw new BioXenError("DEVICE_LOST", `${this.info.id} is gone: its accelerator probes ${probe.status}`);
    }
    this.#device ??= this.accelerator.open(this.info, context);
    try {
      return await this.#device;
    } catch (cause) {
      this.#device = null;
      if (cause instanceof BioXenError) throw cause;
      throw new BioXenError("DEVICE_LOST", `${this.info.id} cannot be opened: ${text(cause)}`, { cause });
    }
  }

  /** Disposes the device; a later run opens it anew and finds nothing resident. */
  async close(): Promise<void> {
    const device = this.#device;
    this.#device = null;
    this.#resident = new WeakMap();
    const opened = await device?.catch(() => null);
    // a device that was lost may not manage to tidy up: there is nothing left to do about it
    await Promise.resolve(opened?.[Symbol.asyncDispose]()).catch(() => {});
  }
}

/** What a kernel throws beside the contract's errors is a failure of that kernel: the job may be done elsewhere. */
function asKernelError(error: unknown, what: string): BioXenError {
  if (error instanceof BioXenError) return error;
  return new BioXenError("KERNEL_FAILED", `${what}: ${text(error)}`, { cause: error });
}

function text(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
