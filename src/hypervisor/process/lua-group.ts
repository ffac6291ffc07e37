import { Worker } from "node:worker_threads";
import { BioXenError, type Seconds } from "../../contract/index.ts";
import {
  errorOf,
  type FromWorker,
  failureOf,
  type Request,
  type Result,
  type ToWorker,
  type WorkerData,
} from "./messages.ts";
import type { Biology } from "./process.ts";

interface Pending {
  readonly vm: string;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: BioXenError) => void;
  readonly biology: Biology;
  /** Ends what biology does for it. */
  readonly over: AbortController;
  readonly calls: Set<Promise<void>>;
  /** What biology threw, whose stack does not cross threads. */
  readonly thrown: unknown[];
  /** By then it should have ended by itself. */
  due: number;
}

/** A worker is looked at so often, in milliseconds. */
const tick = 100;
/** A request so long after its time, in a worker that has been still for so long, is not waited for any more. */
const overdue = 500;
const still = 400;
/** After the end of a run, biology that it called may take so long to stop. */
const settling = 500;
/** For requests without a deadline of their own. */
const housekeeping: Seconds = 60;
const now = (): number => performance.now();
const nothing: Biology = {};

/** One worker thread with the Lua states of some VMs, and the watch over it. It starts when it is first asked something. */
export class LuaGroup {
  readonly vms: Set<string> = new Set();
  readonly #onLost: (vms: readonly string[], why: string) => void;
  #worker: Worker | null = null;
  #beats = new Int32Array(new SharedArrayBuffer(4));
  #pending = new Map<number, Pending>();
  #watch: NodeJS.Timeout | null = null;
  #lastId = 0;
  #seen = { beats: 0, at: 0, tick: 0 };

  /** `onLost` is told of VMs whose states are gone. */
  constructor(onLost: (vms: readonly string[], why: string) => void) {
    this.#onLost = onLost;
  }

  /** Asks the worker. @throws BioXenError what it answers; `PROCESS_LOST` where it had to be ended */
  async ask(
    request: Request,
    of: { biology?: Biology; deadline?: Seconds; signal?: AbortSignal } = {},
  ): Promise<Result> {
    const { biology = nothing, deadline = housekeeping, signal } = of;
    const aborted = (): BioXenError => new BioXenError("ABORTED", "the process was aborted", { cause: signal?.reason });
    if (signal?.aborted === true) throw aborted();
    const worker = this.#started();
    const id = ++this.#lastId;
    const over = new AbortController();
    const calls = new Set<Promise<void>>();
    const pending: Omit<Pending, "resolve" | "reject"> = {
      ...{ vm: request.vm, biology, over, calls, thrown: [], due: now() + 1000 * deadline },
    };
    const answered = new Promise<Result>((resolve, reject) => {
      const entry = Object.assign(pending, { resolve, reject });
      this.#pending.set(id, entry);
    });
    const onAbort = (): void => {
      pending.due = Math.min(pending.due, now());
      over.abort(signal?.reason);
      post(worker, { kind: "end", id, failure: failureOf(aborted()) });
    };
    signal?.addEventListener("abort", onAbort, { once: true });
    this.#watchOver();
    try {
      post(worker, { ...request, id });
      return await answered;
    } finally {
      signal?.removeEventListener("abort", onAbort);
      this.#pending.delete(id);
      if (this.#pending.size === 0) this.#rest();
      over.abort(new BioXenError("ABORTED", "the process that asked for it is over"));
      // nothing that the process set going should still work on the cell when its end is told
      if (calls.size > 0) await Promise.race([Promise.allSettled(calls), pause(settling)]);
    }
  }

  async close(): Promise<void> {
    const worker = this.#worker;
    this.#worker = null;
    this.#rest();
    for (const one of this.#pending.values()) one.reject(new BioXenError("ABORTED", "the Lua states were closed"));
    await worker?.terminate();
  }

  #started(): Worker {
    if (this.#worker !== null) return this.#worker;
    this.#beats = new Int32Array(new SharedArrayBuffer(4));
    const worker = new Worker(new URL("./lua.worker.js", import.meta.url), {
      workerData: { beats: this.#beats.buffer } satisfies WorkerData,
      // neither the parent's settings nor its secrets are the scripts'
      execArgv: [],
      env: {},
    });
    worker.on("message", (message: FromWorker) => this.#take(worker, message));
    worker.on("error", (error) => this.#lose(worker, `its worker failed: ${error.message}`));
    worker.on("exit", () => this.#lose(worker, "its worker ended"));
    this.#worker = worker;
    return worker;
  }

  #take(worker: Worker, message: FromWorker): void {
    const pending = this.#pending.get(message.id);
    if (pending === undefined || worker !== this.#worker) return;
    switch (message.kind) {
      case "done":
        pending.resolve(message.result);
        return;
      case "failed": {
        const { failure, lost } = message;
        const cause = pending.thrown.find((one) => one instanceof Error && failure.message.includes(one.message));
        if (lost) this.#onLost([pending.vm], failure.message);
        pending.reject(errorOf(failure, cause));
        return;
      }
      case "call": {
        const call = this.#call(worker, pending, message).finally(() => pending.calls.delete(call));
        pending.calls.add(call);
      }
    }
  }

  async #call(worker: Worker, pending: Pending, message: Extract<FromWorker, { kind: "call" }>): Promise<void> {
    const { call, name, args } = message;
    try {
      const of = Object.hasOwn(pending.biology, name) ? pending.biology[name] : undefined;
      if (of === undefined) throw new BioXenError("PROCESS_FAILED", `${name} is not available to this process`);
      pending.over.signal.throwIfAborted();
      const value = await of(args, { vmId: pending.vm, signal: pending.over.signal });
      post(worker, { kind: "called", call, value });
    } catch (error) {
      pending.thrown.push(error);
      post(worker, { kind: "call-failed", call, failure: failureOf(error) });
    }
  }

  #watchOver(): void {
    if (this.#watch !== null) return;
    const at = now();
    this.#seen = { beats: Atomics.load(this.#beats, 0), at, tick: at };
    this.#worker?.ref();
    this.#watch = setInterval(() => this.#look(), tick);
  }

  /** With nothing asked, neither the worker nor the watch keeps the program alive. */
  #rest(): void {
    if (this.#watch !== null) clearInterval(this.#watch);
    this.#watch = null;
    this.#worker?.unref();
  }

  #look(): void {
    const at = now();
    const beats = Atomics.load(this.#beats, 0);
    // where this thread was held up itself, answers may lie in its queue: nobody is judged by that
    if (beats !== this.#seen.beats || at - this.#seen.tick > 3 * tick) this.#seen = { beats, at, tick: at };
    this.#seen.tick = at;
    if (at - this.#seen.at < still || this.#worker === null) return;
    for (const { due } of this.#pending.values())
      if (at > due + overdue && this.#worker !== null)
        this.#lose(this.#worker, "its worker did not answer and was ended");
  }

  #lose(worker: Worker, why: string): void {
    if (worker !== this.#worker) return;
    this.#worker = null;
    this.#rest();
    const pending = [...this.#pending.values()];
    this.#pending = new Map();
    this.#onLost([...this.vms], why);
    const ended = worker.terminate();
    for (const one of pending) {
      const error = new BioXenError("PROCESS_LOST", `the Lua state of VM ${one.vm} is gone: ${why}`);
      void ended.finally(() => one.reject(error));
    }
  }
}

/** A worker that was ended takes no message, and nobody waits for its answer any more. */
function post(worker: Worker, message: ToWorker): void {
  worker.postMessage(message);
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds).unref();
  });
}
