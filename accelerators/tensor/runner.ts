import { BioXenError, type RunContext } from "../../src/contract/index.ts";
import { openPool } from "../../src/host/worker-pool.ts";
import { openProcess } from "../../src/host/worker-process.ts";
import type { Call, TensorRunner } from "./kernel.ts";
import { lendToProcess, lendToThread } from "./lending.ts";
import type { BackendSource } from "./library.ts";
import type { TensorTasks } from "./tasks.ts";

/** What a pool of threads and a process have in common. */
interface Workers extends AsyncDisposable {
  readonly run: (name: keyof TensorTasks, data: unknown, context: RunContext) => Promise<unknown>;
}

export interface OpenRunner extends TensorRunner, AsyncDisposable {
  /** Loads the library; at once where it is loaded. */
  readonly start: (context: RunContext) => Promise<void>;
}

/**
 * Environment of TensorFlow's process. TF32 would round factors to 11 bits where the workloads promise IEEE single
 * precision; the log would go to stderr.
 */
const nativeEnvironment = { NVIDIA_TF32_OVERRIDE: "0", TF_CPP_MIN_LOG_LEVEL: "3" } as const;

/** Opens the place where a backend runs: a thread for WebAssembly, a process for native code. */
export function openRunner(source: BackendSource): OpenRunner {
  const open = (): Workers =>
    (source.backend === "wasm"
      ? openPool<TensorTasks>(new URL("./worker.js", import.meta.url), 1)
      : openProcess<TensorTasks>(
          new URL("./tensor.child.js", import.meta.url),
          "TensorFlow",
          nativeEnvironment,
        )) as Workers;
  let workers: Workers | null = null;
  let started = false;
  let closed = false;
  let last: Promise<unknown> = Promise.resolve();

  const once = async (name: keyof TensorTasks, data: unknown, context: RunContext): Promise<unknown> => {
    if (closed) throw new BioXenError("DEVICE_LOST", `${name} was asked of a device that is closed`);
    workers ??= open();
    const used = workers;
    try {
      const answer = await used.run(name, data, context);
      started = true;
      return answer;
    } catch (error) {
      // the thread or process is gone, or its memory may be in any state
      started = false;
      if (workers === used) workers = null;
      await used[Symbol.asyncDispose]();
      throw error;
    }
  };

  const lending = source.backend === "wasm" ? lendToThread() : () => lendToProcess;
  const turn: TensorRunner["turn"] = (context, work) => {
    const call = ((name: keyof TensorTasks, data: unknown) => once(name, data, context)) as Call;
    const done = last.then(() => work(call, lending()));
    last = done.catch(() => null);
    return done;
  };
  return {
    source,
    turn,
    start: async (context) => {
      if (!started) await turn(context, (call) => call("start", { source }));
    },
    [Symbol.asyncDispose]: async () => {
      closed = true;
      const opened = workers;
      workers = null;
      await opened?.[Symbol.asyncDispose]();
    },
  };
}
