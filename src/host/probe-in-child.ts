import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { BioXenError, type Probe, type RunContext, type Seconds } from "../contract/index.ts";
import { bundled } from "./bundled.ts";

export interface ChildProbe<T> {
  /** What is being probed, for error messages: "onnxruntime's webgpu provider". */
  readonly subject: string;
  /** A module that does the probing and ends with `process.send(answer)`; whatever it prints is ignored. */
  readonly module: URL;
  readonly args?: readonly string[];
  /** Environment on top of this process' own. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly deadline: Seconds;
  /** The answer if it has the expected form, else null. */
  readonly parse: (answer: unknown) => T | null;
}

export type ChildAnswer<T> = { readonly status: "answered"; readonly answer: T } | Extract<Probe, { status: "broken" }>;

/** Enough of a child's stderr to hold its last line. */
const stderrKept = 4096;

/**
 * Runs a probe that loads native code in a child process, so that what no `catch` sees (a segfault, an abort, a
 * driver that hangs) becomes an answer: `broken`, with the signal or exit code and the child's last line on stderr.
 * The child is killed once it has answered, or at the deadline.
 * @throws BioXenError `ABORTED` where the context's signal fires first.
 */
export async function probeInChild<T>(probe: ChildProbe<T>, { signal }: RunContext): Promise<ChildAnswer<T>> {
  const { subject, module, args = [], environment = {}, deadline, parse } = probe;
  const aborted = (): BioXenError =>
    new BioXenError("ABORTED", `probing ${subject} was aborted`, { cause: signal.reason });
  if (signal.aborted) throw aborted();
  let child: ChildProcess;
  try {
    child = fork(fileURLToPath(bundled(module)), args, {
      // the parent's loaders and inspector ports are not the child's
      execArgv: [],
      env: { ...process.env, ...environment },
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
  } catch (cause) {
    return broken("DEVICE_LOST", `${subject}: its probe could not be started`, {}, cause);
  }
  let stderr = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    stderr = (stderr + text).slice(-stderrKept);
  });
  const lastLine = (): string => stderr.trimEnd().split("\n").at(-1)?.trim() ?? "";
  const said = (): string => (lastLine() === "" ? "" : `; it last said: ${lastLine()}`);

  return new Promise<ChildAnswer<T>>((resolve, reject) => {
    let ended = false;
    const end = (settle: () => void): void => {
      if (ended) return;
      ended = true;
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      child.removeAllListeners();
      // a late error of a killed child has no one left to tell
      child.on("error", () => {});
      child.kill("SIGKILL");
      settle();
    };
    const onAbort = (): void => end(() => reject(aborted()));
    const timer = setTimeout(
      () =>
        end(() =>
          resolve(
            broken(
              "DEADLINE_EXCEEDED",
              `${subject}: its probe gave no answer in ${deadline} s and was killed${said()}`,
              {
                seconds: deadline,
              },
            ),
          ),
        ),
      1000 * deadline,
    );
    signal.addEventListener("abort", onAbort, { once: true });
    child.once("error", (cause) =>
      end(() => resolve(broken("DEVICE_LOST", `${subject}: its probe could not be started`, {}, cause))),
    );
    child.once("message", (message) => {
      const answer = parse(message);
      end(() =>
        resolve(
          answer === null
            ? broken("KERNEL_FAILED", `${subject}: its probe answered ${JSON.stringify(message).slice(0, 200)}`)
            : { status: "answered", answer },
        ),
      );
    });
    // `close` comes after the last of stderr, `disconnect` after the last message: an answer may come between exit and both
    child.once("close", (code, killedBy) => {
      const how =
        killedBy === null ? `ended with exit code ${code} and no answer` : `died of ${killedBy} before it answered`;
      const context = killedBy === null ? { exitCode: code ?? -1 } : { signal: killedBy };
      const noAnswer = (): void =>
        end(() => resolve(broken("DEVICE_LOST", `${subject}: its probe ${how}${said()}`, context)));
      if (child.connected) child.once("disconnect", () => setImmediate(noAnswer));
      else setImmediate(noAnswer);
    });
  });
}

function broken(
  code: "DEVICE_LOST" | "DEADLINE_EXCEEDED" | "KERNEL_FAILED",
  message: string,
  context: Record<string, string | number> = {},
  cause?: unknown,
): Extract<Probe, { status: "broken" }> {
  return {
    status: "broken",
    error: new BioXenError(code, message, { context, ...(cause === undefined ? {} : { cause }) }),
  };
}
