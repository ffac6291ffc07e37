import type { CellLimits, CellModel, CellState } from "../cell/index.ts";
import { type BiologicalTypeFacts, factsOfType } from "./biological-types.ts";
import { promoterShares } from "./ecoli-operons.ts";
import type { Resources, Shared } from "./resources.ts";
import { nextState, type VmCommand, type VmState } from "./vm-life.ts";
import type { VmSpec } from "./vm-spec.ts";

/** What was counted of a VM since it was created. */
export interface VmCounters {
  /** Cell time that scheduler and processes gave it. */
  cellSeconds: number;
  turns: number;
  contextSwitches: number;
  /** Chassis time that it was ready and others had their turns. */
  waitSeconds: number;
  /** CPU time of this process for its cell: of a batch, its part by cell time. */
  cpuSeconds: number;
  processes: number;
  /** Requests beyond its limits, and limits that its processes ran into. */
  violations: number;
  /** See `planRound`. */
  credit: number;
  passedOver: number;
}

export function noCounts(): VmCounters {
  return {
    ...{ cellSeconds: 0, turns: 0, contextSwitches: 0, waitSeconds: 0, cpuSeconds: 0, processes: 0, violations: 0 },
    ...{ credit: 0, passedOver: 0 },
  };
}

/** A virtual machine as the hypervisor has it: a cell, what it may use, and where it stands in its life. */
export class VirtualMachine {
  readonly id: string;
  spec: VmSpec;
  readonly facts: BiologicalTypeFacts;
  cell: { readonly model: CellModel; readonly state: CellState; limits: CellLimits };
  readonly counters: VmCounters;
  /** What it asks for; it holds its machines and ATP only while its state does so. */
  resources: Resources;
  /** Operons that are shut, by id: of E. coli. */
  repressed: readonly string[] = [];
  /** Why it is in error; else null. */
  error: string | null = null;
  /** Chassis time since when it is ready and waits; null while it is not ready. */
  readySince: number | null = null;
  processesUnderWay = 0;
  /** Whether it has a Lua state. */
  hasLua = false;
  #state: VmState;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(
    id: string,
    spec: VmSpec,
    cell: { readonly model: CellModel; readonly state: CellState; readonly limits: CellLimits },
    resources: Resources,
    kept: { readonly state: VmState; readonly counters: VmCounters },
  ) {
    this.id = id;
    this.spec = spec;
    this.facts = factsOfType(spec.biologicalType);
    this.cell = cell;
    this.resources = resources;
    this.counters = kept.counters;
    this.#state = kept.state;
  }

  get state(): VmState {
    return this.#state;
  }

  /** Moves on; null says that it is gone. Throws `VM_STATE_ERROR` for what is not legal. */
  move(command: VmCommand): VmState | null {
    const next = nextState(this.id, this.#state, command);
    if (next !== null) this.#state = next;
    return next;
  }

  /** Runs work on the cell alone: a turn, a process's step or a checkpoint waits for the others. */
  exclusive<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#queue.then(work);
    this.#queue = mine.catch(() => undefined);
    return mine;
  }

  /** What its cell may use, by what it holds: slots over those it wants, ATP over a whole cell's need. */
  limit(held: Shared, suppliedCells: number): void {
    const { wants } = this.facts;
    const promoters = promoterShares(this.cell.model, this.repressed);
    this.cell.limits = {
      ribosomes: Math.min(1, held.ribosomes / wants.ribosomes),
      polymerases: Math.min(1, held.polymerases / wants.polymerases),
      // a percent is counted in millionths: as near to 1 is 1
      atp: Math.min(1, Math.round(held.atp * suppliedCells * 1e4) / 1e4 / 100),
      ...(promoters.size === 0 ? {} : { promoters }),
    };
  }
}
