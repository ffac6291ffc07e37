export type { Batch, BatchJob, BatchOptions, BatchPlan, PlacedJob } from "./batch.ts";
export type { CalibrateOptions, CalibrationProgress, CalibrationResult } from "./calibrate.ts";
export type { Inventory } from "./inventory.ts";
export { BioAcceleratorManager, type OpenOptions } from "./manager.ts";
