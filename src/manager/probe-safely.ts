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
    return believed(accelerator.id, await Promise.race([aborted, accelerator.probe(context), late]));
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

/** The answer, or `broken` where it cannot be true: devices are kept apart by ids that are their accelerator's own. */
function believed(accelerator: string, probe: Probe): Probe {
  const wrong = (what: string): Probe => broken(`the probe of ${accelerator} answered ${what}`, "KERNEL_FAILED");
  const status: unknown = probe?.status;
  if (status !== "present" && status !== "absent" && status !== "broken")
    return wrong("neither present, absent nor broken");
  if (probe.status !== "present") return probe;
  const devices: unknown = probe.devices;
  if (!Array.isArray(devices) || devices.length === 0) return wrong("present, and no device");
  const ids = probe.devices.map((device) => String(device?.id));
  const foreign = ids.find(
    (id) => !id.startsWith(`${accelerator}:`) || !/^\d+$/.test(id.slice(accelerator.length + 1)),
  );
  if (foreign !== undefined) return wrong(`a device ${foreign}, which is not ${accelerator}:<index>`);
  const twin = ids.find((id, at) => ids.indexOf(id) < at);
  if (twin !== undefined) return wrong(`two devices ${twin}`);
  const bare = probe.devices.find(({ features, name, simulated }) => {
    return !Array.isArray(features) || typeof name !== "string" || typeof simulated !== "boolean";
  });
  return bare === undefined ? probe : wrong(`a device ${bare.id} without its name, features or simulated`);
}

function broken(message: string, code: "DEADLINE_EXCEEDED" | "KERNEL_FAILED", cause?: unknown): Probe {
  return { status: "broken", error: new BioXenError(code, message, { cause }) };
}
