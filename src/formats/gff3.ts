import type { Sequences } from "../contract/index.ts";
import type { AnnotatedSequence, SequenceFeature, Span } from "./annotated-sequence.ts";
import { formatError, quote, quoteId } from "./format-error.ts";
import { requireInside } from "./genbank.ts";
import { parseFasta } from "./sequences.ts";
import { utf8Text } from "./utf8-text.ts";

interface Row {
  readonly type: string;
  readonly span: Span;
  readonly phase: number | null;
  readonly attributes: ReadonlyMap<string, readonly string[]>;
  readonly line: number;
}

/**
 * Reads features of a GFF3 file (version 1.26) onto their sequences: those of `fasta`, or of the file's own `##FASTA`.
 * Rows of one ID are one feature with several spans; so are CDS rows without an ID that share a parent. A CDS's phase
 * becomes `codon_start`; `Name`, `gene`, `locus_tag` and `product` are handed down from its parents; `Is_circular` on a
 * region makes the sequence circular.
 * @throws BioXenError `FORMAT_INVALID` with the line, for rows out of form, parents that are not there, sequences that
 *   are missing, and features outside their sequence.
 */
export function parseGff3(
  bytes: Uint8Array,
  fasta: Sequences | null = null,
  file = "(gff3)",
): readonly AnnotatedSequence[] {
  const text = utf8Text(bytes, file);
  const [table = "", own] = text.split(/^##FASTA.*$/m);
  const sequences =
    fasta ??
    (own === undefined || own.trim() === "" ? null : parseFasta(new TextEncoder().encode(own.trimStart()), { file }));
  const lines = table.split(/\r\n|\r|\n/);
  const first = lines.findIndex(
    (line) => line.trim() !== "" && (!line.startsWith("#") || line.startsWith("##gff-version")),
  );
  if (first === -1) throw formatError({ file, line: 1 }, "nothing but comments", "rows of a GFF3 file");
  if (sequences === null)
    throw formatError({ file, line: null }, "no sequence", "a FASTA file beside it or a ##FASTA part");
  const byName = new Map(sequences.names.map((name, at) => [name, sequenceAt(sequences, at)]));
  const rows = new Map<string, Row[]>();
  lines.forEach((line, at) => {
    if (line.trim() === "" || line.startsWith("#")) return;
    const { id, row } = rowOf(line, { file, line: at + 1 });
    if (!byName.has(id))
      throw formatError(
        { file, line: at + 1 },
        `a feature of sequence ${quoteId(id)}`,
        "one that the FASTA part holds",
      );
    const known = rows.get(id);
    if (known === undefined) rows.set(id, [row]);
    else known.push(row);
  });
  return [...byName].map(([id, sequence]) => {
    const own = rows.get(id) ?? [];
    const features = featuresOf(own, file);
    for (const feature of features) requireInside(feature, sequence.length, file);
    const circular = own.some(({ attributes }) => attributes.get("Is_circular")?.[0]?.toLowerCase() === "true");
    return { id, description: "", circular, sequence, features, file };
  });
}

function sequenceAt({ residues, offsets }: Sequences, at: number): string {
  const letters = Buffer.from(residues.subarray(offsets[at], offsets[at + 1])).toString("latin1");
  return letters.toUpperCase().replaceAll("U", "T");
}

function rowOf(line: string, place: { file: string; line: number }): { id: string; row: Row } {
  const fields = line.split("\t");
  if (fields.length !== 9) throw formatError(place, `${fields.length} columns`, "the nine of GFF3, parted by tabs");
  const [id = "", , type = "", from = "", to = "", , strand = "", phase = "", attributes = ""] = fields;
  const [start, end] = [Number(from), Number(to)];
  if (!/^\d+$/.test(from) || !/^\d+$/.test(to) || start < 1 || end < start)
    throw formatError(place, `positions ${quote(from)} and ${quote(to)}`, "two that count from 1 and go up");
  if (!["+", "-", ".", "?"].includes(strand)) throw formatError(place, `the strand ${quote(strand)}`, "+, -, . or ?");
  if (!/^[012.]$/.test(phase)) throw formatError(place, `the phase ${quote(phase)}`, "0, 1, 2 or .");
  return {
    id: decoded(id),
    row: {
      type: decoded(type),
      span: { start: start - 1, end, strand: strand === "-" ? -1 : 1 },
      phase: phase === "." ? null : Number(phase),
      attributes: attributesOf(attributes, place),
      line: place.line,
    },
  };
}

function attributesOf(text: string, place: { file: string; line: number }): ReadonlyMap<string, readonly string[]> {
  const pairs = text === "." ? [] : text.split(";").filter((pair) => pair.trim() !== "");
  return new Map(
    pairs.map((pair) => {
      const at = pair.indexOf("=");
      if (at < 1) throw formatError(place, `the attribute ${quote(pair)}`, "name=value");
      return [
        decoded(pair.slice(0, at).trim()),
        pair
          .slice(at + 1)
          .split(",")
          .map(decoded),
      ];
    }),
  );
}

/** Undoes URL escapes; what is no escape stays. */
function decoded(text: string): string {
  return text.replace(/%([0-9a-f]{2})/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
}

function featuresOf(rows: readonly Row[], file: string): readonly SequenceFeature[] {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const id = row.attributes.get("ID")?.[0];
    const parent = row.attributes.get("Parent")?.[0];
    const key =
      id !== undefined ? `id ${id}` : row.type === "CDS" && parent !== undefined ? `cds ${parent}` : `line ${row.line}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  const first = (key: string): Row | undefined => groups.get(`id ${key}`)?.[0];
  return [...groups.values()].map((group) => featureOf(group, first, file));
}

function featureOf(group: readonly Row[], named: (id: string) => Row | undefined, file: string): SequenceFeature {
  const reverse = group[0]?.span.strand === -1;
  const sorted = [...group].sort((a, b) => (reverse ? b.span.start - a.span.start : a.span.start - b.span.start));
  const [row] = sorted;
  if (row === undefined) throw new Error("a group has a row");
  const qualifiers = new Map(row.attributes);
  const seen = new Set<string>();
  let parents = row.attributes.get("Parent") ?? [];
  while (parents.length > 0) {
    const next: string[] = [];
    for (const id of parents) {
      const parent = named(id);
      if (parent === undefined)
        throw formatError(
          { file, line: row.line },
          `the parent ${quoteId(id)}`,
          "the ID of a feature of this sequence",
        );
      if (seen.has(id)) continue;
      seen.add(id);
      for (const key of ["gene", "locus_tag", "product", "Name", "gene_biotype"])
        if (!qualifiers.has(key) && parent.attributes.has(key)) qualifiers.set(key, parent.attributes.get(key) ?? []);
      next.push(...(parent.attributes.get("Parent") ?? []));
    }
    parents = next;
  }
  if (row.type === "CDS") qualifiers.set("codon_start", [String((row.phase ?? 0) + 1)]);
  const partial = row.attributes.get("partial")?.[0] === "true";
  const [low, high] = ["start_range", "end_range"].map((key) => partial && row.attributes.has(key));
  return {
    type: row.type,
    spans: sorted.map(({ span }) => span) as [Span, ...Span[]],
    partial: reverse ? { start: high === true, end: low === true } : { start: low === true, end: high === true },
    qualifiers,
    line: row.line,
  };
}
