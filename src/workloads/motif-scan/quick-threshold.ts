import { type Background, leastScore, scoreBelowBest, stepsPerUnit } from "./scoring.ts";

/** The first, coarse pass takes steps this many times wider: it costs a fiftieth, and tells how far the fine one must go. */
const coarseness = 50;

/**
 * The workload's `threshold`, equal to the last bit, in about a quarter of its time: 0.4 ms for a matrix of 12 columns
 * at p = 1e-4. For kernels; the oracle keeps to the plain rule.
 */
export function quickThreshold(scores: Float64Array, background: Background, pValue: number): number {
  const columns = scores.length / 4;
  const rough = inSteps(scores, stepsPerUnit / coarseness);
  const fine = inSteps(scores, stepsPerUnit);
  const width = widthOf(fine);
  const roughLoss = lossAtTail(rough, background, pValue, widthOf(rough));
  // a column's loss is rounded by a step at most, in either table
  const enough = roughLoss === null ? width : coarseness * (roughLoss + columns + 1) + columns;
  for (let band = Math.min(enough, width); ; band = Math.min(2 * band, width)) {
    const loss = lossAtTail(fine, background, pValue, band);
    if (loss === 0) return scoreBelowBest(scores);
    if (loss !== null) return (mostOf(fine) - loss + 1) / stepsPerUnit;
    if (band === width) return leastScore(scores) - 1;
  }
}

/** Scores in whole steps, halves away from zero. */
function inSteps(scores: Float64Array, perUnit: number): Int32Array {
  return Int32Array.from(scores, (score) => Math.trunc(perUnit * score + (score > 0 ? 0.5 : -0.5)));
}

/**
 * Least loss against the best word at which the tail's probability is above `pValue`; null where it is not within the
 * band. A cell adds its letters in the oracle's order, so that its last bit is the oracle's.
 */
function lossAtTail(v: Int32Array, [a, c, g, t]: Background, pValue: number, band: number): number | null {
  let table = new Float64Array(band + 1);
  let next = new Float64Array(band + 1);
  table[0] = 1;
  let reach = 0;
  for (let at = 0; at < v.length; at += 4) {
    const [vA = 0, vC = 0, vG = 0, vT = 0] = v.subarray(at, at + 4);
    const best = Math.max(vA, vC, vG, vT);
    const widest = best - Math.min(vA, vC, vG, vT);
    const [lossA, lossC, lossG, lossT] = [best - vA, best - vC, best - vG, best - vT];
    const end = Math.min(band, reach + widest);
    // nearer the best word than a letter's loss there is nothing to take over
    const edge = Math.min(end + 1, widest);
    for (let x = 0; x < edge; x++) {
      let sum = 0;
      if (x >= lossA) sum += a * (table[x - lossA] ?? 0);
      if (x >= lossC) sum += c * (table[x - lossC] ?? 0);
      if (x >= lossG) sum += g * (table[x - lossG] ?? 0);
      if (x >= lossT) sum += t * (table[x - lossT] ?? 0);
      next[x] = sum;
    }
    for (let x = edge; x <= end; x++)
      next[x] =
        a * (table[x - lossA] ?? 0) +
        c * (table[x - lossC] ?? 0) +
        g * (table[x - lossG] ?? 0) +
        t * (table[x - lossT] ?? 0);
    // what the older table holds is within the new reach, and will be written over
    [table, next] = [next, table];
    reach = end;
  }
  let tail = 0;
  for (let x = 0; x <= band; x++) {
    tail += table[x] ?? 0;
    if (tail > pValue) return x;
  }
  return null;
}

/** Steps of the best word. */
function mostOf(v: Int32Array): number {
  let sum = 0;
  for (let at = 0; at < v.length; at += 4) sum += Math.max(...v.subarray(at, at + 4));
  return sum;
}

/** Steps between the best word and the worst. */
function widthOf(v: Int32Array): number {
  let sum = mostOf(v);
  for (let at = 0; at < v.length; at += 4) sum -= Math.min(...v.subarray(at, at + 4));
  return sum;
}
