import type { CellModel } from "../cell/index.ts";
import { type GenomeReading, knowledgeOf, readGenomeFile, type VmKnowledge } from "./vm-knowledge.ts";
import { genomeKey, modelOf, type VmSpec } from "./vm-spec.ts";

/** Genomes that were compiled in this process, the last used at the end: compiling one takes longer than the rest of a VM. */
const compiled = new Map<string, CellModel>();
const mostCompiled = 32;

/** Genomes that VMs of a hypervisor share, and the numbers of their trajectories: cells of a genome with near numbers run in one batch. */
export class CellModels {
  readonly #models = new Map<string, CellModel>();
  readonly #next = new WeakMap<CellModel, number>();
  readonly #knowledge = new Map<string, Promise<VmKnowledge>>();

  /** The compiled genome of a spec: the same object for all VMs here that may run in one batch. Throws as `modelOf`. */
  async of(spec: VmSpec): Promise<CellModel> {
    const reading = spec.genomeFile === undefined ? null : await readGenomeFile(spec);
    if (spec.ownGenome === true) return modelOf(spec, reading?.facts);
    const key = keyOf(spec, reading);
    const model = this.#models.get(key) ?? compiledGenome(key, spec, reading);
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

  /** What processes of such a VM may know; read once. */
  knowledge(spec: VmSpec): Promise<VmKnowledge> {
    const key = JSON.stringify([spec.biologicalType, spec.genomeFile ?? null, spec.metabolicModel ?? null]);
    const known = this.#knowledge.get(key) ?? knowledgeOf(spec);
    this.#knowledge.set(key, known);
    // a file that could not be read may be there the next time
    known.catch(() => this.#knowledge.delete(key));
    return known;
  }
}

function keyOf(spec: VmSpec, reading: GenomeReading | null): string {
  return JSON.stringify([genomeKey(spec), reading?.hash ?? null]);
}

function compiledGenome(key: string, spec: VmSpec, reading: GenomeReading | null): CellModel {
  const model = compiled.get(key) ?? modelOf(spec, reading?.facts);
  compiled.delete(key);
  compiled.set(key, model);
  for (const [oldest] of compiled) {
    if (compiled.size <= mostCompiled) break;
    compiled.delete(oldest);
  }
  return model;
}
