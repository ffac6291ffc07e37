import { concentration } from "./concentration.ts";
import type { GeneFacts } from "./gene-facts.ts";
import type { ConstantName } from "./organism.ts";
import type { GeneExpression } from "./regulation.ts";

/** How a gene is expressed in a cell at birth. */
export interface GeneRates {
  /** Transcripts of one copy of its transcription unit a second; 0 for a gene that another one's promoter leads. */
  readonly transcription: number;
  /** Proteins of one transcript a second, with the ribosomes of a cell at birth. */
  readonly translation: number;
  readonly decay: number;
  readonly proteinDecay: number;
  /** Of transcripts of one gene copy; the start is drawn around it. */
  readonly expectedTranscripts: number;
  /** Of the whole transcript. */
  readonly bases: number;
  readonly residues: number;
  /** Proteins at birth. */
  readonly copies: number;
}

/** Genes that are transcribed as one, by number in their order; most units are one gene. */
export interface TranscriptionUnit {
  readonly genes: readonly [number, ...number[]];
  /** Of the transcript, as `bases` orders them. */
  readonly baseCounts: readonly number[];
  /** Transcripts of one copy a second where someone says so; null for the mean of what its genes would make alone. */
  readonly transcription: number | null;
}

export const isRibosomal = ({ product, kind }: GeneFacts): boolean =>
  kind === "protein" && /ribosomal (subunit )?protein/i.test(product);
const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);

/** Rates of all genes, by number, at birth; what an expression states goes before what the organism makes expected. */
export function ratesOf(
  genes: readonly GeneFacts[],
  units: readonly TranscriptionUnit[],
  expressions: ReadonlyMap<string, GeneExpression>,
  constants: Readonly<Record<ConstantName, number>>,
): readonly GeneRates[] {
  const alone = genes.map((gene) => aloneRates(gene, genes, expressions.get(gene.id) ?? {}, constants));
  const rates = [...alone];
  for (const { genes: members, baseCounts, transcription } of units) {
    if (members.length === 1 && transcription === null) continue;
    const of = members.map((gene) => alone[gene] as GeneRates);
    const bases = sum(baseCounts);
    const initiation = transcription ?? sum(of.map((one) => one.transcription)) / of.length;
    // the whole unit decays as one molecule, inversely to its length as others do, unless a half-life was stated
    const stated = members.map((gene) => expressions.get(genes[gene]?.id ?? "")?.mrnaHalfLife).find((one) => one);
    const decays = genes[members[0]]?.kind === "protein";
    const decay = !decays ? 0 : stated === undefined ? constants.mrnaDecay / bases : Math.LN2 / stated;
    const expectedTranscripts = decays ? initiation / decay : sum(of.map((one) => one.expectedTranscripts)) / of.length;
    for (const [place, gene] of members.entries())
      rates[gene] = {
        ...(alone[gene] as GeneRates),
        ...{ transcription: place === 0 ? initiation : 0, decay, expectedTranscripts, bases },
      };
  }
  return rates;
}

function aloneRates(
  gene: GeneFacts,
  genes: readonly GeneFacts[],
  expression: GeneExpression,
  constants: Readonly<Record<ConstantName, number>>,
): GeneRates {
  const { atp, gtp, ctp, utp, polymeraseSaturation } = constants;
  const levels = [atp, ctp, gtp, utp];
  const { kind, product, baseCounts } = gene;
  const bases = sum(baseCounts);
  const residues = sum(gene.aminoAcidCounts);
  const waiting = sum(baseCounts.map((count, base) => (count * polymeraseSaturation) / (levels[base] ?? 1)));
  if (kind !== "protein") {
    const ribosomalRnas = genes.filter((other) => other.kind === "rRNA" && other.product === product).length;
    // stable RNA doubles with the cell; half of a population's doubling is made by the genes of an average copy number
    const copies =
      kind === "rRNA"
        ? constants.ribosomes / ribosomalRnas
        : kind === "tRNA"
          ? constants.trnaPerGene
          : constants.leastCopies;
    const transcription = expression.transcription ?? copies / constants.doublingTime;
    const none = { translation: 0, decay: 0, proteinDecay: 0, residues: 0, copies: 0 };
    return { ...none, transcription, expectedTranscripts: copies, bases };
  }
  const level = Math.max(gene.copies ?? constants.leastCopies, 1);
  const strength = isRibosomal(gene)
    ? (constants.promoterRate * constants.ribosomalPromoter) / constants.promoterReference
    : Math.min((constants.promoterRate * level) / constants.promoterReference, constants.promoterMost);
  const transcription = expression.transcription ?? strength / (waiting + bases - 1);
  const decay =
    expression.mrnaHalfLife === undefined ? constants.mrnaDecay / bases : Math.LN2 / expression.mrnaHalfLife;
  const fit = Math.min(constants.polysomeMost, Math.max(1, Math.round(bases / constants.polysomeSpacing - 1)));
  const reading =
    constants.ribosomeSpeed *
    (fit > 1 ? fit * constants.polysomeShare + constants.polysomeShare : constants.monosomeShare);
  const saturation = constants.trnaSaturation / concentration(constants.chargedTrna, constants.volume);
  const translation = residues === 0 ? 0 : (expression.translation ?? reading / (residues * (1 + saturation)));
  return {
    ...{ transcription, translation, decay, bases, residues },
    proteinDecay:
      expression.proteinHalfLife === undefined ? constants.proteinDecay : Math.LN2 / expression.proteinHalfLife,
    expectedTranscripts: transcription / decay,
    // what does not begin with a start codon was never made
    copies: residues === 0 ? 0 : (expression.proteinsAtBirth ?? level),
  };
}
