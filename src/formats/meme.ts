import { formatError, type Place, quote } from "./format-error.ts";
import type { MotifRecord } from "./motif-record.ts";
import { decimal, fields, nonNegative } from "./text-lines.ts";

const letters = "ACGT";
/** What the MEME suite takes where a motif does not say (meme-suite.org, "MEME Motif Format"). */
const defaultSites = 20;
/** Probabilities are written with a few digits: their sum may be off by this much. */
const sumTolerance = 0.01;
const rowExpected = "probabilities of A, C, G and T, 0 to 1, that sum to 1";

type Background = readonly [number, number, number, number];

/** Motifs of the MEME minimal text format; the lines are trimmed, and errors name their number. */
export function parseMeme(lines: readonly string[], file: string): MotifRecord[] {
  const motifs: MotifRecord[] = [];
  let background: Background | null = null;
  /** The motif whose matrix has not come yet. */
  let open: { readonly id: string; readonly name: string; readonly line: number } | null = null;
  const closed = (line: number): void => {
    if (open === null) return;
    const found = `no letter-probability matrix for motif ${quote(open.id)} (line ${open.line})`;
    throw formatError({ file, line }, found, "'letter-probability matrix:' and its rows");
  };
  for (let index = 0; index < lines.length; index++) {
    const text = lines[index] ?? "";
    const place = { file, line: index + 1 };
    if (/^ALPHABET\b/.test(text)) checkAlphabet(text, place);
    else if (/^Background letter frequencies/i.test(text)) {
      index++;
      background = parseBackground(lines[index] ?? "", { file, line: index + 1 });
    } else if (/^MOTIF\b/.test(text)) {
      closed(place.line);
      const [, id, ...rest] = fields(text);
      if (id === undefined) throw formatError(place, "a motif without an id", "'MOTIF', an id and perhaps a name");
      open = { id, name: rest[0] ?? id, line: place.line };
    } else if (/^letter-probability matrix:/i.test(text)) {
      if (open === null) throw formatError(place, "a matrix without a motif", "'MOTIF' and an id before each matrix");
      const { counts, last } = parseMatrix(lines, index, open.id, file);
      motifs.push({ id: open.id, name: open.name, counts, ...(background === null ? {} : { background }) });
      index = last;
      open = null;
    }
  }
  closed(lines.findLastIndex((text) => text !== "") + 1);
  if (motifs.length === 0)
    throw formatError({ file, line: lines.length }, "a MEME file without motifs", "'MOTIF', an id and a matrix");
  return motifs;
}

function checkAlphabet(text: string, place: Place): void {
  const alphabet = /^ALPHABET\s*=\s*(\S*)/.exec(text)?.[1];
  if (alphabet === undefined)
    throw formatError(place, `a custom alphabet (${quote(text)})`, "'ALPHABET= ACGT': only DNA motifs are read");
  if (alphabet.toUpperCase() === letters) return;
  const known =
    alphabet.toUpperCase() === "ACGU"
      ? "the RNA alphabet"
      : alphabet.length >= 20
        ? "the protein alphabet"
        : "alphabet";
  throw formatError(place, `${known} ${quote(alphabet)}`, "'ALPHABET= ACGT': only DNA motifs are read");
}

function parseBackground(text: string, place: Place): Background {
  const parts = fields(text);
  const values = [...letters].map((letter, index) =>
    parts[2 * index]?.toUpperCase() === letter ? decimal(parts[2 * index + 1] ?? "") : null,
  );
  const [a = null, c = null, g = null, t = null] = values;
  if (a === null || c === null || g === null || t === null || Math.min(a, c, g, t) < 0 || parts.length !== 8)
    throw formatError(place, quote(text), "frequencies such as 'A 0.3 C 0.2 G 0.2 T 0.3'");
  if (Math.abs(a + c + g + t - 1) > sumTolerance)
    throw formatError(place, `frequencies that sum to ${Number((a + c + g + t).toFixed(4))}`, "a sum of 1");
  return [a, c, g, t];
}

/** The matrix whose header is line `index`; `last` is the index of its last row. */
function parseMatrix(
  lines: readonly string[],
  index: number,
  id: string,
  file: string,
): { readonly counts: Float64Array; readonly last: number } {
  const header = { file, line: index + 1 };
  const value = (name: string): string | undefined =>
    new RegExp(`\\b${name}\\s*=\\s*(\\S+)`, "i").exec(lines[index] ?? "")?.[1];
  const alength = value("alength") ?? "4";
  if (alength !== "4") throw formatError(header, `alength= ${quote(alength)}`, "alength= 4: only DNA motifs are read");
  const sites = decimal(value("nsites") ?? String(defaultSites));
  if (sites === null || sites <= 0)
    throw formatError(header, `nsites= ${quote(value("nsites") ?? "")}`, "a number above 0");
  const w = value("w");
  if (w !== undefined && !/^[1-9]\d*$/.test(w)) throw formatError(header, `w= ${quote(w)}`, "the number of rows");

  const rows: number[][] = [];
  let last = index;
  for (let at = index + 1; at < lines.length; at++) {
    const text = lines[at] ?? "";
    // blank lines may stand before the rows, and end them
    if (text === "" && rows.length === 0) continue;
    if (!/^[-+]?\.?\d/.test(text) && !/^(nan|inf)/i.test(text)) break;
    rows.push(parseRow(text, id, { file, line: at + 1 }));
    last = at;
    if (w !== undefined && rows.length > Number(w))
      throw formatError({ file, line: at + 1 }, `a row beyond w= ${w} of motif ${quote(id)}`, `${w} rows`);
  }
  if (rows.length === 0 || (w !== undefined && rows.length < Number(w)))
    throw formatError(
      { file, line: Math.min(last + 2, lines.length) },
      `the end of the matrix of motif ${quote(id)} after ${rows.length} rows`,
      w === undefined ? "at least one row" : `w= ${w} rows`,
    );
  const counts = new Float64Array(letters.length * rows.length);
  rows.forEach((row, column) => {
    row.forEach((probability, letter) => {
      counts[letter * rows.length + column] = probability * sites;
    });
  });
  return { counts, last };
}

function parseRow(text: string, id: string, place: Place): number[] {
  const row = fields(text).map((field) => {
    const value = nonNegative(field);
    if (typeof value === "string") throw formatError(place, `${value} (motif ${quote(id)})`, rowExpected);
    return value;
  });
  if (row.length !== letters.length)
    throw formatError(place, `${row.length} values in a row of motif ${quote(id)}`, rowExpected);
  const sum = row.reduce((x, y) => x + y);
  if (Math.abs(sum - 1) > sumTolerance)
    throw formatError(place, `a row of motif ${quote(id)} that sums to ${Number(sum.toFixed(4))}`, rowExpected);
  return row;
}
