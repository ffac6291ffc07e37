import { aminoAcids, bases } from "./gene-facts.ts";

/**
 * What a flux model supplies, by number: energy, monophosphates, deoxynucleotides, amino acids, all other biomass, and
 * the kinases that raise a base's monophosphate, by the molecule that they raise.
 */
export const supplied: readonly string[] = [
  "ATP",
  ...[...bases].map((base) => `${base}MP`),
  ...[...bases].map((base) => `d${base === "U" ? "T" : base}TP`),
  ...[...aminoAcids].map((letter) => `amino acid ${letter}`),
  "other biomass",
  ...[...bases].map((base) => `kinase of ${base}MP`),
];

/** Where each kind begins among `supplied`. */
export const supply = {
  atp: 0,
  monophosphates: 1,
  deoxy: 5,
  aminoAcids: 9,
  other: 29,
  kinases: 30,
  count: 34,
} as const;
