import { type Reduction, restoreFluxes } from "./reduction.ts";
import type { Entries } from "./reduction-steps.ts";

/** An optimum of a problem with the certificate that it is one. */
export interface Optimum {
  readonly fluxes: Float64Array;
  /** Change of the objective by unit of a row's bound. */
  readonly shadowPrices: Float64Array;
  /** Change of the objective by unit of a column's bound. */
  readonly reducedCosts: Float64Array;
}

/**
 * The optimum of the original problem, shadow prices and reduced costs included, that an optimum of the reduced one
 * stands for. Where a row that went away leaves a choice of its price, it is the one nearest to 0. Only for reductions
 * without a constant column (`validFor: "knock-outs"`) and for the problem's own objective.
 * @param bounds - the original bounds under which the reduced optimum was found, where these are not the problem's own
 */
export function restoreOptimum(
  reduction: Reduction,
  reduced: { readonly fluxes: Float64Array; readonly shadowPrices: Float64Array },
  bounds: { readonly lower: Float64Array; readonly upper: Float64Array } = reduction.original,
): Optimum {
  const { original, steps, row } = reduction;
  const fluxes = restoreFluxes(reduction, reduced.fluxes);
  const prices = Float64Array.from(row, (at) => (at === -1 ? 0 : (reduced.shadowPrices[at] as number)));
  const better = original.sense === "maximum" ? 1 : -1;

  // bounds of each column with those merged into it, as they stood before every step
  const low = Float64Array.from(bounds.lower);
  const high = Float64Array.from(bounds.upper);
  const before = steps.map((step) => {
    if (step.kind === "forced") return null;
    const { gone, kept, ratio } = step;
    const ends = [low[gone] as number, high[gone] as number, low[kept] as number, high[kept] as number] as const;
    const [l, u] = ratio > 0 ? [ends[0] / ratio, ends[1] / ratio] : [ends[1] / ratio, ends[0] / ratio];
    low[kept] = Math.max(ends[2], l);
    high[kept] = Math.min(ends[3], u);
    return ends;
  });

  const costLeft = (cost: number, entries: Entries, without: number): number => {
    let left = cost;
    for (const [at, value] of entries) if (at !== without) left -= (prices[at] as number) * value;
    return left;
  };
  /** How far a reduced cost is from what an optimum at this flux allows. */
  const wrong = (reducedCost: number, flux: number, l: number, u: number): number => {
    const gain = better * reducedCost;
    const near = 1e-9 * Math.max(1, Math.abs(flux));
    if (gain > 0) return u - flux <= near ? 0 : gain;
    return flux - l <= near ? 0 : -gain;
  };

  for (let at = steps.length - 1; at >= 0; at--) {
    const step = steps[at];
    if (step === undefined) continue;
    if (step.kind === "forced") {
      // every column sits at 0; its sign of reduced cost bounds the price on one side
      let least = -Infinity;
      let most = Infinity;
      for (const { column, entries, cost } of step.columns) {
        const value = entries.get(step.row) as number;
        const price = costLeft(cost, entries, step.row) / value;
        const mayGain = (high[column] as number) <= 0;
        const mayLose = (low[column] as number) >= 0;
        if (mayGain && mayLose) continue;
        // better * value * (price - y) must not be positive where only a loss is allowed, and so on
        if (!mayGain) {
          if (better * value > 0) least = Math.max(least, price);
          else most = Math.min(most, price);
        }
        if (!mayLose) {
          if (better * value > 0) most = Math.min(most, price);
          else least = Math.max(least, price);
        }
      }
      prices[step.row] = Math.min(Math.max(0, least), most);
      continue;
    }
    const { row: tied, gone, kept, ratio, goneEntries, keptEntries, goneCost, keptCost } = step;
    const [goneLow, goneHigh, keptLow, keptHigh] = before[at] ?? [0, 0, 0, 0];
    const goneLeft = costLeft(goneCost, goneEntries, tied);
    const merged = costLeft(keptCost, keptEntries, tied) + ratio * goneLeft;
    // the reduced cost of the merged column belongs to the one whose bound holds it
    const asKept = wrong(merged, fluxes[kept] as number, keptLow, keptHigh);
    const asGone = wrong(merged / ratio, fluxes[gone] as number, goneLow, goneHigh);
    const goneCostLeft = asKept <= asGone ? 0 : merged / ratio;
    prices[tied] = (goneLeft - goneCostLeft) / (goneEntries.get(tied) as number);
  }

  const { starts, indices, values } = original;
  const reducedCosts = original.objective.slice();
  for (let column = 0; column < original.columns; column++)
    for (let at = starts[column] as number; at < (starts[column + 1] as number); at++)
      reducedCosts[column] =
        (reducedCosts[column] as number) - (prices[indices[at] as number] as number) * (values[at] as number);
  return { fluxes, shadowPrices: prices, reducedCosts };
}
