export * from "./atomic-write.ts";
export type { InflateLimits } from "./file-chunks.ts";
export type * from "./motif-record.ts";
export * from "./motifs.ts";
export * from "./npy.ts";
export * from "./pairs.ts";
export * from "./sequences.ts";
export * from "./substitution-matrix.ts";
