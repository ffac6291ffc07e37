import type { CellModel } from "../cell/index.ts";

/** A gene that a cell cannot live without, and why. */
export interface EssentialGene {
  readonly id: string;
  readonly name: string;
  readonly product: string;
  readonly why: string;
}

/** What a product's name tells, first match first. */
const roles: readonly (readonly [RegExp, string])[] = [
  [/tRNA ligase|tRNA synthetase/i, "charges tRNA"],
  [/ribosomal (subunit )?protein|^(30|50)S ribosomal/i, "part of the ribosome"],
  [/RNA polymerase/i, "part of the RNA polymerase"],
  [/DNA polymerase|DNA gyrase|topoisomerase|helicase|primase|replication initiat|DNA ligase/i, "copies DNA"],
  [/(initiation|elongation|release|recycling) factor/i, "translation factor"],
  [/ATP synthase|phosphoglycerate kinase|pyruvate kinase|enolase|glyceraldehyde-3-phosphate/i, "makes ATP"],
  [/translocase|signal recognition/i, "puts proteins into the membrane"],
];

/**
 * Genes of a model that expression, replication or energy cannot do without, by what they make: RNAs of the ribosome, tRNA
 * that alone carries its amino acid, and proteins by the name of their product. A list of functions, not of what
 * transposons spared: genes whose function nobody knows are not on it.
 */
export function essentialGenes({ genes, organism, at, network, sectors }: CellModel): readonly EssentialGene[] {
  if (sectors !== undefined)
    return genes.map(({ id, name, product }) => ({ id, name, product, why: "a whole sector of the proteome" }));
  const carriers = (amino: string): number => genes.filter(({ carries }) => carries === amino).length;
  const subunits = new Set(organism.polymeraseGenes);
  return genes.flatMap(({ id, name, product, kind, carries }, gene): EssentialGene[] => {
    // what was taken out is not there to be missed
    if ((network.initial[at.genes + gene] ?? 0) === 0) return [];
    const why =
      kind === "rRNA"
        ? "part of the ribosome"
        : carries !== null && carriers(carries) === 1
          ? `alone carries ${carries}`
          : subunits.has(id)
            ? "part of the RNA polymerase"
            : kind === "protein"
              ? roles.find(([pattern]) => pattern.test(product))?.[1]
              : undefined;
    return why === undefined ? [] : [{ id, name, product, why }];
  });
}
