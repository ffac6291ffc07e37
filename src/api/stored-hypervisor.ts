import { z } from "zod";
import { BioXenError, type Dispatcher, type DispatchOptions, type Seconds } from "../contract/index.ts";
import {
  BioXenHypervisor,
  type ChassisData,
  type HypervisorOptions,
  type Log,
  type SchedulerPolicy,
  type VmStatus,
} from "../hypervisor/index.ts";
import { CheckpointStore, holdStore } from "../store/index.ts";

/** What a hypervisor is on, as plain data that a store keeps; of what is left out, the hypervisor's defaults. */
export interface HypervisorSettings {
  readonly chassis?: string | ChassisData | undefined;
  readonly maxVms?: number | undefined;
  readonly scheduler?: SchedulerPolicy | undefined;
  readonly quantum?: Seconds | undefined;
  readonly switchSeconds?: Seconds | undefined;
  readonly seed?: number | undefined;
}

export interface StoredHypervisorOptions {
  readonly dispatcher: Dispatcher;
  readonly dispatch?: DispatchOptions;
  readonly log?: Log;
  /** Checkpoints of each VM that are kept; 3 by default. */
  readonly generations?: number;
  /** How long to wait for another process that holds the store; 5 s by default. */
  readonly patience?: Seconds;
}

const settingsSchema: z.ZodType<HypervisorSettings> = z.strictObject({
  // a chassis is checked by the hypervisor, which says what is wrong with it
  chassis: z
    .union([z.string(), z.custom<ChassisData>((value) => typeof value === "object" && value !== null)])
    .optional(),
  maxVms: z.number().optional(),
  scheduler: z.enum(["round-robin", "fair-share"]).optional(),
  quantum: z.number().optional(),
  switchSeconds: z.number().optional(),
  seed: z.number().optional(),
});

/**
 * A hypervisor whose VMs outlive the process: a store keeps them, one process at a time has them. What `keep` has answered
 * is on the disk, whatever happens to the process; what has not been kept is as it was at the last `keep`.
 */
export class StoredHypervisor implements AsyncDisposable {
  readonly store: CheckpointStore;
  /** What could not be read as it was written, and what stands in for it. */
  readonly notices: readonly string[];
  readonly #hold: AsyncDisposable;
  readonly #options: StoredHypervisorOptions;
  #hypervisor: BioXenHypervisor;
  #settings: HypervisorSettings;

  private constructor(
    kept: { readonly store: CheckpointStore; readonly hold: AsyncDisposable; readonly settings: HypervisorSettings },
    options: StoredHypervisorOptions,
    hypervisor: BioXenHypervisor,
    notices: readonly string[],
  ) {
    this.store = kept.store;
    this.notices = notices;
    this.#hold = kept.hold;
    this.#options = options;
    this.#settings = kept.settings;
    this.#hypervisor = hypervisor;
  }

  /**
   * Opens the VMs of a file, which is made where it is not there yet.
   * @throws BioXenError `STORE_FAILED` (held by another process, disk full, read-only), `CHECKPOINT_DAMAGED` where no
   *   checkpoint of a VM is whole, and what `BioXenHypervisor.restoreVm` throws.
   */
  static async open(file: string, options: StoredHypervisorOptions): Promise<StoredHypervisor> {
    const { generations, patience = 5 } = options;
    const store = await CheckpointStore.open(file, { patience, ...(generations === undefined ? {} : { generations }) });
    let hold: AsyncDisposable | null = null;
    try {
      hold = await holdStore(file, patience);
      const settings = readSettings(await store.settings(), store.file);
      const hypervisor = new BioXenHypervisor(optionsOf(settings, options));
      const notices: string[] = [];
      for (const { vmId } of await store.list()) {
        const checkpoint = await store.get(vmId);
        if (checkpoint === null) continue;
        notices.push(...checkpoint.notices);
        await hypervisor.restoreVm(checkpoint.payload);
      }
      return new StoredHypervisor({ store, hold, settings }, options, hypervisor, notices);
    } catch (error) {
      await hold?.[Symbol.asyncDispose]();
      await store.close();
      throw error;
    }
  }

  /** The one that has the VMs; another one after `configure`. */
  get hypervisor(): BioXenHypervisor {
    return this.#hypervisor;
  }

  get settings(): HypervisorSettings {
    return this.#settings;
  }

  /** Keeps a VM as it is now; it is durable once its generation is answered. Throws `VM_NOT_FOUND`, `STORE_FAILED`. */
  async keep(id: string): Promise<number> {
    const { generation } = await this.store.put(id, await this.#hypervisor.checkpointVm(id));
    return generation;
  }

  async keepAll(): Promise<void> {
    for (const { id } of this.#hypervisor.listVms()) await this.keep(id);
  }

  /** Destroys a VM with all of its checkpoints. Throws `VM_NOT_FOUND`. */
  async destroy(id: string): Promise<void> {
    await this.#hypervisor.destroyVm(id);
    await this.store.remove(id);
  }

  /**
   * Makes a VM what it was: at a generation, by default the one before the newest, or of the bytes of a checkpoint, which
   * may be those of another VM. What it was until now is kept as a generation of its own first.
   * @throws BioXenError `VM_NOT_FOUND` for a generation that is not kept, `CHECKPOINT_DAMAGED`, and what
   *   `BioXenHypervisor.restoreVm` throws; the VM is then what it was.
   */
  async restore(
    id: string,
    from: { readonly generation?: number } | { readonly bytes: Uint8Array } = {},
  ): Promise<VmStatus> {
    const bytes = "bytes" in from ? from.bytes : await this.#generation(id, from.generation);
    const there = this.#hypervisor.listVms().some((vm) => vm.id === id);
    const before = there ? await this.#hypervisor.checkpointVm(id) : null;
    if (before !== null) {
      await this.keep(id);
      await this.#hypervisor.releaseVm(id);
    }
    try {
      await this.#hypervisor.restoreVm(bytes, id);
    } catch (error) {
      if (before !== null) await this.#hypervisor.restoreVm(before, id);
      throw error;
    }
    await this.keep(id);
    return this.#hypervisor.getVmStatus(id);
  }

  /**
   * Changes what the hypervisor is on. Another chassis needs that there are no VMs.
   * @throws BioXenError `VM_STATE_ERROR` while there are VMs; `CHASSIS_INITIALIZATION_ERROR`, `INVALID_CONFIGURATION`.
   */
  async configure(changes: HypervisorSettings): Promise<void> {
    const settings = { ...this.#settings, ...changes };
    const vms = this.#hypervisor.listVms();
    if (changes.chassis !== undefined && vms.length > 0)
      throw new BioXenError(
        "VM_STATE_ERROR",
        `a chassis with ${vms.length} VMs stays: destroy them, or use another store`,
      );
    const next = new BioXenHypervisor(optionsOf(settings, this.#options));
    const kept = await Promise.all(vms.map(({ id }) => this.#hypervisor.checkpointVm(id)));
    for (const bytes of kept) await next.restoreVm(bytes);
    await this.store.keepSettings(JSON.stringify(settings));
    const before = this.#hypervisor;
    this.#hypervisor = next;
    this.#settings = settings;
    await before[Symbol.asyncDispose]();
  }

  /** Lets go of the store. What has not been kept is lost. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.#hypervisor[Symbol.asyncDispose]();
    } finally {
      await this.store.close();
      await this.#hold[Symbol.asyncDispose]();
    }
  }

  async #generation(id: string, asked: number | undefined): Promise<Uint8Array> {
    const there = (await this.store.generations(id)).map(({ generation }) => generation);
    const wanted = asked ?? there[1] ?? there[0];
    if (wanted === undefined || !there.includes(wanted))
      throw new BioXenError(
        "VM_NOT_FOUND",
        there.length === 0
          ? `there is no checkpoint of a VM ${JSON.stringify(id)}`
          : `${id} has no generation ${wanted}: kept are ${there.join(", ")}`,
        { context: { vm: id } },
      );
    return this.store.getGeneration(id, wanted);
  }
}

function optionsOf(
  settings: HypervisorSettings,
  { dispatcher, dispatch, log }: StoredHypervisorOptions,
): HypervisorOptions {
  const defined = Object.entries(settings).filter(([, value]) => value !== undefined);
  return {
    ...(Object.fromEntries(defined) as Pick<HypervisorOptions, never>),
    dispatcher,
    ...(dispatch === undefined ? {} : { dispatch }),
    ...(log === undefined ? {} : { log }),
  };
}

function readSettings(text: string | null, file: string): HypervisorSettings {
  if (text === null) return {};
  try {
    return settingsSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new BioXenError("INVALID_CONFIGURATION", `${file}: its settings of the hypervisor cannot be read`, {
      context: { file },
      cause,
    });
  }
}
