import { type Cache, tellingFlags } from "./cpu.ts";

/** What `/proc` and `/sys` tell on Linux, on systems that have neither. */
export interface PortableFacts {
  readonly features: readonly string[];
  readonly caches: readonly Cache[];
  readonly physicalCores: number | null;
  readonly gpus: readonly { readonly vendor: string; readonly model: string }[];
}

/** Asks the package `systeminformation`, which starts the system's own tools: a second or so on macOS and Windows. */
export async function portableFacts(): Promise<PortableFacts> {
  const { cpu, cpuFlags, graphics } = await import("systeminformation");
  const [facts, flags, { controllers }] = await Promise.all([cpu(), cpuFlags(), graphics()]);
  const { l1d, l1i, l2, l3 } = facts.cache;
  const cache = (level: number, type: Cache["type"], bytes: number): Cache[] => {
    // of all CPUs together: it does not say how many share one
    return bytes > 0 ? [{ level, type, bytes, sharedBy: facts.cores }] : [];
  };
  return {
    features: tellingFlags(flags),
    caches: [
      ...cache(1, "data", l1d),
      ...cache(1, "instruction", l1i),
      ...cache(2, "unified", l2),
      ...cache(3, "unified", l3),
    ],
    physicalCores: facts.physicalCores > 0 ? facts.physicalCores : null,
    gpus: controllers.map(({ vendor, model }) => ({ vendor, model })),
  };
}
