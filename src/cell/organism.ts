import type { AnnotatedSequence } from "../formats/index.ts";
import type { GenomeFacts } from "./gene-facts.ts";

/** A constant with its unit and where it comes from. */
export interface Sourced {
  readonly value: number;
  readonly unit: string;
  readonly source: string;
}

/** What every organism here has to say of itself; rates are those of one cell at birth. */
export type ConstantName =
  | "volume"
  | "doublingTime"
  | "polymerases"
  | "polymeraseSpeed"
  | "polymeraseSaturation"
  | "promoterRate"
  | "promoterReference"
  | "promoterMost"
  | "ribosomalPromoter"
  | "mrnaDecay"
  | "ribosomes"
  | "ribosomeSpeed"
  | "trnaSaturation"
  | "chargedTrna"
  | "trnaPerGene"
  | "chargingRate"
  | "synthetases"
  | "polysomeSpacing"
  | "polysomeMost"
  | "polysomeShare"
  | "monosomeShare"
  | "leastCopies"
  | "proteinDecay"
  | "atp"
  | "gtp"
  | "ctp"
  | "utp"
  | "diphosphates"
  | "aminoAcid"
  | "dntp"
  | "forkSpeed"
  | "initiationVolume"
  | "atpCapacity"
  | "maintenance"
  | "importMargin"
  | "dryMass";

/** Parameters of an organism, as data. */
export interface Organism {
  readonly id: string;
  readonly name: string;
  readonly constants: Readonly<Record<ConstantName, Sourced>>;
  /** Position of the replication origin on the forward strand, 0-based. */
  readonly origin: number;
  /** Genes whose proteins make the RNA polymerase. */
  readonly polymeraseGenes: readonly string[];
  /** Genes without any of which the chromosome is not copied; none by default. */
  readonly replicationGenes?: readonly string[];
  /** The genome that comes with it, made on the call. */
  readonly facts: () => GenomeFacts;
  /** Its sequence, where that comes with it too. */
  readonly record?: () => AnnotatedSequence;
}

/** The value of a constant, with overrides by name. */
export function constantsOf(
  organism: Organism,
  overrides: Partial<Record<ConstantName, number>> = {},
): Record<ConstantName, number> {
  const names = Object.keys(organism.constants) as ConstantName[];
  return Object.fromEntries(names.map((name) => [name, overrides[name] ?? organism.constants[name].value])) as Record<
    ConstantName,
    number
  >;
}
