import { type FluxBalanceInput, type FluxBalanceOutput, fluxStatus } from "./problem.ts";

/** An answer with room for what is wanted, in which every item has failed so far. */
export function emptyOutput({ problem, count, wants }: FluxBalanceInput): FluxBalanceOutput {
  const { rows, columns } = problem;
  const room = (length: number): Float64Array => new Float64Array(count * length).fill(Number.NaN);
  return {
    statuses: new Uint8Array(count).fill(fluxStatus.failed),
    objectives: room(1),
    residuals: room(1),
    attempts: new Uint8Array(count),
    fluxes: wants === "objective" ? null : room(columns),
    shadowPrices: wants === "duals" ? room(rows) : null,
    reducedCosts: wants === "duals" ? room(columns) : null,
  };
}
