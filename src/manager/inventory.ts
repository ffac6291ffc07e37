import {
  type Accelerator,
  type AnyWorkload,
  BioXenError,
  type DeviceInfo,
  devicesOf,
  type EnergyMeter,
  type Probe,
} from "../contract/index.ts";
import { probeSafely } from "./probe-safely.ts";
import { type Activity, Seat } from "./seat.ts";

/** What one accelerator answered to its probe. */
export interface Inventory {
  readonly accelerator: string;
  readonly probe: Probe;
}

/** Probes all accelerators at once; one that throws or hangs is `broken` and takes nobody with it. */
export async function takeInventory(
  accelerators: readonly Accelerator[],
  signal: AbortSignal | undefined,
): Promise<Inventory[]> {
  return Promise.all(accelerators.map(async (one) => ({ accelerator: one.id, probe: await probeSafely(one, signal) })));
}

/** @throws BioXenError `PLUGIN_INVALID` where two accelerators, or two workloads, go by one name. */
export function refuseTwins(accelerators: readonly Accelerator[], workloads: readonly AnyWorkload[]): void {
  const twin = (names: readonly string[]): string | undefined => names.find((name, at) => names.indexOf(name) < at);
  const id = twin(accelerators.map((one) => one.id));
  if (id !== undefined) throw new BioXenError("PLUGIN_INVALID", `two accelerators have the id ${id}`);
  const name = twin(workloads.flatMap((one) => [...new Set([one.id, ...one.aliases])]));
  if (name !== undefined) throw new BioXenError("PLUGIN_INVALID", `two workloads are called ${name}`);
}

/** One seat for each device found, and for each simulated one that stands in for absent hardware. */
export function seatsOf(
  accelerators: readonly Accelerator[],
  inventory: readonly Inventory[],
  activity: Activity,
  meterOf: (device: DeviceInfo) => EnergyMeter | null,
): Seat[] {
  return accelerators.flatMap((accelerator, at) => {
    const probe = inventory[at]?.probe;
    const devices = probe === undefined ? [] : devicesOf(probe);
    return devices.map((info) => new Seat(accelerator, info, activity, meterOf(info)));
  });
}
