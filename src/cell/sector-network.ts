import { BioXenError } from "../contract/index.ts";
import { conditionsAt } from "./conditions.ts";
import { cycleAtBirth, type DivisionCycle, dosageAt, genomesOf } from "./division-cycle.ts";
import { blocks, type CellModel } from "./expression-network.ts";
import { aminoAcids, type GeneFacts, type GenomeFacts } from "./gene-facts.ts";
import type { GeneRates, TranscriptionUnit } from "./gene-rates.ts";
import { reactionsOf } from "./gene-reactions.ts";
import { type BalancedGrowth, balancedGrowth, type SectorConstants, workingAtBirth } from "./growth-law.ts";
import type { ConstantName } from "./organism.ts";
import type { Perturbations } from "./regulation.ts";
import type { Sector, SectorConstantName, SectorOrganism, SectorRole } from "./sectors.ts";
import { syn3a } from "./syn3a.ts";
import { transcriptionUnits } from "./transcription-units.ts";

/** What a cell of proteome sectors needs beside its network. */
export interface SectorModel {
  readonly constants: SectorConstants;
  /** One for each gene of the model. */
  readonly sectors: readonly Sector[];
  /** Number of the gene that plays a role. */
  readonly of: Readonly<Record<SectorRole, number>>;
  readonly residuesOfRibosome: number;
  readonly balance: BalancedGrowth;
  /** Where a newborn cell stands in its cycle. */
  readonly birth: DivisionCycle;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);

/**
 * Compiles an organism of proteome sectors into the same kind of network as a genome: each sector's mean gene is
 * transcribed and translated, ribosomes and RNA polymerases are molecules that sectors compete for. A cell begins with
 * the composition that balanced growth in its medium has by the growth law (`balancedGrowth`), at the size and with the
 * forks that Cooper and Helmstetter's rule gives it; what becomes of it is simulated.
 * @throws BioXenError `INPUT_INVALID` for a genome other than the organism's own, for whatever is done to single genes, for
 *   sectors that perturbations name and there are not, and for a medium in which nothing grows.
 */
export function compileSectors(
  organism: SectorOrganism,
  perturbations: Perturbations = {},
  genome: GenomeFacts = organism.facts(),
): CellModel {
  refuseGenes(organism, perturbations, genome);
  const names = Object.keys(organism.constants) as SectorConstantName[];
  const constants = Object.fromEntries(
    names.map((name) => [name, perturbations.constants?.[name] ?? organism.constants[name].value]),
  ) as Record<SectorConstantName, number>;
  if (!(constants.nutrientQuality > 0))
    throw new BioXenError("INPUT_INVALID", `a medium of quality ${constants.nutrientQuality} lets nothing grow`);
  const { genes } = genome;
  const { sectors } = organism;
  const of = Object.fromEntries(sectors.map(({ role }, at) => [role, at])) as Record<SectorRole, number>;
  const find = (id: string): number => {
    const at = genes.findIndex((gene) => gene.id === id);
    if (at < 0) throw new BioXenError("INPUT_INVALID", `${organism.name} has no sector ${JSON.stringify(id)}`);
    return at;
  };
  const residues = genes.map(({ aminoAcidCounts }) => sum(aminoAcidCounts));
  const residuesOfRibosome = constants.ribosomalChains * (residues[of.ribosome] ?? 0);
  const balance = balancedGrowth(constants, residuesOfRibosome);
  const half = Math.ceil(genome.length / 2);
  const { residues: size, cycle: birth } = cycleAtBirth(constants, balance.rate, half);
  const proteins = sectors.map(({ role }, at) =>
    (residues[at] ?? 0) === 0 ? 0 : Math.round((size * balance.shares[role]) / (residues[at] ?? 1)),
  );
  const ribosomes = Math.floor((proteins[of.ribosome] ?? 0) / constants.ribosomalChains);
  const polymerases = Math.floor((proteins[of.polymerase] ?? 0) / constants.polymeraseChains);
  const model: SectorModel = { constants, sectors, of, residuesOfRibosome, balance, birth };
  const volume = size / constants.residueDensity;
  const shared: Partial<Record<ConstantName, number>> = {
    ...{ volume, doublingTime: Math.LN2 / balance.rate, ribosomes, polymerases },
    ...{ ribosomeSpeed: constants.ribosomeSpeed, polymeraseSpeed: constants.polymeraseSpeed, proteinDecay: 0 },
    ...{ atp: constants.atp, gtp: constants.gtp, ctp: constants.ctp, utp: constants.utp, dntp: constants.dntp },
    ...{ diphosphates: constants.diphosphates, aminoAcid: constants.aminoAcid },
    ...{ maintenance: constants.maintenance, atpCapacity: constants.atpCapacity, dryMass: constants.dryMass * size },
  };
  const rates = genes.map((gene, at): GeneRates => {
    const copies = proteins[at] ?? 0;
    return { ...ratesAtBirth(gene, sectors[at] as Sector, model, { size, ribosomes, polymerases, half }), copies };
  });
  const at = Object.fromEntries(
    blocks.map((block, index) => [block, index * genes.length]),
  ) as unknown as CellModel["at"];
  const machines = blocks.length * genes.length;
  const polymerase = { free: machines, released: machines + 1 };
  const ribosome = { free: machines + 2, released: machines + 3 };
  const initial = new Float64Array(machines + 4);
  initial[polymerase.free] = polymerases;
  initial[ribosome.free] = ribosomes;
  const knockedOut = new Set((perturbations.knockOut ?? []).map(find));
  const units = transcriptionUnits(genes, [], knockedOut, find);
  for (const id of perturbations.knockDown?.keys() ?? []) find(id);
  genes.forEach((_, gene) => {
    initial[at.genes + gene] = knockedOut.has(gene) ? 0 : copiesOf(sectors[gene] as Sector, birth, half);
    initial[at.decayTranscript + gene] = rates[gene]?.decay ?? 0;
    initial[at.proteins + gene] = proteins[gene] ?? 0;
  });
  const network = {
    ...{ values: machines + 4, initial, assignments: [], rateRules: [], events: [] },
    names: [
      ...blocks.flatMap((block) => genes.map(({ id }) => `${block} ${id}`)),
      ...["RNAP free", "RNAP released", "ribosomes free", "ribosomes released"],
    ],
    reactions: genes.flatMap(({ kind }, gene) =>
      reactionsOf(
        ...([gene, kind, units[gene] as TranscriptionUnit, rates[gene] as GeneRates] as const),
        ...([at, polymerase, ribosome] as const),
      ),
    ),
  };
  const compiled: CellModel = {
    ...{ organism, perturbations, genome, genes, at, polymerase, ribosome, rates, network, units },
    ...{ plasmids: [], promoters: [], knockDowns: [], foreign: genes.map(() => false) },
    inherited: new Array<number>(aminoAcids.length).fill(0),
    // a constant that only single genes have is NaN here: whatever used it would show
    constants: Object.fromEntries(
      (Object.keys(syn3a.constants) as ConstantName[]).map((name) => [name, shared[name] ?? Number.NaN]),
    ) as Record<ConstantName, number>,
    parts: {
      ...{ ribosomalProteins: [of.ribosome], ribosomalRnas: [[of.rRNA]] },
      ...{ polymerase: [of.polymerase], replication: [] },
    },
    sectors: model,
  };
  // refuses changes that cannot be
  conditionsAt(compiled, 0);
  return compiled;
}

/** What is done to single genes means nothing where there are sectors. */
function refuseGenes(organism: SectorOrganism, perturbations: Perturbations, genome: GenomeFacts): void {
  const { regulation = [], anyOf = [], operons = [], inducers = [], plasmids = [], expression } = perturbations;
  const own = organism.facts();
  const why =
    genome.id !== own.id || genome.genes.some(({ id }, at) => id !== own.genes[at]?.id)
      ? "takes no genome file and no genes"
      : regulation.length + anyOf.length + operons.length + inducers.length > 0
        ? "no gene can be regulated"
        : plasmids.length > 0 || perturbations.chromosome === false
          ? "carries no plasmids and keeps its chromosome"
          : (expression?.size ?? 0) > 0
            ? "no single gene's expression can be stated"
            : null;
  if (why !== null) throw new BioXenError("INPUT_INVALID", `${organism.name} is simulated by proteome sector: ${why}`);
}

/** Copies of a sector's genes in a cell whose forks are so far. */
export function copiesOf({ loci, distances }: Sector, cycle: DivisionCycle, half: number): number {
  // the same for every terminus, so that daughters get equal parts
  if (distances === null) return cycle.termini * Math.round((loci * genomesOf(cycle, half)) / cycle.termini);
  return sum(distances.map((distance) => dosageAt(cycle, distance, half)));
}

/** mRNA bases a second that a sector's share of promoters makes, by genomes and free polymerases to a residue. */
function messageRate(constants: SectorConstants, share: number, genomes: number, free: number): number {
  return constants.promoterRate * share * genomes * free;
}

/** Expected work at birth, so that a cell begins with as much of it under way as it goes on with. */
function ratesAtBirth(
  { baseCounts, aminoAcidCounts, kind }: GeneFacts,
  { role }: Sector,
  { constants, balance, residuesOfRibosome, birth }: SectorModel,
  { size, ribosomes, polymerases, half }: Record<"size" | "ribosomes" | "polymerases" | "half", number>,
): Omit<GeneRates, "copies"> {
  const [bases, residues] = [sum(baseCounts), sum(aminoAcidCounts)];
  const { polymeraseSpeed, stablePolymeraseSpeed, mrnaLifetime, trnaPerRibosome, ribosomeSpeed } = constants;
  if (kind !== "protein") {
    const copies = role === "rRNA" ? ribosomes : Math.round(trnaPerRibosome * ribosomes);
    // as a stretch of time at the speed of messages, by which a newborn's busy polymerases are drawn
    const transcription = copies * balance.rate * (polymeraseSpeed / stablePolymeraseSpeed);
    return { transcription, translation: 0, decay: 0, proteinDecay: 0, expectedTranscripts: copies, bases, residues };
  }
  const free = (workingAtBirth * polymerases) / size;
  const transcription = messageRate(constants, balance.shares[role], genomesOf(birth, half), free) / bases;
  const reading = (workingAtBirth * balance.shares.ribosome * size) / residuesOfRibosome;
  const messages = messageRate(constants, 1, genomesOf(birth, half), free) * mrnaLifetime;
  return {
    ...{ transcription, decay: 1 / mrnaLifetime, proteinDecay: 0, bases, residues },
    expectedTranscripts: transcription * mrnaLifetime,
    translation: ((reading / messages) * bases * ribosomeSpeed) / residues,
  };
}
