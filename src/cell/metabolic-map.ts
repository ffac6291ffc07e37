import type { MetabolicModel } from "../formats/index.ts";
import { bases } from "./gene-facts.ts";

/** How metabolites and genes of a flux model are called, so that a cell finds what it takes from there. */
export interface MetabolicMap {
  readonly id: string;
  /** Whether a model speaks this way. */
  readonly speaks: (model: MetabolicModel) => boolean;
  /** Ids of metabolites in the cell: ATP and what its hydrolysis takes and leaves. */
  readonly energy: Readonly<Record<"atp" | "water" | "adp" | "phosphate" | "proton", string>>;
  /** Monophosphates, as `bases` orders them. */
  readonly monophosphates: readonly string[];
  /** Deoxynucleotides, as `bases` orders them, with T for U. */
  readonly deoxy: readonly string[];
  /** By letter. */
  readonly aminoAcids: Readonly<Record<string, string>>;
  /** By letter, where the model has synthetases: the tRNA with its amino acid and without; else null. */
  readonly charging: {
    readonly trna: Readonly<Record<string, readonly [charged: string, free: string]>>;
    readonly diphosphate: string;
  } | null;
  /** What the biomass reaction takes and a cell here makes by itself, molecule by molecule. */
  readonly ownProducts: readonly string[];
  /** Reactions that state growth-associated maintenance apart from the biomass: a cell here spends its energy itself. */
  readonly maintenance: readonly string[];
  /** Metabolites outside the cell that are a source of an amino acid, by letter. */
  readonly sources: Readonly<Record<string, readonly string[]>>;
  /** The cell's id of a gene of the model. */
  readonly gene: (id: string) => string;
}

/** Ids of the BiGG database (King et al. 2016, doi:10.1093/nar/gkv1049), without the compartment. */
const biggAminoAcids: Readonly<Record<string, string>> = {
  ...{ A: "ala__L", R: "arg__L", N: "asn__L", D: "asp__L", C: "cys__L", Q: "gln__L", E: "glu__L", G: "gly" },
  ...{ H: "his__L", I: "ile__L", L: "leu__L", K: "lys__L", M: "met__L", F: "phe__L", P: "pro__L", S: "ser__L" },
  ...{ T: "thr__L", W: "trp__L", Y: "tyr__L", V: "val__L" },
};

const tetrapeptides: Readonly<Record<string, string>> = {
  ...{ A: "alanine", R: "arginine", N: "asparagine", D: "aspartate", Q: "glutamine", E: "glutamate", H: "histidine" },
  ...{ I: "isoleucine", L: "leucine", K: "lysine", M: "methionine", F: "phenylalanine", P: "proline", S: "serine" },
  ...{ T: "threonine", W: "tryptophan", Y: "tyrosine", V: "valine" },
};

/** What iMB155 calls a tRNA by the three letters of its amino acid, and where it calls it otherwise. */
const trnaNames: Readonly<Record<string, string>> = {
  ...{ A: "ala", R: "arg", N: "asn", D: "asp", C: "cys", Q: "gln", E: "glu", G: "gly", H: "his", I: "ile", L: "leu" },
  ...{ K: "lys", M: "met", F: "phe", P: "pro", S: "ser", T: "thr", W: "trp", Y: "tyr", V: "val" },
};
const otherCharged: Readonly<Record<string, string>> = { K: "L_lysyl_tRNA_Lys_", M: "L_methionyl_tRNA_Met_" };
const otherFree: Readonly<Record<string, string>> = { E: "tRNA_Glu_" };

const lower = [...bases].map((base) => base.toLowerCase());
const inCell = (id: string): string => `${id}_c`;
const mapped = (of: (bigg: string, letter: string) => readonly string[]): Record<string, readonly string[]> =>
  Object.fromEntries(Object.entries(biggAminoAcids).map(([letter, id]) => [letter, of(id, letter)]));

/** Any model with the ids of BiGG: iML1515, iMM904 and most others. */
const bigg: MetabolicMap = {
  id: "bigg",
  speaks: () => true,
  energy: {
    ...{ atp: inCell("atp"), water: inCell("h2o"), adp: inCell("adp"), phosphate: inCell("pi"), proton: inCell("h") },
  },
  monophosphates: lower.map((base) => inCell(`${base}mp`)),
  deoxy: ["datp", "dctp", "dgtp", "dttp"].map(inCell),
  aminoAcids: Object.fromEntries(Object.entries(biggAminoAcids).map(([letter, id]) => [letter, inCell(id)])),
  charging: null,
  ownProducts: [],
  maintenance: [],
  sources: mapped((id) => [`${id}_e`]),
  gene: (id) => id,
};

/**
 * iMB155 of JCVI-syn3A (Breuer et al. 2019, doi:10.7554/eLife.36842): ids of BiGG, amino acids as tetrapeptides too,
 * and macromolecules in its biomass.
 */
const imb155: MetabolicMap = {
  ...bigg,
  id: "iMB155",
  speaks: ({ genes }) => genes.some(({ id }) => id.startsWith("MMSYN1_")),
  charging: {
    trna: Object.fromEntries(
      Object.entries(trnaNames).map(([letter, name]) => [
        letter,
        [inCell(otherCharged[letter] ?? `${name}trna`), inCell(otherFree[letter] ?? `trna${name}`)] as const,
      ]),
    ),
    diphosphate: inCell("ppi"),
  },
  // not the acyl carrier protein and dUTPase, though a cell makes these too: they take 0.03 % of the energy of all protein, and
  // only by them does the model say that cofactors, formyl-methionine and the deformylase of protein are needed
  ownProducts: ["protein", "RNA", "DNA"].map(inCell),
  maintenance: ["GAM"],
  sources: mapped((id, letter) => [
    `${id}_e`,
    letter === "G" ? "Tetra_glycine_e" : `Tetra_L_${tetrapeptides[letter] ?? ""}_e`,
  ]),
  gene: (id) => id.replace(/^MMSYN1_/, "JCVISYN3A_"),
};

/** The first that a model speaks. */
export function mapOf(model: MetabolicModel): MetabolicMap {
  return imb155.speaks(model) ? imb155 : bigg;
}
