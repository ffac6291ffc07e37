import type { DeviceInfo, EnergyMeter, Seconds } from "../contract/index.ts";
import { nvmlLibrary, openNvml } from "../host/nvml.ts";

/** The counter of a GPU moves about every tenth of a second: of a run shorter than some of those it tells nothing. */
const resolution: Seconds = 0.5;

/** A GPU's board by NVML. */
export interface Board {
  /**
   * Its energy counter, null where it has none for this device: before Volta, a part of a GPU (MIG), no NVML. It counts
   * the whole board, what it draws when idle included.
   */
  readonly meter: EnergyMeter | null;
  /** Watts right now; null where NVML does not say. */
  readonly watts: () => number | null;
  /** Bytes in use on it, whoever's; null where NVML does not say. */
  readonly memory: () => number | null;
}

/** Opens NVML for a device whose features name its PCI address (`pci:0000:17:00.0`); `library` is another NVML in tests. */
export function openBoard({ features }: Pick<DeviceInfo, "features">, library: string = nvmlLibrary): Board {
  const pci = features.find((feature) => feature.startsWith("pci:"))?.slice("pci:".length);
  const nvml = pci === undefined || features.includes("mig") ? null : openNvml(library, pci);
  const joules = (): number | null => {
    const millijoules = nvml?.energy() ?? null;
    return millijoules === null ? null : Number(millijoules) / 1000;
  };
  const counts = "the whole board by NVML; idle power included";
  return {
    // a counter that is lost in mid-run gives no number rather than a wrong one
    meter:
      joules() === null ? null : { source: "counter", counts, resolution, read: async () => joules() ?? Number.NaN },
    watts: () => {
      const milliwatts = nvml?.power() ?? null;
      return milliwatts === null ? null : milliwatts / 1000;
    },
    memory: () => nvml?.memory() ?? null,
  };
}
