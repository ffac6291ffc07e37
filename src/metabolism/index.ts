export * from "./problem-of.ts";
export * from "./sampling.ts";
export type { AlgorithmOptions, FluxStatus } from "./solver.ts";
