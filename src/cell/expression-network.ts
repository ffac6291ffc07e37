import { BioXenError } from "../contract/index.ts";
import type { ReactionNetwork } from "../network/index.ts";
import { conditionsAt } from "./conditions.ts";
import type { FluxSupply } from "./flux-supply.ts";
import { type GeneFacts, type GenomeFacts, withGenes } from "./gene-facts.ts";
import { type GeneRates, isRibosomal, ratesOf, type TranscriptionUnit } from "./gene-rates.ts";
import { type Machine, reactionsOf } from "./gene-reactions.ts";
import { type ConstantName, constantsOf, type Organism } from "./organism.ts";
import type { GeneExpression, Perturbations, Regulation } from "./regulation.ts";
import type { SectorModel } from "./sector-network.ts";
import { transcriptionUnits } from "./transcription-units.ts";

/** What is counted for every gene, each a block of as many values as there are genes. */
export type Block =
  | "genes"
  | "transcribing"
  | "transcripts"
  | "translating"
  | "proteins"
  // what happened since the last coupling: it says what pools owe, and is set to 0 there
  | "transcriptionsStarted"
  | "translationsStarted"
  | "transcriptsDecayed"
  | "proteinsDecayed"
  | "startTranscription"
  | "endTranscription"
  | "decayTranscript"
  | "startTranslation"
  | "endTranslation"
  | "decayProtein";

export const blocks: readonly Block[] = [
  "genes",
  "transcribing",
  "transcripts",
  "translating",
  "proteins",
  "transcriptionsStarted",
  "translationsStarted",
  "transcriptsDecayed",
  "proteinsDecayed",
  "startTranscription",
  "endTranscription",
  "decayTranscript",
  "startTranslation",
  "endTranslation",
  "decayProtein",
];

/** A genome and an organism as one reaction network, with what coupling it needs. Immutable; cells share it. */
export interface CellModel {
  readonly organism: Omit<Organism, "constants">;
  readonly constants: Readonly<Record<ConstantName, number>>;
  readonly perturbations: Perturbations;
  /** The chromosome, whether or not its genes are there. */
  readonly genome: GenomeFacts;
  /** Those of the chromosome, then those of plasmids. */
  readonly genes: readonly GeneFacts[];
  readonly plasmids: readonly {
    readonly facts: GenomeFacts;
    /** Of a cell at birth. */
    readonly copies: number;
    /** Its genes, by number: from the first to before the last. */
    readonly from: number;
    readonly to: number;
  }[];
  /** By gene: the unit that it is transcribed with. */
  readonly units: readonly TranscriptionUnit[];
  /** By gene: it, or one that it is transcribed with, came from elsewhere, so that a cell at birth has no transcripts of it yet. */
  readonly foreign: readonly boolean[];
  /** Amino acids in proteins of a chromosome that is not there any more, as `aminoAcids` orders them. */
  readonly inherited: readonly number[];
  readonly network: ReactionNetwork;
  /** Where a block starts among the network's values. */
  readonly at: Readonly<Record<Block, number>>;
  readonly polymerase: Machine;
  readonly ribosome: Machine;
  /** By gene, at birth: rates of one gene copy with all free machines, and transcripts expected of it. */
  readonly rates: readonly GeneRates[];
  readonly promoters: readonly RegulatedPromoter[];
  /** Shares that promoters keep, by the gene that leads the unit. */
  readonly knockDowns: readonly { readonly target: number; readonly share: number }[];
  /** Genes (by number) whose proteins or RNA ribosomes and RNA polymerases are made of. */
  readonly parts: {
    readonly ribosomalProteins: readonly number[];
    readonly ribosomalRnas: readonly (readonly number[])[];
    readonly polymerase: readonly number[];
    /** Without any of these the chromosome is not copied. */
    readonly replication: readonly number[];
  };
  /** Of an organism that is simulated by proteome sector. */
  readonly sectors?: SectorModel;
  /** A flux model that supplies the cell; without one the organism's own small model does. */
  readonly metabolism?: FluxSupply;
}

interface RegulatedPromoter {
  /** The gene that leads its unit, by number. */
  readonly target: number;
  /** `all`: factors of regulators multiply; `any`: one that lets it go is enough. */
  readonly combine: "all" | "any";
  readonly rules: readonly { readonly rule: Regulation; readonly regulator: number }[];
}

/**
 * Compiles a genome and an organism's parameters into a reaction network: RNA polymerases and ribosomes are molecules
 * that genes and transcripts compete for. A machine that ends its work is free again at the next coupling, so that what
 * starts between two couplings is bounded by the machines that were let go.
 *
 * Rates of genes follow Thornburg et al. 2022: transcription in proportion to the copy number of the protein, decay
 * inversely to the length, translation by polysomes.
 * @throws BioXenError `INPUT_INVALID` for genes that perturbations name and the genome lacks, and for a genome in which
 *   nothing makes a protein.
 */
export function compileGenes(
  organism: Organism,
  perturbations: Perturbations = {},
  genome: GenomeFacts = organism.facts(),
): CellModel {
  const constants = constantsOf(organism, perturbations.constants);
  const expressed = (facts: GenomeFacts): readonly GeneFacts[] =>
    facts.genes.filter(({ kind }) => kind !== "pseudo" && kind !== "other");
  const { plasmids: carried = [], chromosome = true } = perturbations;
  // refuses an id that two replicons have
  carried.reduce((all, { facts }) => withGenes(all, facts.genes), genome);
  const genes = chromosome ? [...expressed(genome)] : [];
  const plasmids = carried.map(({ facts, copies }) => {
    if (!Number.isInteger(copies) || copies < 1)
      throw new BioXenError("INPUT_INVALID", `plasmid ${facts.id}: ${copies} is no number of copies`);
    const from = genes.length;
    genes.push(...expressed(facts));
    return { facts, copies, from, to: genes.length };
  });
  if (!genes.some(({ kind }) => kind === "protein"))
    throw new BioXenError("INPUT_INVALID", `${genome.id} has no gene that makes a protein`);
  const number = new Map(genes.map(({ id }, at) => [id, at]));
  const find = (id: string): number => {
    const at = number.get(id);
    if (at === undefined) throw new BioXenError("INPUT_INVALID", `${genome.id} has no gene ${JSON.stringify(id)}`);
    return at;
  };
  const knockedOut = new Set((perturbations.knockOut ?? []).map(find));
  for (const id of perturbations.expression?.keys() ?? []) find(id);
  for (const { binds } of perturbations.inducers ?? []) find(binds);
  const plasmidOf = (gene: number) => plasmids.find(({ from, to }) => gene >= from && gene < to);
  const expression = new Map(
    genes.flatMap(({ id }, gene): [string, GeneExpression][] => {
      const stated = perturbations.expression?.get(id);
      if (plasmidOf(gene) !== undefined) return [[id, { proteinsAtBirth: 0, ...stated }]];
      return stated === undefined ? [] : [[id, stated]];
    }),
  );
  const units = transcriptionUnits(genes, perturbations.operons ?? [], knockedOut, find);
  const leader = (id: string): number => {
    const gene = find(id);
    return units.find(({ genes: members }) => members.includes(gene))?.genes[0] ?? gene;
  };
  const rates = ratesOf(genes, units, expression, constants);
  const at = Object.fromEntries(blocks.map((block, index) => [block, index * genes.length])) as Record<Block, number>;
  const machines = blocks.length * genes.length;
  const polymerase = { free: machines, released: machines + 1 };
  const ribosome = { free: machines + 2, released: machines + 3 };
  const values = machines + 4;
  const names = new Array<string>(values);
  for (const block of blocks)
    genes.forEach(({ id }, gene) => {
      names[at[block] + gene] = `${block} ${id}`;
    });
  names.splice(machines, 4, "RNAP free", "RNAP released", "ribosomes free", "ribosomes released");
  const initial = new Float64Array(values);
  initial[polymerase.free] = constants.polymerases;
  initial[ribosome.free] = constants.ribosomes;
  rates.forEach(({ decay, copies, proteinDecay }, gene) => {
    initial[at.genes + gene] = knockedOut.has(gene) ? 0 : (plasmidOf(gene)?.copies ?? 1);
    initial[at.decayTranscript + gene] = decay;
    initial[at.proteins + gene] = copies;
    initial[at.decayProtein + gene] = proteinDecay;
  });
  const model: CellModel = {
    ...{ organism, constants, perturbations, genome, genes, plasmids, at, polymerase, ribosome, rates },
    units: genes.map((_, gene) => units.find(({ genes: members }) => members.includes(gene)) as TranscriptionUnit),
    foreign: foreignGenes(genes, units, expression),
    inherited: chromosome ? new Array<number>(20).fill(0) : inheritedFrom(expressed(genome), constants),
    network: {
      ...{ values, names, initial, assignments: [], rateRules: [], events: [] },
      reactions: units.flatMap((unit) =>
        unit.genes.flatMap((gene) =>
          reactionsOf(gene, genes[gene]?.kind ?? "other", unit, rates[gene] as GeneRates, at, polymerase, ribosome),
        ),
      ),
    },
    promoters: promotersOf(perturbations, leader, find),
    knockDowns: [...(perturbations.knockDown ?? [])].map(([id, share]) => ({ target: leader(id), share })),
    parts: {
      ribosomalProteins: genes.flatMap((gene, index) => (isRibosomal(gene) ? [index] : [])),
      ribosomalRnas: ["5S", "16S", "23S"]
        .map((size) =>
          genes.flatMap(({ kind, product }, index) => (kind === "rRNA" && product.startsWith(size) ? [index] : [])),
        )
        .filter((group) => group.length > 0),
      polymerase: organism.polymeraseGenes.flatMap((id) => number.get(id) ?? []),
      replication: (organism.replicationGenes ?? []).flatMap((id) => number.get(id) ?? []),
    },
  };
  // refuses changes that cannot be
  conditionsAt(model, 0);
  return model;
}

function foreignGenes(
  genes: readonly GeneFacts[],
  units: readonly TranscriptionUnit[],
  expression: ReadonlyMap<string, GeneExpression>,
): readonly boolean[] {
  const foreign = genes.map(() => false);
  for (const { genes: members } of units) {
    // one molecule carries them all: it cannot be there for some of them only
    const any = members.some((gene) => expression.has(genes[gene]?.id ?? ""));
    for (const gene of members) foreign[gene] = any;
  }
  return foreign;
}

function promotersOf(
  { regulation = [], anyOf = [] }: Perturbations,
  leader: (id: string) => number,
  find: (id: string) => number,
): readonly RegulatedPromoter[] {
  const any = new Set(anyOf.map(leader));
  const byTarget = new Map<number, { rule: Regulation; regulator: number }[]>();
  for (const rule of regulation) {
    const target = leader(rule.target);
    byTarget.set(target, [...(byTarget.get(target) ?? []), { rule, regulator: find(rule.regulator) }]);
  }
  return [...byTarget].map(([target, rules]) => ({ target, combine: any.has(target) ? "any" : "all", rules }));
}

/** What a cell keeps of its chromosome's proteins after that is gone. */
function inheritedFrom(genes: readonly GeneFacts[], constants: CellModel["constants"]): readonly number[] {
  const counts = new Array<number>(20).fill(0);
  for (const { kind, aminoAcidCounts, copies } of genes)
    if (kind === "protein")
      for (const [amino, count] of aminoAcidCounts.entries())
        counts[amino] = (counts[amino] ?? 0) + count * Math.max(copies ?? constants.leastCopies, 1);
  return counts;
}
