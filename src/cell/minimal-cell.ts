import { factsOf } from "./gene-facts.ts";
import { genomeOf } from "./genome.ts";
import { minimalGenomeRecord, minimalProteins } from "./minimal-genome.ts";
import type { ConstantName, Organism, Sourced } from "./organism.ts";
import { syn3a } from "./syn3a.ts";

const own = (value: number, unit: string, why: string): Sourced => ({
  ...{ value, unit },
  source: `set for this invented cell: ${why}`,
});

/** JCVI-syn3A's constants but for those that follow from a smaller cell. */
const constants: Readonly<Record<ConstantName, Sourced>> = {
  ...syn3a.constants,
  volume: own(1.6e-18, "L", "about 3,300 proteins at the density of JCVI-syn3A"),
  doublingTime: own(2400, "s", "a run takes seconds"),
  polymerases: own(40, "molecules", "the copies of rpoB"),
  ribosomes: own(110, "molecules", "somewhat fewer than its proteins"),
  trnaPerGene: own(60, "molecules", "a few for every ribosome"),
  promoterReference: own(100, "copies", "the mean copy number"),
  mrnaDecay: own(7, "nt/s", "twice that of JCVI-syn3A: among so few transcripts one should not decide a life"),
  promoterRate: own(2.95, "nt/s", "transcripts for a doubling in 40 min: x2.01 on average over 32 cells, +- 0.14"),
  ribosomalPromoter: own(140, "copies", "what ribosomal proteins need"),
  initiationVolume: own(1.2, "of the birth volume", "room for a replication of 1 min"),
  forkSpeed: own(100, "bp/s", "as JCVI-syn3A"),
  atpCapacity: own(12_000, "1/s", "about twice what a doubling needs"),
  atp: own(3, "mM", "so that a transcript is a small part of the pool, as in larger cells"),
  gtp: own(2, "mM", "likewise"),
  ctp: own(2, "mM", "likewise"),
  utp: own(2, "mM", "likewise"),
  maintenance: own(100, "1/s", "in proportion to JCVI-syn3A"),
  importMargin: own(10, "of the mean need", "its pools are small beside one transcript"),
  dryMass: own(4.87e-16, "g", "by its volume, in proportion to JCVI-syn3A"),
  synthetases: own(80, "molecules", "the copies of alaS"),
};

/** The embedded default: 32 protein genes, three rRNAs and twenty tRNAs on an invented genome of about 20,000 bases. */
export const minimalCell: Organism = {
  id: "minimal_cell",
  name: "minimal cell",
  constants,
  origin: 0,
  polymeraseGenes: ["MINI_0005", "MINI_0006", "MINI_0007"],
  replicationGenes: ["MINI_0001", "MINI_0002", "MINI_0003", "MINI_0004"],
  record: minimalGenomeRecord,
  facts: () =>
    factsOf(
      genomeOf(minimalGenomeRecord(), { strict: true }),
      new Map(minimalProteins.map(([, , , copies], at) => [`MINI_${String(at + 1).padStart(4, "0")}`, copies])),
    ),
};
