import type { CellSummary, GenomeReading } from "../cell/index.ts";

/** Faults that a few genes have, and how many more there are. */
export function faultsText(faults: GenomeReading["faults"]): string {
  if (faults.length === 0) return "";
  const told = faults.slice(0, 3).map(({ id, faults: what }) => `${id}: ${what.join(", ")}`);
  const more = faults.length - told.length;
  return `genes read with a fault: ${told.join("; ")}${more > 0 ? `; ${more} more (--json)` : ""}\n`;
}

/** What a flux model gave the first cell; nothing without one. */
export function metabolismText(run: CellSummary | undefined): string {
  if (run === undefined || run.metabolism === null) return "";
  const { model, every, solves, exchanges, short } = run.metabolism;
  const uptake = exchanges
    .filter(({ flux }) => flux < 0)
    .sort((a, b) => a.flux - b.flux)
    .slice(0, 3);
  const most = [...short].sort((a, b) => b.seconds - a.seconds).slice(0, 5);
  return (
    `supplied by ${model}, ${solves} solutions of ${every} s; largest uptakes ` +
    `${uptake.map(({ id, flux }) => `${id} ${(-flux).toFixed(2)}`).join(", ")} mmol/gDW/h` +
    `${most.length === 0 ? "" : `; short: ${most.map(({ what, seconds }) => `${what} ${seconds} s`).join(", ")}`}\n`
  );
}
