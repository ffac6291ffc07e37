import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { BioXenError, type RunContext } from "../../src/contract/index.ts";
import type { InstalledLibrary } from "./library.ts";
import type { Call, Reply } from "./messages.ts";
import type { Feeds } from "./sessions.ts";

/** Sessions in a child process, which starts at the first call and again after it was killed or died. */
export interface ChildSessions extends AsyncDisposable {
  /** @throws BioXenError `ABORTED` at once, the child killed; `DEVICE_LOST` where it died; else as `runtimeError` tells. */
  readonly run: (model: Uint8Array, threads: number, feeds: Feeds | null, context: RunContext) => Promise<Feeds>;
}

interface Waiting {
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: BioXenError) => void;
}

/** One living child, and what it has been sent. */
interface Running {
  readonly process: ChildProcess;
  readonly models: Set<number>;
  readonly waiting: Map<number, Waiting>;
}

/** Enough of a child's stderr to hold its last line. */
const stderrKept = 4096;

export function openChildSessions(library: InstalledLibrary, provider: string): ChildSessions {
  const keys = new WeakMap<Uint8Array, number>();
  let lastKey = 0;
  let lastId = 0;
  let running: Running | null = null;

  const keyOf = (model: Uint8Array): number => {
    const key = keys.get(model) ?? ++lastKey;
    keys.set(model, key);
    return key;
  };

  const start = (): Running => {
    const child = fork(fileURLToPath(new URL("./sessions.child.js", import.meta.url)), [library.entry.href, provider], {
      execArgv: [],
      serialization: "advanced",
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    const started: Running = { process: child, models: new Set(), waiting: new Map() };
    let stderr = "";
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      stderr = (stderr + text).slice(-stderrKept);
    });
    const lost = (how: string, cause?: unknown): void => {
      if (running === started) running = null;
      const last = stderr.trimEnd().split("\n").at(-1)?.trim() ?? "";
      const text = `the process that runs models ${how}${last === "" ? "" : `; it last said: ${last}`}`;
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

  const call = (to: Running, message: Omit<Call, "id">, { signal }: RunContext): Promise<Reply> =>
    new Promise<Reply>((resolve, reject) => {
      const id = ++lastId;
      const settled = (): void => {
        signal.removeEventListener("abort", onAbort);
        if (to.waiting.size <= 1) hold(to.process, false);
      };
      const onAbort = (): void => {
        stop(to);
        if (running === to) running = null;
        settled();
        reject(new BioXenError("ABORTED", "the model's run was aborted", { cause: signal.reason }));
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
      if (signal.aborted) {
        onAbort();
        return;
      }
      signal.addEventListener("abort", onAbort, { once: true });
      hold(to.process, true);
      // a failure to send shows as the child's `error` or `close`
      to.process.send({ ...message, id }, () => {});
    });

  return {
    run: async (model, threads, feeds, context) => {
      running ??= start();
      const to = running;
      const key = keyOf(model);
      const known = to.models.has(key);
      let reply = await call(to, { key, model: known ? null : model, threads, feeds }, context);
      if ("missing" in reply) reply = await call(to, { key, model, threads, feeds }, context);
      to.models.add(key);
      if ("outputs" in reply) return reply.outputs;
      if ("missing" in reply) throw new BioXenError("KERNEL_FAILED", "the process that runs models lost the model");
      const { code, message, operator } = reply.error;
      throw new BioXenError(code, message, operator === null ? {} : { context: { operator } });
    },
    [Symbol.asyncDispose]: async () => {
      const last = running;
      running = null;
      if (last === null || last.process.exitCode !== null) return;
      const closed = new Promise((resolve) => last.process.once("close", resolve));
      stop(last);
      await closed;
    },
  };
}

/** Nothing in the child is worth an orderly end: it holds no files, and SIGKILL also ends a run that cannot be cancelled. */
function stop({ process }: Running): void {
  hold(process, true);
  process.kill("SIGKILL");
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
