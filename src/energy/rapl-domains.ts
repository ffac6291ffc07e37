import { numberOf, type SystemFiles, textOf } from "../host/system-files.ts";

/** One energy counter of the kernel's powercap interface. */
export interface RaplDomain {
  /** Its folder. */
  readonly path: string;
  /** `package-0`, `package-0/core`, `psys`. */
  readonly name: string;
  readonly kind: "package" | "core" | "uncore" | "dram" | "psys" | "other";
  /** The counter starts again from 0 after this many microjoules; null where the kernel does not say. */
  readonly range: number | null;
}

const folder = "/sys/class/powercap";
/** The same counters may be there twice: by the processor's registers, and by memory-mapped ones on laptops. */
const controls = ["intel-rapl", "intel-rapl-mmio"] as const;

/** Every counter once, those behind the processor's registers first (Linux' Documentation/power/powercap). */
export function raplDomains(files: SystemFiles): readonly RaplDomain[] {
  const found = new Map<string, RaplDomain>();
  for (const control of controls) {
    const zones = files.list(folder).filter((name) => new RegExp(`^${control}:\\d+(:\\d+)*$`).test(name));
    const own = new Map<string, RaplDomain>();
    for (const zone of zones) {
      const path = `${folder}/${zone}`;
      const parent = /^(.*:\d+):\d+$/.exec(zone)?.[1];
      const said = textOf(files, `${path}/name`) ?? zone;
      const above = parent === undefined ? null : (textOf(files, `${folder}/${parent}/name`) ?? parent);
      const name = above === null ? said : `${above}/${said}`;
      // machines of several sockets may have several counters of one name: they are told apart by their folder
      own.set(own.has(name) ? `${name} (${zone})` : name, {
        path,
        name: own.has(name) ? `${name} (${zone})` : name,
        kind: kindOf(said),
        range: numberOf(files, `${path}/max_energy_range_uj`),
      });
    }
    for (const [name, domain] of own) if (!found.has(name)) found.set(name, domain);
  }
  return [...found.values()];
}

function kindOf(name: string): RaplDomain["kind"] {
  if (name.startsWith("package")) return "package";
  return name === "core" || name === "uncore" || name === "dram" || name === "psys" ? name : "other";
}

/** What the joules of a machine are the sum of. */
export type RaplScope = "cpu" | "platform";

/**
 * The counters to add up so that nothing is counted twice: `core` and `uncore` are parts of their package, and `psys`
 * holds packages, memory and the board around them (Intel SDM vol. 3B, 16.10). `cpu`: packages with the memory at
 * them, which is not a part of a package; where there is no package, cores and uncore, or else `psys`. `platform`:
 * `psys` where the machine has it.
 */
export function countedDomains(domains: readonly RaplDomain[], scope: RaplScope = "cpu"): readonly RaplDomain[] {
  const of = (...kinds: readonly RaplDomain["kind"][]): readonly RaplDomain[] =>
    domains.filter(({ kind }) => kinds.includes(kind));
  const platform = of("psys");
  if (scope === "platform" && platform.length > 0) return platform;
  if (of("package").length > 0) return of("package", "dram");
  const parts = of("core", "uncore", "dram");
  return parts.length > 0 ? parts : platform;
}
