export * from "./align-sequence-pairs.ts";
export * from "./alignment-lines.ts";
export { type AlignmentPlace, placesOf } from "./alignment-places.ts";
export type { Found } from "./hits.ts";
export type { Runs } from "./runs.ts";
export * from "./search-sequences.ts";
export { piecesFor, type TargetBatch } from "./target-pieces.ts";
