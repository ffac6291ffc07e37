/**
 * Which part of both sequences an alignment covers. `local`: any part of either, the best one; `global`: both from end
 * to end; `semi-global`: both, but what is left over at the ends that `freeEnds` names costs nothing; `overlap`:
 * semi-global with all four ends free, so that the end of one may overlap the start of the other, or contain it.
 */
export type AlignmentMode = "local" | "global" | "semi-global" | "overlap";

/** Ends at which unaligned residues cost nothing: of the query, of the target, before and after the alignment. */
export interface FreeEnds {
  readonly queryStart: boolean;
  readonly queryEnd: boolean;
  readonly targetStart: boolean;
  readonly targetEnd: boolean;
}

/** What `semi-global` means where no ends are named: the whole query somewhere in the target. */
export const defaultFreeEnds: FreeEnds = { queryStart: false, queryEnd: false, targetStart: true, targetEnd: true };

export interface ModeOf {
  readonly mode: AlignmentMode;
  /** Of `semi-global` only; those left out are not free. The target's two ends where nothing is given. */
  readonly freeEnds?: Partial<FreeEnds> | undefined;
}

/** The free ends of a mode; of `local` all four, beside its floor of 0. */
export function freeEndsOf({ mode, freeEnds }: ModeOf): FreeEnds {
  if (mode === "semi-global")
    return freeEnds === undefined
      ? defaultFreeEnds
      : { queryStart: false, queryEnd: false, targetStart: false, targetEnd: false, ...freeEnds };
  const all = mode !== "global";
  return { queryStart: all, queryEnd: all, targetStart: all, targetEnd: all };
}
