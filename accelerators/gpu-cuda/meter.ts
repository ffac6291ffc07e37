import type { DeviceInfo, EnergyMeter } from "../../src/contract/index.ts";
import { openNvml } from "./nvml.ts";

/** The GPU's own energy counter, null where it has none (before Volta, MIG, no NVML). It counts the whole board, idle power included. */
export function openMeter(library: string, { features }: DeviceInfo): EnergyMeter | null {
  const pci = features.find((feature) => feature.startsWith("pci:"))?.slice("pci:".length);
  const nvml = pci === undefined ? null : openNvml(library, pci);
  if (nvml === null || nvml.energy() === null) return null;
  return { source: "counter", read: async () => Number(nvml.energy() ?? 0n) / 1000 };
}
