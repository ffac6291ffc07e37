import { type Cell, type CellModel, newbornCell, unlimited } from "../cell/index.ts";
import { BioXenError, type Dispatcher, type DispatchOptions, type Seconds } from "../contract/index.ts";
import type { BiologicalPackage } from "../packages/index.ts";
import type { BiologicalType } from "./biological-types.ts";
import { CellModels } from "./cell-models.ts";
import { type Chassis, type ChassisData, chassisOf, suppliedBy, switchSecondsOf } from "./chassis.ts";
import { ecoliOperons } from "./ecoli-operons.ts";
import { type Log, silentLog } from "./log.ts";
import { modelFingerprint } from "./model-fingerprint.ts";
import type { SchedulerPolicy } from "./plan-round.ts";
import type { LuaProcesses } from "./process/lua-processes.ts";
import type { ProcessState } from "./process/process.ts";
import { PerformanceProfiler } from "./profiler.ts";
import { ResourcePool, type Resources, type Shared, sharedNames } from "./resources.ts";
import { type RunSchedulerOptions, Scheduler, type SchedulerReport } from "./scheduler.ts";
import { noCounts, VirtualMachine } from "./vm.ts";
import { readVmBytes, vmBytes } from "./vm-checkpoint.ts";
import { holdsMachines } from "./vm-life.ts";
import { withPackage } from "./vm-packages.ts";
import {
  type ProcessOptions,
  type ProcessReport,
  type ProcessSurroundings,
  runProcess,
  type VmProcess,
} from "./vm-process.ts";
import { type VmSpec, vmSpecOf } from "./vm-spec.ts";
import { type VmResourceUsage, type VmStatus, vmResourceUsage, vmStatus } from "./vm-status.ts";
import { boundsOf, fairPart, wishedResources } from "./wished-resources.ts";

export interface HypervisorOptions {
  /** Where cells are simulated: all that the hypervisor sees of the hardware. */
  readonly dispatcher: Dispatcher;
  /** By id (`ecoli` by default, `yeast`, `orthogonal`), or of your own as data. */
  readonly chassis?: string | ChassisData;
  /** VMs at most; those of the chassis by default. For more of them than it takes, as many chassis cells are pooled. */
  readonly maxVms?: number;
  /** `round-robin` by default. */
  readonly scheduler?: SchedulerPolicy;
  /** Cell time of a turn; 60 s by default. */
  readonly quantum?: Seconds;
  /** Chassis time of a context switch; the chassis' own by default. */
  readonly switchSeconds?: Seconds;
  /** Rounds after which a VM that was passed over has its turn; 3 by default. */
  readonly ageing?: number;
  /** Of all random numbers of VMs that have no seed of their own; 1 by default. */
  readonly seed?: number;
  readonly dispatch?: DispatchOptions;
  readonly log?: Log;
  /** Moments that the profiler keeps of each VM. */
  readonly history?: number;
}

/** What there is, what is free and what VMs hold. */
export interface SystemResources {
  readonly total: Shared;
  readonly free: Shared;
  readonly allocated: Shared;
  readonly vms: number;
  readonly maxVms: number;
  readonly running: number;
}

/** A chassis as it is in use. */
export interface ChassisInfo extends Chassis {
  /** Slots of ribosomes for VMs, of one chassis cell: what is left after the hypervisor's overhead. */
  readonly availableRibosomes: number;
  readonly availablePolymerases: number;
  /** Chassis cells that are pooled. */
  readonly cells: number;
}

/** Of what a VM holds that does not run: memory alone. */
const idle: Shared = { ribosomes: 0, atp: 0, polymerases: 0, memoryKb: 0 };

const countOf = (value: number | undefined, otherwise: number, name: string): number => {
  const count = value ?? otherwise;
  if (Number.isInteger(count) && count >= 1) return count;
  throw new BioXenError("INVALID_CONFIGURATION", `${name}: ${count} is no whole number above 0`);
};

/**
 * Runs cells as virtual machines on a chassis: gives them their parts of it, takes them through their lives, and gives
 * them turns. Methods that need no waiting answer at once; life-cycle calls never wait for a turn that is under way.
 * @throws BioXenError `CHASSIS_INITIALIZATION_ERROR` and `INVALID_CONFIGURATION` for options that cannot be.
 */
export class BioXenHypervisor {
  readonly #chassis: Chassis;
  readonly #cells: number;
  readonly #maxVms: number;
  readonly #pool: ResourcePool;
  readonly #models = new CellModels();
  readonly #vms = new Map<string, VirtualMachine>();
  readonly #scheduler: Scheduler;
  readonly #seed: number;
  readonly #log: Log;
  readonly #dispatcher: Dispatcher;
  #processes: Promise<LuaProcesses> | null = null;
  /** Measures VMs turn by turn. */
  readonly profiler: PerformanceProfiler;

  constructor(options: HypervisorOptions) {
    this.#chassis = chassisOf(options.chassis ?? "ecoli");
    this.#maxVms = countOf(options.maxVms, this.#chassis.maxVms, "maxVms");
    this.#cells = Math.ceil(this.#maxVms / this.#chassis.maxVms);
    this.#pool = new ResourcePool(this.#chassis, this.#cells);
    this.#log = options.log ?? silentLog;
    this.#dispatcher = options.dispatcher;
    this.#seed = options.seed ?? 1;
    this.profiler = new PerformanceProfiler(options.history === undefined ? {} : { history: options.history });
    const switchSeconds = options.switchSeconds ?? switchSecondsOf(this.#chassis);
    if (!(switchSeconds >= 0 && switchSeconds < Number.POSITIVE_INFINITY))
      throw new BioXenError("INVALID_CONFIGURATION", `switchSeconds: ${switchSeconds} is no time`);
    const policy = options.scheduler ?? "round-robin";
    if (policy !== "round-robin" && policy !== "fair-share")
      throw new BioXenError("INVALID_CONFIGURATION", `scheduler: ${String(policy)} is none: round-robin, fair-share`);
    this.#scheduler = new Scheduler(
      {
        ...{ policy, switchSeconds, quantum: countOf(options.quantum, 60, "quantum") },
        ...{ ageing: countOf(options.ageing, 3, "ageing"), dispatch: options.dispatch ?? {} },
      },
      {
        ...{ dispatcher: options.dispatcher, profiler: this.profiler, log: this.#log },
        fail: (vm, error) => this.#fail(vm, error),
      },
    );
  }

  /**
   * Creates a VM with a newborn cell. What is not asked for of resources is the fair part of the chassis, as far as the VM
   * can use it, and priority 3.
   * @throws BioXenError `API_VALIDATION_ERROR` for ids and types that cannot be, `INVALID_CONFIGURATION` for a spec that
   *   cannot, `VM_CREATION_FAILED` for an id that is taken, `HYPERVISOR_OVERLOAD` where there are as many VMs as may be,
   *   `RESOURCE_ALLOCATION_ERROR` and `RESOURCE_EXHAUSTION` for resources; nothing is held then.
   */
  async createVm(id: string, what: BiologicalType | VmSpec, resources: Partial<Resources> = {}): Promise<VmStatus> {
    const spec = vmSpecOf(what);
    this.#room(id);
    const model = await this.#models.of(spec);
    const trajectory = this.#models.number(model);
    const cell = { model, state: newbornCell(model, spec.seed ?? this.#seed, trajectory), limits: unlimited };
    return this.#admit(
      new VirtualMachine(id, spec, cell, this.#wished(spec, model, resources), {
        state: "created",
        counters: noCounts(),
      }),
    );
  }

  /** Starts a VM that was created or stopped. Throws `VM_NOT_FOUND`, `VM_STATE_ERROR`; `RESOURCE_EXHAUSTION` after a stop. */
  async startVm(id: string): Promise<VmStatus> {
    const vm = this.#find(id);
    if (vm.state === "stopped") this.#pool.hold(id, vm.resources);
    vm.move("start");
    this.#limit(vm);
    this.#ready(vm);
    return this.#told(vm, "started");
  }

  /** Pauses a running VM, which keeps all that it holds. Throws `VM_NOT_FOUND`, `VM_STATE_ERROR`. */
  async pauseVm(id: string): Promise<VmStatus> {
    const vm = this.#find(id);
    vm.move("pause");
    vm.readySince = null;
    return this.#told(vm, "paused");
  }

  /** Lets a paused VM go on. Throws `VM_NOT_FOUND`, `VM_STATE_ERROR`. */
  async resumeVm(id: string): Promise<VmStatus> {
    const vm = this.#find(id);
    vm.move("resume");
    this.#ready(vm);
    return this.#told(vm, "resumed");
  }

  /** Stops a VM: its cell stays as it is, ribosomes, RNA polymerases and ATP go back. Throws `VM_NOT_FOUND`, `VM_STATE_ERROR`. */
  async stopVm(id: string): Promise<VmStatus> {
    const vm = this.#find(id);
    vm.move("stop");
    vm.error = null;
    vm.readySince = null;
    this.#pool.hold(id, { ...idle, memoryKb: vm.resources.memoryKb });
    return this.#told(vm, "stopped");
  }

  /** Ends a VM; all that it held is free again. Throws `VM_NOT_FOUND`. */
  destroyVm(id: string): Promise<void> {
    return this.#end(id, "destroyed");
  }

  /** Lets go of a VM that lives on elsewhere, in a checkpoint: here nothing of it is left. Throws `VM_NOT_FOUND`. */
  releaseVm(id: string): Promise<void> {
    return this.#end(id, "let go of");
  }

  async #end(id: string, said: string): Promise<void> {
    const vm = this.#find(id);
    vm.move("destroy");
    this.#vms.delete(id);
    this.#pool.release(id);
    this.profiler.forget(id);
    this.#log.info({ vm: id }, said);
    if (vm.hasLua) await (await this.#processes)?.state(id).close();
  }

  /** Where a VM stands. Throws `VM_NOT_FOUND`. */
  getVmStatus(id: string): VmStatus {
    return vmStatus(this.#find(id), this.#chassis.id);
  }

  /** All VMs, in the order in which they were created. */
  listVms(): readonly VmStatus[] {
    return [...this.#vms.values()].map((vm) => vmStatus(vm, this.#chassis.id));
  }

  /**
   * Gives running VMs their turns; see `docs/hypervisor.md` for time and policies. VMs whose cells fail are in error then,
   * the others unaffected.
   * @throws BioXenError `HYPERVISOR_OVERLOAD` while another run is under way; `ABORTED`, all cells standing at a coupling;
   *   whatever no device can do.
   */
  async runScheduler(options: RunSchedulerOptions = {}): Promise<SchedulerReport> {
    const report = await this.#scheduler.run(() => [...this.#vms.values()], options);
    this.#log.info({ rounds: report.rounds, turns: report.turns, clock: report.clock }, "scheduler ran");
    return report;
  }

  /** What the chassis has for VMs, what is free, and what is held; the last two add up to the first, always. */
  getSystemResources(): SystemResources {
    const { total, free } = this.#pool;
    const allocated = Object.fromEntries(sharedNames.map((name) => [name, 0])) as Record<keyof Shared, number>;
    for (const id of this.#vms.keys()) {
      const held = this.#pool.heldBy(id);
      for (const name of sharedNames) allocated[name] += held[name];
    }
    // a percent is counted in millionths
    allocated.atp = Math.round(allocated.atp * 1e6) / 1e6;
    const running = [...this.#vms.values()].filter(({ state }) => state === "running").length;
    return { total, free, allocated, vms: this.#vms.size, maxVms: this.#maxVms, running };
  }

  getChassisInfo(): ChassisInfo {
    const available = (slots: number): number => Math.floor(slots * (1 - this.#chassis.overhead) + 1e-9);
    return {
      ...this.#chassis,
      maxVms: this.#maxVms,
      availableRibosomes: available(this.#chassis.ribosomes),
      availablePolymerases: available(this.#chassis.polymerases),
      cells: this.#cells,
    };
  }

  /**
   * Changes what a VM holds; what is not named stays. Takes effect at its next turn.
   * @throws BioXenError `VM_NOT_FOUND`, `RESOURCE_ALLOCATION_ERROR`, `RESOURCE_EXHAUSTION`; it then holds what it held.
   */
  allocateVmResources(id: string, resources: Partial<Resources>): VmResourceUsage {
    const vm = this.#find(id);
    try {
      const wished = this.#wished(vm.spec, vm.cell.model, resources, vm.resources);
      this.#pool.hold(id, holdsMachines(vm.state) ? wished : { ...idle, memoryKb: wished.memoryKb });
      vm.resources = wished;
    } catch (error) {
      vm.counters.violations++;
      throw error;
    }
    this.#limit(vm);
    this.#log.info({ vm: id, ...vm.resources }, "allocated");
    return this.getVmResourceUsage(id);
  }

  /** What a VM holds and what it makes of it. Throws `VM_NOT_FOUND`. */
  getVmResourceUsage(id: string): VmResourceUsage {
    const vm = this.#find(id);
    return vmResourceUsage(vm, this.#pool.heldBy(id), this.#suppliedCells, this.profiler.vmMetrics(id));
  }

  /** A VM's cell, to look at: it moves on at its turns. Throws `VM_NOT_FOUND`. */
  cellOf(id: string): Cell {
    return this.#find(id).cell;
  }

  /**
   * Shuts these operons of an E. coli VM, and lets all others go, from its next turn on.
   * @throws BioXenError `VM_NOT_FOUND`; `API_VALIDATION_ERROR` for operons that it does not have.
   */
  repressOperons(id: string, operons: readonly string[]): VmStatus {
    const vm = this.#find(id);
    const there = vm.spec.biologicalType === "ecoli" ? ecoliOperons.map((operon) => operon.id) : [];
    const unknown = operons.find((operon) => !there.includes(operon));
    if (unknown !== undefined)
      throw new BioXenError(
        "API_VALIDATION_ERROR",
        `${id} has no operon ${JSON.stringify(unknown)}: ${there.join(", ")}`,
        {
          context: { vm: id },
        },
      );
    vm.repressed = [...new Set(operons)];
    this.#limit(vm);
    return this.#told(vm, "operons repressed");
  }

  /**
   * Runs a process of a VM: Lua code, or one call of a biology function. Several may be under way at once.
   * @throws BioXenError `VM_NOT_FOUND`, `VM_STATE_ERROR` unless the VM runs; what the process ends with.
   */
  async executeProcess(id: string, process: string | VmProcess, options: ProcessOptions = {}): Promise<ProcessReport> {
    const vm = this.#find(id);
    const asked = typeof process === "string" ? { code: process } : process;
    return runProcess(vm, asked, this.#surroundings(vm), options);
  }

  /**
   * Installs a package in a VM, wholly or not at all: its genes join the living cell's chromosome, its parameters hold from
   * the next turn on, its functions stay in the VM's Lua state.
   * @throws BioXenError `VM_NOT_FOUND`; `VM_STATE_ERROR` for a VM in error; `PACKAGE_REFUSED` for a package that is there;
   *   `INVALID_CONFIGURATION` for genes and parameters that its organism cannot take; `RESOURCE_EXHAUSTION` where its longer
   *   genome has no room; what its functions end with.
   */
  async installPackage(id: string, one: BiologicalPackage): Promise<VmStatus> {
    const vm = this.#find(id);
    const lua = async (): Promise<ProcessState> => (await this.#lua()).state(id);
    return vm.exclusive(() =>
      withPackage(vm, one, { models: this.#models, lua }, ({ spec, cell }) => {
        // all at once from here on: it may have been stopped, or be gone, while functions were read
        if (this.#find(id) !== vm)
          throw new BioXenError("VM_NOT_FOUND", `${id} is another VM by now`, { context: { vm: id } });
        // a longer genome takes more memory
        const memoryKb = Math.max(vm.resources.memoryKb, boundsOf(spec, cell.model).genomeKb);
        this.#pool.hold(id, { ...this.#pool.heldBy(id), memoryKb });
        vm.resources = { ...vm.resources, memoryKb };
        vm.cell = cell;
        vm.spec = spec;
        this.#limit(vm);
        return this.#told(vm, `package ${one.name} ${one.version} installed`);
      }),
    );
  }

  /** Ends all VMs. */
  async [Symbol.asyncDispose](): Promise<void> {
    // what is kept of them elsewhere, if anything, is untouched
    for (const id of [...this.#vms.keys()]) await this.releaseVm(id);
    await (await this.#processes)?.[Symbol.asyncDispose]();
    this.#processes = null;
  }

  /** Lua states, in worker threads that start with the first process. */
  #lua(): Promise<LuaProcesses> {
    this.#processes ??= openProcesses();
    return this.#processes;
  }

  #surroundings(vm: VirtualMachine): ProcessSurroundings {
    const { dispatch } = this.#scheduler.options;
    const status = (): VmStatus => vmStatus(vm, this.#chassis.id);
    const fail = (error: BioXenError): void => this.#fail(vm, error);
    return {
      ...{ dispatcher: this.#dispatcher, dispatch, log: this.#log, status, fail },
      knowledge: () => this.#models.knowledge(vm.spec),
      lua: async () => (await this.#lua()).state(vm.id),
    };
  }

  /**
   * A VM as bytes: its state, its cell and random numbers; `restoreVm` of them goes on bit for bit. Waits for a turn that
   * is under way.
   * @throws BioXenError `VM_NOT_FOUND`; `DEVICE_BUSY` while its process code runs, `CHECKPOINT_REFUSED` for what it holds that
   *   cannot be kept.
   */
  async checkpointVm(id: string): Promise<Uint8Array> {
    const vm = this.#find(id);
    return vm.exclusive(async () => {
      const process = vm.hasLua ? await (await this.#lua()).state(id).checkpoint() : null;
      return vmBytes({
        ...{ id, spec: vm.spec, state: vm.state, error: vm.error, resources: vm.resources, repressed: vm.repressed },
        ...{ counters: vm.counters, model: modelFingerprint(vm.cell.model), cell: vm.cell.state, process },
      });
    });
  }

  /**
   * Makes a VM of a checkpoint, in the state it was in.
   * @throws BioXenError `CHECKPOINT_DAMAGED` for bytes that are damaged, `INVALID_CONFIGURATION` for a genome that this version
   *   compiles otherwise, and all that `createVm` throws.
   */
  async restoreVm(bytes: Uint8Array, id?: string): Promise<VmStatus> {
    const kept = readVmBytes(bytes);
    const spec = vmSpecOf(kept.spec);
    const name = id ?? kept.id;
    this.#room(name);
    const model = await this.#models.of(spec);
    if (modelFingerprint(model) !== kept.model)
      throw new BioXenError("INVALID_CONFIGURATION", `${name}: this version compiles another network of its genome`, {
        context: { vm: name },
      });
    const wished = this.#wished(spec, model, kept.resources);
    this.#models.take(model, kept.cell.trajectory);
    const vm = new VirtualMachine(name, spec, { model, state: kept.cell, limits: unlimited }, wished, kept);
    vm.repressed = kept.repressed;
    vm.error = kept.error;
    const status = this.#admit(vm);
    if (kept.process === null) return status;
    try {
      await (await this.#lua()).state(name).restore(kept.process);
      vm.hasLua = true;
      return status;
    } catch (error) {
      // half a VM is none
      await this.destroyVm(name);
      throw error;
    }
  }

  #room(id: string): void {
    if (!/^[A-Za-z0-9][\w.-]{0,63}$/.test(id))
      throw new BioXenError(
        "API_VALIDATION_ERROR",
        `${JSON.stringify(id)} is no id of a VM: a letter or digit, then up to 63 of them, dots, - and _`,
      );
    const context = { vm: id };
    if (this.#vms.has(id)) throw new BioXenError("VM_CREATION_FAILED", `there is a VM ${id} already`, { context });
    if (this.#vms.size >= this.#maxVms)
      throw new BioXenError("HYPERVISOR_OVERLOAD", `${this.#chassis.id} takes ${this.#maxVms} VMs, and has them`, {
        context,
      });
  }

  #admit(vm: VirtualMachine): VmStatus {
    const { id } = vm;
    // another may have come while its genome was read
    this.#room(id);
    this.#pool.hold(id, holdsMachines(vm.state) ? vm.resources : { ...idle, memoryKb: vm.resources.memoryKb });
    this.#vms.set(id, vm);
    this.#limit(vm);
    if (vm.state === "running") this.#ready(vm);
    return this.#told(vm, "created");
  }

  #wished(spec: VmSpec, model: CellModel, asked: Partial<Resources>, now?: Resources): Resources {
    return wishedResources(
      boundsOf(spec, model),
      asked,
      now ?? fairPart(boundsOf(spec, model), this.#pool, this.#maxVms),
    );
  }

  #limit(vm: VirtualMachine): void {
    vm.limit(holdsMachines(vm.state) ? this.#pool.heldBy(vm.id) : vm.resources, this.#suppliedCells);
  }

  /** A VM whose cell cannot go on gives its machines back; one that was stopped or destroyed meanwhile has done so. */
  #fail(vm: VirtualMachine, error: BioXenError): void {
    this.#log.error({ vm: vm.id, code: error.code }, error.message);
    if (this.#vms.get(vm.id) !== vm || (vm.state !== "running" && vm.state !== "paused")) return;
    vm.move("fail");
    vm.error = error.message;
    vm.readySince = null;
    this.#pool.hold(vm.id, { ...idle, memoryKb: vm.resources.memoryKb });
  }

  #ready(vm: VirtualMachine): void {
    vm.readySince = this.#scheduler.clock;
    vm.counters.credit = 0;
    vm.counters.passedOver = 0;
  }

  /** Cells whose whole need of ATP all of the chassis makes. */
  get #suppliedCells(): number {
    return suppliedBy(this.#chassis) * this.#cells;
  }

  #find(id: string): VirtualMachine {
    const vm = this.#vms.get(id);
    if (vm !== undefined) return vm;
    throw new BioXenError("VM_NOT_FOUND", `there is no VM ${JSON.stringify(id)}`, { context: { vm: String(id) } });
  }

  #told(vm: VirtualMachine, message: string): VmStatus {
    this.#log.info({ vm: vm.id, state: vm.state }, message);
    return vmStatus(vm, this.#chassis.id);
  }
}

async function openProcesses(): Promise<LuaProcesses> {
  try {
    const { LuaProcesses } = await import("./process/lua-processes.ts");
    return new LuaProcesses();
  } catch (cause) {
    throw new BioXenError("IMPORT_MODULE_ERROR", "process code cannot be run: its room cannot be loaded", { cause });
  }
}
