export * from "./added-genes.ts";
export * from "./advance.ts";
export { type CellEvent, type CellState, newbornCell, trnaOf, volumeOf } from "./cell-state.ts";
export * from "./compile-cell.ts";
export type { Change, Inducer } from "./conditions.ts";
export { divide, dnaOf, evenOdds, mayDivide } from "./divide.ts";
export type { DivisionCycle } from "./division-cycle.ts";
export * from "./ecoli.ts";
export type { CellModel } from "./expression-network.ts";
export {
  type FluxFrame,
  type FluxSupply,
  type MetabolismOptions,
  usualFluxSeconds,
  withMetabolism,
} from "./flux-supply.ts";
export * from "./gene-facts.ts";
export * from "./genetic-codes.ts";
export * from "./genome.ts";
export * from "./genome-file.ts";
export { type Ledger, ledgersOf } from "./ledgers.ts";
export { type CellLimits, unlimited } from "./limits.ts";
export type { MetabolismSummary } from "./metabolism-summary.ts";
export * from "./minimal-cell.ts";
export { minimalGenomeRecord } from "./minimal-genome.ts";
export * from "./mutation.ts";
export type * from "./organism.ts";
export * from "./organisms.ts";
export * from "./regulation.ts";
export { type RegulationData, readRegulation, withRegulation } from "./regulation-file.ts";
export { type CellMeans, changeMedium, type SectorShare, type SectorsSummary } from "./sector-summary.ts";
export * from "./sectors.ts";
export * from "./summary.ts";
export { supplied } from "./supplied.ts";
export * from "./syn3a.ts";
export * from "./translation.ts";
export * from "./yeast.ts";
