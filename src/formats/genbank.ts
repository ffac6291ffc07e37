import { genbankToJson } from "genbank-parser";
import type { AnnotatedSequence, SequenceFeature } from "./annotated-sequence.ts";
import { parseLocation } from "./feature-location.ts";
import { formatError, quote } from "./format-error.ts";
import { baseName } from "./text-lines.ts";
import { utf8Text } from "./utf8-text.ts";

/** Keys of features start in column 6, locations and qualifiers in column 22 (GenBank release notes, 3.4.12). */
const keyColumn = 5;
const valueColumn = 21;
/** Free text continues with a space; these are one word over many lines. */
const unspaced = new Set(["translation", "transl_except", "anticodon"]);

interface RecordLines {
  /** Line of the file on which the record starts, from 0. */
  readonly from: number;
  readonly lines: string[];
}

/**
 * Reads every record of a GenBank flat file. Header and sequence are read by `genbank-parser`; the feature table is
 * read here, since that library keeps the first two numbers of a location (no joins), loses the strand inside a join,
 * `<` and `>`, the space at a line break, and what follows a second `=` in a value.
 * @throws BioXenError `FORMAT_INVALID` with the line for a file that is no GenBank file, ends early, has no sequence or
 *   one of another length than its LOCUS line says, or has a feature outside its sequence.
 */
export function parseGenbank(bytes: Uint8Array, file = "(genbank)"): readonly AnnotatedSequence[] {
  const lines = utf8Text(bytes, file).split(/\r\n|\r|\n/);
  const records = recordsOf(lines, file);
  return records.map((record) => parseRecord(record, file));
}

function recordsOf(lines: readonly string[], file: string): readonly RecordLines[] {
  const records: RecordLines[] = [];
  let open: RecordLines | null = null;
  for (const [from, line] of lines.entries()) {
    if (open === null) {
      if (line.trim() === "") continue;
      if (!/^LOCUS\s/.test(line)) {
        // release files begin with a few lines of their own
        if (records.length === 0 && from < 12 && lines.slice(from, from + 12).some((next) => /^LOCUS\s/.test(next)))
          continue;
        throw formatError({ file, line: from + 1 }, quote(line.trim()), "a GenBank record, which starts with LOCUS");
      }
      open = { from, lines: [] };
      records.push(open);
    }
    if (line.startsWith("//")) open = null;
    else open.lines.push(line);
  }
  if (open !== null)
    throw formatError({ file, line: lines.length }, "the end of the file", "'//', which ends a record (cut off?)");
  if (records.length === 0) throw formatError({ file, line: 1 }, "an empty file", "a GenBank record");
  return records;
}

function parseRecord({ from, lines }: RecordLines, file: string): AnnotatedSequence {
  const table = lines.findIndex((line) => line.startsWith("FEATURES"));
  const after = table === -1 ? -1 : lines.findIndex((line, at) => at > table && /^\S/.test(line));
  const tableEnd = after === -1 ? lines.length : after;
  const header = table === -1 ? lines : [...lines.slice(0, table), ...lines.slice(tableEnd)];
  const [record] = genbankToJson(`${header.join("\n")}\n//`);
  const locus = { file, line: from + 1 };
  if (record === undefined) throw formatError(locus, quote(lines[0] ?? ""), "a GenBank record");
  const declared = /^LOCUS\s+\S+\s+(\d+)\s+bp\b/.exec(lines[0] ?? "");
  if (declared === null) throw formatError(locus, quote(lines[0] ?? ""), "LOCUS, a name and a length in bp");
  const sequence = sequenceOf(record.sequence, file, from + lines.length);
  const origin = lines.findIndex((line) => line.startsWith("ORIGIN"));
  if (sequence === "")
    throw formatError(
      { file, line: from + (origin === -1 ? lines.length : origin) + 1 },
      "no sequence",
      `the ${declared[1]} bases that the LOCUS line tells (a record "with full sequence")`,
    );
  if (sequence.length !== Number(declared[1]))
    throw formatError(
      { file, line: from + lines.length },
      `a sequence of ${sequence.length} bases`,
      `${declared[1]} as the LOCUS line tells (cut off?)`,
    );
  const features = table === -1 ? [] : featuresOf(lines.slice(table + 1, tableEnd), from + table + 1, file);
  for (const feature of features) requireInside(feature, sequence.length, file);
  const id = record.version?.split(/\s/)[0] || record.accession?.split(/\s/)[0] || declared[0].split(/\s+/)[1];
  return {
    id: id ?? baseName(file),
    description: record.definition ?? "",
    circular: record.circular === true,
    sequence,
    features,
    file,
  };
}

function sequenceOf(letters: string, file: string, line: number): string {
  const sequence = letters.toUpperCase().replaceAll("U", "T");
  const odd = /[^ACGTRYSWKMBDHVN]/.exec(sequence);
  if (odd !== null)
    throw formatError({ file, line }, `${quote(odd[0])} at base ${odd.index + 1}`, "DNA letters and IUPAC codes");
  return sequence;
}

function featuresOf(lines: readonly string[], offset: number, file: string): readonly SequenceFeature[] {
  const starts = lines.flatMap((line, at) => (/^\s{1,20}\S/.test(line.slice(0, valueColumn)) ? [at] : []));
  return starts.map((start, index) => {
    const end = starts[index + 1] ?? lines.length;
    const place = { file, line: offset + start + 1 };
    const [type = "", location = ""] = (lines[start] ?? "")
      .slice(keyColumn)
      .trim()
      .split(/\s+(.*)/);
    const rest = lines.slice(start + 1, end).map((line) => line.trim());
    const first = rest.findIndex((line) => line.startsWith("/"));
    const located = [location, ...rest.slice(0, first === -1 ? rest.length : first)].join("");
    if (type === "" || located === "")
      throw formatError(place, quote(lines[start] ?? ""), "a feature and its location");
    return {
      type,
      ...parseLocation(located, place),
      qualifiers: qualifiersOf(first === -1 ? [] : rest.slice(first), place.line + Math.max(0, first) + 1, file),
      line: place.line,
    };
  });
}

function qualifiersOf(lines: readonly string[], offset: number, file: string): ReadonlyMap<string, readonly string[]> {
  const qualifiers = new Map<string, string[]>();
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? "";
    const place = { file, line: offset + at };
    if (line === "") continue;
    const [, key, equals, start = ""] = /^\/([^=\s]+)(=?)(.*)$/.exec(line) ?? [];
    if (key === undefined) throw formatError(place, quote(line), 'a qualifier such as /gene="dnaA"');
    const pieces = [start];
    // a quoted value goes on until a quote that is not doubled; an unquoted one until the next qualifier
    const open = (): boolean => (pieces.join("").replaceAll('""', "").match(/"/g)?.length ?? 0) % 2 === 1;
    while (start.startsWith('"') ? open() : at + 1 < lines.length && !lines[at + 1]?.startsWith("/")) {
      if (++at >= lines.length) throw formatError(place, `/${key} without a closing quote`, "a quote that ends it");
      pieces.push(lines[at] ?? "");
    }
    const joined = pieces.join(unspaced.has(key) ? "" : " ");
    const value = start.startsWith('"') ? joined.replace(/^"|"$/g, "").replaceAll('""', '"') : joined;
    const values = qualifiers.get(key) ?? [];
    values.push(equals === "" ? "" : value);
    qualifiers.set(key, values);
  }
  return qualifiers;
}

/** @throws BioXenError `FORMAT_INVALID` where a feature reaches beyond its sequence. */
export function requireInside({ type, spans, line }: SequenceFeature, length: number, file: string): void {
  for (const { start, end } of spans)
    if (start < 0 || end > length)
      throw formatError({ file, line }, `a ${type} at ${start + 1}..${end}`, `positions within 1..${length}`);
}
