import { BioXenError, type DeviceInfo, type RunContext, type Seconds } from "../../src/contract/index.ts";
import { openPool } from "../../src/host/worker-pool.ts";
import type { DeviceFacts } from "./gpu.ts";
import type { JobTimes } from "./job.ts";
import { type Libraries, longestLaunch } from "./libraries.ts";
import type { ResidentReference } from "./residents.ts";
import type { CudaCall, CudaReply, CudaTasks } from "./worker.ts";

/** A resident object as tasks name it, and how to make what travels to the device where it is not there yet. */
export interface ResidentData<L> {
  /** The immutable object of the caller's that the data is made from. */
  readonly owner: object;
  /** Which of the things made of that object: `bases`, `targets 3 1 4`. */
  readonly part: string;
  /** What the task needs in order to put it on the device; called only where the device lacks it. */
  readonly load: () => L;
}

type Data<T> = T extends (gpu: never, job: never, data: infer D, resident: never) => unknown ? D : never;
type Load<T> = T extends (gpu: never, job: never, data: never, resident: infer R) => unknown
  ? Exclude<R, null> extends ResidentReference<infer L>
    ? L
    : never
  : never;
type Answer<T> = T extends (...args: never) => infer A ? Awaited<A> : never;

/** One GPU from this side: a thread that owns its context and runs tasks one at a time. */
export interface CudaDevice extends AsyncDisposable {
  readonly info: DeviceInfo;
  /** How long the device took over the last run that ended, by its own events. */
  readonly times: () => JobTimes;
  /** Opens the context, and says what the device has. */
  readonly facts: (context: RunContext) => Promise<DeviceFacts>;
  /**
   * Runs a task of `worker.ts`. Shared memory travels by reference, the rest is copied. Aborting rejects at once; what
   * was launched ends by itself, and the next task is queued behind it.
   * @throws BioXenError `ABORTED`, `DEVICE_LOST`, `OUT_OF_MEMORY`, `KERNEL_FAILED`, `UNSUPPORTED`.
   */
  readonly run: <Name extends keyof CudaTasks & string>(
    name: Name,
    data: Data<CudaTasks[Name]>,
    context: RunContext,
    resident?: ResidentData<Load<CudaTasks[Name]>>,
  ) => Promise<Answer<CudaTasks[Name]>>;
}

/** Owners are numbered over all devices: a number never names two objects. */
const numbers = new WeakMap<object, number>();
let owners = 0;

function numberOf(owner: object): number {
  const known = numbers.get(owner);
  if (known !== undefined) return known;
  numbers.set(owner, owners);
  return owners++;
}

const never: AbortSignal = new AbortController().signal;

/** Starts no thread and touches no driver before the first run. `ordinal` counts the GPUs as the driver does. */
export function openCudaDevice(
  info: DeviceInfo,
  ordinal: number,
  libraries: Libraries,
  patience: Seconds = longestLaunch,
): CudaDevice {
  const pool = openPool<{ readonly run: (call: CudaCall) => Promise<CudaReply> }>(
    new URL("./worker.js", import.meta.url),
    1,
  );
  let last: JobTimes = { kernelSeconds: 0, bytesToDevice: 0, bytesFromDevice: 0 };
  /** Keys that the device is known to have, and those whose owners are gone. */
  const there = new Set<string>();
  let dead: string[] = [];
  const collected = new FinalizationRegistry<string>((key) => {
    if (there.delete(key)) dead.push(key);
  });

  const call = async (name: string, data: unknown, { signal }: RunContext, resident?: ResidentData<unknown>) => {
    const key = resident === undefined ? null : `${numberOf(resident.owner)} ${resident.part}`;
    const aborted = new Int32Array(new SharedArrayBuffer(4));
    const onAbort = (): void => {
      Atomics.store(aborted, 0, 1);
      Atomics.notify(aborted, 0);
    };
    if (signal.aborted) throw new BioXenError("ABORTED", `${name} was aborted`, { cause: signal.reason });
    signal.addEventListener("abort", onAbort, { once: true });
    const once = (load: unknown): Promise<CudaReply> => {
      const forget = dead;
      dead = [];
      return pool.run(
        "run",
        { name, data, ordinal, libraries, patience, aborted, forget, resident: key === null ? null : { key, load } },
        { signal: never, threads: null },
      );
    };
    const answer = async (): Promise<unknown> => {
      const held = key === null || there.has(key);
      let reply = await once(held || resident === undefined ? null : resident.load());
      // it was thrown out for want of memory since
      if (reply.lacks && resident !== undefined) reply = await once(resident.load());
      if (key !== null && resident !== undefined && !there.has(key)) {
        there.add(key);
        collected.register(resident.owner, key);
      }
      last = reply.times;
      return reply.answer;
    };
    let reject: (error: BioXenError) => void = () => {};
    const stop = new Promise<never>((_, no) => {
      reject = no;
    });
    const rejectNow = (): void => reject(new BioXenError("ABORTED", `${name} was aborted`, { cause: signal.reason }));
    signal.addEventListener("abort", rejectNow, { once: true });
    try {
      const done = answer();
      done.catch(() => {});
      return await Promise.race([done, stop]);
    } finally {
      signal.removeEventListener("abort", onAbort);
      signal.removeEventListener("abort", rejectNow);
    }
  };
  return {
    info,
    times: () => last,
    facts: (context) => call("facts", null, context) as Promise<DeviceFacts>,
    run: (name, data, context, resident) => call(name, data, context, resident) as never,
    [Symbol.asyncDispose]: async () => {
      // what is under way ends first: the thread cannot be stopped inside of a driver call
      await call("close", null, { signal: never, threads: null }).catch(() => {});
      await pool[Symbol.asyncDispose]();
    },
  };
}
