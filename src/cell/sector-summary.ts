import { type CellState, residuesIn, volumeOf } from "./cell-state.ts";
import { originsOf } from "./division-cycle.ts";
import type { CellModel } from "./expression-network.ts";

/** What is observed of a cell of sectors at a coupling. */
export interface CellMeans {
  /** Residues in all proteins. */
  readonly residues: number;
  readonly ribosomes: number;
  /** Nucleotides in all RNA, and of them those in messages. */
  readonly rnaBases: number;
  readonly messageBases: number;
  readonly polymerases: number;
  /** Genomes' worth of DNA. */
  readonly genomes: number;
  readonly origins: number;
  readonly rrnaGenes: number;
  /** Shares of ribosomes, and of RNA polymerases, at work. */
  readonly workingRibosomes: number;
  readonly workingPolymerases: number;
  /** Residues a second of a working ribosome. */
  readonly elongation: number;
  /** 1/h: the running mean of some two minutes. */
  readonly growthPerHour: number;
  readonly litres: number;
}

const meanNames: readonly (keyof CellMeans)[] = [
  ...(["residues", "ribosomes", "rnaBases", "messageBases", "polymerases", "genomes", "origins", "rrnaGenes"] as const),
  ...(["workingRibosomes", "workingPolymerases", "elongation", "growthPerHour", "litres"] as const),
];

/** A sector's part of the proteome, and its molecules now. */
export interface SectorShare {
  readonly id: string;
  readonly name: string;
  /** Of all residues. */
  readonly share: number;
  readonly proteins: number;
  readonly transcripts: number;
  readonly genes: number;
}

/** What a run of a cell of sectors came to. */
export interface SectorsSummary {
  /** Amino acids that a residue of metabolic enzymes can supply in an hour: the medium. */
  readonly quality: number;
  readonly doublingMinutes: number;
  /** Nucleotides of RNA to a residue of protein. */
  readonly rnaPerProtein: number;
  /**
   * Means over the run as a growing culture has them: a culture has twice as many newborn cells as dividing ones, so
   * that a moment counts inversely to the cell's size. Null before the first coupling.
   */
  readonly culture: CellMeans | null;
  readonly sectors: readonly SectorShare[];
}

/** Adds a moment to the means over the run. */
export function observe(
  model: CellModel,
  state: CellState,
  { elongation, genomes }: { readonly elongation: number; readonly genomes: number },
): void {
  const { culture, cycle, values } = state;
  const { sectors, genes, at, rates } = model;
  if (culture === null || cycle === null || sectors === undefined) return;
  let [messages, stable, reading, writing] = [0, 0, 0, 0];
  genes.forEach(({ kind }, gene) => {
    const { bases } = rates[gene] as (typeof rates)[number];
    const there = (values[at.transcripts + gene] ?? 0) * bases;
    // a chain that is being made is half as long on average
    const growing = ((values[at.transcribing + gene] ?? 0) * bases) / 2;
    if (kind === "protein") messages += there + growing;
    else stable += there + growing;
    reading += values[at.translating + gene] ?? 0;
    writing += values[at.transcribing + gene] ?? 0;
  });
  const residues = residuesIn(model, values);
  const now: CellMeans = {
    ...{ residues, ribosomes: state.ribosomes, rnaBases: messages + stable, messageBases: messages },
    ...{ polymerases: state.polymerases, genomes, origins: originsOf(cycle), elongation },
    rrnaGenes: values[at.genes + sectors.of.rRNA] ?? 0,
    workingRibosomes: reading / Math.max(1, state.ribosomes),
    workingPolymerases: writing / Math.max(1, state.polymerases),
    growthPerHour: cycle.growth * 3600,
    litres: volumeOf(model, values),
  };
  const weight = 1 / residues;
  culture.weight += weight;
  meanNames.forEach((name, index) => {
    culture.sums[index] = (culture.sums[index] ?? 0) + weight * now[name];
  });
}

/** What became of a cell of sectors; null for one that is simulated gene by gene. */
export function sectorsSummary(model: CellModel, state: CellState): SectorsSummary | null {
  const { sectors, genes, at, rates } = model;
  const { culture, values } = state;
  if (sectors === undefined || culture === null) return null;
  const all = residuesIn(model, values);
  const means =
    culture.weight === 0
      ? null
      : (Object.fromEntries(
          meanNames.map((name, index) => [name, (culture.sums[index] ?? 0) / culture.weight]),
        ) as unknown as CellMeans);
  return {
    quality: state.quality ?? sectors.constants.nutrientQuality,
    doublingMinutes: (Math.LN2 / (means?.growthPerHour ?? sectors.balance.rate * 3600)) * 60,
    rnaPerProtein: means === null ? Number.NaN : means.rnaBases / means.residues,
    culture: means,
    sectors: genes.map(({ id }, gene): SectorShare => {
      const proteins = values[at.proteins + gene] ?? 0;
      return {
        ...{ id, name: sectors.sectors[gene]?.name ?? id, proteins },
        share: (proteins * (rates[gene]?.residues ?? 0)) / all,
        transcripts: values[at.transcripts + gene] ?? 0,
        genes: values[at.genes + gene] ?? 0,
      };
    }),
  };
}

/**
 * Moves a cell of sectors into another medium, from now on.
 * @param quality amino acids that a residue of metabolic enzymes can supply in an hour.
 */
export function changeMedium(state: CellState, quality: number): void {
  state.quality = quality;
  if (state.culture !== null) {
    state.culture.weight = 0;
    state.culture.sums.length = 0;
  }
}
