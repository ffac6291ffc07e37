import type { EnergyMeter, Seconds } from "../contract/index.ts";
import { raplOf } from "../host/power.ts";
import { numberOf, type SystemFiles, systemFiles } from "../host/system-files.ts";
import { countedDomains, type RaplDomain, type RaplScope, raplDomains } from "./rapl-domains.ts";
import { WrappingCounter } from "./wrapping-counter.ts";

/** The counters move about every millisecond (Intel SDM vol. 3B, 16.10.3): a tenth of this is what a reading may be off. */
const resolution: Seconds = 0.01;
/** setInterval's limit is beyond this. */
const longestPause: Seconds = 3600;

export interface RaplOptions {
  /** Where to look; this machine by default. */
  readonly files?: SystemFiles;
  readonly scope?: RaplScope;
  /** A clock in seconds; tests give their own. */
  readonly now?: () => Seconds;
}

/** A meter of the host's processors, read in the background often enough to see each time that a counter starts again. */
export interface RaplMeter extends EnergyMeter, Disposable {
  /** What is added up. */
  readonly domains: readonly string[];
  /** Joules of every counter by itself, overlapping ones too; NaN for one that cannot be read. */
  readonly breakdown: () => Readonly<Record<string, number>>;
}

/** The meter, or why there is none and what to do about it. */
export type OpenedRapl =
  | { readonly status: "readable"; readonly meter: RaplMeter }
  | { readonly status: "unreadable" | "absent"; readonly reason: string };

/** Opens the CPU's energy counters; of domains that lie in one another only the outer one is added. */
export function openRapl({
  files = systemFiles,
  scope = "cpu",
  now = () => performance.now() / 1000,
}: RaplOptions = {}): OpenedRapl {
  const read = ({ path }: RaplDomain): number | null => numberOf(files, `${path}/energy_uj`);
  const readable = raplDomains(files).filter((domain) => read(domain) !== null);
  const counted = countedDomains(readable, scope);
  if (counted.length === 0) {
    const { status, reason } = raplOf(files);
    return {
      status: status === "absent" ? "absent" : "unreadable",
      reason: reason ?? "none of the RAPL counters gives a number",
    };
  }
  const counters = new Map(
    readable.map((domain) => [domain.name, new WrappingCounter(() => read(domain), domain.range)]),
  );
  const breakdown = (): Record<string, number> =>
    Object.fromEntries([...counters].map(([name, counter]) => [name, counter.joules(now())]));
  const total = (): number =>
    counted.reduce((sum, { name }) => sum + (counters.get(name)?.joules(now()) ?? Number.NaN), 0);
  breakdown();
  const patience = Math.min(longestPause, ...[...counters.values()].map((counter) => counter.patience));
  const timer = setInterval(breakdown, (patience / 2) * 1000);
  // it keeps no process alive
  timer.unref();
  const domains = counted.map(({ name }) => name);
  return {
    status: "readable",
    meter: {
      source: "counter",
      counts: `RAPL ${domains.join(" + ")}; idle power included`,
      resolution,
      read: async () => total(),
      domains,
      breakdown,
      [Symbol.dispose]: () => clearInterval(timer),
    },
  };
}
