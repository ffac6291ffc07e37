import type { FluxBalanceOutput } from "../../src/workloads/index.ts";
import type { HighsBasis } from "./flux-balance-highs.ts";
import {
  type DrawnFluxBalanceTask,
  type FluxBalanceTask,
  type ItemSolver,
  type NumberedProblem,
  openItemSolver,
} from "./flux-balance-items.ts";
import { openSimplex } from "./flux-balance-simplex.ts";

/** The solver of this thread, be it a worker or the caller's own; HiGHS is loaded where the simplex of our own leaves an item unproved. */
export const fluxSolver: ItemSolver = openItemSolver(async () => {
  const { default: start } = await import("highs");
  // the package's types are those of its CommonJS build, whose default export lies one deeper
  return (start as unknown as typeof start.default)();
}, openSimplex);

export function prepareFluxBalance(task: NumberedProblem): Promise<HighsBasis | null> {
  return fluxSolver.prepare(task);
}

export function solveFluxItems(task: FluxBalanceTask): Promise<FluxBalanceOutput> {
  return fluxSolver.solve(task);
}

export function solveDrawnFluxItems(task: DrawnFluxBalanceTask): Promise<void> {
  return fluxSolver.solveDrawn(task);
}
