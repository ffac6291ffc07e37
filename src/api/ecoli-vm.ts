import { volumeOf } from "../cell/index.ts";
import { BioXenError } from "../contract/index.ts";
import { type EcoliOperon, ecoliOperons } from "../hypervisor/index.ts";
import { BiologicalVM } from "./biological-vm.ts";

/** What may be done to an operon: leave its promoter as it is, or shut it. */
export type OperonAction = "activate" | "repress";

/** An operon and whether it is transcribed. */
export interface ManagedOperon extends EcoliOperon {
  readonly active: boolean;
}

/** A VM of Escherichia coli. */
export class EcoliVM extends BiologicalVM {
  /**
   * Represses operons, or lets them go again, from now on. The cell is simulated by proteome sector: a repressed operon takes
   * its share of genes out of its sector's transcription.
   * @returns All operons that can be managed.
   * @throws BioXenError `API_VALIDATION_ERROR` for operons and actions that there are not, `INVALID_CONFIGURATION` where the
   *   VM was made without `operonManagement`.
   */
  manageOperons(ids: readonly string[], action: OperonAction): readonly ManagedOperon[] {
    if (this.config.operonManagement === false)
      throw new BioXenError("INVALID_CONFIGURATION", `${this.id} was made without operonManagement`);
    if (action !== "activate" && action !== "repress")
      throw new BioXenError("API_VALIDATION_ERROR", `${JSON.stringify(action)} is no action: activate, repress`);
    const repressed = new Set(this.getStatus().repressedOperons);
    const all = new Set(ecoliOperons.map(({ id }) => id));
    for (const id of ids) {
      if (!all.has(id))
        throw new BioXenError(
          "API_VALIDATION_ERROR",
          `no operon ${JSON.stringify(id)}: there are ${[...all].join(", ")}`,
        );
      if (action === "repress") repressed.add(id);
      else repressed.delete(id);
    }
    const status = this.hypervisor.repressOperons(this.id, [...repressed]);
    return ecoliOperons.map((operon) => ({ ...operon, active: !status.repressedOperons.includes(operon.id) }));
  }

  /** Copies of its plasmids now: their number follows the cell's size, without error. */
  getPlasmidCount(): number {
    const { model, state } = this.hypervisor.cellOf(this.id);
    const grown = volumeOf(model, state.values) / model.constants.volume;
    return (this.config.plasmids ?? []).reduce((sum, { copies }) => sum + Math.floor(copies * grown), 0);
  }
}
