// Sizes of immutable lists of sequences. They are asked for at every step of a dispatch, and a list of pairs has a hundred
// thousand offsets: each answer is kept with its list.
const longestOf = new WeakMap<Uint32Array, number>();
const cellsOf = new WeakMap<Uint32Array, { readonly targetOffsets: Uint32Array; readonly cells: number }>();

/** Residues of the longest sequence, by the offsets of `Sequences`. */
export function longestSequence(offsets: Uint32Array): number {
  const known = longestOf.get(offsets);
  if (known !== undefined) return known;
  let most = 0;
  for (let at = 0; at + 1 < offsets.length; at++) most = Math.max(most, (offsets[at + 1] ?? 0) - (offsets[at] ?? 0));
  longestOf.set(offsets, most);
  return most;
}

/** Cells of all pairs of a list: query residues x target residues, summed up. Offsets are those of `Sequences`. */
export function pairCells(queryOffsets: Uint32Array, targetOffsets: Uint32Array): number {
  const known = cellsOf.get(queryOffsets);
  if (known?.targetOffsets === targetOffsets) return known.cells;
  const cells = pairCellsBetween(queryOffsets, targetOffsets, 0, queryOffsets.length - 1);
  cellsOf.set(queryOffsets, { targetOffsets, cells });
  return cells;
}

/** As `pairCells`, of the pairs from number `first` to `end`. */
export function pairCellsBetween(
  queryOffsets: Uint32Array,
  targetOffsets: Uint32Array,
  first: number,
  end: number,
): number {
  let cells = 0;
  for (let pair = first; pair < end; pair++)
    cells +=
      ((queryOffsets[pair + 1] ?? 0) - (queryOffsets[pair] ?? 0)) *
      ((targetOffsets[pair + 1] ?? 0) - (targetOffsets[pair] ?? 0));
  return cells;
}
