import type { CellModel } from "../cell/index.ts";

type SectorRole = NonNullable<CellModel["sectors"]>["sectors"][number]["role"];

/** An operon of Escherichia coli as far as a cell of proteome sectors has it: so many of a sector's genes. */
export interface EcoliOperon {
  readonly id: string;
  readonly role: SectorRole;
  /** Genes of that sector in it. */
  readonly genes: number;
  readonly note: string;
}

const of = (id: string, role: SectorRole, genes: number, note: string): EcoliOperon => ({ id, role, genes, note });

/** Operons that may be managed, with their genes as RegulonDB and EcoCyc list them (K-12 MG1655). */
export const ecoliOperons: readonly EcoliOperon[] = [
  ...["rrnA", "rrnB", "rrnC", "rrnD", "rrnE", "rrnG", "rrnH"].map((id) => of(id, "rRNA", 1, "16S, 23S and 5S rRNA")),
  of("S10", "ribosome", 11, "rpsJ rplCDWB rpsS rplV rpsC rplP rpmC rpsQ"),
  of("spc", "ribosome", 11, "rplNXE rpsNH rplFR rpsE rpmD rplO rpmJ"),
  of("alpha", "ribosome", 4, "rpsMKD rplQ, beside rpoA"),
  of("str", "ribosome", 2, "rpsLG, beside fusA and tufA"),
  of("rplKAJL", "ribosome", 4, "rplKAJL, ahead of rpoBC"),
  of("rpoBC", "polymerase", 2, "beta and beta' of the RNA polymerase"),
  of("lac", "metabolism", 3, "lacZYA"),
  of("trp", "metabolism", 5, "trpEDCBA"),
  of("his", "metabolism", 8, "hisGDCBHAFI"),
  of("ara", "metabolism", 3, "araBAD"),
  of("gal", "metabolism", 4, "galETKM"),
  of("mal", "metabolism", 3, "malEFG"),
];

/** By sector (number of its mean gene): the share of its genes that no repressed operon takes away; those that keep all are not there. */
export function promoterShares({ sectors }: CellModel, repressed: readonly string[]): ReadonlyMap<number, number> {
  const shares = new Map<number, number>();
  if (sectors === undefined || repressed.length === 0) return shares;
  sectors.sectors.forEach(({ role, loci }, gene) => {
    const gone = ecoliOperons
      .filter((operon) => operon.role === role && repressed.includes(operon.id))
      .reduce((sum, { genes }) => sum + genes, 0);
    if (gone > 0) shares.set(gene, 1 - gone / loci);
  });
  return shares;
}
