import { BioXenError, type Sequences } from "../contract/index.ts";
import { factsOf, type GeneFacts, type GenomeFacts, withGenes } from "./gene-facts.ts";
import { genomeOf } from "./genome.ts";

/**
 * The genes of coding sequences, each from its start codon to its stop, read with an NCBI table. Their ids are the names.
 * @throws BioXenError `FORMAT_INVALID` for one that is no open reading frame, as `genomeOf` with `strict`.
 */
export function codingGenes(sequences: Sequences, file: string, table = 11): readonly GeneFacts[] {
  return sequences.names.flatMap((name, at) => {
    const [start = 0, end = 0] = [sequences.offsets[at], sequences.offsets[at + 1]];
    const sequence = Buffer.from(sequences.residues.subarray(start, end)).toString("latin1").toUpperCase();
    const id = name.split(/\s/)[0] ?? name;
    const record = {
      ...{ id, description: name, circular: false, sequence: sequence.replaceAll("U", "T"), file },
      features: [
        {
          type: "CDS",
          spans: [{ start: 0, end: sequence.length, strand: 1 }] as const,
          partial: { start: false, end: false },
          qualifiers: new Map([["locus_tag", [id]]]),
          line: at + 1,
        },
      ],
    };
    return factsOf(genomeOf(record, { table, strict: true })).genes;
  });
}

/**
 * The facts of a replicon with genes put in at a position (0-based), one after the other on the forward strand; what
 * lies behind moves on. They are copied, and counted, with the replicon.
 * @throws BioXenError `INPUT_INVALID` for a position outside the replicon or inside a gene, and for an id that is taken.
 */
export function insertGenes(facts: GenomeFacts, added: readonly GeneFacts[], position: number): GenomeFacts {
  const { length, id } = facts;
  if (!Number.isInteger(position) || position < 0 || position > length)
    throw new BioXenError("INPUT_INVALID", `${id} has no position ${position}: it has ${length} bases`);
  const broken = facts.genes.find(({ start, end }) => start < position && position < end);
  if (broken !== undefined)
    throw new BioXenError("INPUT_INVALID", `${id}: position ${position} lies in gene ${broken.id}`);
  let end = position;
  const placed = added.map((gene): GeneFacts => {
    const start = end;
    end += gene.baseCounts.reduce((sum, count) => sum + count, 0);
    return { ...gene, start, end, strand: 1 };
  });
  const moved = facts.genes.map((gene): GeneFacts => {
    const by = gene.start >= position ? end - position : 0;
    return { ...gene, start: gene.start + by, end: gene.end + by };
  });
  const baseCounts = facts.baseCounts.map((count, base) =>
    placed.reduce((sum, gene) => sum + (gene.baseCounts[base] ?? 0), count),
  );
  return withGenes({ ...facts, length: length + end - position, baseCounts, genes: moved }, placed);
}

/** The first position from one on, around a circle, that lies in no gene. */
export function gapAfter({ genes, length }: GenomeFacts, position: number): number {
  let at = position;
  for (let steps = 0; steps <= genes.length; steps++) {
    const over = genes.find(({ start, end }) => start < at && at < end);
    if (over === undefined) return at;
    at = over.end % length;
  }
  return at;
}
