import { BioXenError } from "../contract/index.ts";
import { bases, type GeneFacts } from "./gene-facts.ts";
import type { TranscriptionUnit } from "./gene-rates.ts";
import type { Operon } from "./regulation.ts";

/**
 * Every gene's transcription unit: the operons, without the genes that are knocked out, then each other gene by itself.
 * @throws BioXenError `INPUT_INVALID` for an operon without genes, a gene in two of them, and one of protein genes and
 *   others.
 */
export function transcriptionUnits(
  genes: readonly GeneFacts[],
  operons: readonly Operon[],
  knockedOut: ReadonlySet<number>,
  find: (id: string) => number,
): readonly TranscriptionUnit[] {
  const taken = new Set<number>();
  const unitOf = (members: readonly [number, ...number[]], transcription: number | null): TranscriptionUnit => ({
    ...{ genes: members, transcription },
    baseCounts: [...bases].map((_, base) =>
      members.reduce((sum, gene) => sum + (genes[gene]?.baseCounts[base] ?? 0), 0),
    ),
  });
  const together = operons.flatMap(({ id, genes: names, transcription = null }): TranscriptionUnit[] => {
    const all = names.map(find);
    const twice = all.find((gene, place) => taken.has(gene) || all.indexOf(gene) !== place);
    if (twice !== undefined)
      throw new BioXenError("INPUT_INVALID", `operon ${id}: gene ${genes[twice]?.id} is in an operon already`);
    if (new Set(all.map((gene) => genes[gene]?.kind === "protein")).size > 1)
      throw new BioXenError("INPUT_INVALID", `operon ${id} has genes of proteins and of stable RNA`);
    const [first, ...others] = all.filter((gene) => !knockedOut.has(gene));
    if (first === undefined) {
      if (all.length > 0) return [];
      throw new BioXenError("INPUT_INVALID", `operon ${id} has no gene`);
    }
    for (const gene of [first, ...others]) taken.add(gene);
    return [unitOf([first, ...others], transcription)];
  });
  const alone = genes.flatMap((_, gene) => (taken.has(gene) ? [] : [unitOf([gene], null)]));
  // in the order of the genes that lead them, so that a genome without operons is the network it always was
  return [...together, ...alone].sort(({ genes: [a] }, { genes: [b] }) => a - b);
}
