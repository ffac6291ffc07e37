import type { Resources, Shared, VmResourceUsage } from "../hypervisor/index.ts";
import type { BiologicalVM } from "./biological-vm.ts";
import { ConfigManager } from "./config-manager.ts";

/** A VM's resources in one look. */
export interface ResourceSummary {
  readonly vmId: string;
  readonly biologicalType: string;
  readonly allocated: Resources;
  readonly available: Shared;
  /** The most it may hold. */
  readonly limits: { readonly atp: number; readonly ribosomes: number };
  /** Shares of what it may use that were at work in its last turn; null before it. */
  readonly utilisation: { readonly ribosomes: number | null; readonly polymerases: number | null };
  readonly atpLevel: number | null;
  readonly violations: number;
}

/** Manages what one VM holds of its chassis. */
export class BioResourceManager {
  readonly #vm: BiologicalVM;

  constructor(vm: BiologicalVM) {
    this.#vm = vm;
  }

  /**
   * Gives the VM so many percent of the chassis' ATP in all.
   * @throws BioXenError `RESOURCE_ALLOCATION_ERROR` for what it may never hold, `RESOURCE_EXHAUSTION` for what others hold.
   */
  allocateAtp(percent: number): VmResourceUsage {
    return this.#vm.allocateResources({ atp: percent });
  }

  /** Gives the VM so many ribosomes in all. Throws as `allocateAtp`. */
  allocateRibosomes(ribosomes: number): VmResourceUsage {
    return this.#vm.allocateResources({ ribosomes });
  }

  /**
   * Gives the VM what suits its type, as far as it is free: ribosomes and RNA polymerases for all that its cell has, and ATP,
   * with `minimalMode` as much as one cell needs, else all that it may hold.
   */
  optimizeResourcesForBiologicalType(): VmResourceUsage {
    const { allocated, wants } = this.getResourceUsage();
    const available = this.getAvailableResources();
    const limits = this.#limits();
    const reach = (name: keyof Shared, goal: number): number =>
      Math.max(Math.min(allocated[name], goal), Math.min(goal, allocated[name] + available[name]));
    return this.#vm.allocateResources({
      ribosomes: reach("ribosomes", Math.min(limits.ribosomes, wants.ribosomes)),
      polymerases: reach("polymerases", wants.polymerases),
      atp: reach("atp", this.#vm.config.minimalMode === true ? Math.min(limits.atp, wants.atp) : limits.atp),
    });
  }

  getResourceUsage(): VmResourceUsage {
    return this.#vm.getResourceUsage();
  }

  /** What no VM of the chassis holds. */
  getAvailableResources(): Shared {
    return this.#vm.hypervisor.getSystemResources().free;
  }

  getResourceSummary(): ResourceSummary {
    const { allocated, ribosomeUtilisation, polymeraseUtilisation, atpLevel, violations } = this.getResourceUsage();
    return {
      ...{ vmId: this.#vm.id, biologicalType: this.#vm.getBiologicalType(), allocated },
      available: this.getAvailableResources(),
      limits: this.#limits(),
      utilisation: { ribosomes: ribosomeUtilisation, polymerases: polymeraseUtilisation },
      ...{ atpLevel, violations },
    };
  }

  #limits(): { readonly atp: number; readonly ribosomes: number } {
    const { maxAtp, maxRibosomes } = ConfigManager.loadDefaults(this.#vm.getBiologicalType());
    const { config } = this.#vm;
    return { atp: config.maxAtp ?? maxAtp ?? 100, ribosomes: config.maxRibosomes ?? maxRibosomes ?? 1 };
  }
}
