import type { CellState } from "./cell-state.ts";
import type { Machine } from "./gene-reactions.ts";

/** What a cell is allowed of its own means, whatever its model is; by default all. */
export interface CellLimits {
  /** Shares, 0 to 1, of its ribosomes and RNA polymerases that may be at work or ready for it. */
  readonly ribosomes: number;
  readonly polymerases: number;
  /** Share, 0 to 1, of the ATP that its metabolism can make. */
  readonly atp: number;
  /** By gene (number): what its promoter is multiplied by; 1 for those not named. */
  readonly promoters?: ReadonlyMap<number, number>;
}

export const unlimited: CellLimits = { ribosomes: 1, polymerases: 1, atp: 1 };

/** Of the machines without work, lets a share start, but no more than are allowed in all; the others wait among the released. */
export function releaseMachines(
  { values }: CellState,
  { free, released }: Machine,
  share: number,
  { all, allowed }: { readonly all: number; readonly allowed: number },
): void {
  const idle = (values[free] ?? 0) + (values[released] ?? 0);
  const room = allowed >= 1 ? idle : Math.max(0, Math.floor(allowed * all) - (all - idle));
  values[free] = Math.min(Math.floor(idle * share), room);
  values[released] = idle - (values[free] ?? 0);
}

/** Multiplies the rates at which genes are transcribed, in place. */
export function limitPromoters(values: Float64Array, start: number, { promoters }: CellLimits): void {
  for (const [gene, share] of promoters ?? []) values[start + gene] = (values[start + gene] ?? 0) * share;
}
