// What runs in a worker thread of this accelerator. A task's module is loaded when it is first asked for: a thread that
// samples fluxes has no use for the simulators, and loading everything would take longer than many a run.
import { serveOnDemand } from "../../src/host/worker-pool.ts";
import type { traceBackPairs } from "./alignment-traceback-items.ts";
import type { prepareFluxBalance, solveDrawnFluxItems, solveFluxItems } from "./flux-balance.worker.ts";
import type { walkChains } from "./flux-sampling.worker.ts";
import type { multiplyRows } from "./matrix-multiply.worker.ts";
import type { prepareMotifPiece, scanMotifPiece, warmMotifScan } from "./motif-scan.worker.ts";
import type { thresholds } from "./motif-scan-thresholds.ts";
import type { solveDrawnItems } from "./reaction-kinetics.worker.ts";
import type { alignPairs, interleaveDatabase, searchDatabase } from "./sequence-alignment.worker.ts";
import type { multiplyPieces } from "./sparse-multiply.worker.ts";
import type { simulateStretches } from "./stochastic-simulation.worker.ts";
import type { scoreStreams } from "./telemetry-anomaly.worker.ts";

/** A type, not an interface: only that fits the pool's index signature. */
export type SimdTasks = {
  readonly "alignment-traceback": typeof traceBackPairs;
  readonly "flux-sampling": typeof walkChains;
  readonly "flux-balance": typeof solveFluxItems;
  readonly "flux-balance-drawn": typeof solveDrawnFluxItems;
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
  readonly "telemetry-anomaly": typeof scoreStreams;
};

const run: (call: { name: string; data: unknown }) => unknown = serveOnDemand<SimdTasks>({
  "alignment-traceback": async () => (await import("./alignment-traceback-items.ts")).traceBackPairs,
  "flux-sampling": async () => (await import("./flux-sampling.worker.ts")).walkChains,
  "flux-balance": async () => (await import("./flux-balance.worker.ts")).solveFluxItems,
  "flux-balance-drawn": async () => (await import("./flux-balance.worker.ts")).solveDrawnFluxItems,
  "flux-balance-prepare": async () => (await import("./flux-balance.worker.ts")).prepareFluxBalance,
  "matrix-multiply": async () => (await import("./matrix-multiply.worker.ts")).multiplyRows,
  "motif-prepare": async () => (await import("./motif-scan.worker.ts")).prepareMotifPiece,
  "motif-scan": async () => (await import("./motif-scan.worker.ts")).scanMotifPiece,
  "motif-thresholds": async () => (await import("./motif-scan-thresholds.ts")).thresholds,
  "motif-warm": async () => (await import("./motif-scan.worker.ts")).warmMotifScan,
  "reaction-kinetics": async () => (await import("./reaction-kinetics.worker.ts")).solveDrawnItems,
  "sequence-alignment-interleave": async () => (await import("./sequence-alignment.worker.ts")).interleaveDatabase,
  "sequence-alignment-pairs": async () => (await import("./sequence-alignment.worker.ts")).alignPairs,
  "sequence-alignment-search": async () => (await import("./sequence-alignment.worker.ts")).searchDatabase,
  "sparse-multiply": async () => (await import("./sparse-multiply.worker.ts")).multiplyPieces,
  "stochastic-simulation": async () => (await import("./stochastic-simulation.worker.ts")).simulateStretches,
  "telemetry-anomaly": async () => (await import("./telemetry-anomaly.worker.ts")).scoreStreams,
});
export default run;
