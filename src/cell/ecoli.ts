import type { GenomeFacts } from "./gene-facts.ts";
import { meanProteinGene, meanRnaGene } from "./mean-gene.ts";
import type { Sourced } from "./organism.ts";
import type { Sector, SectorConstantName, SectorOrganism } from "./sectors.ts";

const bremer = "Bremer and Dennis 2008, EcoSal Plus 3, doi:10.1128/ecosal.5.2.3";
const chure = "Chure and Cremer 2023, eLife 12:e84878, doi:10.7554/eLife.84878";
const feist = "Feist et al. 2007, Mol. Syst. Biol. 3:121, doi:10.1038/msb4100155";
const bennett = "Bennett et al. 2009, Nat. Chem. Biol. 5:593, doi:10.1038/nchembio.186";
const of = (value: number, unit: string, source: string): Sourced => ({ value, unit, source });

/**
 * Constants of Escherichia coli at 37 degrees. None is set for one medium: where one was fitted, its source says on which
 * rows of Bremer and Dennis' table; all other rows are what the model is checked against.
 */
const constants: Readonly<Record<SectorConstantName, Sourced>> = {
  nutrientQuality: of(3.51, "1/h", "the medium, not the cell: the quality at which it doubles in 40 min; see media"),
  fixedShare: of(0.55, "of new protein", `Scott et al. 2010, doi:10.1126/science.1192588; ${chure}`),
  allocationRatio: of(1, "charged to uncharged tRNA", chure),
  ribosomeSpeed: of(20 / 0.85, "aa/s", `${chure}: 20 aa/s at most, of all ribosomes; 85 % of them work (${bremer})`),
  trnaSaturation: of(
    1e-5,
    "tRNA a residue",
    `${chure} have 1e-5 to 3e-5; fitted on 13 aa/s at 100 min and 18 at 60 (${bremer})`,
  ),
  trnaPerRibosome: of(9.25, "molecules", `${bremer}, table 3: 74,000 tRNA to 8,000 ribosomes`),
  ribosomalChains: of(55, "proteins a ribosome", `${bremer}: 7,336 residues`),
  polymeraseChains: of(4, "proteins an enzyme", "core enzyme, two alpha, beta, beta'"),
  polymeraseBase: of(0.0067, "of new protein", `${bremer}, table 3: fitted on 1.1 % at 60 min and 1.55 % at 24 min`),
  polymeraseSlope: of(0.047, "of ribosomal protein", "as polymeraseBase; rpoBC is transcribed with rplKAJL"),
  promoterRate: of(
    1.35e6 / 60 / 2.5 / ((5700 - 1010) / 1.64e9),
    "nt/s a genome, by free RNAP a residue",
    `fitted on mRNA synthesis at 40 min: 1.35e6 nt/min of 2.5 genomes, 4,690 RNAP without work (${bremer})`,
  ),
  translationRate: of(
    (((0.85 * 26_000 * 21) / (2.8e6 / 3)) * 1.64e9) / (0.15 * 26_000),
    "1/s an mRNA, by free ribosomes a residue",
    `fitted on 85 % of 26,000 ribosomes at work on 2.8e6 nt of mRNA at 40 min (${bremer})`,
  ),
  polymeraseSpeed: of(50, "nt/s", `${bremer}, table 3: mRNA at 40 min (39 to 56)`),
  stablePolymeraseSpeed: of(85, "nt/s", `${bremer}, table 3: rRNA at all rates`),
  stablePromoterMost: of(
    110 / 60,
    "1/s a gene",
    "Klumpp and Hwa 2008, doi:10.1073/pnas.0804953105: 110 a minute at most",
  ),
  mrnaLifetime: of(126, "s", `${bremer}, table 3: 2.1 min at 40 min (1.9 to 2.4)`),
  residuesPerOrigin: of(4.4e8, "residues", `${bremer}, table 2: protein per origin at 60, 40 and 30 min`),
  forkSpeed: of(433.5, "bp/s", `${bremer}, table 3: a line through 584 at 100 min and 1,186 at 20 min`),
  forkSlope: of(361.9, "bp/s by 1/h", "as forkSpeed"),
  divisionDelay: of(1920, "s", `${bremer}, table 3: D period, a line through 30 min at 100 min and 22 min at 20 min`),
  divisionSlope: of(288.5, "s less by 1/h", "as divisionDelay"),
  roundsMost: of(6, "rounds", "a bound on overlapping rounds, which is not reached"),
  residueDensity: of(
    9.5e23,
    "residues/L",
    "Milo 2013, doi:10.1002/bies.201300066: 3e6 proteins to a fL, of 317 residues",
  ),
  atp: of(9.6, "mM", bennett),
  gtp: of(4.9, "mM", bennett),
  ctp: of(2.7, "mM", bennett),
  utp: of(8.3, "mM", bennett),
  diphosphates: of(0.15, "of the triphosphate", `${bennett}: ADP and AMP to ATP`),
  aminoAcid: of(2, "mM", "assumption: one set point for all twenty, without the osmolyte glutamate"),
  dntp: of(0.2, "mM", "Buckstein et al. 2008, doi:10.1128/JB.01020-07: 0.1 to 0.25 mM"),
  atpCapacity: of(12, "ATP an amino acid made", `${feist}: 59.8 mmol ATP and 5 mmol residues to a gram of dry mass`),
  maintenance: of(4.66e-4, "ATP/s a residue", `${feist}: 8.39 mmol ATP/gDW/h, 200 g of dry mass to a mole of residues`),
  dryMass: of(200 / 6.02214076e23, "g a residue", `${feist}: 5 mmol residues to a gram of dry mass`),
};

const composition = {
  // A R N D C Q E G H I L K M F P S T W Y V: K-12 proteins, UniProt UP000000625, rounded
  residues: [9.5, 5.5, 3.9, 5.15, 1.15, 4.4, 5.75, 7.4, 2.25, 6, 10.7, 4.4, 2.8, 3.9, 4.4, 5.8, 5.4, 1.5, 2.85, 7.1],
  bases: [24.1, 24.5, 27.3, 24.1],
};
const stableRna = [25.2, 23, 31.5, 20.3];

/** rRNA operons A to E, G and H of MG1655 (NC_000913.3), from oriC at 3,925,744 towards the terminus. */
const rrn = [0.047, 0.104, 0.007, 0.215, 0.122, 0.516, 0.405];

const sectors: readonly Sector[] = [
  { id: "R", name: "ribosomal proteins", role: "ribosome", loci: 55, distances: null },
  { id: "P", name: "RNA polymerase", role: "polymerase", loci: 4, distances: null },
  { id: "M", name: "metabolism: transport, catabolism, anabolism", role: "metabolism", loci: 1515, distances: null },
  { id: "Q", name: "housekeeping", role: "housekeeping", loci: 2714, distances: null },
  { id: "rRNA", name: "16S, 23S and 5S rRNA", role: "rRNA", loci: 7, distances: rrn },
  { id: "tRNA", name: "tRNA", role: "tRNA", loci: 86, distances: null },
];

/** Escherichia coli K-12, by proteome sector: growth rate, composition and size follow from the medium. */
export const ecoli: SectorOrganism = {
  id: "ecoli",
  name: "Escherichia coli",
  constants,
  sectors,
  media: [
    { id: "glucose", quality: 3.51, note: "minimal, doubling in about 40 min" },
    { id: "acetate", quality: 1.24, note: "minimal, about 100 min" },
    { id: "glycerol", quality: 2.17, note: "minimal, about 60 min" },
    { id: "casamino", quality: 5.15, note: "glucose and amino acids, about 30 min" },
    { id: "rich", quality: 7.22, note: "about 24 min" },
    { id: "richest", quality: 9.94, note: "about 20 min" },
  ],
  origin: 0,
  polymeraseGenes: ["P"],
  facts: (): GenomeFacts => ({
    id: "ecoli-sectors",
    length: 4_641_652,
    circular: true,
    // of both strands: half of G and C together are 50.8 %
    baseCounts: [1_142_742, 1_179_984, 1_177_038, 1_141_888],
    genes: [
      meanProteinGene("R", "ribosomal proteins", 133, composition),
      meanProteinGene("P", "RNA polymerase", 935, composition),
      meanProteinGene("M", "metabolism", 317, composition),
      meanProteinGene("Q", "housekeeping", 317, composition),
      meanRnaGene("rRNA", "16S, 23S and 5S rRNA", "rRNA", 4566, stableRna),
      meanRnaGene("tRNA", "tRNA", "tRNA", 77, stableRna),
    ],
  }),
};
