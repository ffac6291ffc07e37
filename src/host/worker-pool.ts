import { Tinypool } from "tinypool";
import { BioXenError, type ErrorCode, type RunContext } from "../contract/index.ts";
import { bundled } from "./bundled.ts";

/** What a worker module can do: plain data and typed arrays in, the same out. */
// biome-ignore lint/suspicious/noExplicitAny: each task has its own input and output; `WorkerPool` infers them by name
export type Tasks = Readonly<Record<string, (input: any) => unknown>>;

/** Worker threads that run the named tasks of one module; they start on first use. */
export interface WorkerPool<T extends Tasks> extends AsyncDisposable {
  readonly threads: number;
  /** Workers that `start` has run this task on. */
  readonly started: (name: keyof T & string) => number;
  /** Starts this many workers and runs the task once on each, so that starting and compiling stay out of later runs. */
  readonly start: <Name extends keyof T & string>(
    workers: number,
    name: Name,
    data: Parameters<T[Name]>[0],
    context: RunContext,
  ) => Promise<void>;
  /**
   * Runs one task on a free worker. Aborting ends the worker, mid-kernel if need be.
   * @throws BioXenError `ABORTED`, `DEVICE_LOST` where a worker died, `OUT_OF_MEMORY`, `KERNEL_FAILED`.
   */
  readonly run: <Name extends keyof T & string>(
    name: Name,
    data: Parameters<T[Name]>[0],
    context: RunContext,
    transfer?: readonly ArrayBuffer[],
  ) => Promise<Awaited<ReturnType<T[Name]>>>;
}

interface ThreadHolder {
  readonly thread: {
    terminate(): Promise<unknown>;
    once(event: "exit", listener: () => void): void;
    off(event: "exit", listener: () => void): void;
  };
}

/**
 * Opens a pool on a module whose default export is `serve(tasks)` or `serveOnDemand(loaders)`.
 * A worker that dies while tasks are in flight may have held any of them, and tinypool would wait for it forever:
 * every task in flight then ends with `DEVICE_LOST`, and the pool is done.
 */
export function openPool<T extends Tasks>(module: URL, threads: number): WorkerPool<T> {
  const pool = new Tinypool({
    filename: bundled(module).href,
    minThreads: 0,
    maxThreads: threads,
    idleTimeout: 2 ** 31 - 1,
    // the parent's own are not the workers': with --input-type=module (node -e) they would not start
    execArgv: [],
  });
  // of a worker that holds no task, one that cannot start say; the next task finds out, and nobody has to listen here
  pool.on("error", () => {});
  const inFlight = new Set<(error: BioXenError) => void>();
  const watched = new WeakSet<object>();
  let lost: BioXenError | null = null;
  let closing = false;

  const watch = (): void => {
    for (const holder of pool.threads as unknown as ThreadHolder[]) {
      if (watched.has(holder)) continue;
      watched.add(holder);
      holder.thread.once("exit", () => {
        // a worker that an abort ended has left the pool already: its end is no loss to whatever runs now
        const ended = !(pool.threads as unknown as ThreadHolder[]).includes(holder);
        if (closing || ended) return;
        lost = new BioXenError("DEVICE_LOST", "a worker thread died in mid-run");
        for (const reject of inFlight) reject(lost);
      });
    }
  };

  const warm = new Map<string, number>();

  const opened: WorkerPool<T> = {
    threads,
    started: (name) => warm.get(name) ?? 0,
    start: async (workers, name, data, context) => {
      if (opened.started(name) >= workers) return;
      await Promise.all(Array.from({ length: workers }, () => opened.run(name, data, context)));
      warm.set(name, workers);
    },
    run: async (name, data, { signal }, transfer = []) => {
      if (lost !== null) throw lost;
      // tinypool would start new workers, and nobody would end them
      if (closing) throw new BioXenError("DEVICE_LOST", `${name} was asked of a device that is closed`);
      if (signal.aborted) throw new BioXenError("ABORTED", `${name} was aborted`, { cause: signal.reason });
      let fail: (error: BioXenError) => void = () => {};
      const died = new Promise<never>((_, reject) => {
        fail = reject;
      });
      inFlight.add(fail);
      const aborted = (): void => fail(new BioXenError("ABORTED", `${name} was aborted`, { cause: signal.reason }));
      signal.addEventListener("abort", aborted, { once: true });
      try {
        const done = pool.run({ name, data }, { signal, transferList: [...transfer] });
        watch();
        const answer: unknown = await Promise.race([done, died]);
        if (answer instanceof Object && failedKey in answer) throw failure(answer[failedKey] as Failure, name);
        return answer as never;
      } catch (error) {
        throw typed(error, name);
      } finally {
        inFlight.delete(fail);
        signal.removeEventListener("abort", aborted);
      }
    },
    [Symbol.asyncDispose]: async () => {
      closing = true;
      const threads = pool.threads as unknown as ThreadHolder[];
      const destroyed = pool.destroy();
      if (lost === null) return destroyed;
      // tinypool waits for the exit of each worker, and one that died has exited already
      destroyed.catch(() => {});
      await Promise.all(threads.map(({ thread }) => thread.terminate()));
    },
  };
  return opened;
}

/** What a task threw, as data: an error that leaves a worker by itself loses its class and its code. */
interface Failure {
  readonly code: ErrorCode;
  readonly message: string;
}

const failedKey = "bioxen:failed";

/** Bytes from which giving memory away is quicker than the copy in a message. */
const leastGiven = 2 ** 16;

/**
 * Gives an answer's memory to the pool's thread instead of a copy: for the last line of a task, on an array that has
 * its buffer to itself.
 */
export function handOver<T extends Float32Array>(answer: T): T {
  return answer.byteLength < leastGiven ? answer : (Tinypool.move(answer) as T);
}

/**
 * Gives the memory of an answer's arrays to the pool's thread instead of copies: of the answer itself, or of its own
 * properties. Arrays that are large must have their buffers to themselves; shared memory travels by reference anyway.
 */
export function handOverAll<T extends object>(answer: T, arrays: readonly unknown[]): T {
  const buffers = new Set<ArrayBuffer>();
  for (const one of arrays)
    if (ArrayBuffer.isView(one) && one.buffer instanceof ArrayBuffer && one.byteLength >= leastGiven)
      buffers.add(one.buffer);
  if (buffers.size === 0) return answer;
  const given = { [Tinypool.transferableSymbol]: [...buffers], [Tinypool.valueSymbol]: answer };
  return Tinypool.move(given as never) as unknown as T;
}

/** The default export of a worker module: runs the task that a pool names. */
export function serve(tasks: Tasks): (call: { name: string; data: unknown }) => unknown {
  return async ({ name, data }) => {
    try {
      const task = tasks[name];
      if (task === undefined) throw new BioXenError("UNSUPPORTED", `no task ${name}`);
      return await task(data);
    } catch (error) {
      if (!(error instanceof BioXenError)) throw error;
      const { code, message } = error;
      return { [failedKey]: { code, message } satisfies Failure };
    }
  };
}

/** As `serve`, of tasks that are loaded when first asked for: a worker that does one thing does not start with all. */
export function serveOnDemand<T extends Tasks>(
  loaders: {
    readonly [Name in keyof T]: () => Promise<T[Name]>;
  },
): ReturnType<typeof serve> {
  const tasks = Object.entries(loaders).map(([name, load]) => {
    let loaded: Promise<Tasks[string]> | null = null;
    const task = async (data: unknown): Promise<unknown> => {
      const loading = loaded ?? load();
      loaded = loading;
      return (await loading)(data);
    };
    return [name, task] as const;
  });
  return serve(Object.fromEntries(tasks));
}

function failure({ code, message }: Failure, task: string): BioXenError {
  return new BioXenError(code, `${task}: ${message}`);
}

function typed(error: unknown, task: string): BioXenError {
  if (error instanceof BioXenError) return error;
  const { code, message } = error as { code?: unknown; message?: unknown };
  const text = `${task}: ${String(message ?? error)}`;
  if (code === "ERR_WORKER_OUT_OF_MEMORY" || /out of memory|allocation failed/i.test(text))
    return new BioXenError("OUT_OF_MEMORY", text, { cause: error });
  return new BioXenError("KERNEL_FAILED", text, { cause: error });
}
