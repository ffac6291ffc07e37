import type { DeviceInfo, EnergyMeter } from "../contract/index.ts";

/** The energy counter of the GPU board that a device is on, by NVML; null where it has none. Loads NVML's binding on its first use. */
export async function boardMeter(device: DeviceInfo): Promise<EnergyMeter | null> {
  if (!device.features.some((feature) => feature.startsWith("pci:"))) return null;
  const { openBoard } = await import("./nvml-board.ts");
  return openBoard(device).meter;
}
