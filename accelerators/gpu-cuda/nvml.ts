import koffi from "koffi";

/** What NVML says of one GPU; null where it does not say. */
export interface Nvml {
  /** Millijoules since the driver was loaded (Volta and newer). */
  readonly energy: () => bigint | null;
  /** Milliwatts right now. */
  readonly power: () => number | null;
  readonly mig: () => boolean | null;
  readonly ecc: () => boolean | null;
  /** Version of the driver, such as 580.95.05. */
  readonly driverVersion: () => string | null;
}

/** Opens NVML for the GPU at a PCI address; null where the library is missing or knows no such GPU. */
export function openNvml(library: string, pci: string): Nvml | null {
  let loaded: ReturnType<typeof koffi.load>;
  try {
    loaded = koffi.load(library);
  } catch {
    return null;
  }
  const bind = (name: string, parameters: string): ((...args: unknown[]) => number) | null => {
    try {
      return loaded.func(`int ${name}(${parameters})`);
    } catch {
      return null;
    }
  };
  const init = bind("nvmlInit_v2", "");
  const find = bind("nvmlDeviceGetHandleByPciBusId_v2", "const char *, void *");
  const pointer = new BigUint64Array(1);
  if (init === null || find === null || init() !== 0 || find(pci, pointer) !== 0) return null;
  const device = pointer[0] ?? 0n;
  const energy = bind("nvmlDeviceGetTotalEnergyConsumption", "void *, void *");
  const power = bind("nvmlDeviceGetPowerUsage", "void *, void *");
  const mig = bind("nvmlDeviceGetMigMode", "void *, void *, void *");
  const ecc = bind("nvmlDeviceGetEccMode", "void *, void *, void *");
  const version = bind("nvmlSystemGetDriverVersion", "void *, unsigned int");
  const current = Uint32Array.of(0, 0);
  const mode = (ask: typeof mig): boolean | null =>
    ask === null || ask(device, current, current.subarray(1)) !== 0 ? null : current[0] === 1;
  return {
    energy: () => (energy === null || energy(device, pointer) !== 0 ? null : (pointer[0] ?? null)),
    power: () => (power === null || power(device, current) !== 0 ? null : (current[0] ?? null)),
    mig: () => mode(mig),
    ecc: () => mode(ecc),
    driverVersion: () => {
      const text = Buffer.alloc(80);
      return version === null || version(text, text.length) !== 0
        ? null
        : text.toString("latin1").replace(/\0.*$/s, "");
    },
  };
}
