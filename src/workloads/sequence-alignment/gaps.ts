/** What one more piece of a gap's cost is: the first residue `open`, each further one `extend`; both not negative. */
export interface GapPiece {
  readonly open: number;
  readonly extend: number;
}

/** The gap costs of an input: affine; linear where both are equal; two-piece affine with `secondGap`. */
export interface GapCosts {
  /** Cost, not negative, of the first residue of a gap. */
  readonly gapOpen: number;
  /** Cost, not negative, of each further residue. */
  readonly gapExtend: number;
  /** A second line: a gap then costs the lesser of both, so that long ones may be cheap a residue. */
  readonly secondGap?: GapPiece | undefined;
}

/**
 * The pieces of a gap's cost, with no extension dearer than its opening: as one gap may follow another at once, two
 * gaps of one residue would replace a dearer extension anyway.
 */
export function gapPieces({ gapOpen, gapExtend, secondGap }: GapCosts): readonly [GapPiece, ...GapPiece[]] {
  const piece = (open: number, extend: number): GapPiece => ({ open, extend: Math.min(open, extend) });
  const first = piece(gapOpen, gapExtend);
  return secondGap === undefined ? [first] : [first, piece(secondGap.open, secondGap.extend)];
}

/** What a gap of this many residues costs, at least 1. */
export function gapCost(pieces: readonly GapPiece[], residues: number): number {
  let least = Number.POSITIVE_INFINITY;
  for (const { open, extend } of pieces) least = Math.min(least, open + (residues - 1) * extend);
  return least;
}
