import type { WorkloadSpec } from "../../contract/index.ts";
import { fluxBalanceDiffers } from "./differ.ts";
import { generateFluxBalance } from "./generate.ts";
import { fluxBalanceInput } from "./input.ts";
import type { FluxBalanceInput, FluxBalanceOutput } from "./problem.ts";
import { solveFluxBalance } from "./reference.ts";
import { splitFluxBalance } from "./split.ts";

export * from "./problem.ts";

/**
 * Linear problems over one matrix that differ in bounds and objective (flux balance analysis, Orth et al., Nat.
 * Biotechnol. 28:245, 2010, doi 10.1038/nbt.1614), each with an outcome of its own: an infeasible or failed item does not fail its
 * neighbours. Objectives agree within 1e-6 of the larger of 1 and their size; fluxes and duals need only prove
 * themselves, for an optimum may be one of many.
 */
export const fluxBalance: WorkloadSpec<FluxBalanceInput, FluxBalanceOutput> = {
  id: "flux-balance",
  version: 1,
  aliases: ["fba", "flux_balance", "flux_balance_analysis", "metabolic_flux", "metabolism"],
  throughput: { unit: "cell", rate: "Gcells/s", per: 1e9 },
  input: fluxBalanceInput,
  size: ({ problem, count, bounds, objectives, wants }) => {
    const { rows, columns, values } = problem;
    const perItem = { objective: 0, fluxes: columns, duals: 2 * columns + rows }[wants];
    return {
      units: count * Math.max(1, rows) * Math.max(1, columns),
      bytesIn:
        12 * values.length +
        28 * columns +
        16 * rows +
        20 * (bounds?.columns.length ?? 0) +
        12 * (objectives?.columns.length ?? 0),
      bytesOut: count * (18 + 8 * perItem),
    };
  },
  resident: ({ problem }) => problem,
  generate: generateFluxBalance,
  reference: solveFluxBalance,
  split: splitFluxBalance,
  differ: fluxBalanceDiffers,
};
