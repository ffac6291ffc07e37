export type * from "./accelerator.ts";
export * from "./devices.ts";
export type * from "./dispatch.ts";
export * from "./errors.ts";
export * from "./random.ts";
export type * from "./sequences.ts";
export type * from "./units.ts";
export type * from "./workload.ts";
