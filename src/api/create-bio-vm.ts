import { randomBytes } from "node:crypto";
import { BioXenError, type Dispatcher } from "../contract/index.ts";
import { type BiologicalType, BioXenHypervisor, type Log, type VmSpec } from "../hypervisor/index.ts";
import { BiologicalVM, type VmHost, type VmSetup } from "./biological-vm.ts";
import { ConfigManager } from "./config-manager.ts";
import { defaultManager } from "./default-manager.ts";
import { EcoliVM } from "./ecoli-vm.ts";
import { type VmType, validateBiologicalType, validateVmType } from "./supported-types.ts";
import { Syn3aVM } from "./syn3a-vm.ts";
import type { VmConfig } from "./vm-config.ts";

/** What a VM is created in, beside its settings. */
export interface VmSurroundings {
  /** Runs the VM; one of its own by default. */
  readonly hypervisor?: VmHost | undefined;
  /** Where its cell is simulated; a manager over the built-in accelerators by default, opened by the first VM. */
  readonly dispatcher?: Dispatcher | undefined;
  readonly log?: Log | undefined;
}

/** The class of a biological type's VMs. */
export type VmOf<T extends BiologicalType> = T extends "syn3a" ? Syn3aVM : T extends "ecoli" ? EcoliVM : BiologicalVM;

/**
 * Creates a VM.
 * @param config Settings, over the defaults of the type (`ConfigManager.loadDefaults`), and what it is created in.
 * @throws BioXenError `API_VALIDATION_ERROR` for a type or an id that cannot be, `INVALID_CONFIGURATION`,
 *   `VM_CREATION_FAILED` (also for `xcpng`, which is not available yet, once its settings are right), and what
 *   `BioXenHypervisor.createVm` throws.
 * @example
 * await using vm = await createBioVm("cell-1", "minimal_cell");
 * await vm.start();
 * await vm.hypervisor.runScheduler({ seconds: 600 });
 * console.log(vm.getBiologicalMetrics().cell.proteomeFold);
 */
export async function createBioVm<T extends BiologicalType>(
  vmId: string,
  biologicalType: T,
  vmType: VmType = "basic",
  config: VmConfig & VmSurroundings = {},
): Promise<VmOf<T>> {
  const type = validateBiologicalType(biologicalType);
  const on = validateVmType(vmType);
  const { hypervisor, dispatcher, log, ...settings } = config;
  const merged = ConfigManager.mergeConfigs(
    ConfigManager.loadDefaults(type),
    ConfigManager.validateConfig(settings, type),
  );
  if (on === "xcpng") refuseXcpng(vmId, merged);
  const host = hypervisor ?? (await ownHost(merged, dispatcher ?? (await defaultManager()), log));
  await host.createVm(vmId, specOf(type, merged), definedOf(merged.resources ?? {}));
  const setup: VmSetup = {
    ...{ id: vmId, biologicalType: type, vmType: on, config: merged, host, ownHost: hypervisor === undefined },
  };
  return vmOf(setup) as VmOf<T>;
}

/** Creates a VM of the type that `config.biologicalType` names, `syn3a` by default, under an id of its own. Throws as `createBioVm`. */
export async function createBiologicalVm(
  vmType: VmType = "basic",
  config: VmConfig & VmSurroundings = {},
): Promise<BiologicalVM> {
  const type = validateBiologicalType(config.biologicalType ?? "syn3a");
  return createBioVm(`${type}-${randomBytes(4).toString("hex")}`, type, vmType, config);
}

/**
 * The VM of that id which a hypervisor has already: one that it restored, or that another part of a program created.
 * @throws BioXenError `VM_NOT_FOUND`; `INVALID_CONFIGURATION` for settings that its type does not have.
 */
export function bioVmOf(hypervisor: VmHost, vmId: string, config: VmConfig = {}): BiologicalVM {
  const { biologicalType, vmType } = hypervisor.getVmStatus(vmId);
  const settings = ConfigManager.validateConfig(config, biologicalType);
  const merged = ConfigManager.mergeConfigs(ConfigManager.loadDefaults(biologicalType), settings);
  return vmOf({ id: vmId, biologicalType, vmType, config: merged, host: hypervisor, ownHost: false });
}

function vmOf(setup: VmSetup): BiologicalVM {
  if (setup.biologicalType === "syn3a") return new Syn3aVM(setup);
  return setup.biologicalType === "ecoli" ? new EcoliVM(setup) : new BiologicalVM(setup);
}

async function ownHost(config: VmConfig, dispatcher: Dispatcher, log: Log | undefined): Promise<VmHost> {
  const { chassis, maxVms, scheduler, quantum, switchSeconds } = config;
  return new BioXenHypervisor({
    dispatcher,
    ...definedOf({ chassis, maxVms, scheduler, quantum, switchSeconds, log }),
  });
}

function specOf(biologicalType: BiologicalType, config: VmConfig): VmSpec {
  const { knockOut, medium, withoutAminoAcids, replication, division, charging, constants, seed } = config;
  const { maxAtp, maxRibosomes, genomeOptimization, genomeFile, metabolicModel } = config;
  return {
    ...{ biologicalType, knockOut, medium, withoutAminoAcids, replication, division, charging, constants, seed },
    ...{ genomeFile, metabolicModel, maxAtp, maxRibosomes, ownGenome: genomeOptimization === false },
  };
}

function refuseXcpng(vm: string, { xcpng }: VmConfig): never {
  const context = { vm };
  if (xcpng === undefined)
    throw new BioXenError("INVALID_CONFIGURATION", "xcpng: url, username, password and template are needed", {
      context,
    });
  throw new BioXenError(
    "VM_CREATION_FAILED",
    `${vm}: VMs on XCP-ng are not available yet; the settings for ${new URL(xcpng.url).host} are right`,
    { context },
  );
}

/** The fields that are there. */
function definedOf<T extends object>(all: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
