import type { DeviceInfo, Probe } from "./accelerator.ts";

/** The devices that a probe offers: those that are there, or the simulated ones that stand in for absent hardware. */
export function devicesOf(probe: Probe): readonly DeviceInfo[] {
  if (probe.status === "present") return probe.devices;
  return probe.status === "absent" ? (probe.simulated ?? []) : [];
}
