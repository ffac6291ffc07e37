import type { GapPiece } from "../../src/workloads/index.ts";
import { bitsOf } from "./alignment-matrix-layout.ts";
import { wayBack } from "./alignment-matrix-way.ts";
import type { Depth, PairAnswer, TracebackScoring } from "./alignment-traceback-lanes.ts";
import { aligned, instantiate, type WasmInstance } from "./wasm.ts";

type Local = (parameters: number) => void;
type Profile = (
  table: number,
  letters: number,
  query: number,
  length: number,
  bytes: number,
  used: number,
  to: number,
) => void;

interface StripesExports {
  readonly local8: Local;
  readonly local16: Local;
  readonly profile8: Profile;
  readonly profile16: Profile;
  readonly encode: (letters: number, length: number, codes: number, to: number, used: number) => void;
}

let opened: WasmInstance<StripesExports> | null = null;

/** Fixed places at the start of the memory. */
const place = { parameters: 64, codes: 256, table: 512, used: 8704, free: 8768 } as const;
/** A matrix beyond this size is cut into tiles instead. */
const mostBytes = 2 ** 25;
/** What 8 bits hold: a score that reaches it may be a greater one. */
const mostNarrow = 255;

/** Whether 8 bits would have held the last pair's score: hits come best first, and try them once in vain. */
let lastFitted = true;

/**
 * Aligns letters locally by a matrix in stripes, the answer of the one in rows, ties included, in some 20 to 40 % of its time;
 * null where that does not do: other modes, two pieces of gap cost, scores beyond 16 bits, pairs that do not fit.
 */
export function alignByStripes(
  query: Uint8Array,
  target: Uint8Array,
  scoring: TracebackScoring,
  depth: Depth,
): PairAnswer | null {
  const { local, pieces, most, least } = scoring;
  const [m, n] = [query.length, target.length];
  const [piece, second] = pieces;
  if (!local || piece === undefined || second !== undefined || m === 0 || n === 0) return null;
  if ((n + 1) * columnBytes(m, 16) > mostBytes || bitsOf(m, n, scoring) !== 16) return null;
  const narrow = lastFitted && Math.max(piece.open, piece.extend, most) <= 127 && least >= -128;
  const answer =
    (narrow ? alignIn(8, query, target, scoring, piece, depth) : null) ??
    alignIn(16, query, target, scoring, piece, depth);
  lastFitted = (answer?.score ?? 0) < mostNarrow;
  return answer;
}

function columnBytes(rows: number, bits: 8 | 16): number {
  // an even number of vectors, of 16 bytes each
  return 32 * Math.ceil(rows / (2 * (128 / bits)));
}

/** null where the score does not fit. */
function alignIn(
  bits: 8 | 16,
  query: Uint8Array,
  target: Uint8Array,
  scoring: TracebackScoring,
  piece: GapPiece,
  depth: Depth,
): PairAnswer | null {
  const [m, n] = [query.length, target.length];
  const { letters } = scoring;
  const perColumn = columnBytes(m, bits);
  const [stripe, lanes] = [perColumn / 16, 128 / bits];

  opened ??= instantiate<StripesExports>("alignment-stripes");
  const { exports, memory, reserve } = opened;
  let at: number = place.free;
  const take = (bytes: number): number => {
    const start = at;
    at = aligned(at + bytes);
    return start;
  };
  const queryAt = take(m);
  const targetAt = take(n);
  const profileAt = take(letters * perColumn);
  const across = take(perColumn);
  const columns = take((n + 1) * perColumn);
  reserve(at + 64);
  const bytes = new Uint8Array(memory.buffer);
  const words = new Int16Array(memory.buffer);
  bytes.set(scoring.codes, place.codes);
  words.set(scoring.scores, place.table / 2);
  bytes.set(query, queryAt);
  exports.encode(queryAt, m, place.codes, queryAt, 0);
  bytes.fill(0, place.used, place.used + letters);
  bytes.set(target, targetAt);
  exports.encode(targetAt, n, place.codes, targetAt, place.used);
  const fill = bits === 8 ? exports.profile8 : exports.profile16;
  fill(place.table, letters, queryAt, m, perColumn, place.used, profileAt);
  // no score before the first column, and no gap that is worth going on with; of 8 bits 0 is at -128
  const zero = bits === 8 ? 128 : 0;
  bytes.fill(zero, across, across + perColumn);
  bytes.fill(zero, columns, columns + perColumn);
  const numbers = new Int32Array(memory.buffer, place.parameters, 16);
  numbers.set([profileAt, perColumn, targetAt, n, across, columns, piece.open, piece.extend]);
  (bits === 8 ? exports.local8 : exports.local16)(place.parameters);

  const [score = 0, targetEnd = 0] = numbers.subarray(8, 10);
  if (bits === 8 && score === mostNarrow) return null;
  const answer: PairAnswer = {
    score,
    queryStart: 0,
    queryEnd: 0,
    targetStart: 0,
    targetEnd,
    operations: new Uint32Array(0),
  };
  if (score === 0) return answer;
  const cells = bits === 8 ? new Int8Array(memory.buffer) : words;
  const first = (8 * columns) / bits;
  const cell = (row: number, column: number): number => {
    if (row === 0) return 0;
    const lane = Math.floor((row - 1) / stripe);
    return (cells[first + column * lanes * stripe + (row - 1 - lane * stripe) * lanes + lane] ?? 0) + zero;
  };
  do answer.queryEnd++;
  while (answer.queryEnd < m && cell(answer.queryEnd, targetEnd) !== score);
  const codes = { query: bytes.subarray(queryAt, queryAt + m), target: bytes.subarray(targetAt, targetAt + n) };
  if (depth >= 2) wayBack({ cell, ...codes }, answer, scoring, depth);
  return answer;
}
