import { type CellModel, compileGenes } from "./expression-network.ts";
import type { GenomeFacts } from "./gene-facts.ts";
import type { Perturbations } from "./regulation.ts";
import { compileSectors } from "./sector-network.ts";
import { type AnyOrganism, isOfSectors } from "./sectors.ts";

/**
 * Compiles an organism into a reaction network: gene by gene (`compileGenes`), or by proteome sector (`compileSectors`)
 * where the organism is described so.
 * @throws BioXenError `INPUT_INVALID` as these two.
 */
export function compileCell(
  organism: AnyOrganism,
  perturbations: Perturbations = {},
  genome: GenomeFacts = organism.facts(),
): CellModel {
  return isOfSectors(organism)
    ? compileSectors(organism, perturbations, genome)
    : compileGenes(organism, perturbations, genome);
}
