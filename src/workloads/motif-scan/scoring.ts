/** Probabilities or counts of A, C, G and T, in this order everywhere. */
export type Background = readonly [number, number, number, number];

export const uniform: Background = [0.25, 0.25, 0.25, 0.25];

export interface MotifMatrix {
  readonly id: string;
  readonly name: string;
  /** Counts (or weights) per letter and column: four rows A, C, G, T of `counts.length / 4` columns, row-major. */
  readonly counts: Float64Array;
}

/** Longest motif, in columns. */
export const longestMotif = 200;

/** Steps a natural-log unit is cut into for the threshold; MOODS' value. */
export const stepsPerUnit = 2000;

/**
 * Natural-log odds `ln((n + ps b) / (sum + ps)) - ln b`, column-major: `scores[4 * column + letter]`.
 * The rule of MOODS (Korhonen et al., Bioinformatics 25:3181, 2009, doi 10.1093/bioinformatics/btp554).
 */
export function logOdds({ counts }: MotifMatrix, background: Background, pseudocount: number): Float64Array {
  const columns = counts.length / 4;
  const scores = new Float64Array(counts.length);
  for (let column = 0; column < columns; column++) {
    let sum = 0;
    for (let letter = 0; letter < 4; letter++)
      sum += (counts[letter * columns + column] ?? 0) + pseudocount * (background[letter] ?? 0);
    for (let letter = 0; letter < 4; letter++) {
      const b = background[letter] ?? 0;
      scores[4 * column + letter] =
        Math.log(((counts[letter * columns + column] ?? 0) + pseudocount * b) / sum) - Math.log(b);
    }
  }
  return scores;
}

/** The matrix that finds the same motif on the other strand: columns reversed, A with T and C with G exchanged. */
export function reverseComplement(scores: Float64Array): Float64Array {
  return scores.slice().reverse();
}

/** The score in steps of 1/2000, halves away from zero. */
function steps(score: number): number {
  return Math.trunc(score > 0 ? stepsPerUnit * score + 0.5 : stepsPerUnit * score - 0.5);
}

/**
 * Least score whose tail probability under the background is at most `pValue`, by dynamic programming over the
 * scores in steps of 1/2000: with r the largest integer such that P(V >= r) > p it is (r + 1) / 2000. Where even
 * the best word is likelier than p it is `scoreBelowBest`; where the tail never exceeds p, everything passes.
 */
export function threshold(scores: Float64Array, background: Background, pValue: number): number {
  const columns = scores.length / 4;
  let least = 0;
  let most = 0;
  const v = Int32Array.from(scores, steps);
  for (let column = 0; column < columns; column++) {
    const of = v.subarray(4 * column, 4 * column + 4);
    least += Math.min(...of);
    most += Math.max(...of);
  }
  // a cell of the table takes only from cells nearer the best score, so a table cut short is right as far as it goes
  for (let band = Math.min(firstBand, most - least); ; band = Math.min(2 * band, most - least)) {
    const table = shortfalls(v, background, band);
    let tail = 0;
    for (let x = 0; x < table.length; x++) {
      tail += table[x] ?? 0;
      if (tail > pValue) return x === 0 ? scoreBelowBest(scores) : (most - x + 1) / stepsPerUnit;
    }
    if (band === most - least) return leastScore(scores) - 1;
  }
}

/** Steps below the best score that are looked at first: two units, where most thresholds lie further. */
const firstBand = 4096;

/** Probability that a word's score falls short of the best possible one by exactly 0, 1, .. `band` steps. */
function shortfalls(v: Int32Array, background: Background, band: number): Float64Array {
  let table = new Float64Array(band + 1);
  table[0] = 1;
  let reach = 0;
  for (let at = 0; at < v.length; at += 4) {
    const of = v.subarray(at, at + 4);
    const best = Math.max(...of);
    const next = new Float64Array(band + 1);
    for (let letter = 0; letter < 4; letter++) {
      const loss = best - (of[letter] ?? 0);
      const b = background[letter] ?? 0;
      const last = Math.min(reach, band - loss);
      for (let x = 0; x <= last; x++) next[x + loss] = (next[x + loss] ?? 0) + b * (table[x] ?? 0);
    }
    reach = Math.min(band, reach + best - Math.min(...of));
    table = next;
  }
  return table;
}

/** Sum of the columns' worst scores. */
export function leastScore(scores: Float64Array): number {
  let sum = 0;
  for (let at = 0; at < scores.length; at += 4) sum += Math.min(...scores.subarray(at, at + 4));
  return sum;
}

/** Best score less half the least gap between the best and the next value of a column; -Infinity where all are flat. */
export function scoreBelowBest(scores: Float64Array): number {
  let most = 0;
  let gap = Number.POSITIVE_INFINITY;
  for (let at = 0; at < scores.length; at += 4) {
    const [best = 0, ...rest] = [...scores.subarray(at, at + 4)].sort((x, y) => y - x);
    most += best;
    gap = Math.min(gap, best - (rest.find((x) => x < best) ?? Number.NEGATIVE_INFINITY));
  }
  return most - gap / 2;
}

const letterOf = new Int8Array(256).fill(-1);
for (const [letter, both] of ["Aa", "Cc", "Gg", "Tt"].entries())
  for (const character of both) letterOf[character.charCodeAt(0)] = letter;

/** Code of an ASCII letter: A 0, C 1, G 2, T 3 in either case, -1 for all else. */
export const baseCode: (ascii: number) => number = (ascii) => letterOf[ascii] ?? -1;
