import type { Change, Inducer } from "./conditions.ts";
import type { GenomeFacts } from "./gene-facts.ts";
import type { ConstantName } from "./organism.ts";
import type { SectorConstantName } from "./sectors.ts";

/** One gene's promoter answering to a protein, by a Hill function of its number of molecules a birth volume. */
export interface Regulation {
  /** Gene whose transcription is regulated; in an operon, that of all its genes. */
  readonly target: string;
  /** Gene whose protein regulates it. */
  readonly regulator: string;
  readonly kind: "activator" | "repressor";
  /** Molecules in a birth volume at which half of the effect is there. */
  readonly half: number;
  readonly hill: number;
  /** Share of the full rate that is left without activator, or with all repressor: 0 to 1. */
  readonly leak: number;
  /** This share of the regulator is taken away at all times, 0 to 1. */
  readonly induced?: number;
}

/** Genes transcribed as one molecule from one promoter. */
export interface Operon {
  readonly id: string;
  /** In the order in which they are transcribed. */
  readonly genes: readonly string[];
  /** Transcripts of one copy a second; by default the mean of what its genes would make alone. */
  readonly transcription?: number;
}

/** How a gene is expressed, where it is known better than by the organism's rules; everything is optional. */
export interface GeneExpression {
  /** Transcripts of one gene copy a second, unregulated, with the free RNA polymerases of a cell at birth. */
  readonly transcription?: number;
  /** Proteins of one transcript a second, with the free ribosomes of a cell at birth. */
  readonly translation?: number;
  /** Seconds. */
  readonly mrnaHalfLife?: number;
  readonly proteinHalfLife?: number;
  readonly proteinsAtBirth?: number;
}

/** A replicon beside the chromosome. It copies itself as the cell grows, so that there are `copies` in a birth volume. */
export interface Plasmid {
  readonly facts: GenomeFacts;
  readonly copies: number;
}

/** What is done to a cell before it is run, or at a time; everything is optional. */
export interface Perturbations {
  /** Genes that are taken out. */
  readonly knockOut?: readonly string[];
  /** Share of its promoter's rate that a gene keeps, by id: 0.1 silences to a tenth, with all genes of its operon. */
  readonly knockDown?: ReadonlyMap<string, number>;
  /** Shares of free ribosomes and RNA polymerases that an inhibitor blocks, 0 to 1. */
  readonly inhibitRibosomes?: number;
  readonly inhibitPolymerases?: number;
  /** Letters of amino acids that the medium lacks. */
  readonly withoutAminoAcids?: string;
  readonly constants?: Partial<Record<ConstantName | SectorConstantName, number>>;
  readonly regulation?: readonly Regulation[];
  /** Genes at whose promoter one regulator that lets transcription go is enough; else all factors multiply. */
  readonly anyOf?: readonly string[];
  readonly operons?: readonly Operon[];
  readonly inducers?: readonly Inducer[];
  readonly expression?: ReadonlyMap<string, GeneExpression>;
  readonly plasmids?: readonly Plasmid[];
  /** false for a minicell: plasmids alone, on the machines and proteins that the cell had; true by default. */
  readonly chromosome?: boolean;
  /** What is changed during the run. */
  readonly changes?: readonly Change[];
  /** What was done to the genome itself (a mutation, an added gene), in words for the events of a cell. */
  readonly notes?: readonly string[];
  /** Chromosome is copied during the run; true by default. */
  readonly replication?: boolean;
  /** Follow tRNA from free to charged and back; false by default. */
  readonly charging?: boolean;
}

/** What a promoter's rate is multiplied by, for so many regulators in a birth volume. */
export function hillFactor({ kind, half, hill, leak, induced = 0 }: Regulation, regulators: number): number {
  const bound = (regulators * (1 - induced)) / half;
  const share = bound <= 0 ? 0 : 1 / (1 + bound ** -hill);
  return leak + (1 - leak) * (kind === "activator" ? share : 1 - share);
}

/** Two genes that repress each other (Gardner et al. 2000, doi:10.1038/35002131). */
export function toggleSwitch(first: string, second: string, half = 40, hill = 2): readonly Regulation[] {
  return cycle([first, second], half, hill);
}

/** Three genes that repress each other in a ring (Elowitz and Leibler 2000, doi:10.1038/35002125). */
export function repressilator(
  first: string,
  second: string,
  third: string,
  half = 40,
  hill = 2,
): readonly Regulation[] {
  return cycle([first, second, third], half, hill);
}

function cycle(genes: readonly string[], half: number, hill: number): readonly Regulation[] {
  return genes.map((regulator, at) => {
    const target = genes[(at + 1) % genes.length] ?? regulator;
    return { target, regulator, kind: "repressor", half, hill, leak: 0.001 };
  });
}
