export * from "./accelerator.ts";
export type * from "./dispatch.ts";
export * from "./errors.ts";
export * from "./random.ts";
export type * from "./sequences.ts";
export type * from "./workload.ts";
