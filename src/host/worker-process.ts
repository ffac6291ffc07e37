import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { BioXenError, type RunContext } from "../contract/index.ts";
import type { Tasks } from "./worker-pool.ts";

/**
 * One child process that runs the named tasks of a module, one at a time. It starts at the first run, and again
 * after it was killed or died. For native code that may crash, that cannot be stopped or that changes its process.
 */
export interface WorkerProcess<T extends Tasks> extends AsyncDisposable {
  /**
   * Data and answer are copied; shared memory cannot be sent. Aborting kills the child.
   * @throws BioXenError `ABORTED` at once, `DEVICE_LOST` where the child died or cannot start, else the task's own.
   */
  readonly run: <Name extends keyof T & string>(
    name: Name,
    data: Parameters<T[Name]>[0],
    context: RunContext,
  ) => Promise<Awaited<ReturnType<T[Name]>>>;
}

interface Call {
  readonly id: number;
  readonly name: string;
  readonly data: unknown;
}

type Reply = { readonly id: number } & (
  | { readonly answer: unknown }
  | { readonly error: Pick<BioXenError, "code" | "message" | "context"> }
);

interface Waiting {
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: BioXenError) => void;
}

/** One living child and who waits for it. */
interface Running {
  readonly child: ChildProcess;
  readonly waiting: Map<number, Waiting>;
}

/** Enough of a child's stderr to hold its last line. */
const stderrKept = 4096;

/** Opens a module that ends with `serveProcess(tasks)`; `environment` comes on top of this process' own. */
export function openProcess<T extends Tasks>(
  module: URL,
  subject: string,
  environment: Readonly<Record<string, string>> = {},
): WorkerProcess<T> {
  let running: Running | null = null;
  let lastId = 0;
  let closed = false;

  const start = (): Running => {
    const child = fork(fileURLToPath(module), [], {
      // the parent's loaders and inspector ports are not the child's
      execArgv: [],
      env: { ...process.env, ...environment },
      serialization: "advanced",
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    const started: Running = { child, waiting: new Map() };
    let stderr = "";
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      stderr = (stderr + text).slice(-stderrKept);
    });
    const lost = (how: string, cause?: unknown): void => {
      if (running === started) running = null;
      const last = stderr.trimEnd().split("\n").at(-1)?.trim() ?? "";
      const text = `the process of ${subject} ${how}${last === "" ? "" : `; it last said: ${last}`}`;
      for (const { reject } of started.waiting.values()) reject(new BioXenError("DEVICE_LOST", text, { cause }));
      started.waiting.clear();
    };
    child.once("error", (cause) => lost("could not be reached", cause));
    child.once("close", (code, signal) => lost(signal === null ? `ended with exit code ${code}` : `died of ${signal}`));
    child.on("message", (reply: Reply) => {
      started.waiting.get(reply.id)?.resolve(reply);
      started.waiting.delete(reply.id);
    });
    return started;
  };

  const call = (to: Running, name: string, data: unknown, { signal }: RunContext): Promise<Reply> =>
    new Promise<Reply>((resolve, reject) => {
      const id = ++lastId;
      const settled = (): void => {
        signal.removeEventListener("abort", onAbort);
        if (to.waiting.size <= 1) hold(to.child, false);
      };
      const onAbort = (): void => {
        to.waiting.delete(id);
        if (running === to) running = null;
        kill(to.child);
        settled();
        reject(new BioXenError("ABORTED", `${name} was aborted`, { cause: signal.reason }));
      };
      to.waiting.set(id, {
        resolve: (reply) => {
          settled();
          resolve(reply);
        },
        reject: (error) => {
          settled();
          reject(error);
        },
      });
      signal.addEventListener("abort", onAbort, { once: true });
      hold(to.child, true);
      // a failure to send shows as the child's `error` or `close`
      to.child.send({ id, name, data } satisfies Call, () => {});
    });

  return {
    run: async (name, data, context) => {
      if (closed) throw new BioXenError("DEVICE_LOST", `${name} was asked of a device that is closed`);
      if (context.signal.aborted)
        throw new BioXenError("ABORTED", `${name} was aborted`, { cause: context.signal.reason });
      running ??= start();
      const reply = await call(running, name, data, context);
      if ("answer" in reply) return reply.answer as never;
      const { code, message, context: where } = reply.error;
      throw new BioXenError(code, `${name}: ${message}`, { context: where });
    },
    [Symbol.asyncDispose]: async () => {
      closed = true;
      const last = running;
      running = null;
      if (last === null || last.child.exitCode !== null || last.child.signalCode !== null) return;
      const ended = new Promise((resolve) => last.child.once("close", resolve));
      kill(last.child);
      await ended;
    },
  };
}

/** Nothing in the child is worth an orderly end: it holds no files, and SIGKILL also ends work that cannot be cancelled. */
function kill(child: ChildProcess): void {
  hold(child, true);
  child.kill("SIGKILL");
}

/** Whether this process stays alive for the child: only while an answer is awaited. */
function hold(child: ChildProcess, wanted: boolean): void {
  const stderr = child.stderr as { ref?: () => void; unref?: () => void } | null;
  if (wanted) {
    child.ref();
    child.channel?.ref();
    stderr?.ref?.();
  } else {
    child.unref();
    child.channel?.unref();
    stderr?.unref?.();
  }
}

/** Answers a parent's calls in this process, one after the other, until the parent is gone. */
export function serveProcess(tasks: Tasks): void {
  let last: Promise<void> = Promise.resolve();
  const answer = async ({ id, name, data }: Call): Promise<void> => {
    let reply: Reply;
    try {
      const task = tasks[name];
      if (task === undefined) throw new BioXenError("UNSUPPORTED", `no task ${name}`);
      reply = { id, answer: await task(data) };
    } catch (error) {
      const { code, context } = error instanceof BioXenError ? error : new BioXenError("KERNEL_FAILED", "");
      reply = { id, error: { code, message: error instanceof Error ? error.message : String(error), context } };
    }
    process.send?.(reply);
  };
  process.on("message", (call: Call) => {
    last = last.then(() => answer(call));
  });
  // the parent is gone or done with this process
  process.on("disconnect", () => process.exit(0));
}
