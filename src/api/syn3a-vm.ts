import { type EssentialGene, essentialGenes, type ProcessReport } from "../hypervisor/index.ts";
import { BiologicalVM } from "./biological-vm.ts";

/** A VM of JCVI-syn3A. */
export class Syn3aVM extends BiologicalVM {
  /**
   * Has each gene transcribed once, by its id (`JCVISYN3A_0001`) or name (`dnaA`), paid for from the cell's pools.
   * @throws BioXenError as `executeBiologicalProcess`; `PROCESS_FAILED` for genes that it does not have.
   */
  async startTranscription(geneIds: readonly string[]): Promise<ProcessReport> {
    const calls = geneIds.map((id) => `transcribe_gene(${JSON.stringify(id)}, 1)`).join(", ");
    return this.executeBiologicalProcess({ code: `return {${calls}}` });
  }

  /** Genes that expression, replication or energy cannot do without: see `essentialGenes`. */
  getEssentialGenes(): readonly EssentialGene[] {
    return essentialGenes(this.hypervisor.cellOf(this.id).model);
  }
}
