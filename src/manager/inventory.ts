import {
  type Accelerator,
  BioXenError,
  devicesOf,
  type EnergyMeter,
  type Probe,
  type RunContext,
  type Seconds,
} from "../contract/index.ts";
import { type Activity, Seat } from "./seat.ts";

/** What one accelerator answered to its probe. */
export interface Inventory {
  readonly accelerator: string;
  readonly probe: Probe;
}

/** An accelerator that does not answer in this time is broken. */
const probeDeadline: Seconds = 10;

/** Probes all accelerators at once; one that throws or hangs is `broken` and takes nobody with it. */
export async function takeInventory(
  accelerators: readonly Accelerator[],
  signal: AbortSignal | undefined,
): Promise<Inventory[]> {
  return Promise.all(accelerators.map(async (one) => ({ accelerator: one.id, probe: await safely(one, signal) })));
}

/** One seat for each device found, and for each simulated one that stands in for absent hardware. */
export function seatsOf(
  accelerators: readonly Accelerator[],
  inventory: readonly Inventory[],
  activity: Activity,
  meters: ReadonlyMap<string, EnergyMeter>,
): Seat[] {
  return accelerators.flatMap((accelerator, at) => {
    const probe = inventory[at]?.probe;
    const devices = probe === undefined ? [] : devicesOf(probe);
    return devices.map((info) => new Seat(accelerator, info, activity, meters.get(info.id) ?? null));
  });
}

async function safely(accelerator: Accelerator, outer: AbortSignal | undefined): Promise<Probe> {
  const own = new AbortController();
  const signal = outer === undefined ? own.signal : AbortSignal.any([own.signal, outer]);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Probe>((resolve) => {
    timer = setTimeout(() => {
      own.abort();
      resolve(broken(`the probe of ${accelerator.id} did not end within ${probeDeadline} s`, "DEADLINE_EXCEEDED"));
    }, probeDeadline * 1000);
  });
  const context: RunContext = { signal, threads: null };
  try {
    return await Promise.race([accelerator.probe(context), late]);
  } catch (cause) {
    if (outer?.aborted === true) throw new BioXenError("ABORTED", "the inventory was aborted", { cause });
    return broken(
      `the probe of ${accelerator.id} threw: ${cause instanceof Error ? cause.message : cause}`,
      "KERNEL_FAILED",
      cause,
    );
  } finally {
    clearTimeout(timer);
  }
}

function broken(message: string, code: "DEADLINE_EXCEEDED" | "KERNEL_FAILED", cause?: unknown): Probe {
  return { status: "broken", error: new BioXenError(code, message, { cause }) };
}
