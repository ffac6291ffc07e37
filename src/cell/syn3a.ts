import { readGeneTable } from "./gene-facts.ts";
import type { ConstantName, Organism, Sourced } from "./organism.ts";
import { syn3aGenes } from "./syn3a-genes.ts";

const thornburg = "Thornburg et al. 2022, Cell 185:345, doi:10.1016/j.cell.2021.12.025";
const breuer = "Breuer et al. 2019, eLife 8:e36842, doi:10.7554/eLife.36842";
const of = (value: number, unit: string, source: string): Sourced => ({ value, unit, source });

/** Constants of JCVI-syn3A. Those that are assumptions of this model and not published figures say so. */
const constants: Readonly<Record<ConstantName, Sourced>> = {
  volume: of((4 / 3) * Math.PI * 2e-7 ** 3 * 1000, "L", `${thornburg}: sphere of 200 nm radius at birth`),
  doublingTime: of(6300, "s", `${breuer}; ${thornburg}: 105 min`),
  polymerases: of(187, "molecules", thornburg),
  polymeraseSpeed: of(20, "nt/s", `${thornburg}: kcat of transcription`),
  polymeraseSaturation: of(0.1, "mM", `${thornburg}: Kd of NTPs`),
  promoterRate: of((0.155 * 187 * 20) / 493, "nt/s", `${thornburg}: 15.5 % of 187 RNAP at 20 nt/s over 493 genes`),
  promoterReference: of(180, "copies", `${thornburg}: promoter strength is copies over the mean copy number`),
  promoterMost: of(180, "nt/s", thornburg),
  ribosomalPromoter: of(500, "copies", `${thornburg}: strength given to ribosomal proteins`),
  mrnaDecay: of((18 * 88) / 452, "nt/s", `${thornburg}: 18 nt/s by 88 degradosomes shared by 452 transcripts`),
  ribosomes: of(503, "molecules", thornburg),
  ribosomeSpeed: of(12, "aa/s", `${thornburg}: kcat of translation`),
  trnaSaturation: of(1e-4, "mM", `${thornburg}: Kd of charged tRNA`),
  chargedTrna: of(150, "molecules", `${thornburg}: charged tRNA of one kind that a ribosome sees`),
  trnaPerGene: of(200, "molecules", `${thornburg}: about 5,800 tRNA of 29 genes`),
  chargingRate: of(30, "1/s", `${thornburg}: kcat of aminoacyl-tRNA synthetases`),
  synthetases: of(120, "molecules", `${breuer}: about 120 copies of one synthetase`),
  polysomeSpacing: of(125, "nt", `${thornburg}: a ribosome every 125 nt`),
  polysomeMost: of(15, "ribosomes", thornburg),
  polysomeShare: of(0.25, "1", thornburg),
  monosomeShare: of(0.45, "1", thornburg),
  leastCopies: of(10, "copies", `${thornburg}: of a protein that proteomics did not count`),
  proteinDecay: of(0, "1/s", `${thornburg}: proteins are stable over one cycle`),
  atp: of(1.04, "mM", thornburg),
  gtp: of(0.68, "mM", thornburg),
  ctp: of(0.34, "mM", thornburg),
  utp: of(0.68, "mM", thornburg),
  diphosphates: of(0.2, "of the triphosphate", "assumption: an adenylate energy charge near 0.9 (Atkinson 1968)"),
  aminoAcid: of(1, "mM", "assumption: one set point for all twenty; the medium holds 0.1 mM of each"),
  dntp: of(0.02, "mM", "assumption: some 400 molecules of each"),
  forkSpeed: of(100, "bp/s", `${thornburg}: kcat of replication`),
  initiationVolume: of(
    2 ** ((1 - 543_379 / 2 / 100 / 6300) / 2),
    "of the birth volume",
    "assumption: the 45 min that two forks need (C period) lie in the middle of the 105 min cycle",
  ),
  atpCapacity: of(
    (7.4e-3 * 2 * 1.02e-14 * 6.02214076e23) / 3600,
    "1/s",
    `${breuer}: 7.4 mmol glucose/gDW/h (iMB155), 1.02e-14 g dry mass; 2 ATP a glucose by glycolysis`,
  ),
  maintenance: of((0.575e-3 * 1.02e-14 * 6.02214076e23) / 3600, "1/s", `${breuer}: ATPase bound of iMB155`),
  importMargin: of(3, "of the mean need", "assumption: uptake may go three times as fast as balanced growth needs"),
  dryMass: of(1.02e-14, "g", `${breuer}: of a cell; taken as that at birth`),
};

/** The minimal bacterium JCVI-syn3A: 496 genes, of which no sequence is needed (CP016816.2, facts only). */
export const syn3a: Organism = {
  id: "syn3a",
  name: "JCVI-syn3A",
  constants,
  origin: 0,
  polymeraseGenes: ["JCVISYN3A_0645", "JCVISYN3A_0803", "JCVISYN3A_0804"],
  // initiator, clamp and its loader, both polymerases, primase, helicase, both subunits of gyrase, ligase
  replicationGenes: ["0001", "0002", "0047", "0303", "0612", "0406", "0609", "0006", "0007", "0690"].map(
    (locus) => `JCVISYN3A_${locus}`,
  ),
  facts: () => readGeneTable(syn3aGenes),
};
