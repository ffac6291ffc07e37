/**
 * Jain's index of fairness: 1 where all have the same, 1/n where one has all; 1 for nobody and for nothing.
 * Jain, Chiu and Hawe 1984, DEC-TR-301: (sum x)^2 / (n sum x^2).
 */
export function jainFairness(shares: readonly number[]): number {
  let [sum, squares] = [0, 0];
  for (const share of shares) {
    sum += share;
    squares += share * share;
  }
  return squares === 0 ? 1 : (sum * sum) / (shares.length * squares);
}
