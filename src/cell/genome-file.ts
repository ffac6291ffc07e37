import { BioXenError, type Sequences } from "../contract/index.ts";
import { type AnnotatedSequence, parseGenbank, parseGff3 } from "../formats/index.ts";
import { factsOf, type GenomeFacts } from "./gene-facts.ts";
import type { GenomeOptions } from "./genome.ts";
import { type Mutation, mutantOf } from "./mutation.ts";
import type { AnyOrganism } from "./sectors.ts";

export interface GenomeReading {
  readonly facts: GenomeFacts;
  /** Genes whose reading has a fault, such as an internal stop: their proteins end there. */
  readonly faults: readonly { readonly id: string; readonly faults: readonly string[] }[];
  /** What mutations did, in words. */
  readonly effects: readonly string[];
}

export interface GenomeReadingOptions extends GenomeOptions {
  readonly mutations?: readonly Mutation[];
  /** The sequences of a GFF3 file that has no `##FASTA` of its own. */
  readonly fasta?: Sequences;
}

/**
 * The facts of a genome file's first record that has genes: GenBank, or GFF3 with its `##FASTA` or sequences beside it.
 * Copy numbers are the organism's own, by gene id.
 * @throws BioXenError `FORMAT_INVALID` as the parsers and `genomeOf`; `INPUT_INVALID` as `mutateBase`.
 */
export function readGenome(
  bytes: Uint8Array,
  file: string,
  organism: AnyOrganism,
  options: GenomeReadingOptions = {},
): GenomeReading {
  const head = Buffer.from(bytes.subarray(0, 2000)).toString("latin1");
  const records: readonly AnnotatedSequence[] = /^##gff-version/m.test(head)
    ? parseGff3(bytes, options.fasta ?? null, file)
    : parseGenbank(bytes, file);
  const record = records.find(({ features }) => features.length > 0) ?? records[0];
  if (record === undefined) throw new BioXenError("FORMAT_INVALID", `${file}: no record`, { context: { file } });
  return readRecord(record, organism, options);
}

/** The facts of an annotated sequence, mutated where that is asked for. Errors are those of `readGenome`. */
export function readRecord(
  record: AnnotatedSequence,
  organism: AnyOrganism,
  { mutations = [], ...options }: GenomeReadingOptions = {},
): GenomeReading {
  const { genome, effects } = mutantOf(record, mutations, options);
  const copies = new Map(
    organism.facts().genes.flatMap(({ id, copies }): [string, number][] => (copies === null ? [] : [[id, copies]])),
  );
  return {
    facts: factsOf(genome, copies),
    faults: genome.genes.flatMap(({ id, faults }) => (faults.length === 0 ? [] : [{ id, faults }])),
    effects,
  };
}
