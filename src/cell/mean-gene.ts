import { aminoAcids, type GeneFacts } from "./gene-facts.ts";

/** Shares of the amino acids in a proteome, as `aminoAcids` orders them, and of the bases in its coding strands. */
export interface Composition {
  readonly residues: readonly number[];
  readonly bases: readonly number[];
}

/** Whole counts that add up to a length and come as near to the shares as they can. */
function countsOf(length: number, shares: readonly number[]): readonly number[] {
  const all = shares.reduce((sum, share) => sum + share, 0);
  const exact = shares.map((share) => (share / all) * length);
  const counts = exact.map(Math.floor);
  const order = exact.map((value, at) => [value - Math.floor(value), at] as const).sort(([a], [b]) => b - a);
  const missing = length - counts.reduce((sum, count) => sum + count, 0);
  for (const [, at] of order.slice(0, missing)) counts[at] = (counts[at] ?? 0) + 1;
  return counts;
}

const gene = (
  id: string,
  name: string,
): Pick<GeneFacts, "id" | "name" | "product" | "strand" | "carries" | "copies"> => ({
  ...{ id, name: id, product: name, strand: 1, carries: null, copies: null },
});

/** The mean gene of a sector whose proteins have so many residues on average: the composition is the whole proteome's. */
export function meanProteinGene(
  id: string,
  name: string,
  residues: number,
  { residues: shares, bases }: Composition,
): GeneFacts {
  return {
    ...gene(id, name),
    ...{ kind: "protein", start: 0, end: 3 * residues },
    baseCounts: countsOf(3 * residues, bases),
    aminoAcidCounts: countsOf(residues, shares),
  };
}

/** The mean gene of a stable RNA. */
export function meanRnaGene(
  id: string,
  name: string,
  kind: "rRNA" | "tRNA",
  length: number,
  shares: readonly number[],
): GeneFacts {
  return {
    ...gene(id, name),
    ...{ kind, start: 0, end: length },
    baseCounts: countsOf(length, shares),
    aminoAcidCounts: [...aminoAcids].map(() => 0),
  };
}
