import { BioXenError } from "../contract/index.ts";

/** How codons are read: NCBI's translation tables (gc.prt, version 4.6; A. Elzanowski, J. Ostell and others). */
export interface GeneticCode {
  readonly id: number;
  readonly name: string;
  /** The amino acid of a codon of A, C, G and T, `*` for a stop. */
  readonly aminoAcids: ReadonlyMap<string, string>;
  /** Codons that a translation may start with; whichever it is, the first amino acid is methionine. */
  readonly starts: ReadonlySet<string>;
}

const order = "TCAG";
const standard = "FFLLSSSSYY**CC*WLLLLPPPPHHQQRRRRIIIMTTTTNNKKSSRRVVVVAAAADDEEGGGG";

/** Each table as it differs from the standard one, and its start codons. */
const tables: readonly (readonly [id: number, name: string, differences: string, starts: string])[] = [
  [1, "standard", "", "TTG CTG ATG"],
  [2, "vertebrate mitochondrial", "AGA* AGG* ATAM TGAW", "ATT ATC ATA ATG GTG"],
  [3, "yeast mitochondrial", "ATAM CTTT CTCT CTAT CTGT TGAW", "ATA ATG GTG"],
  [4, "mycoplasma, mould and protozoan mitochondrial", "TGAW", "TTA TTG CTG ATT ATC ATA ATG GTG"],
  [5, "invertebrate mitochondrial", "AGAS AGGS ATAM TGAW", "TTG ATT ATC ATA ATG GTG"],
  [6, "ciliate nuclear", "TAAQ TAGQ", "ATG"],
  [9, "echinoderm and flatworm mitochondrial", "AAAN AGAS AGGS TGAW", "ATG GTG"],
  [10, "euplotid nuclear", "TGAC", "ATG"],
  [11, "bacterial, archaeal and plastid", "", "TTG CTG ATT ATC ATA ATG GTG"],
  [12, "alternative yeast nuclear", "CTGS", "CTG ATG"],
  [13, "ascidian mitochondrial", "AGAG AGGG ATAM TGAW", "TTG ATA ATG GTG"],
  [14, "alternative flatworm mitochondrial", "AAAN AGAS AGGS TAAY TGAW", "ATG"],
  [16, "chlorophycean mitochondrial", "TAGL", "ATG"],
  [21, "trematode mitochondrial", "TGAW ATAM AGAS AGGS AAAN", "ATG GTG"],
  [22, "Scenedesmus obliquus mitochondrial", "TCA* TAGL", "ATG"],
  [23, "Thraustochytrium mitochondrial", "TTA*", "ATT ATG GTG"],
  [24, "Rhabdopleuridae mitochondrial", "AGAS AGGK TGAW", "TTG CTG ATG GTG"],
  [25, "candidate division SR1 and Gracilibacteria", "TGAG", "TTG ATG GTG"],
  [26, "Pachysolen tannophilus nuclear", "CTGA", "CTG ATG"],
  [29, "Mesodinium nuclear", "TAAY TAGY", "ATG"],
  [30, "peritrich nuclear", "TAAE TAGE", "ATG"],
  [33, "Cephalodiscidae mitochondrial", "TAAY TGAW AGAS AGGK", "TTG CTG ATG GTG"],
];

const codes = new Map<number, GeneticCode>();

/**
 * A translation table by its NCBI number. Tables 15, 27, 28, 31 and 32, whose stops depend on the context or which are
 * withdrawn, are not there.
 * @throws BioXenError `INPUT_INVALID` for a number that is none of them.
 */
export function geneticCode(id: number): GeneticCode {
  const known = codes.get(id);
  if (known !== undefined) return known;
  const row = tables.find(([number]) => number === id);
  if (row === undefined)
    throw new BioXenError(
      "INPUT_INVALID",
      `translation table ${id} is not known; known are ${tables.map(([number]) => number).join(", ")}`,
      { context: { table: id } },
    );
  const [, name, differences, starts] = row;
  const aminoAcids = new Map<string, string>();
  for (let at = 0; at < standard.length; at++) {
    const codon = [at >> 4, (at >> 2) & 3, at & 3].map((digit) => order[digit]).join("");
    aminoAcids.set(codon, standard[at] ?? "");
  }
  for (const one of differences.split(" ")) if (one !== "") aminoAcids.set(one.slice(0, 3), one.slice(3));
  const code = { id, name, aminoAcids, starts: new Set(starts.split(" ")) };
  codes.set(id, code);
  return code;
}
