import { BioXenError, seededRandom } from "../contract/index.ts";

/** How far durations stray from what was planned: standard deviations of their logarithms. */
export interface Noise {
  readonly tasks: number;
  readonly transfers: number;
}

export const noNoise: Noise = { tasks: 0, transfers: 0 };

/** @throws BioXenError `INPUT_INVALID` for a spread that is negative, not finite, or beyond any machine's. */
export function checkedNoise(noise: Noise): Noise {
  for (const [what, spread] of Object.entries(noise))
    if (!(spread >= 0 && spread <= 3))
      throw new BioXenError("INPUT_INVALID", `noise of ${what} is ${spread}, expected a number from 0 to 3`);
  return noise;
}

/**
 * Factors on durations, log-normal with mean 1. The factor of an item depends on the seed and on its index alone, so that
 * policies are compared on the same luck.
 */
export function noiseFactors(count: number, spread: number, seed: number, stream: number): Float64Array {
  const factors = new Float64Array(count).fill(1);
  if (spread === 0) return factors;
  for (let at = 0; at < count; at++) {
    const draw = seededRandom(mixedSeed(seed, stream, at));
    // Box and Muller 1958, doi:10.1214/aoms/1177706645; 1 - u is above 0
    const normal = Math.sqrt(-2 * Math.log(1 - draw())) * Math.cos(2 * Math.PI * draw());
    factors[at] = Math.exp(spread * normal - (spread * spread) / 2);
  }
  return factors;
}

/** One seed of several whole numbers, by the finaliser of MurmurHash3 (A. Appleby, public domain). */
export function mixedSeed(...parts: readonly number[]): number {
  let hash = 0x9e3779b9;
  for (const part of parts) {
    hash = Math.imul(hash ^ part, 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    hash = (hash ^ (hash >>> 16)) >>> 0;
  }
  return hash;
}
