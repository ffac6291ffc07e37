import { type CellState, residuesIn } from "./cell-state.ts";
import type { CellModel } from "./expression-network.ts";
import { supply } from "./supplied.ts";

/** Residues a second that metabolic enzymes can supply in the present medium. */
export function enzymeSupply(model: CellModel, state: CellState): number {
  return (qualityOf(model, state) / 3600) * enzymes(model, state.values);
}

/** Residues a second that metabolism supplies: of its enzymes, and no more than what the flux model grows by, if there is one. */
export function metabolicSupply(model: CellModel, state: CellState): number {
  const most = enzymeSupply(model, state);
  return state.metabolism === null ? most : Math.min(most, state.metabolism.rates[supply.other] as number);
}

/** Metabolic enzymes to all protein, beside a cell at birth. */
export function enzymeDensityOfSector(model: CellModel, state: CellState): number {
  const { initial } = model.network;
  const born = enzymes(model, initial) / residuesIn(model, initial);
  return enzymes(model, state.values) / residuesIn(model, state.values) / born;
}

function qualityOf({ sectors }: CellModel, { quality }: CellState): number {
  return quality ?? sectors?.constants.nutrientQuality ?? 0;
}

/** Residues in proteins of the metabolic sector. */
function enzymes({ sectors, at, rates }: CellModel, values: Float64Array): number {
  const gene = sectors?.of.metabolism ?? 0;
  return (values[at.proteins + gene] ?? 0) * (rates[gene]?.residues ?? 0);
}
