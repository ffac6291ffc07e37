import { BioXenError } from "../../src/contract/index.ts";
import type { CudaFunction, CudaGpu } from "./gpu.ts";

/** How long the device took over a job, by its own events, and what it moved. */
export interface JobTimes {
  /** From the first launch to the end of the last; 0 where nothing was launched. */
  readonly kernelSeconds: number;
  readonly bytesToDevice: number;
  readonly bytesFromDevice: number;
}

/** A kernel's parameter: device memory, or a number with the type that the kernel declares. */
export type Parameter = bigint | { readonly i32: number } | { readonly f64: number };

export const i32 = (value: number): Parameter => ({ i32: value });
export const f64 = (value: number): Parameter => ({ f64: value });

export interface Shape {
  readonly grid: readonly [x: number, y?: number, z?: number];
  readonly block: readonly [x: number, y?: number];
  /** Dynamic shared memory of a block, in bytes. */
  readonly shared?: number;
}

const mostParameters = 32;
/** How long to ask the device over and over before sleeping in between: what most small jobs take. */
const spinMilliseconds = 0.3;

/** One run on the device: memory that is given back at its end, copies, launches. */
export class Job {
  readonly #gpu: CudaGpu;
  readonly #what: string;
  readonly #aborted: Int32Array;
  readonly #borrowed: { readonly at: bigint; readonly bytes: number }[] = [];
  readonly #events: Events;
  #launched: string | null = null;
  /** All that was launched is known to be over. */
  #over = true;
  #unseen = false;
  #toDevice = 0;
  #fromDevice = 0;

  /** `aborted` holds 0 until the caller wants no answer any more. */
  constructor(gpu: CudaGpu, what: string, aborted: Int32Array) {
    this.#gpu = gpu;
    this.#what = what;
    this.#aborted = aborted;
    this.#events = eventsOf(gpu);
  }

  /** Device memory until the end of the job; what it holds is undefined. @throws BioXenError `OUT_OF_MEMORY` */
  buffer(bytes: number): bigint {
    const buffer = this.#named(() => this.#gpu.borrow(bytes));
    this.#borrowed.push(buffer);
    return buffer.at;
  }

  /** Device memory until the end of the job, with a copy of the data. */
  upload(data: ArrayBufferView): bigint {
    const at = this.buffer(data.byteLength);
    this.write(at, data);
    return at;
  }

  /** Device memory that stays, for residents, with a copy of the data. */
  keep(data: ArrayBufferView): bigint {
    const at = this.#named(() => this.#gpu.allocate(data.byteLength));
    this.write(at, data);
    return at;
  }

  /** Copies to the device; launches after this see it, launches before may still read what was there. */
  write(at: bigint, data: ArrayBufferView): void {
    this.#named(() => this.#gpu.staging.send(at, data, (event) => this.#wait(event)));
    this.#toDevice += data.byteLength;
    this.#unseen = true;
  }

  /** Sets bytes to 0, after the launches before and before those after. */
  clear(at: bigint, bytes: number): void {
    this.#named(() => {
      this.#see();
      this.#gpu.driver.cuMemsetD8Async(at, 0, bytes, this.#gpu.compute);
      this.#over = false;
    });
  }

  /** Queues a kernel behind those before it. */
  launch(kernel: CudaFunction, { grid, block, shared = 0 }: Shape, ...parameters: readonly Parameter[]): void {
    const { slots, table } = this.#events;
    if (parameters.length > mostParameters) throw new Error(`${kernel.name} takes ${parameters.length} parameters`);
    parameters.forEach((parameter, at) => {
      if (typeof parameter === "bigint") slots.setBigUint64(8 * at, parameter, true);
      else if ("i32" in parameter) slots.setInt32(8 * at, parameter.i32 | 0, true);
      else slots.setFloat64(8 * at, parameter.f64, true);
    });
    const [x, y = 1, z = 1] = grid;
    const [width, height = 1] = block;
    this.call(kernel.name, () =>
      this.#gpu.driver.cuLaunchKernel(kernel.handle, x, y, z, width, height, 1, shared, this.#gpu.compute, table, null),
    );
  }

  /** Queues what a library launches by itself on the compute stream. */
  call(name: string, work: () => void): void {
    const { driver, compute } = this.#gpu;
    if (this.#aborted[0] !== 0) throw this.#abortion();
    this.#named(() => {
      this.#see();
      if (this.#launched === null) driver.cuEventRecord(this.#events.first, compute);
    });
    this.#launched = name;
    this.#over = false;
    this.#named(() => {
      work();
      driver.cuEventRecord(this.#events.last, compute);
    });
  }

  /** Waits for all that was launched and copied. @throws BioXenError `ABORTED`, `DEVICE_LOST` */
  done(): void {
    const { driver, compute, copy } = this.#gpu;
    this.#named(() => {
      this.#see();
      driver.cuEventRecord(this.#events.ended, this.#launched === null ? copy : compute);
      this.#wait(this.#events.ended);
    });
    this.#over = true;
  }

  /** Waits for what was launched, and copies into the view. @throws BioXenError `ABORTED`, `DEVICE_LOST` */
  read(at: bigint, into: ArrayBufferView): void {
    const { driver, compute, copy, staging } = this.#gpu;
    this.#named(() => {
      driver.cuEventRecord(this.#events.ended, compute);
      driver.cuStreamWaitEvent(copy, this.#events.ended, 0);
      staging.receive(at, into, (event) => this.#wait(event));
    });
    this.#fromDevice += into.byteLength;
  }

  /** Seconds between the first launch so far and the end of the last; waits for it. */
  times(): JobTimes {
    const moved = { bytesToDevice: this.#toDevice, bytesFromDevice: this.#fromDevice };
    if (this.#launched === null) return { kernelSeconds: 0, ...moved };
    const milliseconds = new Float32Array(1);
    this.#named(() => {
      this.#wait(this.#events.last);
      this.#gpu.driver.cuEventElapsedTime(milliseconds, this.#events.first, this.#events.last);
    });
    this.#over = true;
    return { kernelSeconds: (milliseconds[0] ?? 0) / 1000, ...moved };
  }

  /**
   * Gives all memory back. After an abort or an error what is still running is waited for first: it may use that memory,
   * which the next job's copies would write to.
   */
  end(): void {
    if (!this.#over && !this.#gpu.isStuck())
      try {
        this.#aborted[0] = 0;
        this.done();
      } catch {
        // what is wrong with the device shows in the next run
      }
    for (const buffer of this.#borrowed) this.#gpu.giveBack(buffer);
    this.#gpu.residents.release();
  }

  /** Lets the compute stream wait for the copies so far. */
  #see(): void {
    if (!this.#unseen) return;
    const { driver, compute, copy } = this.#gpu;
    driver.cuEventRecord(this.#events.copied, copy);
    driver.cuStreamWaitEvent(compute, this.#events.copied, 0);
    this.#unseen = false;
  }

  #wait(event: bigint): void {
    const startedAt = performance.now();
    for (;;) {
      if (this.#gpu.driver.eventDone(event)) return;
      if (this.#aborted[0] !== 0) throw this.#abortion();
      const elapsed = performance.now() - startedAt;
      if (elapsed > 1000 * this.#gpu.patience) {
        this.#gpu.giveUp();
        throw new BioXenError(
          "DEVICE_LOST",
          `still running after ${this.#gpu.patience} s, and given up; nvidia-smi tells who else uses the GPU, dmesg whether it is well (Xid)`,
        );
      }
      if (elapsed > spinMilliseconds) Atomics.wait(this.#aborted, 0, 0, Math.min(1, elapsed / 10));
    }
  }

  #where(): string {
    return this.#launched === null ? this.#what : `kernel ${this.#launched}`;
  }

  #named<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof BioXenError) || error.code === "ABORTED") throw error;
      const { code, message, context } = error;
      throw new BioXenError(code, `${this.#where()}: ${message}`, { context, cause: error });
    }
  }

  #abortion(): BioXenError {
    return new BioXenError("ABORTED", `${this.#what} was aborted`);
  }
}

/** What the jobs of one GPU share: they come one at a time. */
interface Events {
  readonly first: bigint;
  readonly last: bigint;
  readonly copied: bigint;
  readonly ended: bigint;
  /** Eight bytes a parameter, and the table of their addresses that a launch takes. */
  readonly slots: DataView;
  readonly table: BigUint64Array;
}

const events = new WeakMap<CudaGpu, Events>();

function eventsOf(gpu: CudaGpu): Events {
  const known = events.get(gpu);
  if (known !== undefined) return known;
  const event = (flags: number): bigint => {
    const pointer = new BigUint64Array(1);
    gpu.driver.cuEventCreate(pointer, flags);
    return pointer[0] ?? 0n;
  };
  const slots = new DataView(new ArrayBuffer(8 * mostParameters));
  const start = gpu.staging.addressOf(slots);
  const made = {
    first: event(0),
    last: event(0),
    copied: event(2), // CU_EVENT_DISABLE_TIMING
    ended: event(2),
    slots,
    table: BigUint64Array.from({ length: mostParameters }, (_, at) => start + BigInt(8 * at)),
  };
  events.set(gpu, made);
  return made;
}
