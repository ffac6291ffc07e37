import { BioXenError } from "../contract/index.ts";
import type { NetworkReaction, ReactionNetwork } from "../network/index.ts";
import type { GeneFacts, GenomeFacts } from "./gene-facts.ts";
import { type ConstantName, constantsOf, type Organism } from "./organism.ts";
import type { Perturbations, Regulation } from "./regulation.ts";
import type { SectorModel } from "./sector-network.ts";

/** Avogadro's number, exact in the SI of 2019. */
export const avogadro = 6.02214076e23;

/** What is counted for every gene, each a block of as many values as there are genes. */
type Block =
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
  readonly genome: GenomeFacts;
  readonly genes: readonly GeneFacts[];
  readonly network: ReactionNetwork;
  /** Where a block starts among the network's values. */
  readonly at: Readonly<Record<Block, number>>;
  readonly polymerase: { readonly free: number; readonly released: number };
  readonly ribosome: { readonly free: number; readonly released: number };
  /** By gene, at birth: rates of one gene copy with all free machines, and transcripts expected of it. */
  readonly rates: readonly GeneRates[];
  readonly regulation: readonly { readonly rule: Regulation; readonly target: number; readonly regulator: number }[];
  /** Genes (by number) whose proteins or RNA ribosomes and RNA polymerases are made of. */
  readonly parts: {
    readonly ribosomalProteins: readonly number[];
    readonly ribosomalRnas: readonly (readonly number[])[];
    readonly polymerase: readonly number[];
  };
  /** Of an organism that is simulated by proteome sector. */
  readonly sectors?: SectorModel;
}

/** Of a gene, in a cell at birth. */
export interface GeneRates {
  /** Transcripts of one gene copy a second, with the polymerases and nucleotides of a cell at birth. */
  readonly transcription: number;
  /** Proteins of one transcript a second, with the ribosomes of a cell at birth. */
  readonly translation: number;
  readonly decay: number;
  /** Of transcripts; the start is drawn around it. */
  readonly expectedTranscripts: number;
  readonly bases: number;
  readonly residues: number;
  readonly copies: number;
}

const isRibosomal = ({ product, kind }: GeneFacts): boolean =>
  kind === "protein" && /ribosomal (subunit )?protein/i.test(product);
const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);

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
  const genes = genome.genes.filter(({ kind }) => kind !== "pseudo" && kind !== "other");
  if (!genes.some(({ kind }) => kind === "protein"))
    throw new BioXenError("INPUT_INVALID", `${genome.id} has no gene that makes a protein`);
  const number = new Map(genes.map(({ id }, at) => [id, at]));
  const find = (id: string): number => {
    const at = number.get(id);
    if (at === undefined) throw new BioXenError("INPUT_INVALID", `${genome.id} has no gene ${JSON.stringify(id)}`);
    return at;
  };
  const rates = ratesOf(genes, constants);
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
  const knockedOut = new Set((perturbations.knockOut ?? []).map(find));
  for (const id of perturbations.knockDown?.keys() ?? []) find(id);
  const initial = new Float64Array(values);
  initial[polymerase.free] = constants.polymerases;
  initial[ribosome.free] = constants.ribosomes;
  rates.forEach(({ decay, copies }, gene) => {
    initial[at.genes + gene] = knockedOut.has(gene) ? 0 : 1;
    initial[at.decayTranscript + gene] = decay;
    initial[at.proteins + gene] = copies;
    initial[at.decayProtein + gene] = constants.proteinDecay;
  });
  return {
    ...{ organism, constants, perturbations, genome, genes, at, polymerase, ribosome, rates },
    network: {
      ...{ values, names, initial, assignments: [], rateRules: [], events: [] },
      reactions: genes.flatMap((gene, index) => reactionsOf(gene, index, at, polymerase, ribosome, constants)),
    },
    regulation: (perturbations.regulation ?? []).map((rule) => ({
      ...{ rule, target: find(rule.target), regulator: find(rule.regulator) },
    })),
    parts: {
      ribosomalProteins: genes.flatMap((gene, index) => (isRibosomal(gene) ? [index] : [])),
      ribosomalRnas: ["5S", "16S", "23S"]
        .map((size) =>
          genes.flatMap(({ kind, product }, index) => (kind === "rRNA" && product.startsWith(size) ? [index] : [])),
        )
        .filter((group) => group.length > 0),
      polymerase: organism.polymeraseGenes.flatMap((id) => number.get(id) ?? []),
    },
  };
}

type Machine = CellModel["ribosome"];

export function reactionsOf(
  { kind }: GeneFacts,
  gene: number,
  at: CellModel["at"],
  polymerase: Machine,
  ribosome: Machine,
  { proteinDecay }: Pick<CellModel["constants"], "proteinDecay">,
): readonly NetworkReaction[] {
  const of = (block: Block): number => at[block] + gene;
  const reaction = (
    reactants: readonly number[],
    changes: readonly (readonly [value: number, amount: number])[],
    constant: Block,
  ): NetworkReaction => ({
    reactants: [...reactants].sort((a, b) => a - b).map((value) => [value, 1]),
    changes: [...changes].sort(([a], [b]) => a - b),
    rate: { kind: "mass-action", constant: of(constant) },
    reversible: false,
  });
  const [working, made, reading] = [of("transcribing"), of("transcripts"), of("translating")];
  const transcription = [
    reaction(
      [of("genes"), polymerase.free],
      [
        [working, 1],
        [of("transcriptionsStarted"), 1],
        [polymerase.free, -1],
      ],
      "startTranscription",
    ),
    reaction(
      [working],
      [
        [working, -1],
        [made, 1],
        [polymerase.released, 1],
      ],
      "endTranscription",
    ),
  ];
  if (kind !== "protein") return transcription;
  const expression = [
    ...transcription,
    reaction(
      [made],
      [
        [made, -1],
        [of("transcriptsDecayed"), 1],
      ],
      "decayTranscript",
    ),
    reaction(
      [made, ribosome.free],
      [
        [reading, 1],
        [of("translationsStarted"), 1],
        [ribosome.free, -1],
      ],
      "startTranslation",
    ),
    reaction(
      [reading],
      [
        [reading, -1],
        [of("proteins"), 1],
        [ribosome.released, 1],
      ],
      "endTranslation",
    ),
  ];
  if (proteinDecay === 0) return expression;
  return [
    ...expression,
    reaction(
      [of("proteins")],
      [
        [of("proteins"), -1],
        [of("proteinsDecayed"), 1],
      ],
      "decayProtein",
    ),
  ];
}

function ratesOf(genes: readonly GeneFacts[], constants: CellModel["constants"]): readonly GeneRates[] {
  const { atp, gtp, ctp, utp, polymeraseSaturation } = constants;
  const levels = [atp, ctp, gtp, utp];
  const ribosomalRnas = (product: string): number =>
    genes.filter((gene) => gene.kind === "rRNA" && gene.product === product).length;
  return genes.map((gene): GeneRates => {
    const { kind, product, baseCounts } = gene;
    const bases = sum(baseCounts);
    const residues = sum(gene.aminoAcidCounts);
    const waiting = sum(baseCounts.map((count, base) => (count * polymeraseSaturation) / (levels[base] ?? 1)));
    if (kind !== "protein") {
      // stable RNA doubles with the cell; half of a population's doubling is made by the genes of an average copy number
      const copies =
        kind === "rRNA"
          ? constants.ribosomes / ribosomalRnas(product)
          : kind === "tRNA"
            ? constants.trnaPerGene
            : constants.leastCopies;
      const transcription = copies / constants.doublingTime;
      return { transcription, translation: 0, decay: 0, expectedTranscripts: copies, bases, residues: 0, copies: 0 };
    }
    const copies = Math.max(gene.copies ?? constants.leastCopies, 1);
    const strength = isRibosomal(gene)
      ? (constants.promoterRate * constants.ribosomalPromoter) / constants.promoterReference
      : Math.min((constants.promoterRate * copies) / constants.promoterReference, constants.promoterMost);
    const transcription = strength / (waiting + bases - 1);
    const decay = constants.mrnaDecay / bases;
    const fit = Math.min(constants.polysomeMost, Math.max(1, Math.round(bases / constants.polysomeSpacing - 1)));
    const reading =
      constants.ribosomeSpeed *
      (fit > 1 ? fit * constants.polysomeShare + constants.polysomeShare : constants.monosomeShare);
    const saturation = constants.trnaSaturation / concentration(constants.chargedTrna, constants.volume);
    const translation = reading / (residues * (1 + saturation));
    return { transcription, translation, decay, expectedTranscripts: transcription / decay, bases, residues, copies };
  });
}

/** Ribosomes or RNA polymerases at work. */
export function machinesBusy(
  { at, genes }: Pick<CellModel, "at" | "genes">,
  values: Float64Array,
  which: "ribosome" | "polymerase",
): number {
  const from = which === "ribosome" ? at.translating : at.transcribing;
  return sum([...values.subarray(from, from + genes.length)]);
}

/** mM of so many molecules in a volume in litres. */
export function concentration(molecules: number, volume: number): number {
  return (molecules / (avogadro * volume)) * 1000;
}
