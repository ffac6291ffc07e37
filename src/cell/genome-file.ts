import { BioXenError, type Sequences } from "../contract/index.ts";
import { type AnnotatedSequence, parseGenbank, parseGff3 } from "../formats/index.ts";
import { factsOf, type GenomeFacts } from "./gene-facts.ts";
import type { Genome, GenomeOptions } from "./genome.ts";
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
  /** Takes a coding sequence whose bases are no whole number of codons as far as it reads; by default it is refused. */
  readonly acceptFrameshifts?: boolean;
  /** The sequences of a GFF3 file that has no `##FASTA` of its own. */
  readonly fasta?: Sequences;
}

/**
 * The facts of a genome file's first record that has genes: GenBank, or GFF3 with its `##FASTA` or sequences beside it.
 * Copy numbers are the organism's own, by gene id.
 * @throws BioXenError `FORMAT_INVALID` as the parsers and `genomeOf`, and with file and line for a coding sequence whose
 *   frame is shifted; `INPUT_INVALID` as `mutateBase`.
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
  { mutations = [], acceptFrameshifts = false, ...options }: GenomeReadingOptions = {},
): GenomeReading {
  const { genome, effects } = mutantOf(record, mutations, options);
  if (!acceptFrameshifts) refuseFrameshift(genome);
  const copies = new Map(
    organism.facts().genes.flatMap(({ id, copies }): [string, number][] => (copies === null ? [] : [[id, copies]])),
  );
  return {
    facts: factsOf(genome, copies),
    faults: genome.genes.flatMap(({ id, faults }) => (faults.length === 0 ? [] : [{ id, faults }])),
    effects,
  };
}

/** A stop that comes early is told as a fault; where the frame itself is broken, the file is. */
function refuseFrameshift({ genes, file }: Genome): void {
  for (const { id, line, faults } of genes) {
    const fault = faults.find((one) => one.startsWith("frameshift"));
    if (fault === undefined) continue;
    throw new BioXenError(
      "FORMAT_INVALID",
      `${file}:${line}: ${id}: ${fault} (/pseudo, a partial location or /ribosomal_slippage would say that this is meant)`,
      { context: { file, line } },
    );
  }
}
