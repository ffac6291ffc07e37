import type { Comparison, ContenderRow, QuantityBasis, Roofline, WorkloadComparison } from "../profile/index.ts";

/** All that is said of some profiles side by side. */
export interface FullComparison extends Comparison {
  readonly workloads: readonly WorkloadComparison[];
  readonly roofline: Roofline;
}

/** What is to be said beside a number that was not measured. */
export function markOf(basis: QuantityBasis | null): string {
  return basis === null || basis === "measured" ? "" : ` [${basis}]`;
}

/** As `markOf`, for a row: bounds and extrapolations too. */
export function rowMark({
  evidence,
  bound,
  extrapolated,
}: Pick<ContenderRow, "evidence" | "bound" | "extrapolated">): string {
  return `${markOf(evidence)}${bound ? " [at best]" : ""}${extrapolated ? " [extrapolated]" : ""}`;
}
