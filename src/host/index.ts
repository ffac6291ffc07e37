export type { Board } from "./boards.ts";
export type { Cache, NumaNode } from "./cpu.ts";
export { type DetectOptions, detectHost, type HostFacts, type HostLibrary, type HostPackage } from "./detect-host.ts";
export type { Gpu } from "./gpus.ts";
export * from "./host-telemetry.ts";
export type { PciDevice } from "./pci.ts";
export { type Rapl, raplOf } from "./power.ts";
export { filesUnder, type SettingFiles, type SystemFiles, settingsUnder } from "./system-files.ts";
export { type Unused, unusedHardware } from "./unused-hardware.ts";
