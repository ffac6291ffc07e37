import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { type Genome, type GenomeFacts, genomeOf, readRecord } from "../cell/index.ts";
import { BioXenError } from "../contract/index.ts";
import { type MetabolicModel, parseGenbank, parseGff3, readMetabolicModel } from "../formats/index.ts";
import { eColiCore } from "../metabolism/index.ts";
import { factsOfType } from "./biological-types.ts";
import type { VmSpec } from "./vm-spec.ts";

/** A genome file as read. */
export interface GenomeReading {
  readonly facts: GenomeFacts;
  readonly genome: Genome;
  /** Of the file's bytes. */
  readonly hash: string;
}

/**
 * Reads the genome file of a spec: the first record that has genes.
 * @throws BioXenError `INVALID_CONFIGURATION` for a file that cannot be read or is no genome.
 */
export async function readGenomeFile({ biologicalType, genomeFile = "" }: VmSpec): Promise<GenomeReading> {
  try {
    const bytes = await readFile(genomeFile);
    const isGff = /^##gff-version/m.test(bytes.subarray(0, 2000).toString("latin1"));
    const records = isGff ? parseGff3(bytes, null, genomeFile) : parseGenbank(bytes, genomeFile);
    const record = records.find(({ features }) => features.length > 0) ?? records[0];
    if (record === undefined) throw new BioXenError("FORMAT_INVALID", `${genomeFile}: no record`);
    const { facts } = readRecord(record, factsOfType(biologicalType).organism);
    return { facts, genome: genomeOf(record), hash: createHash("sha256").update(bytes).digest("hex") };
  } catch (cause) {
    throw unusable("genomeFile", genomeFile, cause);
  }
}

/** What process code may know beside the cell itself. */
export interface VmKnowledge {
  /** With sequences; null where only counts are known. */
  readonly genome: Genome | null;
  readonly metabolism: MetabolicModel;
  /** What is to be said of that to whoever uses it. */
  readonly notice: string | null;
}

/**
 * What is known of a VM beside its cell: its genome's sequences, and its metabolic model, or Escherichia coli's core model
 * where it has none of its own.
 * @throws BioXenError `INVALID_CONFIGURATION` for files that cannot be used.
 */
export async function knowledgeOf(spec: VmSpec): Promise<VmKnowledge> {
  const { organism, id } = factsOfType(spec.biologicalType);
  const genome =
    spec.genomeFile !== undefined
      ? (await readGenomeFile(spec)).genome
      : "record" in organism && organism.record !== undefined
        ? genomeOf(organism.record())
        : null;
  if (spec.metabolicModel !== undefined) {
    const metabolism = await readMetabolicModel(spec.metabolicModel).catch((cause: unknown) => {
      throw unusable("metabolicModel", spec.metabolicModel ?? "", cause);
    });
    return { genome, metabolism, notice: null };
  }
  const notice =
    id === "ecoli"
      ? null
      : `${id} has no metabolic model of its own here: Escherichia coli's core model stood in for it`;
  return { genome, metabolism: eColiCore(), notice };
}

function unusable(field: string, file: string, cause: unknown): BioXenError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new BioXenError("INVALID_CONFIGURATION", `${field}: ${file} cannot be used: ${why}`, {
    ...{ context: { field, file }, cause },
  });
}
