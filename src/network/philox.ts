/**
 * Philox4x32-10: four random words from a counter and a key, without any state between calls, so that every step of
 * every chain has numbers of its own wherever it is computed. J. K. Salmon, M. A. Moraes, R. O. Dror, D. E. Shaw,
 * "Parallel random numbers: as easy as 1, 2, 3", SC11, doi 10.1145/2063384.2063405.
 */
export function philox(counter: Uint32Array, key: Uint32Array, words: Uint32Array): void {
  let c0 = (counter[0] ?? 0) | 0;
  let c1 = (counter[1] ?? 0) | 0;
  let c2 = (counter[2] ?? 0) | 0;
  let c3 = (counter[3] ?? 0) | 0;
  let k0 = (key[0] ?? 0) | 0;
  let k1 = (key[1] ?? 0) | 0;
  for (let round = 0; round < 10; round++) {
    const high0 = highWord(0xd251, 0x1f53, c0);
    const low0 = Math.imul(0xd2511f53, c0);
    const high1 = highWord(0xcd9e, 0x8d57, c2);
    const low1 = Math.imul(0xcd9e8d57, c2);
    c0 = high1 ^ c1 ^ k0;
    c1 = low1;
    c2 = high0 ^ c3 ^ k1;
    c3 = low0;
    k0 = (k0 + 0x9e3779b9) | 0;
    k1 = (k1 + 0xbb67ae85) | 0;
  }
  words[0] = c0;
  words[1] = c1;
  words[2] = c2;
  words[3] = c3;
}

/** Bits 32 to 63 of a product of two 32-bit words, the first given by its halves: every part of it fits 32 bits. */
function highWord(high: number, low: number, word: number): number {
  const [wordLow, wordHigh] = [word & 0xffff, word >>> 16];
  const middle = (Math.imul(high, wordLow) + (Math.imul(low, wordLow) >>> 16)) >>> 0;
  const other = (Math.imul(low, wordHigh) + (middle & 0xffff)) >>> 0;
  return (Math.imul(high, wordHigh) + (middle >>> 16) + (other >>> 16)) | 0;
}
