import type { DeviceInfo, EnergyMeter } from "../contract/index.ts";

/** Asks how many bytes are in use on the board that a device is on, by NVML; the answer is null where it does not say. */
export async function boardMemory(device: DeviceInfo): Promise<() => number | null> {
  if (!device.features.some((feature) => feature.startsWith("pci:"))) return () => null;
  const { openBoard } = await import("./nvml-board.ts");
  return openBoard(device).memory;
}

/** The energy counter of the GPU board that a device is on, by NVML; null where it has none. Loads NVML's binding on its first use. */
export async function boardMeter(device: DeviceInfo): Promise<EnergyMeter | null> {
  if (!device.features.some((feature) => feature.startsWith("pci:"))) return null;
  const { openBoard } = await import("./nvml-board.ts");
  return openBoard(device).meter;
}
