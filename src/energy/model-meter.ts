import { BioXenError, type EnergyMeter, type Seconds } from "../contract/index.ts";
import { type SystemFiles, systemFiles, textOf } from "../host/system-files.ts";

/** What a device draws by a profile, in watts. */
export interface PowerModel {
  readonly idle: number;
  /** With all of it at work. */
  readonly busy: number;
  /** Where the watts come from, as it is told beside the joules. */
  readonly from: string;
}

/** How much of a device was at work: seconds of full use so far. */
export interface Utilisation {
  readonly busySeconds: () => Seconds | null;
  /** Below this a window says nothing. */
  readonly resolution: Seconds;
}

/**
 * Joules by a profile's watts and the share of the device that was at work: the integral of
 * `idle + (busy - idle) x utilisation`. Tagged `model`: no counter saw them.
 * @throws BioXenError `INPUT_INVALID` for watts that are negative, or less when busy than when idle
 */
export function modelMeter(
  { idle, busy, from }: PowerModel,
  { busySeconds, resolution }: Utilisation,
  now: () => Seconds = () => performance.now() / 1000,
): EnergyMeter {
  if (!(idle >= 0 && busy >= idle && Number.isFinite(busy)))
    throw new BioXenError(
      "INPUT_INVALID",
      `a power model of ${idle} W idle and ${busy} W busy: expected 0 <= idle <= busy`,
    );
  const startedAt = now();
  return {
    source: "model",
    counts: `modelled: ${idle} W idle to ${busy} W busy x utilisation, ${from}; idle power included`,
    resolution,
    read: async () => idle * (now() - startedAt) + (busy - idle) * (busySeconds() ?? Number.NaN),
  };
}

/** CPU time of this process and its threads over all of the host's threads; other processes do not count. */
export function processUtilisation(threads: number): Utilisation {
  return {
    busySeconds: () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1e6 / threads;
    },
    resolution: 0.001,
  };
}

/** Ticks a second of `/proc/stat`: USER_HZ is 100 on every Linux architecture that runs Node. */
const ticks = 100;

/** Time that all of the host's threads together were at work, by `/proc/stat`: every process counts. */
export function hostUtilisation(threads: number, files: SystemFiles = systemFiles): Utilisation {
  return {
    busySeconds: () => {
      const fields = /^cpu +(.*)$/m
        .exec(textOf(files, "/proc/stat") ?? "")?.[1]
        ?.split(/\s+/)
        .map(Number);
      if (fields === undefined) return null;
      // user, nice, system, idle, iowait, irq, softirq, steal: the last of them was at work for somebody else
      const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = fields;
      return (user + nice + system + irq + softirq) / ticks / threads;
    },
    // each of the fields is off by a tick at most
    resolution: 10 / ticks,
  };
}
