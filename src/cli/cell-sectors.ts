import { type AnyOrganism, type CellSummary, type Change, isOfSectors, type SectorOrganism } from "../cell/index.ts";
import { BioXenError } from "../contract/index.ts";
import { table } from "./table.ts";

/** The medium that flags ask for, as constants of the model. */
export function mediumOf(
  organism: AnyOrganism,
  { medium, growthMedium }: { readonly medium?: string; readonly growthMedium?: number },
): { readonly nutrientQuality?: number } {
  if (medium === undefined && growthMedium === undefined) return {};
  if (!isOfSectors(organism)) throw noMedia(organism);
  if (medium !== undefined && growthMedium !== undefined)
    throw new BioXenError("INPUT_INVALID", "--medium and --growth-medium exclude each other");
  if (growthMedium !== undefined) return { nutrientQuality: growthMedium };
  return { nutrientQuality: qualityOf(organism, medium ?? "") };
}

/** The quality of an organism's medium by name. */
function qualityOf({ name, media }: SectorOrganism, medium: string): number {
  const known = media.find(({ id }) => id === medium);
  if (known === undefined)
    throw new BioXenError(
      "INPUT_INVALID",
      `${name} knows no medium ${JSON.stringify(medium)}: ${media.map(({ id }) => id).join(", ")}`,
    );
  return known.quality;
}

/** A change on the way whose medium may be named, as flags have it. */
export interface NamedChange extends Change {
  readonly medium?: string;
}

/** The change with the quality of the medium that it names. */
export function changeOf(organism: AnyOrganism, { medium, ...change }: NamedChange): Change {
  if (medium === undefined) return change;
  if (!isOfSectors(organism)) throw noMedia(organism);
  return { ...change, quality: qualityOf(organism, medium) };
}

function noMedia({ name }: AnyOrganism): BioXenError {
  return new BioXenError("INPUT_INVALID", `${name} has no choice of media: ecoli and yeast have`);
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
