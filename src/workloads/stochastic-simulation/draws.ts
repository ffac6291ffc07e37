import { philox } from "../../network/index.ts";

/** Two numbers above 0 and below 1, each one of 2^52, from one block. */
export interface Draws {
  waiting: number;
  choice: number;
}

/**
 * The random numbers of one trajectory by block: Philox with the key (seed, trajectory) and the counter (block). A reaction uses
 * one block: words 0 and 1 for the waiting time, 2 and 3 for the choice.
 */
export function trajectoryDraws(seed: number, trajectory: number): (block: number, draws: Draws) => void {
  const counter = new Uint32Array(4);
  const key = Uint32Array.of(seed, trajectory);
  const words = new Uint32Array(4);
  return (block, draws) => {
    counter[0] = block % 2 ** 32;
    counter[1] = Math.floor(block / 2 ** 32);
    philox(counter, key, words);
    draws.waiting = between(words[0], words[1]);
    draws.choice = between(words[2], words[3]);
  };
}

function between(high = 0, low = 0): number {
  return ((high >>> 6) * 2 ** 26 + (low >>> 6) + 0.5) / 2 ** 52;
}
