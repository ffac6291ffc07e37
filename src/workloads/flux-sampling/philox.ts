import { philox } from "../../network/index.ts";

/** What a step draws. */
export interface Draw {
  /** One of so many, 0-based. */
  readonly index: number;
  /** Where on the chord: above 0 and below 1, one of 2^32 places. */
  readonly place: number;
}

/** The numbers of one chain, by step: words 0 and 1 of block `step / 2` for even steps, words 2 and 3 for odd ones. */
export function chainDraws(seed: number, chain: number, choices: number): (step: number) => Draw {
  const counter = new Uint32Array(4);
  const key = Uint32Array.of(seed, chain);
  const words = new Uint32Array(4);
  return (step) => {
    counter[0] = Math.floor(step / 2);
    philox(counter, key, words);
    const first = 2 * (step % 2);
    return {
      index: Math.floor(((words[first] ?? 0) * choices) / 2 ** 32),
      place: ((words[first + 1] ?? 0) + 0.5) / 2 ** 32,
    };
  };
}
