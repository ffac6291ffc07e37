import Table from "cli-table3";
import { out as pc } from "./colours.ts";

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
    head: columns.map(({ title }, at) => pc.bold(soften(title, (widths[at] ?? width) - 2))),
    colWidths: widths,
    colAligns: columns.map(({ right }) => (right === true ? "right" : "left")),
    wordWrap: true,
    wrapOnWordBoundary: true,
    style: { head: [], border: [], compact: rows.every((row) => row.every((cell) => !cell.includes("\n"))) },
  });
  for (const row of rows) made.push(row.map((cell, at) => soften(cell, (widths[at] ?? width) - 2)));
  return `${made.toString()}\n`;
}

/** Breaks words longer than their cell, which the table would cut off: after a hyphen or the like where there is one. */
function soften(cell: string, room: number): string {
  return cell.replace(/\S+/g, (word) => {
    if (word.length <= room) return word;
    return word
      .split(/(?<=[-/|_.,])/)
      .map((part) => part.replace(new RegExp(`.{${room}}(?=.)`, "g"), "$& "))
      .reduce((line, part) => {
        const last = line.slice(line.lastIndexOf(" ") + 1);
        return last.length + part.length <= room ? line + part : `${line} ${part}`;
      });
  });
}
