import { BioXenError } from "../contract/index.ts";
import { aminoAcidLetter, type GeneKind, type Genome, type GenomeGene } from "./genome.ts";

/** The order of amino acids in every table of counts here. */
export const aminoAcids = "ARNDCQEGHILKMFPSTWYV";
/** The order of bases, of RNA or DNA: U stands for T too. */
export const bases = "ACGU";

/** What a simulation needs to know of a gene: counts, not sequence. */
export interface GeneFacts {
  readonly id: string;
  readonly name: string;
  readonly product: string;
  readonly kind: GeneKind;
  /** 0-based, half-open, on the forward strand, joins included. */
  readonly start: number;
  readonly end: number;
  readonly strand: 1 | -1;
  /** Of the transcript, as `bases` orders them; a base that is not known counts as A. */
  readonly baseCounts: readonly number[];
  /** Of the protein, as `aminoAcids` orders them; all 0 for an RNA gene. U counts as C, O as K, others as L. */
  readonly aminoAcidCounts: readonly number[];
  /** Proteins of an average cell, where someone measured; else null. */
  readonly copies: number | null;
  /** Of a tRNA: the letter of its amino acid. */
  readonly carries: string | null;
}

/** Facts about one replicon and its genes. */
export interface GenomeFacts {
  readonly id: string;
  /** Bases of the replicon. */
  readonly length: number;
  readonly circular: boolean;
  /** Of the forward strand, as `bases` orders them. */
  readonly baseCounts: readonly number[];
  readonly genes: readonly GeneFacts[];
}

/** Counts what a genome's sequences hold. `copies` gives proteins a cell by gene id. */
export function factsOf(genome: Genome, copies: ReadonlyMap<string, number> = new Map()): GenomeFacts {
  return {
    id: genome.id,
    length: genome.sequence.length,
    circular: genome.circular,
    baseCounts: baseCountsOf(genome.sequence),
    genes: genome.genes.map((gene) => geneFacts(gene, copies.get(gene.id) ?? null)),
  };
}

function geneFacts(gene: GenomeGene, copies: number | null): GeneFacts {
  const { id, name, product, kind, spans, strand, protein } = gene;
  const counts = new Array<number>(aminoAcids.length).fill(0);
  for (const letter of protein ?? "") {
    const read = letter === "U" ? "C" : letter === "O" ? "K" : aminoAcids.includes(letter) ? letter : "L";
    const at = aminoAcids.indexOf(read);
    counts[at] = (counts[at] ?? 0) + 1;
  }
  const [, residue = ""] = /^tRNA-([A-Z][a-z]{2})/.exec(product) ?? [];
  return {
    ...{ id, name, product, kind, strand, copies },
    start: Math.min(...spans.map((span) => span.start)),
    end: Math.max(...spans.map((span) => span.end)),
    baseCounts: baseCountsOf(gene.bases),
    aminoAcidCounts: counts,
    carries: kind === "tRNA" ? aminoAcidLetter(residue) : null,
  };
}

function baseCountsOf(sequence: string): readonly number[] {
  const counts = [0, 0, 0, 0];
  for (const letter of sequence) {
    const at = Math.max(0, bases.indexOf(letter === "T" ? "U" : letter));
    counts[at] = (counts[at] ?? 0) + 1;
  }
  return counts;
}

/**
 * Writes facts as a table with tabs: a row for the replicon, then one a gene. Counts are parted by commas, an unknown
 * copy number is "-".
 */
export function writeGeneTable({ id, length, circular, baseCounts, genes }: GenomeFacts): string {
  const head = [id, length, circular ? "circular" : "linear", baseCounts.join()];
  const rows = genes.map((gene) => [
    ...[gene.id, gene.name, gene.kind, gene.start, gene.end, gene.strand, gene.baseCounts.join()],
    ...[gene.kind === "protein" ? gene.aminoAcidCounts.join() : (gene.carries ?? ""), gene.copies ?? "-", gene.product],
  ]);
  return `${[head, ...rows].map((row) => row.join("\t")).join("\n")}\n`;
}

/**
 * Reads what `writeGeneTable` wrote.
 * @throws BioXenError `FORMAT_INVALID` with the row for a table out of form.
 */
export function readGeneTable(text: string): GenomeFacts {
  const [head, ...rows] = text.trim().split("\n");
  const [id = "", length = "", shape = "", counts = ""] = head?.split("\t") ?? [];
  return {
    id,
    length: Number(length),
    circular: shape === "circular",
    baseCounts: numbers(counts, 4, 1),
    genes: rows.map((row, at): GeneFacts => {
      const fields = row.split("\t");
      if (fields.length !== 10) throw broken(at + 2, `${fields.length} columns instead of 10`);
      const [gene = "", name = "", kind = "", start = "", end = "", strand = "", own = "", made = "", copies = ""] =
        fields;
      return {
        ...{ id: gene, name, product: fields[9] ?? "", kind: kind as GeneKind },
        ...{ start: Number(start), end: Number(end), strand: strand === "-1" ? -1 : 1 },
        baseCounts: numbers(own, 4, at + 2),
        aminoAcidCounts: kind === "protein" ? numbers(made, 20, at + 2) : new Array<number>(20).fill(0),
        copies: copies === "-" ? null : Number(copies),
        carries: kind === "tRNA" ? made || null : null,
      };
    }),
  };
}

function numbers(text: string, count: number, row: number): readonly number[] {
  const read = text.split(",").map(Number);
  if (read.length !== count || read.some((value) => !Number.isInteger(value) || value < 0))
    throw broken(row, `${JSON.stringify(text)} instead of ${count} counts`);
  return read;
}

function broken(row: number, what: string): BioXenError {
  return new BioXenError("FORMAT_INVALID", `gene table: row ${row}: ${what}`, { context: { row } });
}

/** The facts with more genes, as a plasmid or an insertion brings them; they are copied with the replicon. */
export function withGenes(facts: GenomeFacts, added: readonly GeneFacts[]): GenomeFacts {
  const taken = new Set(facts.genes.map(({ id }) => id));
  for (const { id } of added) {
    if (taken.has(id)) throw new BioXenError("INPUT_INVALID", `${facts.id} has a gene ${JSON.stringify(id)} already`);
    taken.add(id);
  }
  return { ...facts, genes: [...facts.genes, ...added] };
}
