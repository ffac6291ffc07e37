import type { CellState } from "./cell-state.ts";
import type { CellModel } from "./expression-network.ts";
import { supplied } from "./supplied.ts";

/** What a flux model gave a cell over its run. */
export interface MetabolismSummary {
  readonly model: string;
  /** Seconds for which a solution held. */
  readonly every: number;
  readonly solves: number;
  /** Genes of the flux model that the cell has, so that their enzymes are counted. */
  readonly enzymes: number;
  /** Mean fluxes of the exchange reactions that were used, mmol/gDW/h; negative ones mostly are uptake. */
  readonly exchanges: readonly { readonly id: string; readonly flux: number }[];
  /** What was short of its demand, and for how many seconds in all. */
  readonly short: readonly { readonly what: string; readonly seconds: number }[];
}

/** Fluxes below this are no use of a reaction. */
const leastFlux = 1e-6;

export function metabolismSummary(
  { metabolism: supply }: CellModel,
  { metabolism: state }: CellState,
): MetabolismSummary | null {
  if (supply === undefined || state === null) return null;
  const { frame, every, genes } = supply;
  const { exchanged, seconds, shortInAll, solves } = state;
  return {
    ...{ model: frame.id, every, solves, enzymes: genes.reduce((count, gene) => count + Number(gene >= 0), 0) },
    exchanges: frame.exchanges.flatMap((column, at) => {
      const flux = (exchanged[at] as number) / Math.max(1, seconds);
      return Math.abs(flux) < leastFlux ? [] : [{ id: frame.model.reactions[column]?.id ?? "", flux }];
    }),
    short: supplied.flatMap((what, at) => {
      const short = shortInAll[at] as number;
      return short > 0 ? [{ what, seconds: short }] : [];
    }),
  };
}
