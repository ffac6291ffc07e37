/**
 * The effective size of several chains of equal length: how many independent draws would give their mean with the
 * same error. Geyer's initial monotone sequence over the chains' combined autocorrelation, as in Stan (Vehtari,
 * Gelman, Simpson, Carpenter, Bürkner, Bayesian Analysis 16:667, 2021, section 3.2). Chains stand one after the other.
 * NaN for fewer than 4 draws a chain, and where all draws are one number. At most `N log10 N`, as in Stan.
 */
export function effectiveSampleSize(values: Float64Array, chains: number): number {
  const draws = values.length / chains;
  if (draws < 4) return Number.NaN;
  const centred = new Float64Array(values.length);
  const means = new Float64Array(chains);
  let within = 0;
  for (let chain = 0; chain < chains; chain++) {
    const end = (chain + 1) * draws;
    let sum = 0;
    for (let at = chain * draws; at < end; at++) sum += values[at] ?? 0;
    const mean = sum / draws;
    means[chain] = mean;
    for (let at = chain * draws; at < end; at++) {
      const from = (values[at] ?? 0) - mean;
      centred[at] = from;
      within += from * from;
    }
  }
  within /= chains * (draws - 1);
  const all = means.reduce((sum, mean) => sum + mean, 0) / chains;
  let between = 0;
  for (const mean of means) between += (mean - all) ** 2;
  const total = (within * (draws - 1)) / draws + (chains > 1 ? between / (chains - 1) : 0);
  if (!(total > 0)) return Number.NaN;

  /** Of the chains combined: what the chains share counts as correlated. */
  const correlation = (lag: number): number => {
    let sum = 0;
    for (let chain = 0; chain < chains; chain++) {
      const end = (chain + 1) * draws;
      for (let at = chain * draws + lag; at < end; at++) sum += (centred[at] ?? 0) * (centred[at - lag] ?? 0);
    }
    // autocovariances are divided by draws, so that they stay positive definite
    return 1 - (within - sum / (chains * (draws - 1))) / total;
  };

  let time = -1;
  let before = Number.POSITIVE_INFINITY;
  for (let lag = 0; lag + 1 < draws; lag += 2) {
    const pair = (lag === 0 ? 1 : correlation(lag)) + correlation(lag + 1);
    if (!(pair > 0)) break;
    before = Math.min(before, pair);
    time += 2 * before;
  }
  const size = chains * draws;
  return size / Math.max(time, 1 / Math.log10(size));
}
