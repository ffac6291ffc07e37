import { BioXenError, type Sequences } from "../contract/index.ts";
import { fileChunks, type InflateLimits, requirePositive } from "./file-chunks.ts";
import { type PieceOptions, type SequenceBatch, SequenceBuilder } from "./sequence-builder.ts";
import { type SequenceFormat, SequenceParser } from "./sequence-parser.ts";

export interface ReadSequencesOptions extends InflateLimits {
  /** Most residues in all; 2^32 - 1, the most that 32-bit offsets reach, by default. */
  readonly maxResidues?: number;
}

export interface StreamSequencesOptions extends InflateLimits {
  /** A batch is cut before the record that would take it beyond this, or after 2^20 records; 64 Mi by default. */
  readonly residuesPerBatch?: number;
  /** Longest single record, which comes whole even where it is larger than a batch; 2^30 by default. */
  readonly maxResidues?: number;
  /** Cuts records that are longer, of any length then, into pieces. */
  readonly pieces?: PieceOptions;
}

export type { PieceOptions, SequenceBatch } from "./sequence-builder.ts";

export interface ParseOptions {
  /** What errors call the input. */
  readonly file?: string;
}

/** A batch large enough that dispatching it costs nothing beside running it, small enough for any laptop's memory. */
const defaultResiduesPerBatch = 64 * 2 ** 20;
/** Above the longest human chromosome (249 Mb) and wheat's (830 Mb). */
const defaultLongestRecord = 2 ** 30;

/**
 * Reads a FASTA or FASTQ file, plain or gzip, told apart by content. Names are the first words of the headers; letters
 * stay as they are, in either case. White space, blank lines and FASTA's old `;` comments are read over; LF, CRLF and
 * CR end a line. Qualities are checked for their number and dropped.
 * @throws BioXenError `FORMAT_INVALID` that names file, line, what was found and what was expected; gaps (`-`, `.`),
 *   digits and all else that is no letter or `*` are refused. `OUT_OF_MEMORY` where the residues do not fit; `INPUT_INVALID` for an option that is not above 0.
 * @example
 * const { names, residues, offsets } = await readSequences("proteins.fasta.gz");
 * const first = residues.subarray(offsets[0], offsets[1]);
 */
export async function readSequences(path: string, options: ReadSequencesOptions = {}): Promise<Sequences> {
  requirePositive("maxResidues", options.maxResidues);
  const builder = new SequenceBuilder(options.maxResidues);
  const parser = new SequenceParser(builder, path);
  for await (const chunk of fileChunks(path, options)) parser.push(chunk);
  parser.finish();
  return taken(builder);
}

/**
 * Reads a file as `readSequences` does, batch by batch in bounded memory: for files larger than memory. Records are
 * never split, but for those that `pieces` cuts. A bad place throws after the batches before it were yielded.
 * @throws BioXenError as `readSequences`.
 */
export async function* streamSequences(
  path: string,
  options: StreamSequencesOptions = {},
): AsyncGenerator<SequenceBatch, void, void> {
  const { maxResidues = defaultLongestRecord, residuesPerBatch = defaultResiduesPerBatch, pieces = null } = options;
  requirePositive("maxResidues", maxResidues);
  requirePositive("residuesPerBatch", residuesPerBatch);
  if (pieces !== null && !(pieces.overlap >= 0 && pieces.residues > pieces.overlap))
    throw new BioXenError("INPUT_INVALID", "pieces must be longer than their overlap", { context: { ...pieces } });
  const builder = new SequenceBuilder(maxResidues, Math.min(residuesPerBatch, maxResidues), pieces);
  const parser = new SequenceParser(builder, path);
  for await (const chunk of fileChunks(path, options)) {
    parser.push(chunk);
    yield* builder.full.splice(0);
  }
  parser.finish();
  yield* builder.full.splice(0);
  const last = builder.take();
  if (last !== null) yield last;
}

/**
 * Reads FASTA from bytes of text (not gzip), as `readSequences` does.
 * @throws BioXenError `FORMAT_INVALID`.
 */
export function parseFasta(bytes: Uint8Array, options: ParseOptions = {}): Sequences {
  return parse(bytes, "fasta", options);
}

/**
 * Reads FASTQ from bytes of text (not gzip), as `readSequences` does. Residues and qualities may be wrapped.
 * @throws BioXenError `FORMAT_INVALID`.
 */
export function parseFastq(bytes: Uint8Array, options: ParseOptions = {}): Sequences {
  return parse(bytes, "fastq", options);
}

function parse(bytes: Uint8Array, format: SequenceFormat, { file = `(${format})` }: ParseOptions): Sequences {
  const builder = new SequenceBuilder();
  const parser = new SequenceParser(builder, file, format);
  parser.push(bytes);
  parser.finish();
  return taken(builder);
}

function taken(builder: SequenceBuilder): Sequences {
  const sequences = builder.take();
  if (sequences === null) throw new Error("a parser that finished has read at least one record");
  return sequences;
}
