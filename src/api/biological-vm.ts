import { type CellSummary, cellSummary } from "../cell/index.ts";
import type {
  BiologicalType,
  BioXenHypervisor,
  ProcessOptions,
  ProcessReport,
  Resources,
  VmMetrics,
  VmProcess,
  VmResourceUsage,
  VmStatus,
} from "../hypervisor/index.ts";
import type { InstallOptions } from "../packages/index.ts";
import { packageLibrary } from "./package-folders.ts";
import type { VmType } from "./supported-types.ts";
import type { VmConfig } from "./vm-config.ts";

/**
 * What runs VMs for the factory: the hypervisor in this process, and one day an XCP-ng host whose XAPI does the same. A host
 * answers in these methods and in nothing else, which is the seam that another one fits into.
 */
export type VmHost = Pick<
  BioXenHypervisor,
  | "createVm"
  | "startVm"
  | "pauseVm"
  | "resumeVm"
  | "stopVm"
  | "destroyVm"
  | "getVmStatus"
  | "listVms"
  | "runScheduler"
  | "getSystemResources"
  | "getChassisInfo"
  | "allocateVmResources"
  | "getVmResourceUsage"
  | "executeProcess"
  | "installPackage"
  | "repressOperons"
  | "checkpointVm"
  | "restoreVm"
  | "cellOf"
  | "profiler"
  | typeof Symbol.asyncDispose
>;

/** What is known of a VM's cell: its life so far, and how it did in its last turn. */
export interface BiologicalMetrics {
  readonly cell: CellSummary;
  /** Null before its first turn. */
  readonly performance: VmMetrics | null;
}

/** How a VM was set up. */
export interface VmSetup {
  readonly id: string;
  readonly biologicalType: BiologicalType;
  readonly vmType: VmType;
  readonly config: VmConfig;
  readonly host: VmHost;
  /** Whether the host is this VM's alone, and is closed with it. */
  readonly ownHost: boolean;
}

/**
 * A cell as a virtual machine. Life-cycle calls are asynchronous, and refuse what the table of legal moves (`vmMoves`) does
 * not have with `VM_STATE_ERROR`; after `destroy` every call ends in `VM_NOT_FOUND`. `await using` destroys it at the end.
 */
export class BiologicalVM implements AsyncDisposable {
  readonly #setup: VmSetup;

  constructor(setup: VmSetup) {
    this.#setup = setup;
  }

  get id(): string {
    return this.#setup.id;
  }

  get config(): VmConfig {
    return this.#setup.config;
  }

  /** What runs it: its scheduler gives it turns. */
  get hypervisor(): VmHost {
    return this.#setup.host;
  }

  /** From created or stopped to running. Throws `VM_STATE_ERROR`; `RESOURCE_EXHAUSTION` where others have what it had. */
  async start(): Promise<VmStatus> {
    return this.hypervisor.startVm(this.id);
  }

  /** From running to paused. */
  async pause(): Promise<VmStatus> {
    return this.hypervisor.pauseVm(this.id);
  }

  /** From paused to running. */
  async resume(): Promise<VmStatus> {
    return this.hypervisor.resumeVm(this.id);
  }

  /** From running, paused or error to stopped. */
  async stop(): Promise<VmStatus> {
    return this.hypervisor.stopVm(this.id);
  }

  /** From any state to gone; its resources are free again. */
  async destroy(): Promise<void> {
    await this.hypervisor.destroyVm(this.id);
    if (this.#setup.ownHost) await this.hypervisor[Symbol.asyncDispose]();
  }

  getStatus(): VmStatus {
    return this.hypervisor.getVmStatus(this.id);
  }

  getVmType(): VmType {
    return this.#setup.vmType;
  }

  getBiologicalType(): BiologicalType {
    return this.#setup.biologicalType;
  }

  /**
   * Runs process code (Lua), or calls one function of biology, in the VM's own state, which lives on between calls.
   * @throws BioXenError `VM_STATE_ERROR` unless it runs; `PROCESS_FAILED`, `PROCESS_LIMIT`, `DEADLINE_EXCEEDED`, `ABORTED`.
   */
  async executeBiologicalProcess(process: string | VmProcess, options: ProcessOptions = {}): Promise<ProcessReport> {
    return this.hypervisor.executeProcess(this.id, process, options);
  }

  /**
   * Installs a package in this VM, by its name in the registry's folder or by a bundle's path: every file is held to its
   * hash first, and the VM has all of it or nothing. `getStatus().packages` lists what it has.
   * @throws BioXenError `PACKAGE_REFUSED`, `INPUT_INVALID`, and as `BioXenHypervisor.installPackage`.
   */
  async installBiologicalPackage(nameOrPath: string, options: InstallOptions = {}): Promise<VmStatus> {
    const library = packageLibrary(this.config.packages);
    return this.hypervisor.installPackage(this.id, await library.install(nameOrPath, options));
  }

  getBiologicalMetrics(): BiologicalMetrics {
    const { host } = this.#setup;
    return { cell: cellSummary(host.cellOf(this.id)), performance: host.profiler.vmMetrics(this.id) };
  }

  /** Changes what it holds. Throws `RESOURCE_ALLOCATION_ERROR`, `RESOURCE_EXHAUSTION`; it then holds what it held. */
  allocateResources(resources: Partial<Resources>): VmResourceUsage {
    return this.hypervisor.allocateVmResources(this.id, resources);
  }

  getResourceUsage(): VmResourceUsage {
    return this.hypervisor.getVmResourceUsage(this.id);
  }

  /** Its state, cell and random numbers as bytes, of which the hypervisor's `restoreVm` makes it go on bit for bit. */
  async checkpoint(): Promise<Uint8Array> {
    return this.hypervisor.checkpointVm(this.id);
  }

  /** Destroys it, if it is still there. */
  async [Symbol.asyncDispose](): Promise<void> {
    const { id, host } = this.#setup;
    if (host.listVms().some((vm) => vm.id === id)) await this.destroy();
  }
}
