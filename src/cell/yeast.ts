import type { GenomeFacts } from "./gene-facts.ts";
import { meanProteinGene, meanRnaGene } from "./mean-gene.ts";
import type { Sourced } from "./organism.ts";
import type { Sector, SectorConstantName, SectorOrganism } from "./sectors.ts";

const waldron = "Waldron and Lacroute 1975, J. Bacteriol. 122:855";
const bonven = "Bonven and Gullov 1979, Mol. Gen. Genet. 170:225";
const chure = "Chure and Cremer 2023, eLife 12:e84878, doi:10.7554/eLife.84878";
const zenklusen = "Zenklusen et al. 2008, Nat. Struct. Mol. Biol. 15:1263, doi:10.1038/nsmb.1514";
const warner = "Warner 1999, Trends Biochem. Sci. 24:437, doi:10.1016/S0968-0004(99)01460-7";
const of = (value: number, unit: string, source: string): Sourced => ({ value, unit, source });
/** Residues of a cell at a growth rate of 0.46/h: 2.76 pg of protein (Waldron and Lacroute 1975), 110 g a mole of residues. */
const residues = (2.76e-12 / 110) * 6.022e23;

/** Constants of haploid Saccharomyces cerevisiae at 30 degrees; those that were fitted say on what. */
const constants: Readonly<Record<SectorConstantName, Sourced>> = {
  nutrientQuality: of(2.16, "1/h", "the medium, not the cell: the quality at which it doubles in 90 min; see media"),
  fixedShare: of(
    0.55,
    "of new protein",
    "assumption: as Escherichia coli (Scott et al. 2010, doi:10.1126/science.1192588)",
  ),
  allocationRatio: of(1, "charged to uncharged tRNA", `${chure}; here it stands for TORC1 and Gcn2 together`),
  ribosomeSpeed: of(
    10 / 0.84,
    "aa/s",
    `${chure}: 10 aa/s at most, of all; 84 % of ribosomes work, Waldron et al. 1977, doi:10.1042/bj1680409`,
  ),
  trnaSaturation: of(2.5e-5, "tRNA a residue", `fitted on 9.3 aa/s at 0.5/h (${bonven})`),
  trnaPerRibosome: of(13.5, "molecules", `${warner}: 15 % of RNA is tRNA, 80 % rRNA`),
  ribosomalChains: of(79, "proteins a ribosome", `${warner}; ${chure}: 11,984 residues`),
  polymeraseChains: of(12, "proteins an enzyme", "subunits of RNA polymerase II; I and III are taken as one with it"),
  polymeraseBase: of(
    (30_000 * 4596) / residues,
    "of new protein",
    "Borggrefe et al. 2001, doi:10.1074/jbc.M105985200: 30,000 enzymes a cell",
  ),
  polymeraseSlope: of(0, "of ribosomal protein", "assumption: none is known"),
  promoterRate: of(
    (60_000 * 1250) / 1730 / 1.4 / ((0.6 * 30_000) / residues),
    "nt/s a genome, by free RNAP a residue",
    `fitted on 60,000 mRNAs of 1,250 nt (${zenklusen}) at 0.46/h; assumption: 60 % of polymerases without work`,
  ),
  translationRate: of(
    (((0.84 * 252_000 * 9.2) / 2.5e7) * residues) / (0.16 * 252_000),
    "1/s an mRNA, by free ribosomes a residue",
    `fitted on 84 % of 252,000 ribosomes at work at 0.46/h (${waldron})`,
  ),
  polymeraseSpeed: of(30, "nt/s", `${zenklusen}: about 2 kb/min`),
  stablePolymeraseSpeed: of(60, "nt/s", "French et al. 2003, doi:10.1128/MCB.23.5.1558-1568.2003: RNA polymerase I"),
  stablePromoterMost: of(0.5, "1/s a gene", "French et al. 2003: some 50 polymerases a gene of 6.7 kb at 60 nt/s"),
  mrnaLifetime: of(1730, "s", "Wang et al. 2002, doi:10.1073/pnas.092538799: half-life of 20 min"),
  residuesPerOrigin: of(
    residues / 2 ** (65 / 90),
    "residues",
    `fitted on 2.76 pg of protein a cell at 0.46/h (${waldron})`,
  ),
  forkSpeed: of(
    12_071_326 / 2 / 1500,
    "bp/s",
    "S phase of 25 min (Brewer et al. 1984, doi:10.1128/mcb.4.11.2529): some 400 origins as if one",
  ),
  forkSlope: of(0, "bp/s by 1/h", "assumption: S phase does not depend on the medium (Brewer et al. 1984)"),
  divisionDelay: of(2400, "s", "Brewer et al. 1984: G2 and M, about 40 min"),
  divisionSlope: of(0, "s less by 1/h", "Allard et al. 2018, doi:10.1083/jcb.201709107: a timer"),
  roundsMost: of(1, "rounds", "one round of replication a cycle"),
  residueDensity: of(
    residues / 42e-15,
    "residues/L",
    "Jorgensen et al. 2002, doi:10.1126/science.1070850: 42 fL a haploid cell",
  ),
  atp: of(3, "mM", "Ozalp et al. 2010, doi:10.1074/jbc.M110.155119: 2 to 4 mM"),
  gtp: of(1, "mM", "assumption: a third of ATP"),
  ctp: of(0.5, "mM", "assumption: a sixth of ATP"),
  utp: of(1, "mM", "assumption: a third of ATP"),
  diphosphates: of(0.2, "of the triphosphate", "assumption: an adenylate energy charge near 0.9 (Atkinson 1968)"),
  aminoAcid: of(2, "mM", "assumption: one set point for all twenty in the cytosol"),
  dntp: of(0.05, "mM", "assumption: some 1e6 molecules of each"),
  atpCapacity: of(
    15,
    "ATP an amino acid made",
    "Verduyn 1991, doi:10.1007/BF00582119: 16 g of dry mass a mole of ATP, 45 % protein",
  ),
  maintenance: of(6.8e-5, "ATP/s a residue", "Verduyn 1991: about 1 mmol ATP/gDW/h"),
  dryMass: of(110 / 0.45 / 6.02214076e23, "g a residue", "Verduyn 1991: 45 % protein; 110 g a mole of residues"),
};

const composition = {
  // A R N D C Q E G H I L K M F P S T W Y V: proteins weighted by abundance, UniProt UP000002311, rounded
  residues: [7, 4.6, 5, 5.8, 1.1, 3.9, 6.8, 6, 2.1, 6.4, 9, 7.3, 2, 4.2, 4.4, 7.7, 5.8, 1, 3.4, 6.5],
  bases: [32.7, 19.1, 20.4, 27.8],
};
const stableRna = [26.5, 20, 28, 25.5];

const sectors: readonly Sector[] = [
  { id: "R", name: "ribosomal proteins", role: "ribosome", loci: 137, distances: null },
  { id: "P", name: "RNA polymerases", role: "polymerase", loci: 12, distances: null },
  { id: "M", name: "metabolism: transport, catabolism, anabolism", role: "metabolism", loci: 1150, distances: null },
  { id: "Q", name: "housekeeping", role: "housekeeping", loci: 4701, distances: null },
  { id: "rRNA", name: "18S, 5.8S, 25S and 5S rRNA", role: "rRNA", loci: 150, distances: null },
  { id: "tRNA", name: "tRNA", role: "tRNA", loci: 274, distances: null },
];

/** Haploid Saccharomyces cerevisiae, by proteome sector; it divides into halves here, not into mother and bud. */
export const yeast: SectorOrganism = {
  id: "yeast",
  name: "Saccharomyces cerevisiae",
  constants,
  sectors,
  media: [
    { id: "ypd", quality: 2.16, note: "rich, with glucose, doubling in about 90 min" },
    { id: "glucose", quality: 1.45, note: "synthetic, about 2 h" },
    { id: "ethanol", quality: 0.64, note: "synthetic, about 4 h" },
  ],
  origin: 0,
  polymeraseGenes: ["P"],
  facts: (): GenomeFacts => ({
    id: "yeast-sectors",
    length: 12_071_326,
    circular: false,
    baseCounts: [3_737_000, 2_305_000, 2_302_000, 3_727_326],
    genes: [
      meanProteinGene("R", "ribosomal proteins", 152, composition),
      meanProteinGene("P", "RNA polymerases", 383, composition),
      meanProteinGene("M", "metabolism", 400, composition),
      meanProteinGene("Q", "housekeeping", 400, composition),
      meanRnaGene("rRNA", "18S, 5.8S, 25S and 5S rRNA", "rRNA", 5475, stableRna),
      meanRnaGene("tRNA", "tRNA", "tRNA", 76, stableRna),
    ],
  }),
};
