import { BioXenError, type EnergyMeter, type Seconds } from "../contract/index.ts";

/**
 * Whose the idle power is. `total`: a run answers for all that was drawn while it ran. `marginal`: only for what was
 * drawn above idle, as on a machine that would have been on anyway.
 */
export type Attribution = "total" | "marginal";

/** A meter of what is drawn above `idle` watts; it steps back where less was drawn than that. */
export function marginal(
  meter: EnergyMeter,
  idle: number,
  now: () => Seconds = () => performance.now() / 1000,
): EnergyMeter {
  if (!(idle >= 0 && Number.isFinite(idle)))
    throw new BioXenError("INPUT_INVALID", `idle power of ${idle} W: expected a number that is not negative`);
  const startedAt = now();
  const counts = meter.counts?.replace("; idle power included", "") ?? "all that it meters";
  return {
    ...meter,
    counts: `${counts}; ${idle.toPrecision(3)} W of idle power taken off`,
    read: async () => (await meter.read()) - idle * (now() - startedAt),
  };
}

/** What a meter sees in watts while nothing of ours runs, over so many seconds; null where it cannot tell. */
export async function idleWatts(
  meter: EnergyMeter,
  wait: () => Promise<void>,
  now: () => Seconds = () => performance.now() / 1000,
): Promise<number | null> {
  const before = await meter.read();
  const startedAt = now();
  await wait();
  const joules = (await meter.read()) - before;
  const seconds = now() - startedAt;
  return seconds >= (meter.resolution ?? 0) && seconds > 0 && joules >= 0 ? joules / seconds : null;
}
