// The factorised basis: solves with it and its transpose, and exchanges of a column in product form (one eta an exchange).
import { F64s, I32s, clearF64s, copyF64s, copyI32s, f64s, grownF64s, grownI32s, i32s } from "./arrays";
import * as lu from "./factor";
import {
  AT_LOWER, colRow, colStart, colValue, columns, cost, d, head, placeNonbasic, rowCol, rows, rowStart, rowValue,
  total, where, x,
} from "./problem";

const TINY: f64 = 1e-14;
/** Exchanges before the basis is factorised anew; by measurement on iML1515. */
const EXCHANGES: i32 = 64;

let etaCount: i32 = 0;
let etaRow: I32s = i32s(0);
let etaPivot: F64s = f64s(0);
let etaStart: I32s = i32s(0);
let etaIndex: I32s = i32s(0);
let etaValue: F64s = f64s(0);
/** Factorisations so far. */
export let factorised: i32 = 0;

/** Row of the simplex tableau that `price` made, by column, with the columns that it touched. */
export let row: F64s = f64s(0);
export let rowTouched: I32s = i32s(0);
export let rowLength: i32 = 0;
let stamp: I32s = i32s(0);
let stamped: i32 = 0;
let work: F64s = f64s(0);
let prices: F64s = f64s(0);

export function allocateBasis(): void {
  etaRow = i32s(EXCHANGES);
  etaPivot = f64s(EXCHANGES);
  etaStart = i32s(EXCHANGES + 1);
  etaIndex = i32s(4 * rows + 16);
  etaValue = f64s(4 * rows + 16);
  row = f64s(total);
  rowTouched = i32s(total);
  stamp = i32s(total);
  work = f64s(rows);
  prices = f64s(rows);
}

/** v := B^-1 v; in by row, out by position. */
export function ftran(v: F64s): void {
  const lPivot = lu.lPivot, lStart = lu.lStart, lRow = lu.lRow, lValue = lu.lValue;
  for (let k = 0, count = lu.lCount; k < count; k++) {
    const t = v[lPivot[k]];
    if (t == 0) continue;
    for (let e = lStart[k], to = lStart[k + 1]; e < to; e++) v[lRow[e]] -= lValue[e] * t;
  }
  const order = lu.order, pivot = lu.pivot, utStart = lu.utStart, utRow = lu.utRow, utValue = lu.utValue;
  for (let k = rows - 1; k >= 0; k--) {
    const i = order[k];
    let t = v[i];
    if (t == 0) continue;
    if (abs(t) < TINY) {
      v[i] = 0;
      continue;
    }
    t /= pivot[i];
    v[i] = t;
    for (let e = utStart[i], to = utStart[i + 1]; e < to; e++) v[utRow[e]] -= utValue[e] * t;
  }
  for (let k = 0; k < etaCount; k++) {
    const i = etaRow[k];
    let t = v[i];
    if (t == 0) continue;
    t /= etaPivot[k];
    v[i] = t;
    for (let e = etaStart[k], to = etaStart[k + 1]; e < to; e++) v[etaIndex[e]] -= etaValue[e] * t;
  }
}

/** v := B^-T v; in by position, out by row. */
export function btran(v: F64s): void {
  for (let k = etaCount - 1; k >= 0; k--) {
    const i = etaRow[k];
    let t = v[i];
    for (let e = etaStart[k], to = etaStart[k + 1]; e < to; e++) t -= etaValue[e] * v[etaIndex[e]];
    v[i] = abs(t) < TINY ? 0 : t / etaPivot[k];
  }
  const m = rows;
  const order = lu.order, pivot = lu.pivot, uStart = lu.uStart, uEnd = lu.uEnd, uCol = lu.uCol, uValue = lu.uValue;
  for (let k = 0; k < m; k++) {
    const i = order[k];
    let t = v[i];
    if (t == 0) continue;
    t /= pivot[i];
    v[i] = t;
    for (let e = uStart[i], to = uEnd[i]; e < to; e++) v[uCol[e]] -= uValue[e] * t;
  }
  const ltStart = lu.ltStart, ltCol = lu.ltCol, ltValue = lu.ltValue;
  for (let k = m - 1; k >= 0; k--) {
    const i = order[k];
    const t = v[i];
    if (t == 0) continue;
    if (abs(t) < TINY) {
      v[i] = 0;
      continue;
    }
    for (let e = ltStart[i], to = ltStart[i + 1]; e < to; e++) v[ltCol[e]] -= ltValue[e] * t;
  }
}

/** v += scale times a column of [A -I]. */
export function addColumn(v: F64s, j: i32, scale: f64): void {
  if (j >= columns) {
    v[j - columns] -= scale;
    return;
  }
  for (let e = colStart[j], to = colStart[j + 1]; e < to; e++) v[colRow[e]] += colValue[e] * scale;
}

/** row := v' [A -I] on every column that has an entry where v has one. */
export function price(v: F64s): void {
  for (let k = 0; k < rowLength; k++) row[rowTouched[k]] = 0;
  let length = 0;
  const mark = ++stamped;
  const m = rows, n = columns;
  for (let i = 0; i < m; i++) {
    const t = v[i];
    if (t == 0) continue;
    for (let e = rowStart[i], to = rowStart[i + 1]; e < to; e++) {
      const j = rowCol[e];
      if (stamp[j] != mark) {
        stamp[j] = mark;
        rowTouched[length++] = j;
      }
      row[j] += rowValue[e] * t;
    }
    row[n + i] = -t;
    rowTouched[length++] = n + i;
  }
  rowLength = length;
}

/** Column q becomes basic at position r; `column` is B^-1 of it. True when it is time to factorise. */
export function exchange(r: i32, q: i32, column: F64s): bool {
  const m = rows;
  let at = etaStart[etaCount];
  etaIndex = grownI32s(etaIndex, at, at + m);
  etaValue = grownF64s(etaValue, at, at + m);
  for (let i = 0; i < m; i++) {
    const t = column[i];
    if (t == 0 || i == r || abs(t) < TINY) continue;
    etaIndex[at] = i;
    etaValue[at++] = t;
  }
  etaRow[etaCount] = r;
  etaPivot[etaCount++] = column[r];
  etaStart[etaCount] = at;
  head[r] = q;
  where[q] = r;
  return etaCount == EXCHANGES;
}

export function exchanges(): i32 {
  return etaCount;
}

/** Factorises anew. False when the basis had lost rank and was mended with logicals. */
export function refactorise(): bool {
  const lost = lu.factorise();
  etaCount = 0;
  etaStart[0] = 0;
  factorised++;
  for (let k = 0; k < lost; k++) {
    const j = lu.dropped[k];
    where[j] = AT_LOWER;
    placeNonbasic(j);
  }
  for (let i = 0; i < rows; i++) where[head[i]] = i;
  return lost == 0;
}

function residual(v: F64s): f64 {
  clearF64s(v);
  const N = total;
  for (let j = 0; j < N; j++) {
    const t = x[j];
    if (t != 0) addColumn(v, j, -t);
  }
  let most: f64 = 0;
  for (let i = 0; i < rows; i++) most = max(most, abs(v[i]));
  return most;
}

/** Sets the basic columns from the nonbasic ones, with a step of refinement. Returns the residual that was left before it. */
export function computePrimal(): f64 {
  const m = rows;
  for (let i = 0; i < m; i++) x[head[i]] = 0;
  residual(work);
  ftran(work);
  for (let i = 0; i < m; i++) x[head[i]] = work[i];
  const left = residual(work);
  if (left > 1e-13) {
    ftran(work);
    for (let i = 0; i < m; i++) x[head[i]] += work[i];
  }
  return left;
}

/** Reduced costs of `cost` for every nonbasic column, with a step of refinement: those of the basic ones ought to be 0. */
export function computeDual(): void {
  const m = rows, N = total;
  for (let i = 0; i < m; i++) prices[i] = cost[head[i]];
  btran(prices);
  price(prices);
  let most: f64 = 0;
  for (let i = 0; i < m; i++) {
    const left = cost[head[i]] - row[head[i]];
    work[i] = left;
    most = max(most, abs(left));
  }
  if (most > 1e-16) {
    btran(work);
    for (let i = 0; i < m; i++) prices[i] += work[i];
    price(prices);
  }
  for (let j = 0; j < N; j++) d[j] = where[j] >= 0 ? 0 : cost[j] - row[j];
}

// The base: the basis that every item of a batch may start from. `baseOrder` is its head before it was factorised, so that
// factorising it again gives the very same factors.
let baseOrder: I32s = i32s(0);
let baseHead: I32s = i32s(0);
let baseWhere: I32s = i32s(0);
let baseX: F64s = f64s(0);
let baseD: F64s = f64s(0);
let baseFactorised: i32 = -1;

export function keepBase(): void {
  if (baseFactorised < 0) {
    baseOrder = i32s(rows);
    baseHead = i32s(rows);
    baseWhere = i32s(total);
    baseX = f64s(total);
    baseD = f64s(total);
  }
  copyI32s(baseOrder, head, rows);
  refactorise();
  computePrimal();
  computeDual();
  copyI32s(baseHead, head, rows);
  copyI32s(baseWhere, where, total);
  copyF64s(baseX, x, total);
  copyF64s(baseD, d, total);
  baseFactorised = factorised;
}

export function returnToBase(): void {
  copyI32s(where, baseWhere, total);
  copyF64s(x, baseX, total);
  copyF64s(d, baseD, total);
  etaCount = 0;
  if (baseFactorised == factorised) {
    copyI32s(head, baseHead, rows);
    return;
  }
  copyI32s(head, baseOrder, rows);
  refactorise();
  baseFactorised = factorised;
}
