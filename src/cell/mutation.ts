import { BioXenError } from "../contract/index.ts";
import type { AnnotatedSequence } from "../formats/index.ts";
import { type Genome, type GenomeGene, type GenomeOptions, genomeOf } from "./genome.ts";

/**
 * The record with one base of its forward strand changed; `genomeOf` then reads what became of the proteins.
 * @throws BioXenError `INPUT_INVALID` for a position (0-based) outside the sequence and for what is no base.
 */
export function mutateBase(record: AnnotatedSequence, position: number, base: string): AnnotatedSequence {
  const { sequence, id } = record;
  if (!Number.isInteger(position) || position < 0 || position >= sequence.length)
    throw new BioXenError("INPUT_INVALID", `${id} has no base ${position}: it has ${sequence.length}, counted from 0`);
  if (!/^[ACGT]$/.test(base))
    throw new BioXenError("INPUT_INVALID", `${JSON.stringify(base)} is none of A, C, G and T`);
  return { ...record, sequence: sequence.slice(0, position) + base + sequence.slice(position + 1) };
}

/** A base of the forward strand (0-based) and what it becomes. */
export interface Mutation {
  readonly position: number;
  readonly base: string;
}

export interface Mutant {
  readonly genome: Genome;
  /** What became of each gene that was hit, in words: `MINI_0001: residue 5 of 150: A becomes V`. */
  readonly effects: readonly string[];
}

/**
 * Reads a record with bases changed. A nonsense mutation ends the protein where it stands; a gene that lost its start
 * codon is transcribed and makes no protein.
 * @throws BioXenError `INPUT_INVALID` as `mutateBase`; `FORMAT_INVALID` as `genomeOf`.
 */
export function mutantOf(
  record: AnnotatedSequence,
  mutations: readonly Mutation[],
  options: GenomeOptions = {},
): Mutant {
  const before = genomeOf(record, options);
  const changed = mutations.reduce((all, { position, base }) => mutateBase(all, position, base), record);
  const after = genomeOf(changed, { ...options, strict: false });
  const effects: string[] = [];
  const wild = new Map(before.genes.map((gene) => [gene.id, gene]));
  const genes = after.genes.map((gene) => {
    const from = wild.get(gene.id);
    if (from === undefined || from.bases === gene.bases) return gene;
    const lost = gene.faults.some(isStartLost) && !from.faults.some(isStartLost);
    const mutant = lost ? { ...gene, protein: "" } : gene;
    effects.push(`${gene.id}: ${effectOf(from, mutant)}`);
    return mutant;
  });
  if (effects.length === 0 && mutations.length > 0) effects.push("no gene was hit, or none changed");
  return { genome: { ...after, genes }, effects };
}

const isStartLost = (fault: string): boolean => fault.includes("is no start codon");

function effectOf({ protein: from }: GenomeGene, { protein: to }: GenomeGene): string {
  if (from === null || to === null) return "its RNA changes";
  if (to === "" && from !== "") return "start codon lost: no protein";
  if (to === from) return "silent";
  if (to.length < from.length) return `nonsense: the protein ends after ${to.length} of ${from.length} residues`;
  if (to.length > from.length) return `stop codon lost: ${to.length} residues instead of ${from.length}`;
  const at = [...from].findIndex((letter, place) => letter !== to[place]);
  return `residue ${at + 1} of ${from.length}: ${from[at]} becomes ${to[at]}`;
}
