export { type BiologicalMetrics, BiologicalVM, type VmHost, type VmSetup } from "./biological-vm.ts";
export { ConfigManager } from "./config-manager.ts";
export * from "./create-bio-vm.ts";
export { closeDefaultManager, defaultManager } from "./default-manager.ts";
export { EcoliVM, type ManagedOperon, type OperonAction } from "./ecoli-vm.ts";
export { BioResourceManager, type ResourceSummary } from "./resource-manager.ts";
export * from "./supported-types.ts";
export { Syn3aVM } from "./syn3a-vm.ts";
export type { CarriedPlasmid, VmConfig, XcpngConfig } from "./vm-config.ts";
