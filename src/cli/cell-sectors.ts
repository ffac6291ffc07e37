import { type AnyOrganism, BioXenError, type CellSummary, isOfSectors } from "../index.ts";
import { table } from "./table.ts";

/** The medium that flags ask for, as constants of the model. */
export function mediumOf(
  organism: AnyOrganism,
  { medium, growthMedium }: { readonly medium?: string; readonly growthMedium?: number },
): { readonly nutrientQuality?: number } {
  if (medium === undefined && growthMedium === undefined) return {};
  if (!isOfSectors(organism))
    throw new BioXenError("INPUT_INVALID", `${organism.name} has no choice of media: ecoli and yeast have`);
  if (medium !== undefined && growthMedium !== undefined)
    throw new BioXenError("INPUT_INVALID", "--medium and --growth-medium exclude each other");
  if (growthMedium !== undefined) return { nutrientQuality: growthMedium };
  const known = organism.media.find(({ id }) => id === medium);
  if (known === undefined)
    throw new BioXenError(
      "INPUT_INVALID",
      `${organism.name} knows no medium ${JSON.stringify(medium)}: ${organism.media.map(({ id }) => id).join(", ")}`,
    );
  return { nutrientQuality: known.quality };
}

/** Sectors and composition of the first cell; nothing where it was simulated gene by gene. */
export function sectorsText(run: CellSummary | undefined): string {
  if (run === undefined || run.sectors === null) return "";
  const { sectors, culture, doublingMinutes, rnaPerProtein, quality } = run.sectors;
  const rows = sectors.map(({ id, name, share, proteins, transcripts, genes }) => [
    ...[id, name, `${(100 * share).toFixed(1)} %`],
    ...[proteins, transcripts, genes].map(String),
  ]);
  const titles = ["Sector", "What", "Proteome", "Proteins", "Transcripts", "Genes"];
  const now = table(
    titles.map((title, at) => ({ title, share: at === 1 ? 30 : 12, right: at > 1 })),
    rows,
  );
  if (culture === null) return now;
  return (
    `${now}medium of quality ${quality}: doubling in ${doublingMinutes.toFixed(1)} min, ` +
    `${Math.round(culture.ribosomes)} ribosomes at ${culture.elongation.toFixed(1)} aa/s, ` +
    `${Math.round(culture.polymerases)} RNA polymerases, ${rnaPerProtein.toFixed(3)} nt RNA/aa, ` +
    `${culture.origins.toFixed(1)} origins, ${(culture.litres * 1e15).toFixed(2)} fL; divided ${run.divisions}x\n`
  );
}
