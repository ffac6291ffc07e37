// What runs in a worker thread of this accelerator.
import { serve } from "../../src/host/worker-pool.ts";
import { prepareFluxBalance, solveFluxItems } from "./flux-balance.worker.ts";
import { walkChains } from "./flux-sampling.worker.ts";
import { multiplyRows } from "./matrix-multiply.worker.ts";
import { prepareMotifPiece, scanMotifPiece, warmMotifScan } from "./motif-scan.worker.ts";
import { thresholds } from "./motif-scan-thresholds.ts";
import { solveDrawnItems } from "./reaction-kinetics.worker.ts";
import { alignPairs, interleaveDatabase, searchDatabase } from "./sequence-alignment.worker.ts";
import { multiplyPieces } from "./sparse-multiply.worker.ts";
import { simulateStretches } from "./stochastic-simulation.worker.ts";

/** A type, not an interface: only that fits the pool's index signature. */
export type SimdTasks = {
  readonly "flux-sampling": typeof walkChains;
  readonly "flux-balance": typeof solveFluxItems;
  readonly "flux-balance-prepare": typeof prepareFluxBalance;
  readonly "matrix-multiply": typeof multiplyRows;
  readonly "motif-prepare": typeof prepareMotifPiece;
  readonly "motif-scan": typeof scanMotifPiece;
  readonly "motif-thresholds": typeof thresholds;
  readonly "motif-warm": typeof warmMotifScan;
  readonly "reaction-kinetics": typeof solveDrawnItems;
  readonly "sequence-alignment-interleave": typeof interleaveDatabase;
  readonly "sequence-alignment-pairs": typeof alignPairs;
  readonly "sequence-alignment-search": typeof searchDatabase;
  readonly "sparse-multiply": typeof multiplyPieces;
  readonly "stochastic-simulation": typeof simulateStretches;
};

const tasks: SimdTasks = {
  "flux-sampling": walkChains,
  "flux-balance": solveFluxItems,
  "flux-balance-prepare": prepareFluxBalance,
  "matrix-multiply": multiplyRows,
  "motif-prepare": prepareMotifPiece,
  "motif-scan": scanMotifPiece,
  "motif-thresholds": thresholds,
  "motif-warm": warmMotifScan,
  "reaction-kinetics": solveDrawnItems,
  "sequence-alignment-interleave": interleaveDatabase,
  "sequence-alignment-pairs": alignPairs,
  "sequence-alignment-search": searchDatabase,
  "sparse-multiply": multiplyPieces,
  "stochastic-simulation": simulateStretches,
};

const run: (call: { name: string; data: unknown }) => unknown = serve(tasks);
export default run;
