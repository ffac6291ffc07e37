import { BioXenError } from "../../contract/index.ts";
import { LuaGroup } from "./lua-group.ts";
import type { Result } from "./messages.ts";
import type { Biology, ProcessAnswer, ProcessLimits, ProcessState } from "./process.ts";

export interface LuaProcessesOptions {
  /** Lua states that one worker thread holds at most; 250 by default. */
  readonly statesPerWorker?: number;
}

/** A VM's state as this side knows it. */
interface Known {
  readonly group: LuaGroup;
  /** The last checkpoint, from which a lost state is restored. */
  saved: Uint8Array | null;
  /** Why the state is gone; null while it is there, or was never made. */
  lost: string | null;
  restoring: Promise<void> | null;
  closed: boolean;
}

/** The Lua states of many VMs, in worker threads that start when they are first needed. */
export class LuaProcesses implements AsyncDisposable {
  readonly #perWorker: number;
  readonly #groups = new Set<LuaGroup>();
  readonly #known = new Map<string, { readonly known: Known; readonly state: ProcessState }>();
  #closed = false;

  constructor({ statesPerWorker = 250 }: LuaProcessesOptions = {}) {
    if (!Number.isInteger(statesPerWorker) || statesPerWorker < 1)
      throw new BioXenError("INPUT_INVALID", `${statesPerWorker} is no number of Lua states for a worker`);
    this.#perWorker = statesPerWorker;
  }

  /** Worker threads that hold states. */
  get workers(): number {
    return this.#groups.size;
  }

  /** The state of a VM, the same for the same id until it is closed; nothing is made before its first use. */
  state(vmId: string): ProcessState {
    if (this.#closed) throw new BioXenError("ABORTED", "the Lua states were closed");
    const before = this.#known.get(vmId);
    if (before !== undefined) return before.state;
    const group = [...this.#groups].find(({ vms }) => vms.size < this.#perWorker) ?? this.#another();
    group.vms.add(vmId);
    const known: Known = { group, saved: null, lost: null, restoring: null, closed: false };
    const state: ProcessState = {
      run: (code, biology, limits, signal) => this.#run(vmId, known, { code, biology, limits, signal }),
      checkpoint: async () => {
        const notices = await this.#ready(vmId, known);
        if (notices.length > 0 && known.saved === null)
          throw new BioXenError("PROCESS_LOST", `${notices.join("; ")}: there is nothing to keep`);
        const saved = bytesOf(await group.ask({ kind: "checkpoint", vm: vmId }));
        known.saved = saved;
        return saved;
      },
      restore: async (bytes) => {
        this.#refuseClosed(vmId, known);
        await group.ask({ kind: "restore", vm: vmId, bytes });
        known.saved = bytes;
        known.lost = null;
      },
      close: async () => {
        if (known.closed) return;
        known.closed = true;
        this.#known.delete(vmId);
        if (known.lost === null) await group.ask({ kind: "close", vm: vmId }).catch(() => {});
        group.vms.delete(vmId);
        if (group.vms.size > 0) return;
        this.#groups.delete(group);
        await group.close();
      },
    };
    this.#known.set(vmId, { known, state });
    return state;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    const groups = [...this.#groups];
    this.#groups.clear();
    this.#known.clear();
    await Promise.all(groups.map((group) => group.close()));
  }

  #another(): LuaGroup {
    const group = new LuaGroup((vms, why) => {
      for (const vm of vms) {
        const lost = this.#known.get(vm)?.known;
        if (lost !== undefined) lost.lost = why;
      }
    });
    this.#groups.add(group);
    return group;
  }

  async #run(
    vmId: string,
    known: Known,
    of: { code: string; biology: Biology; limits: ProcessLimits; signal: AbortSignal | undefined },
  ): Promise<ProcessAnswer> {
    const { code, biology, limits, signal } = of;
    checkLimits(limits);
    const sent = performance.timeOrigin + performance.now();
    const notices = await this.#ready(vmId, known);
    const result = await known.group.ask(
      { kind: "run", vm: vmId, code, names: Object.keys(biology), limits: { ...limits }, sent },
      { biology, deadline: limits.deadline, ...(signal === undefined ? {} : { signal }) },
    );
    if (result === null || result instanceof Uint8Array) throw new TypeError("no answer of a run");
    return { ...result, notices };
  }

  /** Restores a state that was lost from its last checkpoint; returns what is to be said of that. */
  async #ready(vmId: string, known: Known): Promise<readonly string[]> {
    this.#refuseClosed(vmId, known);
    if (known.restoring !== null) await known.restoring;
    const { lost, saved, group } = known;
    if (lost === null) return [];
    known.lost = null;
    if (saved === null) return [`the Lua state of VM ${vmId} was lost, it begins anew: ${lost}`];
    known.restoring = group.ask({ kind: "restore", vm: vmId, bytes: saved }).then(() => {});
    try {
      await known.restoring;
    } catch (error) {
      known.lost = lost;
      throw error;
    } finally {
      known.restoring = null;
    }
    return [`the Lua state of VM ${vmId} was lost, it is that of its last checkpoint: ${lost}`];
  }

  #refuseClosed(vmId: string, { closed }: Known): void {
    if (closed || this.#closed) throw new BioXenError("ABORTED", `the Lua state of VM ${vmId} was closed`);
  }
}

function bytesOf(result: Result): Uint8Array {
  if (!(result instanceof Uint8Array)) throw new TypeError("no bytes of a checkpoint");
  return result;
}

function checkLimits(limits: ProcessLimits): void {
  for (const name of ["instructions", "memory", "deadline"] as const)
    if (!(limits[name] > 0) || !Number.isFinite(limits[name]))
      throw new BioXenError("INPUT_INVALID", `limits: ${name} is a number above 0, not ${limits[name]}`);
}
