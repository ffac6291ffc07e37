// One pair by its matrix of best scores, cut into tiles where the whole would not fit: a first pass keeps the edges of
// each tile, and the way back has the few tiles that it passes filled again. The answer is the same as with the whole
// matrix, ties included; memory grows with the edges alone.
import { againstNothing, fillEdge } from "./alignment-matrix-edges.ts";
import { layoutOf, lowest, place, shapeOf, slots } from "./alignment-matrix-layout.ts";
import { wayBack } from "./alignment-matrix-way.ts";
import type { Depth, PairAnswer, TracebackScoring } from "./alignment-traceback-lanes.ts";
import { instantiate, type WasmInstance } from "./wasm.ts";

type Tile = (parameters: number) => void;
type Profile = (
  table: number,
  letters: number,
  query: number,
  length: number,
  perLetter: number,
  used: number,
  to: number,
) => void;

interface MatrixExports {
  readonly tile16: Tile;
  readonly tile16two: Tile;
  readonly tile32: Tile;
  readonly tile32two: Tile;
  readonly profile16: Profile;
  readonly profile32: Profile;
  readonly encode: (letters: number, length: number, codes: number, to: number) => void;
}

let opened: WasmInstance<MatrixExports> | null = null;

function instance(): WasmInstance<MatrixExports> {
  opened ??= instantiate<MatrixExports>("alignment-traceback");
  return opened;
}

const nothing = new Uint32Array(0);
/** What the memory holds from the pair before. */
let scoringHeld: TracebackScoring | null = null;
let profileOf: Uint8Array | null = null;
let profileBits = 0;
let lastQuery: Uint8Array | null = null;

/** Aligns letters of a query with those of a target. */
export function alignByMatrix(
  query: Uint8Array,
  target: Uint8Array,
  scoring: TracebackScoring,
  depth: Depth,
): PairAnswer {
  const { local, free, pieces, letters } = scoring;
  const m = query.length;
  const n = target.length;
  if (m === 0 || n === 0) return againstNothing(m, n, scoring, depth);
  const shape = shapeOf(m, n, scoring, depth);
  const layout = layoutOf(shape, scoring, depth);
  const wasm = instance();
  wasm.reserve(layout.end);
  const { exports } = wasm;
  const { buffer } = wasm.memory;
  const bytes = new Uint8Array(buffer);
  const words = new Uint32Array(buffer);
  const numbers = new Int32Array(buffer);
  const size = shape.bits / 8;
  const lanes = 16 / size;
  const padded = lanes * Math.ceil(m / lanes);
  const cells: Int16Array | Int32Array = shape.bits === 16 ? new Int16Array(buffer) : numbers;
  const never = lowest[shape.bits];

  // letters, profile
  if (scoringHeld !== scoring) {
    bytes.set(scoring.codes, place.codes);
    new Int16Array(buffer, place.table, letters * letters).set(scoring.scores);
    scoringHeld = scoring;
    profileOf = null;
  }
  bytes.set(target, layout.target);
  exports.encode(layout.target, n, place.codes, layout.target);
  if (profileOf !== query || profileBits !== shape.bits) {
    bytes.set(query, layout.query);
    exports.encode(layout.query, m, place.codes, layout.query);
    // a query that comes again has the rows of all letters
    const again = lastQuery === query;
    bytes.fill(again ? 1 : 0, place.used, place.used + letters);
    if (!again) for (let j = 0; j < n; j++) bytes[place.used + (bytes[layout.target + j] ?? 0)] = 1;
    const makeProfile = shape.bits === 16 ? exports.profile16 : exports.profile32;
    makeProfile(place.table, letters, layout.query, m, layout.perLetter, place.used, layout.profile);
    profileOf = again ? query : null;
    profileBits = shape.bits;
    lastQuery = query;
  }

  // the outer edges
  const verticalAt = (tile: number, part: number): number =>
    (layout.vertical + tile * layout.verticalBytes) / size + part * (padded + lanes);
  const horizontalAt = (tile: number, part: number): number =>
    (layout.horizontal + tile * layout.horizontalBytes) / size + part * n;
  const left = verticalAt(0, 0);
  const freeLeft = local || free.queryStart;
  const freeTop = local || free.targetStart;
  cells[left] = 0;
  fillEdge(cells, left + 1, m, pieces, freeLeft);
  cells.fill(never, left + m + 1, left + padded + lanes);
  pieces.forEach(({ open }, piece) => {
    const to = verticalAt(0, 1 + piece);
    for (let i = 1; i <= padded; i++) cells[to + i] = i <= m ? (cells[left + i] ?? 0) - open : never;
  });
  const top = horizontalAt(0, 0);
  fillEdge(cells, top, n, pieces, freeTop);
  pieces.forEach(({ open }, piece) => {
    const to = horizontalAt(0, 1 + piece);
    for (let j = 0; j < n; j++) cells[to + j] = (cells[top + j] ?? 0) - open;
  });

  // parameters that no tile changes
  const parameters = place.parameters / 4;
  const second = pieces[1];
  numbers[parameters + 13] = pieces[0]?.open ?? 0;
  numbers[parameters + 14] = pieces[0]?.extend ?? 0;
  numbers[parameters + 15] = second?.open ?? 0;
  numbers[parameters + 16] = second?.extend ?? 0;
  numbers[parameters + 17] = local ? 0 : never;
  words[parameters + 1] = layout.perLetter;
  words[parameters + 6] = layout.stride;
  words[parameters + 8] = layout.across[0] ?? 0;
  words[parameters + 9] = layout.across[1] ?? 0;
  const advance = exports[`tile${shape.bits}${second === undefined ? "" : "two"}`];

  /** Fills one tile from its left and upper edge, at `dense`, and writes its other two; whole, or two columns in turn. */
  const fill = (down: number, across: number, dense: number, whole: boolean, best: number): void => {
    const row = down * shape.tileRows;
    const column = across * shape.tileColumns;
    const rows = Math.min(shape.tileRows, m - row);
    const columns = Math.min(shape.tileColumns, n - column);
    const vectors = Math.ceil(rows / lanes);
    const from = verticalAt(across, 0) + row;
    const to = (dense + 16) / size - 1;
    cells.copyWithin(to, from, from + 1 + vectors * lanes);
    pieces.forEach((_, piece) => {
      const gaps = verticalAt(across, 1 + piece) + row + 1;
      cells.copyWithin((layout.across[piece] ?? 0) / size, gaps, gaps + vectors * lanes);
    });
    words[parameters] = layout.profile + row * size;
    words[parameters + 2] = layout.target + column;
    numbers[parameters + 3] = columns;
    numbers[parameters + 4] = vectors;
    words[parameters + 5] = dense;
    words[parameters + 7] = dense + (whole ? columns + 1 : 2) * layout.stride;
    words[parameters + 10] = size * (horizontalAt(down, 0) + column);
    words[parameters + 11] = size * (horizontalAt(down, 1) + column);
    words[parameters + 12] = size * (horizontalAt(down, 2) + column);
    words[parameters + 18] = size * (horizontalAt(down + 1, 0) + column);
    words[parameters + 19] = size * (horizontalAt(down + 1, 1) + column);
    words[parameters + 20] = size * (horizontalAt(down + 1, 2) + column);
    words[parameters + 21] = 16 - size + rows * size;
    numbers[parameters + 22] = best;
    numbers[parameters + 23] = 0;
    advance(place.parameters);
    const end = dense + (whole ? columns : columns & 1) * layout.stride;
    const right = verticalAt(across + 1, 0) + row;
    const last = (end + 16) / size - 1;
    cells.copyWithin(right, last, last + 1 + vectors * lanes);
    pieces.forEach((_, piece) => {
      const gaps = (layout.across[piece] ?? 0) / size;
      cells.copyWithin(verticalAt(across + 1, 1 + piece) + row + 1, gaps, gaps + vectors * lanes);
    });
  };

  // all tiles once; the best cell of a local alignment by its column, then its row
  const single = shape.down === 1 && shape.across === 1;
  const keep = single && depth > 0;
  let score = local ? 0 : never;
  let bestColumn = 0;
  let bestDown = 0;
  for (let across = 0; across < shape.across; across++)
    for (let down = 0; down < shape.down; down++) {
      // a tile further down may reach the same score in an earlier column
      fill(
        down,
        across,
        layout.dense,
        keep,
        local ? (down > 0 ? Math.max(0, score - 1) : score) : 2 ** (shape.bits - 1) - 1,
      );
      if (!local) continue;
      const found = numbers[parameters + 22] ?? 0;
      const column = across * shape.tileColumns + (numbers[parameters + 23] ?? 0);
      if ((numbers[parameters + 23] ?? 0) === 0) continue;
      if (found > score || (found === score && column < bestColumn)) {
        score = found;
        bestColumn = column;
        bestDown = down;
      }
    }

  const slotOf = new Map<number, number>();
  const order: number[] = [];
  /** Where a tile's whole matrix stands, filled again where it does not stand yet. */
  const loaded = (down: number, across: number): number => {
    if (keep) return layout.dense;
    const key = across * shape.down + down;
    const known = slotOf.get(key);
    if (known !== undefined) return known;
    let dense = layout.dense + slotOf.size * layout.denseBytes;
    if (slotOf.size === slots) {
      const oldest = order.shift() ?? 0;
      dense = slotOf.get(oldest) ?? 0;
      slotOf.delete(oldest);
    }
    fill(down, across, dense, true, 2 ** (shape.bits - 1) - 1);
    slotOf.set(key, dense);
    order.push(key);
    return dense;
  };

  // the score and the end
  let queryEnd = m;
  let targetEnd = n;
  if (local) {
    queryEnd = 0;
    targetEnd = 0;
    if (score > 0 && depth > 0) {
      targetEnd = bestColumn;
      const across = Math.floor((bestColumn - 1) / shape.tileColumns);
      const dense = loaded(bestDown, across);
      const at = (dense + (bestColumn - across * shape.tileColumns) * layout.stride + 16) / size - 1;
      const rows = Math.min(shape.tileRows, m - bestDown * shape.tileRows);
      for (let row = 1; row <= rows; row++)
        if (cells[at + row] === score) {
          queryEnd = bestDown * shape.tileRows + row;
          break;
        }
    }
  } else {
    const bottom = horizontalAt(shape.down, 0);
    const right = verticalAt(shape.across, 0);
    score = -(2 ** 31);
    const offer = (value: number, row: number, column: number): void => {
      if (value <= score) return;
      score = value;
      queryEnd = row;
      targetEnd = column;
    };
    if (free.targetEnd) {
      offer(cells[left + m] ?? 0, m, 0);
      for (let j = 1; j < n; j++) offer(cells[bottom + j - 1] ?? 0, m, j);
    }
    if (free.queryEnd) {
      offer(cells[top + n - 1] ?? 0, 0, n);
      for (let i = 1; i < m; i++) offer(cells[right + i] ?? 0, i, n);
    }
    offer(cells[bottom + n - 1] ?? 0, m, n);
  }
  const answer: PairAnswer = { score, queryStart: 0, queryEnd, targetStart: 0, targetEnd, operations: nothing };
  if (depth < 2) return answer;

  // the tile in hand: rows and columns of its inner cells, and where its cell (0, 0) would stand
  let firstRow = 1;
  let firstColumn = 1;
  let endRow = 0;
  let endColumn = 0;
  let base = 0;
  const perColumn = layout.stride / size;
  const hold = (row: number, column: number): void => {
    const down = Math.floor((row - 1) / shape.tileRows);
    const across = Math.floor((column - 1) / shape.tileColumns);
    firstRow = down * shape.tileRows;
    firstColumn = across * shape.tileColumns;
    endRow = Math.min(m, firstRow + shape.tileRows);
    endColumn = Math.min(n, firstColumn + shape.tileColumns);
    base = (loaded(down, across) + 16) / size - 1 - firstRow - firstColumn * perColumn;
  };
  const cell = (row: number, column: number): number => {
    if (row === 0) return column === 0 ? 0 : (cells[top + column - 1] ?? 0);
    if (column === 0) return cells[left + row] ?? 0;
    // a tile holds its left edge and its upper one too
    if (row < firstRow || row > endRow || column < firstColumn || column > endColumn) hold(row, column);
    return cells[base + row + column * perColumn] ?? 0;
  };
  const codes = {
    query: bytes.subarray(layout.query, layout.query + m),
    target: bytes.subarray(layout.target, layout.target + n),
  };
  wayBack({ cell, ...codes }, answer, scoring, depth);
  return answer;
}
