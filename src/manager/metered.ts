import type { EnergyMeter, Joules, Measured, Seconds } from "../contract/index.ts";

/** Joules with where they come from, or why there are none. */
export type Metered = Pick<Measured, "joules" | "energySource" | "energyNote">;

/** What was metered since a reading; `alone` says whether nothing else of this manager ran meanwhile. */
export async function meteredSince(
  before: Joules,
  meter: EnergyMeter | null,
  seconds: Seconds,
  alone: boolean,
): Promise<Metered> {
  if (meter === null) return unmetered("no meter for this device");
  const { source, counts = `a ${source} of the device`, resolution = 0 } = meter;
  if (seconds < resolution)
    return unmetered(`too short: ${seconds.toPrecision(3)} s, and the meter needs ${resolution} s (${counts})`);
  const joules = (await meter.read()) - before;
  if (!Number.isFinite(joules)) return unmetered(`the meter stopped counting (${counts})`);
  if (joules < 0) return unmetered(`the meter lost count, or stands below where it began (${counts})`);
  return { joules, energySource: source, energyNote: alone ? counts : `${counts}; other runs were under way` };
}

function unmetered(energyNote: string): Metered {
  return { joules: null, energySource: null, energyNote };
}
