/**
 * Cells of the pairs from number `first` to `end` of a list: query residues x target residues, summed up. Offsets are those of
 * `Sequences`.
 */
export function pairCells(
  queryOffsets: Uint32Array,
  targetOffsets: Uint32Array,
  first = 0,
  end: number = queryOffsets.length - 1,
): number {
  let cells = 0;
  for (let pair = first; pair < end; pair++)
    cells +=
      ((queryOffsets[pair + 1] ?? 0) - (queryOffsets[pair] ?? 0)) *
      ((targetOffsets[pair + 1] ?? 0) - (targetOffsets[pair] ?? 0));
  return cells;
}
