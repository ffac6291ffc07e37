import { availableParallelism } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import type { DeviceInfo, EnergyMeter, Seconds } from "../contract/index.ts";
import { type SystemFiles, systemFiles } from "../host/system-files.ts";
import { type Attribution, idleWatts, marginal } from "./attribution.ts";
import { isOnHost } from "./compose.ts";
import { hostUtilisation, modelMeter, type PowerModel, processUtilisation } from "./model-meter.ts";
import { openRapl, type RaplMeter } from "./rapl-meter.ts";

export interface HostMetersOptions {
  readonly files?: SystemFiles;
  /** `total` by default. */
  readonly attribution?: Attribution;
  /** Watts of the idle host, for `marginal`; measured over a quiet second where left out. */
  readonly idle?: number;
  /** What to reckon with where there is no counter; without it such devices have no joules. */
  readonly model?: PowerModel | null;
  readonly threads?: number;
  /** How long idle power is measured. */
  readonly quiet?: Seconds;
}

/** The meters of this host, for `BioAcceleratorManager.open({ meters: host.meterOf })`. */
export interface HostMeters extends Disposable {
  /** `counter`, `model`, or null where nothing tells what the host draws. */
  readonly source: EnergyMeter["source"] | null;
  /** What is counted, or why nothing is and what would change that. */
  readonly note: string;
  /** Idle watts that are taken off, null where none are. */
  readonly idle: number | null;
  /** The meter of a device that works on the host's cores; null for others, which meter themselves or not at all. */
  readonly meterOf: (device: DeviceInfo) => EnergyMeter | null;
}

/** Opens the best meter that the host has: RAPL's counters where they can be read, else the model where one is given. */
export async function openHostMeters(options: HostMetersOptions = {}): Promise<HostMeters> {
  const rapl = openRapl(options.files === undefined ? {} : { files: options.files });
  return rapl.status === "readable" ? counted(rapl.meter, options) : modelled(rapl.reason, options);
}

async function counted(
  meter: RaplMeter,
  { attribution = "total", idle, quiet = 1 }: HostMetersOptions,
): Promise<HostMeters> {
  const close = (): void => meter[Symbol.dispose]();
  const whole = meter.counts ?? "";
  if (attribution === "total") return hostMeters(meter, whole, null, close);
  const watts = idle ?? (await idleWatts(meter, () => sleep(quiet * 1000)));
  if (watts === null) return hostMeters(null, `${whole}, and it could not be measured to be taken off`, null, close);
  const above = marginal(meter, watts);
  return hostMeters(above, above.counts ?? "", watts, close);
}

function modelled(
  reason: string,
  { attribution = "total", model = null, threads = availableParallelism(), files = systemFiles }: HostMetersOptions,
): HostMeters {
  const nothing = (): void => {};
  if (model === null) return hostMeters(null, reason, null, nothing);
  const host = hostUtilisation(threads, files);
  // what this process used is what is above idle; for the total every process counts, where the kernel tells
  const whole = attribution === "total" && host.busySeconds() !== null;
  const total = modelMeter(model, whole ? host : processUtilisation(threads));
  const meter = attribution === "total" ? total : marginal(total, model.idle);
  return hostMeters(
    meter,
    `${meter.counts}; no counter: ${reason}`,
    attribution === "total" ? null : model.idle,
    nothing,
  );
}

function hostMeters(meter: EnergyMeter | null, note: string, idle: number | null, close: () => void): HostMeters {
  return {
    source: meter?.source ?? null,
    note,
    idle,
    meterOf: (device) => (isOnHost(device) ? meter : null),
    [Symbol.dispose]: close,
  };
}
