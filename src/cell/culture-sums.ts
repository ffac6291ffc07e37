/** Weighted sums over a run of what is observed of a cell, in the order of `CellMeans`. */
export interface CultureSums {
  weight: number;
  readonly sums: number[];
}

/** Sums of a run that has not begun. */
export function emptyCulture(): CultureSums {
  return { weight: 0, sums: [] };
}
