import { BioXenError } from "../contract/index.ts";
import type { Chassis } from "./chassis.ts";

/** What a VM holds of its chassis. */
export interface Resources {
  /** Slots, see `docs/hypervisor.md`. */
  readonly ribosomes: number;
  /** Percent of what the chassis makes; counted in millionths of a percent. */
  readonly atp: number;
  /** RNA polymerases, in slots. */
  readonly polymerases: number;
  /** Room for the genome, a base a byte. */
  readonly memoryKb: number;
  /** 1 to 5: weight in fair share; it is no part of the pool. */
  readonly priority: number;
}

/** What is shared out: all of `Resources` but priority. */
export type Shared = Omit<Resources, "priority">;
export type SharedName = keyof Shared;

export const sharedNames: readonly SharedName[] = ["ribosomes", "atp", "polymerases", "memoryKb"];

/** Smallest parts that are told apart, so that sums are exact: whole slots, millionths of a percent, bytes. */
const grains: Readonly<Record<SharedName, number>> = { ribosomes: 1, atp: 1e6, polymerases: 1, memoryKb: 1000 };

/**
 * What a chassis has for VMs, and who holds it. What all hold and what is free add up to the total at all times, exactly.
 */
export class ResourcePool {
  readonly #total: Readonly<Record<SharedName, number>>;
  readonly #free: Record<SharedName, number>;
  readonly #held = new Map<string, Readonly<Record<SharedName, number>>>();

  /** @param cells Chassis cells that are pooled: one, but where more VMs are asked for than one takes. */
  constructor(chassis: Chassis, cells: number) {
    const available = (slots: number): number => Math.floor(slots * (1 - chassis.overhead) + 1e-9) * cells;
    this.#total = inGrains({
      ...{ ribosomes: available(chassis.ribosomes), polymerases: available(chassis.polymerases) },
      ...{ atp: 100, memoryKb: chassis.memoryKb * cells },
    });
    this.#free = { ...this.#total };
  }

  get total(): Shared {
    return fromGrains(this.#total);
  }

  get free(): Shared {
    return fromGrains(this.#free);
  }

  /** What a VM holds; nothing where it holds nothing. */
  heldBy(vm: string): Shared {
    return fromGrains(this.#held.get(vm) ?? nothing);
  }

  /**
   * Makes a VM hold exactly this much, or changes nothing.
   * @throws BioXenError `RESOURCE_ALLOCATION_ERROR` for amounts that no VM can hold here, `RESOURCE_EXHAUSTION` where
   *   others hold too much of it now.
   */
  hold(vm: string, wanted: Shared): void {
    const next = inGrains(wanted);
    const now = this.#held.get(vm) ?? nothing;
    for (const name of sharedNames) {
      const context = { vm, resource: name };
      if (!Number.isSafeInteger(next[name]) || next[name] < 0)
        throw new BioXenError("RESOURCE_ALLOCATION_ERROR", `${vm}: ${wanted[name]} is no amount of ${name}`, {
          context,
        });
      if (next[name] > this.#total[name])
        throw new BioXenError(
          "RESOURCE_ALLOCATION_ERROR",
          `${vm} asks for ${wanted[name]} ${name}; the chassis has ${this.total[name]} for all VMs`,
          { context },
        );
    }
    for (const name of sharedNames)
      if (next[name] - now[name] > this.#free[name])
        throw new BioXenError(
          "RESOURCE_EXHAUSTION",
          `${vm} asks for ${wanted[name]} ${name}; it holds ${this.heldBy(vm)[name]} and ${this.free[name]} are free`,
          { context: { vm, resource: name } },
        );
    for (const name of sharedNames) this.#free[name] -= next[name] - now[name];
    this.#held.set(vm, next);
  }

  /** Gives back all that a VM holds. */
  release(vm: string): void {
    const held = this.#held.get(vm);
    if (held === undefined) return;
    for (const name of sharedNames) this.#free[name] += held[name];
    this.#held.delete(vm);
  }
}

const nothing: Readonly<Record<SharedName, number>> = { ribosomes: 0, atp: 0, polymerases: 0, memoryKb: 0 };

function inGrains(amounts: Shared): Readonly<Record<SharedName, number>> {
  const of = (name: SharedName): number => {
    const parts = amounts[name] * grains[name];
    // slots are whole; the others are rounded to their grain
    return grains[name] === 1 ? parts : Math.round(parts);
  };
  return { ribosomes: of("ribosomes"), atp: of("atp"), polymerases: of("polymerases"), memoryKb: of("memoryKb") };
}

function fromGrains(amounts: Readonly<Record<SharedName, number>>): Shared {
  const of = (name: SharedName): number => amounts[name] / grains[name];
  return { ribosomes: of("ribosomes"), atp: of("atp"), polymerases: of("polymerases"), memoryKb: of("memoryKb") };
}
