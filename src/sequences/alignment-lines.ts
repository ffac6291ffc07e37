// Alignments as lines of the formats that other tools read. Coordinates inside are 0-based and half-open; BLAST's and
// SAM's are 1-based.
import type { Sequences } from "../contract/index.ts";
import { type CigarStyle, cigarString } from "../workloads/index.ts";
import type { AlignmentPlace } from "./alignment-places.ts";
import type { SearchHit } from "./search-sequences.ts";

/** One alignment with the names and lengths that lines need. */
export interface AlignmentLine {
  readonly queryName: string;
  readonly queryLength: number;
  readonly targetName: string;
  readonly targetLength: number;
  readonly score: number;
  readonly bitScore: number | null;
  readonly eValue: number | null;
  readonly place: AlignmentPlace;
}

/** A hit as a line; null where its place is not known. */
export function lineOf({ place, name, length, ...hit }: SearchHit): AlignmentLine | null {
  return place === null ? null : { ...hit, place, targetName: name, targetLength: length };
}

/** The columns of BLAST's tabular output (outfmt 6); what is not known is `NA`. */
export const blastColumns: readonly string[] = [
  "qseqid",
  "sseqid",
  "pident",
  "length",
  "mismatch",
  "gapopen",
  "qstart",
  "qend",
  "sstart",
  "send",
  "evalue",
  "bitscore",
]; // prettier-ignore

/** A line of BLAST's tabular output, without its line end. */
export function blastLine({ queryName, targetName, eValue, bitScore, place }: AlignmentLine): string {
  const { counts, queryStart, targetStart, queryEnd, targetEnd } = place;
  const from = (start: number | null, end: number): string =>
    start === null ? "NA" : String(Math.min(start + 1, end));
  return [
    queryName,
    targetName,
    counts === null || counts.columns === 0 ? "NA" : ((100 * counts.identities) / counts.columns).toFixed(3),
    counts?.columns ?? "NA",
    counts?.mismatches ?? "NA",
    counts?.gapOpens ?? "NA",
    from(queryStart, queryEnd),
    queryEnd,
    from(targetStart, targetEnd),
    targetEnd,
    eValue === null ? "NA" : eValue === 0 ? "0.0" : eValue < 0.001 ? eValue.toExponential(2) : eValue.toPrecision(3),
    bitScore === null ? "NA" : bitScore.toFixed(1),
  ].join("\t");
}

/** A line of PAF (minimap2's format) with the score (`AS`), the edit distance (`NM`) and the CIGAR (`cg`); null for an alignment of nothing. */
export function pafLine(
  { queryName, queryLength, targetName, targetLength, score, place }: AlignmentLine,
  style: CigarStyle = "extended",
): string | null {
  const { operations, counts, queryStart, targetStart, queryEnd, targetEnd } = place;
  if (operations === null || counts === null || counts.columns === 0) return null;
  return [
    queryName,
    queryLength,
    queryStart ?? 0,
    queryEnd,
    "+",
    targetName,
    targetLength,
    targetStart ?? 0,
    targetEnd,
    counts.identities,
    counts.columns,
    255,
    `AS:i:${score}`,
    `NM:i:${counts.columns - counts.identities}`,
    `cg:Z:${cigarString(operations, style)}`,
  ].join("\t"); // prettier-ignore
}

/** The head of a SAM file (1.6, section 1.3) for these targets. */
export function* samHeader(
  targets: Iterable<{ readonly name: string; readonly length: number }>,
  program: string,
): Generator<string> {
  yield "@HD\tVN:1.6\tSO:unknown";
  const seen = new Set<string>();
  for (const { name, length } of targets) {
    if (seen.has(name)) continue;
    seen.add(name);
    yield `@SQ\tSN:${samName(name)}\tLN:${length}`;
  }
  yield `@PG\tID:bioxen\tPN:bioxen\tCL:${program}`;
}

/** White space ends a field, and `*` and `=` mean something at a name's start. */
function samName(name: string): string {
  return name.replace(/^[*=]/, "_").replace(/\s/g, "_");
}

export interface SamLineOptions {
  readonly style?: CigarStyle;
  /** A read has one line that is not: its best alignment's. */
  readonly secondary?: boolean;
}

/** What SEQ may hold (SAM 1.6, section 1.4); a protein's stop is none of it. */
const samLetters = /^[A-Za-z=.]+$/;

/** A record of SAM: the query's unaligned ends are soft-clipped; an alignment of nothing is unmapped (flag 4). */
export function samLine(
  { queryName, targetName, score, queryLength, place }: AlignmentLine,
  queries: Sequences,
  query: number,
  { style = "extended", secondary = false }: SamLineOptions = {},
): string {
  const letters = Buffer.from(queries.residues.subarray(queries.offsets[query], queries.offsets[query + 1])).toString(
    "latin1",
  );
  const sequence = samLetters.test(letters) ? letters : "*";
  const { operations, counts, queryStart, targetStart, queryEnd } = place;
  const name = samName(queryName);
  if (operations === null || counts === null || counts.columns === 0)
    return `${name}\t4\t*\t0\t0\t*\t*\t0\t0\t${sequence}\t*`;
  const clip = (length: number): string => (length > 0 ? `${length}S` : "");
  const cigar = `${clip(queryStart ?? 0)}${cigarString(operations, style)}${clip(queryLength - queryEnd)}`;
  const distance = counts.columns - counts.identities;
  const flag = secondary ? 256 : 0;
  return `${name}\t${flag}\t${samName(targetName)}\t${(targetStart ?? 0) + 1}\t255\t${cigar}\t*\t0\t0\t${sequence}\t*\tAS:i:${score}\tNM:i:${distance}`;
}
