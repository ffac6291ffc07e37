import type { Cell } from "./advance.ts";
import { type CellEvent, growthOf, volumeOf } from "./cell-state.ts";
import { type Ledger, ledgersOf } from "./ledgers.ts";
import { type MetabolismSummary, metabolismSummary } from "./metabolism-summary.ts";
import { type SectorsSummary, sectorsSummary } from "./sector-summary.ts";

/** What a run of one cell came to. */
export interface CellSummary {
  readonly seconds: number;
  readonly genes: number;
  /** Reactions that happened. */
  readonly events: number;
  /**
   * Mass of the proteome now over that at the start, in residues; `proteinsFold` counts molecules, of which most are short.
   * Of a lineage that divided it is the growth of all: what the daughters not followed took counts.
   */
  readonly proteomeFold: number;
  readonly proteinsFold: number;
  readonly volumeFold: number;
  /** Transcripts of protein genes by copy of a gene, on average over the run. */
  readonly mrnaPerGene: number;
  /** Of the genes' rates of decay, the mean over genes; null where no gene makes an mRNA. */
  readonly meanMrnaHalfLifeSeconds: number | null;
  /** ln 2 times transcript-seconds over decays in this run: short-lived transcripts, which are many, weigh more. */
  readonly observedMrnaHalfLifeSeconds: number | null;
  /** Residues added by a ribosome a second, those without work included. */
  readonly residuesPerRibosomeSecond: number;
  readonly ribosomes: number;
  readonly polymerases: number;
  /** Share of ribosome-seconds that a shortage held back. */
  readonly stalled: number;
  readonly unmetMaintenance: number;
  /** Of the last round of replication, 0 to 1. */
  readonly chromosomeCopied: number;
  /** Whole copies of each. */
  readonly plasmids: readonly { readonly id: string; readonly copies: number }[];
  readonly divisions: number;
  /** Of a cell simulated by proteome sector; else null. */
  readonly sectors: SectorsSummary | null;
  /** Of a cell with a flux model as its metabolism; else null. */
  readonly metabolism: MetabolismSummary | null;
  /** Replication, doubling, divisions, shortages, and what was done to the cell, by time. */
  readonly milestones: readonly CellEvent[];
  readonly ledgers: readonly Ledger[];
  /** Largest drift of any ledger at any coupling. */
  readonly drift: number;
}

/** Sums up one cell's run so far. */
export function cellSummary({ model, state }: Cell): CellSummary {
  const { at, genes, network, rates, constants, genome, plasmids, perturbations } = model;
  const { tally, values, lineageFold } = state;
  let [now, born] = [0, 0];
  for (let gene = 0; gene < genes.length; gene++) {
    now += values[at.proteins + gene] ?? 0;
    born += network.initial[at.proteins + gene] ?? 0;
  }
  const halfLives = rates.flatMap(({ decay }) => (decay > 0 ? [Math.LN2 / decay] : []));
  const { transcriptSeconds, transcriptsDecayed, geneSeconds, ribosomeSeconds } = tally;
  return {
    seconds: state.time,
    genes: [...(perturbations.chromosome === false ? [] : [genome]), ...plasmids.map(({ facts }) => facts)].reduce(
      (count, replicon) => count + replicon.genes.length,
      0,
    ),
    events: state.reactions,
    proteomeFold: lineageFold * growthOf(model, values),
    proteinsFold: (lineageFold * now) / born,
    volumeFold: (lineageFold * volumeOf(model, values)) / constants.volume,
    mrnaPerGene: geneSeconds === 0 ? 0 : transcriptSeconds / geneSeconds,
    meanMrnaHalfLifeSeconds:
      halfLives.length === 0 ? null : halfLives.reduce((total, one) => total + one, 0) / halfLives.length,
    observedMrnaHalfLifeSeconds: transcriptsDecayed === 0 ? null : (Math.LN2 * transcriptSeconds) / transcriptsDecayed,
    residuesPerRibosomeSecond: ribosomeSeconds === 0 ? 0 : tally.residuesStarted / ribosomeSeconds,
    ribosomes: state.ribosomes,
    polymerases: state.polymerases,
    stalled: ribosomeSeconds === 0 ? 0 : tally.stalledSeconds / ribosomeSeconds,
    unmetMaintenance: tally.unmetMaintenance,
    chromosomeCopied: chromosomeCopied({ model, state }),
    plasmids: state.plasmids.map(({ copies }, at) => ({ id: plasmids[at]?.facts.id ?? "", copies })),
    divisions: state.divisions,
    sectors: sectorsSummary(model, state),
    metabolism: metabolismSummary(model, state),
    milestones: state.events,
    ledgers: ledgersOf(model, state),
    drift: tally.drift,
  };
}

function chromosomeCopied({ model, state }: Cell): number {
  const half = Math.ceil(model.genome.length / 2);
  const { cycle, fork } = state;
  if (cycle === null) return Math.min(1, (fork ?? 0) / half);
  return cycle.due.length > 0 ? 1 : Math.min(1, (cycle.rounds[0] ?? 0) / half);
}
