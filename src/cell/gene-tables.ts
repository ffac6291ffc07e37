import type { CellModel } from "./expression-network.ts";
import { aminoAcids } from "./gene-facts.ts";

/** What coupling reads of every gene at every step, flat: lists of objects would cost more than the arithmetic. */
export interface GeneTables {
  readonly count: number;
  /** The gene that leads each gene's transcription unit. */
  readonly leaders: Int32Array;
  /** Genes of the unit that a gene leads; 0 for one that leads none. */
  readonly members: Int32Array;
  /** Four a gene: of the transcript that it leads, all 0 for one that leads none. */
  readonly baseCounts: Float64Array;
  /** Twenty a gene. */
  readonly aminoAcidCounts: Float64Array;
  readonly bases: Float64Array;
  readonly residues: Float64Array;
  readonly transcription: Float64Array;
  readonly translation: Float64Array;
  /** Residues of all proteins at birth, those of a chromosome that was taken out included; and these alone. */
  readonly residuesAtBirth: number;
  readonly residuesInherited: number;
  /** Genes of tRNA, and of each the number of the amino acid that it carries. */
  readonly trnaGenes: Int32Array;
  readonly trnaAminoAcids: Int32Array;
  /** Genes of the chromosome by how far from the origin their middle is, and these distances in bases. */
  readonly fromOrigin: Int32Array;
  readonly distances: Float64Array;
}

const known = new WeakMap<CellModel, GeneTables>();

export function tablesOf(model: CellModel): GeneTables {
  const before = known.get(model);
  if (before !== undefined) return before;
  const { genes, units, rates, inherited, network, at } = model;
  const leaders = Int32Array.from(genes, (_, gene) => units[gene]?.genes[0] ?? gene);
  const leads = (gene: number): boolean => leaders[gene] === gene;
  const residues = Float64Array.from(rates, (rate) => rate.residues);
  const trna = genes.flatMap(({ carries }, gene) => {
    const amino = carries === null ? -1 : aminoAcids.indexOf(carries);
    return amino < 0 ? [] : [[gene, amino] as const];
  });
  const { genome, organism, plasmids } = model;
  const onChromosome = genes
    .slice(0, plasmids[0]?.from ?? genes.length)
    .map(({ start, end }, gene) => {
      const ahead = ((start + end) / 2 - organism.origin + genome.length) % genome.length;
      return [gene, Math.min(ahead, genome.length - ahead)] as const;
    })
    .sort(([, a], [, b]) => a - b);
  const residuesInherited = inherited.reduce((sum, count) => sum + count, 0);
  const tables: GeneTables = {
    count: genes.length,
    leaders,
    members: Int32Array.from(units, (unit, gene) => (leads(gene) ? unit.genes.length : 0)),
    baseCounts: Float64Array.from(units.flatMap((unit, gene) => unit.baseCounts.map((one) => (leads(gene) ? one : 0)))),
    aminoAcidCounts: Float64Array.from(
      genes.flatMap(({ aminoAcidCounts }) => [...aminoAcids].map((_, amino) => aminoAcidCounts[amino] ?? 0)),
    ),
    bases: Float64Array.from(rates, (rate) => rate.bases),
    residues,
    transcription: Float64Array.from(rates, (rate) => rate.transcription),
    translation: Float64Array.from(rates, (rate) => rate.translation),
    residuesAtBirth: residues.reduce(
      (sum, one, gene) => sum + one * (network.initial[at.proteins + gene] ?? 0),
      residuesInherited,
    ),
    residuesInherited,
    trnaGenes: Int32Array.from(trna, ([gene]) => gene),
    trnaAminoAcids: Int32Array.from(trna, ([, amino]) => amino),
    fromOrigin: Int32Array.from(onChromosome, ([gene]) => gene),
    distances: Float64Array.from(onChromosome, ([, away]) => away),
  };
  known.set(model, tables);
  return tables;
}
