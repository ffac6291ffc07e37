import { seededRandom } from "../contract/index.ts";
import { type AnnotatedSequence, oppositeStrand, type SequenceFeature } from "../formats/index.ts";
import { geneticCode } from "./genetic-codes.ts";

/** Name, product, residues and copies a cell of each protein; what they do is what a cell can least go without. */
export const minimalProteins: readonly (readonly [name: string, product: string, residues: number, copies: number])[] =
  [
    ["dnaA", "Chromosomal replication initiator protein", 150, 40],
    ["dnaE", "DNA polymerase III subunit alpha", 300, 20],
    ["dnaB", "Replicative DNA helicase", 180, 20],
    ["gyrA", "DNA gyrase subunit A", 240, 30],
    ["rpoA", "DNA-directed RNA polymerase subunit alpha", 130, 60],
    ["rpoB", "DNA-directed RNA polymerase subunit beta", 320, 40],
    ["rpoC", "DNA-directed RNA polymerase subunit beta'", 320, 40],
    ["rpoD", "RNA polymerase subunit sigma", 160, 40],
    ["rplA", "50S ribosomal protein L1", 90, 120],
    ["rplB", "50S ribosomal protein L2", 100, 120],
    ["rplC", "50S ribosomal protein L3", 80, 120],
    ["rpsB", "30S ribosomal protein S2", 90, 120],
    ["rpsC", "30S ribosomal protein S3", 80, 120],
    ["rpsD", "30S ribosomal protein S4", 80, 120],
    ["infA", "Translation initiation factor IF-1", 70, 100],
    ["tufA", "Elongation factor Tu", 160, 400],
    ["fusA", "Elongation factor G", 240, 150],
    ["alaS", "Aminoacyl-tRNA synthetase, first class", 200, 80],
    ["serS", "Aminoacyl-tRNA synthetase, second class", 180, 80],
    ["ptsG", "Glucose transporter", 190, 120],
    ["pfkA", "Phosphofructokinase", 120, 150],
    ["gapA", "Glyceraldehyde-3-phosphate dehydrogenase", 130, 300],
    ["pykF", "Pyruvate kinase", 160, 150],
    ["ldh", "Lactate dehydrogenase", 120, 200],
    ["adk", "Adenylate kinase", 80, 100],
    ["ndk", "Nucleoside-diphosphate kinase", 60, 100],
    ["oppA", "Oligopeptide transporter", 200, 100],
    ["plsX", "Phosphate acyltransferase", 120, 60],
    ["ftsZ", "Cell division protein FtsZ", 150, 100],
    ["secA", "Protein translocase subunit", 260, 40],
    ["groL", "Chaperonin", 200, 120],
    ["rny", "Ribonuclease Y", 180, 40],
  ];

/** Of bacterial proteins, per cent, in the order of `aminoAcids` (UniProtKB/Swiss-Prot release statistics 2023_01, rounded). */
export const meanComposition: readonly number[] = [
  8.3, 5.5, 4.1, 5.5, 1.4, 3.9, 6.7, 7.1, 2.3, 5.9, 9.7, 5.8, 2.4, 3.9, 4.7, 6.6, 5.4, 1.1, 2.9, 6.8,
];
const letters = "ARNDCQEGHILKMFPSTWYV";
/** Bases without genes between two of them: room for a promoter. */
const gap = 60;

/**
 * A small circular genome written here: 32 protein genes, three rRNAs and twenty tRNAs on both strands, every protein
 * readable with table 11. Proteins have the names, not the sequences, of real ones: residues are drawn by the mean
 * composition of proteins and codons at even odds, with a fixed seed, so that the genome is the same everywhere.
 */
export function minimalGenomeRecord(): AnnotatedSequence {
  const random = seededRandom(20260101);
  const pick = <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)] as T;
  const code = geneticCode(11);
  const codons = new Map<string, string[]>();
  for (const [codon, letter] of code.aminoAcids) codons.set(letter, [...(codons.get(letter) ?? []), codon]);
  const total = meanComposition.reduce((sum, share) => sum + share, 0);
  const residue = (): string => {
    let left = random() * total;
    const at = meanComposition.findIndex((share) => {
      left -= share;
      return left < 0;
    });
    return letters[at] ?? "L";
  };
  const features: SequenceFeature[] = [];
  let sequence = "";
  const add = (type: string, bases: string, qualifiers: readonly (readonly [string, string])[]): void => {
    for (let at = 0; at < gap; at++) sequence += pick([..."ACGT"]);
    const strand = random() < 0.7 ? 1 : -1;
    const start = sequence.length;
    sequence += strand === 1 ? bases : oppositeStrand(bases);
    features.push({
      type,
      spans: [{ start, end: start + bases.length, strand }],
      partial: { start: false, end: false },
      qualifiers: new Map(qualifiers.map(([key, value]) => [key, [value]])),
      line: features.length + 1,
    });
  };
  minimalProteins.forEach(([name, product, residues], at) => {
    let bases = "ATG";
    for (let index = 1; index < residues; index++) bases += pick(codons.get(residue()) ?? ["CTG"]);
    const tag = `MINI_${String(at + 1).padStart(4, "0")}`;
    add("CDS", `${bases}TAA`, [
      ["locus_tag", tag],
      ["gene", name],
      ["product", product],
      ["transl_table", "11"],
    ]);
  });
  const rna = (bases: number): string => Array.from({ length: bases }, () => pick([..."ACGT"])).join("");
  for (const [index, [size, bases]] of (
    [
      ["5S", 110],
      ["16S", 700],
      ["23S", 1300],
    ] as const
  ).entries())
    add("rRNA", rna(bases), [
      ["locus_tag", `MINI_R${index + 1}`],
      ["product", `${size} ribosomal RNA`],
    ]);
  const names = "Ala Arg Asn Asp Cys Gln Glu Gly His Ile Leu Lys Met Phe Pro Ser Thr Trp Tyr Val".split(" ");
  for (const [index, name] of names.entries())
    add("tRNA", rna(76), [
      ["locus_tag", `MINI_T${String(index + 1).padStart(2, "0")}`],
      ["product", `tRNA-${name}`],
    ]);
  const record = { id: "minimal_cell", description: "A small genome", circular: true, sequence, features };
  return { ...record, file: "minimal_cell" };
}
