import type { Distribution } from "./expression.ts";

/** Numbers above 0 and below 1. */
export type Random = () => number;

const parameters: Readonly<Record<Distribution, number>> = {
  uniform: 2,
  normal: 2,
  logNormal: 2,
  exponential: 1,
  gamma: 2,
  poisson: 1,
  cauchy: 2,
  chiSquare: 1,
  laplace: 2,
  rayleigh: 1,
  binomial: 2,
  bernoulli: 1,
};

/** Draws of a truncated distribution before it counts as having no inside. */
const mostDraws = 1e6;

/**
 * One draw; a truncated distribution by rejection of what is outside of its bounds (both inclusive), NaN where a million
 * draws are, or where a parameter is out of range.
 */
export function drawFrom(of: Distribution, given: readonly number[], random: Random): number {
  const count = parameters[of];
  const [a = Number.NaN, b = Number.NaN] = given;
  const one = (): number => draw(of, a, b, random);
  if (given.length < count + 2) return one();
  const low = given[count] ?? Number.NaN;
  const high = given[count + 1] ?? Number.NaN;
  for (let tries = 0; tries < mostDraws; tries++) {
    const value = one();
    if (Number.isNaN(value)) break;
    if (value >= low && value <= high) return value;
  }
  return Number.NaN;
}

function draw(of: Distribution, a: number, b: number, random: Random): number {
  switch (of) {
    case "uniform":
      return a + random() * (b - a);
    case "normal":
      return a + b * standardNormal(random);
    case "logNormal":
      return Math.exp(a + b * standardNormal(random));
    case "exponential":
      return -Math.log(random()) / a;
    case "gamma":
      return b * standardGamma(a, random);
    case "chiSquare":
      return 2 * standardGamma(a / 2, random);
    case "poisson":
      return poissonNumber(a, random);
    case "cauchy":
      return a + b * Math.tan(Math.PI * (random() - 0.5));
    case "laplace": {
      const side = random() - 0.5;
      return a - b * Math.sign(side) * Math.log(1 - 2 * Math.abs(side));
    }
    case "rayleigh":
      return a * Math.sqrt(-2 * Math.log(random()));
    case "binomial":
      return binomialNumber(a, b, random);
    case "bernoulli":
      return a >= 0 && a <= 1 ? Number(random() < a) : Number.NaN;
  }
}

/** Box and Muller (1958), the cosine alone. */
function standardNormal(random: Random): number {
  const radius = Math.sqrt(-2 * Math.log(random()));
  return radius * Math.cos(2 * Math.PI * random());
}

/** Marsaglia & Tsang, ACM Trans. Math. Softw. 26:363, 2000, doi 10.1145/358407.358414. */
function standardGamma(shape: number, random: Random): number {
  if (!(shape > 0 && shape < Number.POSITIVE_INFINITY)) return Number.NaN;
  if (shape < 1) return standardGamma(shape + 1, random) * random() ** (1 / shape);
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = standardNormal(random);
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(random()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
  }
}

/** A Poisson number: by products below 10 (Knuth), else PTRS (Hormann, Insur. Math. Econ. 12:39, 1993, doi 10.1016/0167-6687(93)90997-4). */
export function poissonNumber(mean: number, random: Random): number {
  if (!(mean >= 0 && mean < Number.POSITIVE_INFINITY)) return Number.NaN;
  if (mean < 10) {
    const limit = Math.exp(-mean);
    let product = random();
    let count = 0;
    for (; product > limit; count++) product *= random();
    return count;
  }
  const logMean = Math.log(mean);
  const b = 0.931 + 2.53 * Math.sqrt(mean);
  const a = -0.059 + 0.02483 * b;
  const inverse = 1.1239 + 1.1328 / (b - 3.4);
  const accept = 0.9277 - 3.6224 / (b - 2);
  for (;;) {
    const u = random() - 0.5;
    const v = random();
    const us = 0.5 - Math.abs(u);
    const count = Math.floor(((2 * a) / us + b) * u + mean + 0.43);
    if (us >= 0.07 && v <= accept) return count;
    if (count < 0 || (us < 0.013 && v > us)) continue;
    if (Math.log((v * inverse) / (a / (us * us) + b)) <= count * logMean - mean - logFactorial(count)) return count;
  }
}

/** Stirling's series from 10 on, a product below. */
function logFactorial(count: number): number {
  if (count < 10) {
    let product = 1;
    for (let factor = 2; factor <= count; factor++) product *= factor;
    return Math.log(product);
  }
  const x = count + 1;
  const inverse = 1 / (x * x);
  return (
    (x - 0.5) * Math.log(x) -
    x +
    0.5 * Math.log(2 * Math.PI) +
    (1 / 12 - inverse * (1 / 360 - inverse * (1 / 1260 - inverse / 1680))) / x
  );
}

/**
 * A binomial number: the median of a beta number splits many trials in two until few are left, which are then counted
 * by the waiting times between successes (Devroye, Non-Uniform Random Variate Generation, 1986, X.4).
 */
function binomialNumber(trials: number, probability: number, random: Random): number {
  if (!(Number.isInteger(trials) && trials >= 0 && probability >= 0 && probability <= 1)) return Number.NaN;
  let left = trials;
  let chance = probability;
  let sum = 0;
  while (left * Math.min(chance, 1 - chance) > 30) {
    const middle = Math.floor((left + 1) / 2);
    const one = standardGamma(middle, random);
    const order = one / (one + standardGamma(left + 1 - middle, random));
    if (order <= chance) {
      sum += middle;
      left -= middle;
      chance = (chance - order) / (1 - order);
    } else {
      left = middle - 1;
      chance /= order;
    }
  }
  const rare = Math.min(chance, 1 - chance);
  let successes = 0;
  if (rare > 0) {
    const scale = Math.log1p(-rare);
    for (let at = Math.floor(Math.log(random()) / scale); at < left; at += 1 + Math.floor(Math.log(random()) / scale))
      successes++;
  }
  return sum + (chance <= 0.5 ? successes : left - successes);
}
