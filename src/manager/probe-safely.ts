import { type Accelerator, BioXenError, type Probe, type RunContext, type Seconds } from "../contract/index.ts";

/** An accelerator that does not answer in this time is broken. */
const probeDeadline: Seconds = 10;

/**
 * Probes an accelerator; one that throws or hangs is `broken` and takes nobody with it.
 * @throws BioXenError `ABORTED` as soon as the signal fires, whether or not the probe notices.
 */
export async function probeSafely(accelerator: Accelerator, outer: AbortSignal | undefined): Promise<Probe> {
  const own = new AbortController();
  const signal = outer === undefined ? own.signal : AbortSignal.any([own.signal, outer]);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Probe>((resolve) => {
    timer = setTimeout(() => {
      own.abort();
      resolve(broken(`the probe of ${accelerator.id} did not end within ${probeDeadline} s`, "DEADLINE_EXCEEDED"));
    }, probeDeadline * 1000);
  });
  let stop = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(outer?.reason);
    if (outer?.aborted === true) stop();
    outer?.addEventListener("abort", stop, { once: true });
  });
  aborted.catch(() => {});
  const context: RunContext = { signal, threads: null };
  try {
    return await Promise.race([aborted, accelerator.probe(context), late]);
  } catch (cause) {
    if (outer?.aborted === true)
      throw new BioXenError("ABORTED", `the probe of ${accelerator.id} was aborted`, { cause });
    return broken(
      `the probe of ${accelerator.id} threw: ${cause instanceof Error ? cause.message : cause}`,
      "KERNEL_FAILED",
      cause,
    );
  } finally {
    clearTimeout(timer);
    outer?.removeEventListener("abort", stop);
  }
}

function broken(message: string, code: "DEADLINE_EXCEEDED" | "KERNEL_FAILED", cause?: unknown): Probe {
  return { status: "broken", error: new BioXenError(code, message, { cause }) };
}
