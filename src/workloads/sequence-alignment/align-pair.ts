// The oracle of one pair: the whole matrix of best scores, then the way back through it by the documented tie-break.
import { type GapPiece, gapCost } from "./gaps.ts";
import type { FreeEnds } from "./modes.ts";

/** Kinds of a CIGAR's operations, by their BAM codes. */
export const cigarCodes = { M: 0, I: 1, D: 2, "=": 7, X: 8 } as const;

export interface PairScoring {
  /** Score of two letter codes. */
  readonly score: (query: number, target: number) => number;
  /** Whether both are the same, certain residue. */
  readonly equal: (query: number, target: number) => boolean;
  readonly pieces: readonly [GapPiece, ...GapPiece[]];
  readonly local: boolean;
  readonly free: FreeEnds;
}

export interface PairAlignment {
  readonly score: number;
  readonly queryStart: number;
  readonly queryEnd: number;
  readonly targetStart: number;
  readonly targetEnd: number;
  /** `length << 4 | code`, from start to end. */
  readonly operations: readonly number[];
}

const never = -(2 ** 30);
const none = new Int32Array(0);

/** Best scores of all prefixes, row-major over `query.length + 1` rows and `target.length + 1` columns. */
function fill(query: Uint8Array, target: Uint8Array, scoring: PairScoring): Int32Array {
  const { score, pieces, local, free } = scoring;
  const width = target.length + 1;
  const best = new Int32Array((query.length + 1) * width);
  for (let j = 1; j < width; j++) best[j] = local || free.targetStart ? 0 : -gapCost(pieces, j);
  const down = pieces.map(() => new Int32Array(width).fill(never)); // gaps in the target, one a column
  for (let i = 1; i <= query.length; i++) {
    const row = i * width;
    best[row] = local || free.queryStart ? 0 : -gapCost(pieces, i);
    const across = pieces.map(() => never); // gaps in the query
    for (let j = 1; j < width; j++) {
      let most = (best[row - width + j - 1] ?? 0) + score(query[i - 1] ?? 0, target[j - 1] ?? 0);
      for (let piece = 0; piece < pieces.length; piece++) {
        const { open, extend } = pieces[piece] ?? pieces[0];
        const gaps = down[piece] ?? none;
        const e = Math.max((across[piece] ?? 0) - extend, (best[row + j - 1] ?? 0) - open);
        const f = Math.max((gaps[j] ?? 0) - extend, (best[row - width + j] ?? 0) - open);
        across[piece] = e;
        gaps[j] = f;
        most = Math.max(most, e, f);
      }
      best[row + j] = local ? Math.max(0, most) : most;
    }
  }
  return best;
}

/** The end of the alignment: the best score, and among equals the least target end, then the least query end. */
function endOf(best: Int32Array, rows: number, width: number, { local, free }: PairScoring): [number, number] {
  let end: [number, number] = [rows - 1, width - 1];
  let most = local ? 0 : never;
  if (local) end = [0, 0];
  for (let j = 0; j < width; j++)
    for (let i = 0; i < rows; i++) {
      const last = (i === rows - 1 || free.queryEnd) && (j === width - 1 || free.targetEnd);
      const edge = i === rows - 1 || j === width - 1;
      const score = best[i * width + j] ?? 0;
      if ((local || (last && edge)) && score > most) {
        most = score;
        end = [i, j];
      }
    }
  return end;
}

/** The best alignment of two sequences of letter codes. */
export function alignPair(query: Uint8Array, target: Uint8Array, scoring: PairScoring): PairAlignment {
  const { score, equal, pieces, local, free } = scoring;
  const width = target.length + 1;
  const best = fill(query, target, scoring);
  const [queryEnd, targetEnd] = endOf(best, query.length + 1, width, scoring);
  const at = (i: number, j: number): number => best[i * width + j] ?? 0;
  const backwards: number[] = [];
  const put = (code: number, residues: number): void => {
    const last = backwards.length - 1;
    const before = backwards[last] ?? -1;
    if ((before & 15) === code && last >= 0) backwards[last] = before + (residues << 4);
    else backwards.push((residues << 4) | code);
  };
  let i = queryEnd;
  let j = targetEnd;
  while (i > 0 || j > 0) {
    const here = at(i, j);
    if (local && here === 0) break;
    if ((i === 0 && (local || free.targetStart)) || (j === 0 && (local || free.queryStart))) break;
    const q = query[i - 1] ?? 0;
    const t = target[j - 1] ?? 0;
    if (i > 0 && j > 0 && at(i - 1, j - 1) + score(q, t) === here) {
      put(equal(q, t) ? cigarCodes["="] : cigarCodes.X, 1);
      i--;
      j--;
      continue;
    }
    for (let gap = 1; ; gap++) {
      const cost = gapCost(pieces, gap);
      if (gap <= j && at(i, j - gap) - cost === here) {
        put(cigarCodes.D, gap);
        j -= gap;
        break;
      }
      if (gap <= i && at(i - gap, j) - cost === here) {
        put(cigarCodes.I, gap);
        i -= gap;
        break;
      }
      if (gap > i && gap > j) throw new Error("a score without a way to it");
    }
  }
  return {
    score: at(queryEnd, targetEnd),
    queryStart: i,
    queryEnd,
    targetStart: j,
    targetEnd,
    operations: backwards.reverse(),
  };
}
