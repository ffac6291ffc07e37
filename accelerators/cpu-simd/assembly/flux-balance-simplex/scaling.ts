// Powers of two that bring the entries of the matrix towards 1: entry (i, j) times rowScale[i] times columnScale[j].
// Geometric scaling (R. Fourer, Mathematical Programming 23 (1982), 274-313); powers of two, so that nothing is rounded.
import { F64s, f64s } from "./arrays";
import { colRow, colStart, colValue, columns, rows } from "./problem";

/** Times over rows and columns; further ones change little. */
const ROUNDS: i32 = 4;
/** A matrix whose entries differ by no more than this factor is left as it is. */
const EVEN: f64 = 1e3;

export let rowScale: F64s = f64s(0);
export let columnScale: F64s = f64s(0);

export function allocateScales(): void {
  rowScale = f64s(rows);
  columnScale = f64s(columns);
}

/** Finds the scales of the matrix that the host wrote, and scales it. */
export function scaleMatrix(): void {
  for (let i = 0; i < rows; i++) rowScale[i] = 1;
  for (let j = 0; j < columns; j++) columnScale[j] = 1;
  if (spread() <= EVEN) return;
  const least = f64s(rows);
  const most = f64s(rows);
  for (let round = 0; round < ROUNDS; round++) {
    for (let i = 0; i < rows; i++) {
      least[i] = Infinity;
      most[i] = 0;
    }
    for (let j = 0; j < columns; j++) {
      for (let e = colStart[j]; e < colStart[j + 1]; e++) {
        const i = colRow[e];
        const size = abs(colValue[e]) * columnScale[j];
        least[i] = min(least[i], size);
        most[i] = max(most[i], size);
      }
    }
    for (let i = 0; i < rows; i++) if (most[i] > 0) rowScale[i] = 1 / sqrt(least[i] * most[i]);
    for (let j = 0; j < columns; j++) {
      let low: f64 = Infinity;
      let high: f64 = 0;
      for (let e = colStart[j]; e < colStart[j + 1]; e++) {
        const size = abs(colValue[e]) * rowScale[colRow[e]];
        low = min(low, size);
        high = max(high, size);
      }
      if (high > 0) columnScale[j] = 1 / sqrt(low * high);
    }
  }
  for (let i = 0; i < rows; i++) rowScale[i] = nearestPower(rowScale[i]);
  for (let j = 0; j < columns; j++) columnScale[j] = nearestPower(columnScale[j]);
  for (let j = 0; j < columns; j++)
    for (let e = colStart[j]; e < colStart[j + 1]; e++) colValue[e] = colValue[e] * rowScale[colRow[e]] * columnScale[j];
}

function spread(): f64 {
  let low: f64 = Infinity;
  let high: f64 = 0;
  const end = colStart[columns];
  for (let e = 0; e < end; e++) {
    const size = abs(colValue[e]);
    low = min(low, size);
    high = max(high, size);
  }
  return high / low;
}

/** The power of two whose logarithm is nearest; 1 where the scale is none, its sizes having left the range of doubles. */
function nearestPower(scale: f64): f64 {
  const bits = reinterpret<u64>(scale);
  const exponent = bits >> 52;
  if (exponent == 0 || exponent >= 0x7fe) return 1;
  const mantissa = reinterpret<f64>((bits & 0xfffffffffffff) | (0x3ff << 52));
  return reinterpret<f64>((exponent + (mantissa >= Math.SQRT2 ? 1 : 0)) << 52);
}
