import Table from "cli-table3";
import pc from "picocolors";

/** Width that every table fits, borders included. */
const width = 80;

export interface Column {
  readonly title: string;
  /** Share of the width left over after the borders. */
  readonly share: number;
  readonly right?: boolean;
}

/** A table of at most 80 columns, cells wrapped at spaces; colours only where stdout is a terminal. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const total = columns.reduce((sum, { share }) => sum + share, 0);
  const room = width - columns.length - 1;
  const widths = columns.map(({ share }) => Math.floor((room * share) / total));
  const made = new Table({
    head: columns.map(({ title }) => pc.bold(title)),
    colWidths: widths,
    colAligns: columns.map(({ right }) => (right === true ? "right" : "left")),
    wordWrap: true,
    wrapOnWordBoundary: true,
    style: { head: [], border: [], compact: rows.every((row) => row.every((cell) => !cell.includes("\n"))) },
  });
  for (const row of rows) made.push(row.map((cell, at) => soften(cell, (widths[at] ?? width) - 2)));
  return `${made.toString()}\n`;
}

/** Breaks words longer than their cell, which the table would cut off. */
function soften(cell: string, room: number): string {
  return cell.replace(new RegExp(`[^\\s]{${room + 1},}`, "g"), (word) =>
    word.replace(new RegExp(`.{${room}}`, "g"), "$& "),
  );
}
