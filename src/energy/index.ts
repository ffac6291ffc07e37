export { type Attribution, idleWatts, marginal } from "./attribution.ts";
export { boardMemory, boardMeter } from "./board-meter.ts";
export { isOnHost, sumOfMeters } from "./compose.ts";
export { type HostMeters, type HostMetersOptions, openHostMeters } from "./host-meters.ts";
export { hostUtilisation, modelMeter, type PowerModel, processUtilisation, type Utilisation } from "./model-meter.ts";
export { holdPower, type PowerHold, type Restored, restorePower } from "./power-hold.ts";
export { type PowerChange, type PowerRequest, planPower } from "./power-plan.ts";
export {
  cpuPowerSettings,
  gpuPowerSettings,
  type PowerSetting,
  type PowerSettingKind,
  powerSettings,
} from "./power-settings.ts";
export { type HeldPower, isHeld, powerStatePath, readPowerState } from "./power-state-file.ts";
export { countedDomains, type RaplDomain, type RaplScope, raplDomains } from "./rapl-domains.ts";
export { type OpenedRapl, openRapl, type RaplMeter, type RaplOptions } from "./rapl-meter.ts";
