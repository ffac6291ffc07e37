import type { CellModel } from "../cell/index.ts";
import { genomeKey, modelOf, type VmSpec } from "./vm-spec.ts";

/** Genomes that were compiled in this process, the last used at the end: compiling one takes longer than the rest of a VM. */
const compiled = new Map<string, CellModel>();
const mostCompiled = 32;

function compiledGenome(spec: VmSpec): CellModel {
  const key = genomeKey(spec);
  const model = compiled.get(key) ?? modelOf(spec);
  compiled.delete(key);
  compiled.set(key, model);
  for (const [oldest] of compiled) {
    if (compiled.size <= mostCompiled) break;
    compiled.delete(oldest);
  }
  return model;
}

/** Genomes that VMs of a hypervisor share, and the numbers of their trajectories: cells of a genome with near numbers run in one batch. */
export class CellModels {
  readonly #models = new Map<string, CellModel>();
  readonly #next = new WeakMap<CellModel, number>();

  /** The compiled genome of a spec: the same object for all VMs here that may run in one batch. */
  of(spec: VmSpec): CellModel {
    if (spec.ownGenome === true) return modelOf(spec);
    const key = genomeKey(spec);
    const model = this.#models.get(key) ?? compiledGenome(spec);
    this.#models.set(key, model);
    return model;
  }

  /** The next trajectory: never one that a VM before had, so that no VM repeats another's life. */
  number(model: CellModel): number {
    const next = this.#next.get(model) ?? 0;
    this.#next.set(model, next + 1);
    return next;
  }

  /** Keeps a number from being given out, for a VM that comes with it. */
  take(model: CellModel, trajectory: number): void {
    this.#next.set(model, Math.max(this.#next.get(model) ?? 0, trajectory + 1));
  }
}
