import type { Organism, Sourced } from "./organism.ts";

/**
 * What an organism of proteome sectors has to say of itself. "Residues" are those of all proteins of a cell: they are the
 * measure of its size, so that an amount per residue is a concentration.
 */
export type SectorConstantName =
  // growth law
  | "nutrientQuality"
  | "fixedShare"
  | "allocationRatio"
  | "ribosomeSpeed"
  | "trnaSaturation"
  | "trnaPerRibosome"
  | "ribosomalChains"
  | "polymeraseChains"
  | "polymeraseBase"
  | "polymeraseSlope"
  // expression
  | "promoterRate"
  | "translationRate"
  | "polymeraseSpeed"
  | "stablePolymeraseSpeed"
  | "stablePromoterMost"
  | "mrnaLifetime"
  // cell cycle
  | "residuesPerOrigin"
  | "forkSpeed"
  | "forkSlope"
  | "divisionDelay"
  | "divisionSlope"
  | "roundsMost"
  // pools and energy
  | "residueDensity"
  | "atp"
  | "gtp"
  | "ctp"
  | "utp"
  | "diphosphates"
  | "aminoAcid"
  | "dntp"
  | "atpCapacity"
  | "maintenance"
  | "dryMass";

/** What a sector is for, which decides how much of the proteome it gets. */
export type SectorRole = "ribosome" | "polymerase" | "metabolism" | "housekeeping" | "rRNA" | "tRNA";

/** Genes that are expressed together, as one mean gene. */
export interface Sector {
  readonly id: string;
  readonly name: string;
  readonly role: SectorRole;
  /** How many genes there are in one genome. */
  readonly loci: number;
  /** Middles of them on the chromosome, from 0 at the origin to 1 at the terminus; evenly spread where it is null. */
  readonly distances: readonly number[] | null;
}

/** A medium by the growth that it allows. */
export interface GrowthMedium {
  readonly id: string;
  /** Amino acids that a residue of metabolic enzymes can supply in an hour. */
  readonly quality: number;
  readonly note: string;
}

/**
 * An organism coarse-grained by proteome sector: its genes are mean genes of sectors (`facts`), its sizes, rates and
 * composition follow from the medium and the constants.
 */
export interface SectorOrganism extends Omit<Organism, "constants"> {
  readonly constants: Readonly<Record<SectorConstantName, Sourced>>;
  /** One for each gene of `facts`, in their order. */
  readonly sectors: readonly Sector[];
  readonly media: readonly [GrowthMedium, ...GrowthMedium[]];
}

/** An organism gene by gene, or one by proteome sector. */
export type AnyOrganism = Organism | SectorOrganism;

/** Whether an organism is coarse-grained by sector. */
export function isOfSectors(organism: AnyOrganism): organism is SectorOrganism {
  return "sectors" in organism;
}
