import { formatError, quote } from "./format-error.ts";
import type { MotifRecord } from "./motif-record.ts";
import { baseName, fields, nonNegative } from "./text-lines.ts";

const letters = "ACGT";

interface Row {
  /** null in the older form, where the order says which letter a row is. */
  readonly letter: string | null;
  readonly counts: readonly number[];
}

interface Matrix {
  readonly id: string;
  readonly name: string;
  readonly line: number;
  readonly rows: Row[];
}

/** JASPAR count matrices; the lines are trimmed, and errors name their number. */
export function parseJaspar(lines: readonly string[], file: string): MotifRecord[] {
  const motifs: MotifRecord[] = [];
  let matrix: Matrix | null = null;
  const end = (line: number): void => {
    if (matrix !== null) motifs.push(finished(matrix, file, line));
  };
  lines.forEach((text, index) => {
    const line = index + 1;
    if (text === "") return;
    if (text.startsWith(">")) {
      end(line);
      const [id, ...name] = fields(text.slice(1));
      if (id === undefined)
        throw formatError({ file, line }, "a header without an id", "'>', an id and perhaps a name");
      matrix = { id, name: name.join(" ") || id, line, rows: [] };
      return;
    }
    // a file of one bare matrix is named after the file
    matrix ??= { id: baseName(file), name: baseName(file), line, rows: [] };
    addRow(matrix, text, file, line);
  });
  end(lines.findLastIndex((text) => text !== "") + 1);
  return motifs;
}

function addRow({ id, rows }: Matrix, text: string, file: string, line: number): void {
  const place = { file, line };
  if (rows.length === letters.length)
    throw formatError(place, `a fifth row of matrix ${quote(id)}: ${quote(text)}`, "four rows, then '>'");
  const [, letter, bracket, body = "", close] = /^([a-z](?=[\s[|:]|$))?\s*([[|:])?(.*?)(\])?$/i.exec(text) ?? [];
  if (letter !== undefined && !letters.includes(letter.toUpperCase()))
    throw formatError(place, `a row ${quote(letter)} of matrix ${quote(id)}`, "rows A, C, G and T");
  if ((bracket === "[") !== (close === "]"))
    throw formatError(place, `${quote(text)} with one bracket`, "a row such as 'A [ 1 2 3 ]'");
  const counts = fields(body).map((field) => {
    const count = nonNegative(field);
    if (typeof count === "string") throw formatError(place, `${count} (matrix ${quote(id)})`, "counts of zero or more");
    return count;
  });
  const columns = rows[0]?.counts.length ?? counts.length;
  if (counts.length === 0) throw formatError(place, `a row of matrix ${quote(id)} without counts`, "one a column");
  if (counts.length !== columns)
    throw formatError(
      place,
      `${counts.length} counts in a row of matrix ${quote(id)}`,
      `${columns} as in its first row`,
    );
  const row = { letter: letter?.toUpperCase() ?? null, counts };
  if (rows[0] !== undefined && (rows[0].letter === null) !== (row.letter === null))
    throw formatError(place, `rows of matrix ${quote(id)} with and without a letter`, "all with, or all without");
  if (row.letter !== null && rows.some((other) => other.letter === row.letter))
    throw formatError(place, `a second row ${row.letter} of matrix ${quote(id)}`, "each letter once");
  rows.push(row);
}

function finished({ id, name, line, rows }: Matrix, file: string, end: number): MotifRecord {
  if (rows.length < letters.length)
    throw formatError(
      { file, line: end },
      `the end of matrix ${quote(id)} (line ${line}) after ${rows.length} rows`,
      "four rows: A, C, G and T",
    );
  const columns = rows[0]?.counts.length ?? 0;
  const counts = new Float64Array(letters.length * columns);
  rows.forEach((row, index) => {
    counts.set(row.counts, columns * (row.letter === null ? index : letters.indexOf(row.letter)));
  });
  return { id, name, counts };
}
