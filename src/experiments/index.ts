export {
  type Contestant,
  type Experiment,
  type ExperimentInput,
  type LiveMapping,
  readExperiment,
} from "./experiment-file.ts";
export { type LiveRow, type LiveRunner, liveLine, liveName, liveWorkloads, readLive, runLive } from "./live.ts";
export { type Manifest, readManifest } from "./manifest.ts";
export { experimentReport } from "./report.ts";
export { readResults } from "./results-file.ts";
export type { ResultRow } from "./rows.ts";
export { rowCount } from "./rows.ts";
export { type ExperimentRun, type RunOptions, runExperiment, type Verification, verifyExperiment } from "./run.ts";
