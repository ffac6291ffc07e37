import type { Svg } from "./draw.ts";

/** A part of a report: a heading, and what stands under it. */
export interface Section {
  readonly heading: string;
  readonly paragraphs?: readonly string[];
  readonly table?: ReportTable;
  readonly pictures?: readonly Svg[];
}

export interface ReportTable {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly ReportCell[])[];
}

/** A text, or one that is marked: what was not measured is set apart. */
export type ReportCell = string | { readonly text: string; readonly mark: string };

const style = [
  "body{font-family:sans-serif;margin:1rem auto;max-width:64rem;padding:0 1rem;color:#222}",
  "svg{display:block;margin:1rem 0;max-width:100%;height:auto}",
  "table{border-collapse:collapse;font-size:.85rem}",
  "th,td{border:1px solid #ccc;padding:.25rem .5rem;text-align:right}",
  "th:first-child,td:first-child{text-align:left}",
  "td.marked{background:#fdf3e1;font-style:italic}",
  "td .mark{font-size:.75rem;color:#8a5a00}",
].join("");

/** A page that needs nothing else: no script, no font, no picture from elsewhere. */
export function report(title: string, sections: readonly Section[]): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>${escaped(title)}</title>
<style>${style}</style>
</head>
<body>
<h1>${escaped(title)}</h1>
${sections.map(sectionText).join("\n")}
</body>
</html>
`;
}

function sectionText({ heading, paragraphs = [], table, pictures = [] }: Section): string {
  return [
    `<h2>${escaped(heading)}</h2>`,
    ...paragraphs.map((text) => `<p>${escaped(text)}</p>`),
    ...(table === undefined ? [] : [tableText(table)]),
    ...pictures,
  ].join("\n");
}

function tableText({ columns, rows }: ReportTable): string {
  const head = columns.map((title) => `<th>${escaped(title)}</th>`).join("");
  const body = rows.map((row) => `<tr>${row.map(cellText).join("")}</tr>`).join("\n");
  return `<table>\n<thead><tr>${head}</tr></thead>\n<tbody>\n${body}\n</tbody>\n</table>`;
}

function cellText(cell: ReportCell): string {
  if (typeof cell === "string") return `<td>${escaped(cell)}</td>`;
  return `<td class="marked">${escaped(cell.text)} <span class="mark">${escaped(cell.mark)}</span></td>`;
}

/** Text as it may stand in a page. */
export function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (letter) => `&#${letter.charCodeAt(0)};`);
}
