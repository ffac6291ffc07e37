// Sparse LU of the basis: singletons first, for the bases of metabolic networks are nearly triangular, then Markowitz with
// threshold pivoting on what is left (U. H. Suhl and L. M. Suhl, ORSA J. Computing 2 (1990), 325-335). Afterwards the column
// pivoted in row i is at position i of `head`, so that solves work in place.
import { F64s, I32s, f64s, grownF64s, grownI32s, i32s } from "./arrays";
import { colRow, colStart, colValue, columns, head, rows } from "./problem";

/** A pivot is at least this share of its row's largest entry. */
const THRESHOLD: f64 = 0.1;
const TINY: f64 = 1e-14;
const SINGULAR: f64 = 1e-10;
/** Rows and columns looked at for one pivot before the best so far is taken. */
const CANDIDATES: i32 = 4;

/** Row of each pivot, in the order of elimination. */
export let order: I32s = i32s(0);
/** By row. */
export let pivot: F64s = f64s(0);
/** L by columns, in the order of elimination; only those that hold something. */
export let lCount: i32 = 0;
export let lPivot: I32s = i32s(0);
export let lStart: I32s = i32s(0);
export let lRow: I32s = i32s(0);
export let lValue: F64s = f64s(0);
/** L by rows. */
export let ltStart: I32s = i32s(0);
export let ltCol: I32s = i32s(0);
export let ltValue: F64s = f64s(0);
/** U by rows, without its diagonal. */
export let uStart: I32s = i32s(0);
export let uEnd: I32s = i32s(0);
export let uCol: I32s = i32s(0);
export let uValue: F64s = f64s(0);
/** U by columns. */
export let utStart: I32s = i32s(0);
export let utRow: I32s = i32s(0);
export let utValue: F64s = f64s(0);
/** Columns that a singular basis lost to logicals. */
export let dropped: I32s = i32s(0);

let lLength: i32 = 0;
let uLength: i32 = 0;
let pivots: i32 = 0;

let colCount: I32s = i32s(0);
let rowCount: I32s = i32s(0);
let colDone: I32s = i32s(0);
let rowDone: I32s = i32s(0);
let rowOfCol: I32s = i32s(0);
let colStack: I32s = i32s(0);
let rowStack: I32s = i32s(0);
let colTop: i32 = 0;
let rowTop: i32 = 0;
// the basis by rows
let bStart: I32s = i32s(0);
let bCol: I32s = i32s(0);
let bValue: F64s = f64s(0);
let newHead: I32s = i32s(0);

// the active part, once no singleton is left: rows with values, columns with row numbers only, each with room to grow
let aStart: I32s = i32s(0);
let aLength: I32s = i32s(0);
let aRoom: I32s = i32s(0);
let aCol: I32s = i32s(0);
let aValue: F64s = f64s(0);
let aUsed: i32 = 0;
let kStart: I32s = i32s(0);
let kLength: I32s = i32s(0);
let kRoom: I32s = i32s(0);
let kRow: I32s = i32s(0);
let kUsed: i32 = 0;
let rowMost: F64s = f64s(0);
// rows and columns chained by their counts
let rowsBy: I32s = i32s(0);
let rowNext: I32s = i32s(0);
let rowPrevious: I32s = i32s(0);
let colsBy: I32s = i32s(0);
let colNext: I32s = i32s(0);
let colPrevious: I32s = i32s(0);
let pivotRowValue: F64s = f64s(0);
let pivotRowMark: I32s = i32s(0);
let next: I32s = i32s(0);

export function allocateFactor(): void {
  const m = rows;
  order = i32s(m);
  pivot = f64s(m);
  lPivot = i32s(m);
  lStart = i32s(m + 1);
  lRow = i32s(8 * m + 16);
  lValue = f64s(8 * m + 16);
  ltStart = i32s(m + 1);
  ltCol = i32s(8 * m + 16);
  ltValue = f64s(8 * m + 16);
  uStart = i32s(m);
  uEnd = i32s(m);
  uCol = i32s(8 * m + 16);
  uValue = f64s(8 * m + 16);
  utStart = i32s(m + 1);
  utRow = i32s(8 * m + 16);
  utValue = f64s(8 * m + 16);
  dropped = i32s(m);
  colCount = i32s(m);
  rowCount = i32s(m);
  colDone = i32s(m);
  rowDone = i32s(m);
  rowOfCol = i32s(m);
  // a row or column is stacked when its count falls to 1, which happens once
  colStack = i32s(m);
  rowStack = i32s(m);
  bStart = i32s(m + 1);
  bCol = i32s(8 * m + 16);
  bValue = f64s(8 * m + 16);
  newHead = i32s(m);
  aStart = i32s(m);
  aLength = i32s(m);
  aRoom = i32s(m);
  aCol = i32s(16 * m + 16);
  aValue = f64s(16 * m + 16);
  kStart = i32s(m);
  kLength = i32s(m);
  kRoom = i32s(m);
  kRow = i32s(16 * m + 16);
  rowMost = f64s(m);
  rowsBy = i32s(m + 1);
  rowNext = i32s(m);
  rowPrevious = i32s(m);
  colsBy = i32s(m + 1);
  colNext = i32s(m);
  colPrevious = i32s(m);
  pivotRowValue = f64s(m);
  pivotRowMark = i32s(m);
  next = i32s(m);
}

/** Factorises the basis in `head` and reorders it. Returns how many columns were dependent and gave way to logicals. */
export function factorise(): i32 {
  const m = rows;
  lCount = 0;
  lLength = 0;
  lStart[0] = 0;
  uLength = 0;
  pivots = 0;
  gatherBasis();
  pivotSingletons();
  if (pivots < m) pivotActive();
  const lost = pivots < m ? replaceDependent() : 0;
  for (let i = 0; i < m; i++) newHead[rowOfCol[i]] = head[i];
  for (let i = 0; i < m; i++) head[i] = newHead[i];
  transposeU();
  transposeL();
  return lost;
}

function gatherBasis(): void {
  const m = rows, n = columns;
  for (let i = 0; i < m; i++) rowCount[i] = 0;
  let entries = 0;
  for (let p = 0; p < m; p++) {
    colDone[p] = 0;
    rowDone[p] = 0;
    const j = head[p];
    if (j >= n) {
      rowCount[j - n] += 1;
      colCount[p] = 1;
      entries++;
    } else {
      const from = colStart[j], to = colStart[j + 1];
      for (let e = from; e < to; e++) rowCount[colRow[e]] += 1;
      colCount[p] = to - from;
      entries += to - from;
    }
  }
  bCol = grownI32s(bCol, 0, entries);
  bValue = grownF64s(bValue, 0, entries);
  // no more entries than the basis has are put into U or L before the active part
  uCol = grownI32s(uCol, 0, entries);
  uValue = grownF64s(uValue, 0, entries);
  lRow = grownI32s(lRow, 0, entries);
  lValue = grownF64s(lValue, 0, entries);
  bStart[0] = 0;
  for (let i = 0; i < m; i++) {
    next[i] = bStart[i];
    bStart[i + 1] = bStart[i] + rowCount[i];
  }
  for (let p = 0; p < m; p++) {
    const j = head[p];
    if (j >= n) {
      const at = next[j - n]++;
      bCol[at] = p;
      bValue[at] = -1;
    } else {
      for (let e = colStart[j], to = colStart[j + 1]; e < to; e++) {
        const at = next[colRow[e]]++;
        bCol[at] = p;
        bValue[at] = colValue[e];
      }
    }
  }
}

function settle(i: i32, p: i32, value: f64): void {
  order[pivots++] = i;
  pivot[i] = value;
  rowOfCol[p] = i;
  rowDone[i] = 1;
  colDone[p] = 1;
}

function closeL(i: i32): void {
  if (lLength == lStart[lCount]) return;
  lPivot[lCount++] = i;
  lStart[lCount] = lLength;
}

function pivotSingletons(): void {
  const m = rows;
  colTop = 0;
  rowTop = 0;
  for (let p = 0; p < m; p++) if (colCount[p] == 1) colStack[colTop++] = p;
  for (let i = 0; i < m; i++) if (rowCount[i] == 1) rowStack[rowTop++] = i;
  while (colTop + rowTop > 0) {
    if (colTop > 0) pivotColumnSingleton(colStack[--colTop]);
    else pivotRowSingleton(rowStack[--rowTop]);
  }
}

function pivotColumnSingleton(p: i32): void {
  if (colDone[p] || colCount[p] != 1) return;
  const j = head[p];
  let i = -1;
  let value: f64 = -1;
  if (j >= columns) {
    i = j - columns;
    if (rowDone[i]) return;
  } else {
    let e = colStart[j];
    while (rowDone[colRow[e]]) e++;
    i = colRow[e];
    value = colValue[e];
  }
  if (abs(value) < SINGULAR) return;
  settle(i, p, value);
  uStart[i] = uLength;
  for (let e = bStart[i], to = bStart[i + 1]; e < to; e++) {
    const q = bCol[e];
    if (colDone[q]) continue;
    uCol[uLength] = q;
    uValue[uLength++] = bValue[e];
    if (--colCount[q] == 1) colStack[colTop++] = q;
  }
  uEnd[i] = uLength;
}

function pivotRowSingleton(i: i32): void {
  if (rowDone[i] || rowCount[i] != 1) return;
  let e = bStart[i];
  const to = bStart[i + 1];
  while (e < to && colDone[bCol[e]]) e++;
  if (e == to) return;
  const p = bCol[e];
  const value = bValue[e];
  if (abs(value) < SINGULAR) return;
  settle(i, p, value);
  uStart[i] = uLength;
  uEnd[i] = uLength;
  const j = head[p];
  if (j >= columns) return;
  for (let f = colStart[j], end = colStart[j + 1]; f < end; f++) {
    const k = colRow[f];
    if (rowDone[k]) continue;
    lRow[lLength] = k;
    lValue[lLength++] = colValue[f] / value;
    if (--rowCount[k] == 1) rowStack[rowTop++] = k;
  }
  closeL(i);
}

function chainRow(i: i32): void {
  const count = aLength[i];
  const first = rowsBy[count];
  rowNext[i] = first;
  rowPrevious[i] = -1;
  if (first >= 0) rowPrevious[first] = i;
  rowsBy[count] = i;
}
function unchainRow(i: i32): void {
  const before = rowPrevious[i], after = rowNext[i];
  if (before >= 0) rowNext[before] = after;
  else rowsBy[aLength[i]] = after;
  if (after >= 0) rowPrevious[after] = before;
}
function chainCol(p: i32): void {
  const count = kLength[p];
  const first = colsBy[count];
  colNext[p] = first;
  colPrevious[p] = -1;
  if (first >= 0) colPrevious[first] = p;
  colsBy[count] = p;
}
function unchainCol(p: i32): void {
  const before = colPrevious[p], after = colNext[p];
  if (before >= 0) colNext[before] = after;
  else colsBy[kLength[p]] = after;
  if (after >= 0) colPrevious[after] = before;
}

function loadActive(): void {
  const m = rows;
  for (let i = 0; i <= m; i++) {
    rowsBy[i] = -1;
    colsBy[i] = -1;
  }
  aUsed = 0;
  kUsed = 0;
  for (let p = 0; p < m; p++) kLength[p] = 0;
  for (let i = 0; i < m; i++) {
    if (rowDone[i]) continue;
    const from = bStart[i], to = bStart[i + 1];
    const room = 2 * (to - from) + 4;
    aCol = grownI32s(aCol, aUsed, aUsed + room);
    aValue = grownF64s(aValue, aUsed, aUsed + room);
    aStart[i] = aUsed;
    aRoom[i] = room;
    let at = aUsed;
    for (let e = from; e < to; e++) {
      const p = bCol[e];
      if (colDone[p]) continue;
      aCol[at] = p;
      aValue[at++] = bValue[e];
      kLength[p] += 1;
    }
    aLength[i] = at - aUsed;
    aUsed += room;
    rowMost[i] = -1;
    chainRow(i);
  }
  for (let p = 0; p < m; p++) {
    if (colDone[p]) continue;
    const room = 2 * kLength[p] + 4;
    kRow = grownI32s(kRow, kUsed, kUsed + room);
    kStart[p] = kUsed;
    kRoom[p] = room;
    kUsed += room;
    chainCol(p);
    kLength[p] = 0;
    pivotRowMark[p] = 0;
  }
  for (let i = 0; i < m; i++) {
    if (rowDone[i]) continue;
    for (let e = aStart[i], to = e + aLength[i]; e < to; e++) {
      const p = aCol[e];
      kRow[kStart[p] + kLength[p]] = i;
      kLength[p] += 1;
    }
  }
}

function mostOf(i: i32): f64 {
  let most = rowMost[i];
  if (most >= 0) return most;
  most = 0;
  for (let e = aStart[i], to = e + aLength[i]; e < to; e++) most = max(most, abs(aValue[e]));
  rowMost[i] = most;
  return most;
}

function entryOf(i: i32, p: i32): i32 {
  let e = aStart[i];
  while (aCol[e] != p) e++;
  return e;
}

let bestRow: i32 = -1;
let bestEntry: i32 = -1;

/** Finds the acceptable entry of least Markowitz count among the first few rows and columns of fewest entries. */
function findPivot(): void {
  const m = rows;
  bestRow = -1;
  let best = f64.MAX_VALUE;
  let looked = 0;
  for (let count = 1; count <= m; count++) {
    for (let p = colsBy[count]; p >= 0; p = colNext[p]) {
      for (let e = kStart[p], to = e + kLength[p]; e < to; e++) {
        const i = kRow[e];
        const merit = <f64>(aLength[i] - 1) * <f64>(count - 1);
        if (merit >= best) continue;
        const at = entryOf(i, p);
        const size = abs(aValue[at]);
        if (size < SINGULAR || size < THRESHOLD * mostOf(i)) continue;
        best = merit;
        bestRow = i;
        bestEntry = at;
      }
      if (bestRow >= 0 && (best <= <f64>(count - 1) * <f64>(count - 1) || ++looked >= CANDIDATES)) return;
    }
    for (let i = rowsBy[count]; i >= 0; i = rowNext[i]) {
      const least = THRESHOLD * mostOf(i);
      for (let e = aStart[i], to = e + count; e < to; e++) {
        const merit = <f64>(kLength[aCol[e]] - 1) * <f64>(count - 1);
        if (merit >= best) continue;
        const size = abs(aValue[e]);
        if (size < SINGULAR || size < least) continue;
        best = merit;
        bestRow = i;
        bestEntry = e;
      }
      if (bestRow >= 0 && (best <= <f64>count * <f64>(count - 1) || ++looked >= CANDIDATES)) return;
    }
  }
}

function forgetInColumn(p: i32, i: i32): void {
  let e = kStart[p];
  while (kRow[e] != i) e++;
  unchainCol(p);
  kLength[p] -= 1;
  kRow[e] = kRow[kStart[p] + kLength[p]];
  chainCol(p);
}

function addToColumn(p: i32, i: i32): void {
  if (kLength[p] == kRoom[p]) {
    const room = 2 * kRoom[p];
    kRow = grownI32s(kRow, kUsed, kUsed + room);
    for (let e = 0; e < kLength[p]; e++) kRow[kUsed + e] = kRow[kStart[p] + e];
    kStart[p] = kUsed;
    kRoom[p] = room;
    kUsed += room;
  }
  unchainCol(p);
  kRow[kStart[p] + kLength[p]] = i;
  kLength[p] += 1;
  chainCol(p);
}

function pivotActive(): void {
  loadActive();
  const m = rows;
  while (pivots < m) {
    findPivot();
    if (bestRow < 0) return;
    const i = bestRow;
    const p = aCol[bestEntry];
    const value = aValue[bestEntry];
    settle(i, p, value);
    unchainRow(i);
    unchainCol(p);
    const count = aLength[i];
    uCol = grownI32s(uCol, uLength, uLength + count);
    uValue = grownF64s(uValue, uLength, uLength + count);
    uStart[i] = uLength;
    for (let e = aStart[i], to = e + count; e < to; e++) {
      const q = aCol[e];
      if (q == p) continue;
      uCol[uLength] = q;
      uValue[uLength++] = aValue[e];
      pivotRowValue[q] = aValue[e];
      pivotRowMark[q] = 1;
      forgetInColumn(q, i);
    }
    uEnd[i] = uLength;
    lRow = grownI32s(lRow, lLength, lLength + kLength[p]);
    lValue = grownF64s(lValue, lLength, lLength + kLength[p]);
    for (let e = kStart[p], to = e + kLength[p]; e < to; e++) {
      const k = kRow[e];
      if (k != i) eliminate(k, p, value, uStart[i], uLength);
    }
    closeL(i);
    for (let e = uStart[i]; e < uLength; e++) pivotRowMark[uCol[e]] = 0;
  }
}

/** Subtracts from active row k the multiple of the pivot row that clears its entry in column p. */
function eliminate(k: i32, p: i32, value: f64, from: i32, to: i32): void {
  unchainRow(k);
  rowMost[k] = -1;
  const own = entryOf(k, p);
  const factor = aValue[own] / value;
  lRow[lLength] = k;
  lValue[lLength++] = factor;
  let length = aLength[k] - 1;
  let start = aStart[k];
  aCol[own] = aCol[start + length];
  aValue[own] = aValue[start + length];
  let filled = 0;
  for (let e = start; e < start + length; ) {
    const q = aCol[e];
    if (pivotRowMark[q] == 0) {
      e++;
      continue;
    }
    pivotRowMark[q] = 2;
    filled++;
    const old = aValue[e];
    const change = factor * pivotRowValue[q];
    const now = old - change;
    if (abs(now) <= TINY * (abs(old) + abs(change)) * 8 || abs(now) < TINY) {
      length--;
      aCol[e] = aCol[start + length];
      aValue[e] = aValue[start + length];
      forgetInColumn(q, k);
    } else {
      aValue[e] = now;
      e++;
    }
  }
  const fill = to - from - filled;
  if (fill > 0 && length + fill > aRoom[k]) {
    const room = 2 * (length + fill);
    aCol = grownI32s(aCol, aUsed, aUsed + room);
    aValue = grownF64s(aValue, aUsed, aUsed + room);
    for (let e = 0; e < length; e++) {
      aCol[aUsed + e] = aCol[start + e];
      aValue[aUsed + e] = aValue[start + e];
    }
    start = aUsed;
    aStart[k] = start;
    aRoom[k] = room;
    aUsed += room;
  }
  for (let e = from; e < to; e++) {
    const q = uCol[e];
    if (pivotRowMark[q] == 2) {
      pivotRowMark[q] = 1;
      continue;
    }
    const now = -factor * pivotRowValue[q];
    if (abs(now) < TINY) continue;
    aCol[start + length] = q;
    aValue[start + length] = now;
    length++;
    addToColumn(q, k);
  }
  aLength[k] = length;
  chainRow(k);
}

/** Gives each row that found no pivot its logical, in place of one of the columns that are left. */
function replaceDependent(): i32 {
  const m = rows;
  let lost = 0;
  let p = 0;
  for (let i = 0; i < m; i++) {
    if (rowDone[i]) continue;
    while (colDone[p]) p++;
    dropped[lost++] = head[p];
    head[p] = columns + i;
    settle(i, p, -1);
    // U rows before this one may name the dropped column, which is then no part of them
    colDone[p] = 2;
    uStart[i] = uLength;
    uEnd[i] = uLength;
  }
  for (let k = 0; k < m; k++) {
    const i = order[k];
    let end = uStart[i];
    for (let e = end, to = uEnd[i]; e < to; e++) {
      if (colDone[uCol[e]] == 2) continue;
      uCol[end] = uCol[e];
      uValue[end++] = uValue[e];
    }
    uEnd[i] = end;
  }
  return lost;
}

function transposeU(): void {
  const m = rows;
  for (let i = 0; i < m; i++) next[i] = 0;
  for (let i = 0; i < m; i++) {
    for (let e = uStart[i], to = uEnd[i]; e < to; e++) {
      const position = rowOfCol[uCol[e]];
      uCol[e] = position;
      next[position] += 1;
    }
  }
  utStart[0] = 0;
  for (let i = 0; i < m; i++) {
    utStart[i + 1] = utStart[i] + next[i];
    next[i] = utStart[i];
  }
  utRow = grownI32s(utRow, 0, utStart[m]);
  utValue = grownF64s(utValue, 0, utStart[m]);
  for (let i = 0; i < m; i++) {
    for (let e = uStart[i], to = uEnd[i]; e < to; e++) {
      const at = next[uCol[e]]++;
      utRow[at] = i;
      utValue[at] = uValue[e];
    }
  }
}

function transposeL(): void {
  const m = rows;
  for (let i = 0; i < m; i++) next[i] = 0;
  for (let e = 0; e < lLength; e++) next[lRow[e]] += 1;
  ltStart[0] = 0;
  for (let i = 0; i < m; i++) {
    ltStart[i + 1] = ltStart[i] + next[i];
    next[i] = ltStart[i];
  }
  ltCol = grownI32s(ltCol, 0, lLength);
  ltValue = grownF64s(ltValue, 0, lLength);
  for (let k = 0; k < lCount; k++) {
    const i = lPivot[k];
    for (let e = lStart[k], to = lStart[k + 1]; e < to; e++) {
      const at = next[lRow[e]]++;
      ltCol[at] = i;
      ltValue[at] = lValue[e];
    }
  }
}
