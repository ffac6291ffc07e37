import type { Sequences, Split } from "../../contract/index.ts";
import type { AlignmentScores, SequenceAlignmentInput } from "./index.ts";

/** Database searches are cut by targets, whose parts are alike in work; pairs by pairs. Scores are the same in any cut. */
export const splitAlignment: Split<SequenceAlignmentInput, AlignmentScores> = {
  parts: (input, shares) => {
    const { queries, targets, pairing } = input;
    const count = targets.offsets.length - 1;
    if (count < shares.length) return null;
    let first = 0;
    let until = 0;
    return shares.map((share, at) => {
      until += share;
      const left = shares.length - at - 1;
      const end = left === 0 ? count : Math.min(count - left, placeOf(targets.offsets, until, first + 1));
      const part = {
        ...input,
        targets: slice(targets, first, end),
        queries: pairing === "pairs" ? slice(queries, first, end) : queries,
      };
      first = end;
      return part;
    });
  },
  join: (outputs, { queries, targets, pairing }) => {
    const columns = targets.offsets.length - 1;
    const rows = pairing === "pairs" ? 1 : queries.offsets.length - 1;
    const scores = new Int32Array(rows * columns);
    let column = 0;
    for (const part of outputs) {
      const width = part.scores.length / rows;
      for (let row = 0; row < rows; row++)
        scores.set(part.scores.subarray(row * width, (row + 1) * width), row * columns + column);
      column += width;
    }
    return { scores };
  },
};

/** The first sequence, from `least` on, that starts at or after this share of all residues. */
function placeOf(offsets: Uint32Array, share: number, least: number): number {
  const wanted = share * (offsets.at(-1) ?? 0);
  let at = least;
  while (at < offsets.length - 1 && (offsets[at] ?? 0) < wanted) at++;
  return at;
}

/** A copy over shared memory, so that it reaches workers without another one. */
function slice({ names, residues, offsets }: Sequences, first: number, end: number): Sequences {
  const start = offsets[first] ?? 0;
  const length = (offsets[end] ?? 0) - start;
  const own = new Uint8Array(new SharedArrayBuffer(length));
  own.set(residues.subarray(start, start + length));
  return {
    names: names.slice(first, end),
    residues: own,
    offsets: offsets.slice(first, end + 1).map((offset) => offset - start),
  };
}
