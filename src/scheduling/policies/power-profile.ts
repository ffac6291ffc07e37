import type { Seconds } from "../../contract/index.ts";

/** Steps in one block: enough that whole blocks are passed over, few enough that putting one more in moves little. */
const mostSteps = 64;

/** Some steps in a row, and between which levels all of them lie. */
interface Block {
  readonly times: Seconds[];
  readonly levels: number[];
  least: number;
  most: number;
}

/** Power that is promised away, as steps over time, in blocks: one that lies under a limit, or over it, is not looked into. */
export class PowerProfile {
  readonly #blocks: Block[] = [{ times: [0], levels: [0], least: 0, most: 0 }];
  /** When each block begins. */
  readonly #begins: Seconds[] = [0];

  /**
   * When the first stretch within an interval in which so much more would pass the cap is over, Infinity where it never
   * is; null where all of it fits.
   */
  obstacle(from: Seconds, until: Seconds, watts: number, cap: number): Seconds | null {
    if (watts <= 0 || until <= from) return null;
    const found = this.#blocks;
    let block = lastUpTo(this.#begins, from);
    let at = lastUpTo(found[block]?.times ?? [], from);
    let isOver = false;
    for (; block < found.length; block++, at = 0) {
      const { times = [], levels = [], least = 0, most = 0 } = found[block] ?? {};
      if (!isOver && (times[0] ?? 0) >= until) return null;
      if (isOver ? least + watts > cap : most + watts <= cap) continue;
      for (; at < times.length; at++) {
        const isAbove = (levels[at] ?? 0) + watts > cap;
        if (isOver && !isAbove) return times[at] ?? 0;
        if (isOver) continue;
        if ((times[at] ?? 0) >= until) return null;
        isOver = isAbove;
      }
    }
    return isOver ? Number.POSITIVE_INFINITY : null;
  }

  add(from: Seconds, until: Seconds, watts: number): void {
    if (watts <= 0 || until <= from) return;
    this.#split(from);
    this.#split(until);
    for (let block = lastUpTo(this.#begins, from); block < this.#blocks.length; block++) {
      const one = this.#blocks[block];
      if (one === undefined || (one.times[0] ?? 0) >= until) return;
      const { times, levels } = one;
      const first = (times[0] ?? 0) < from ? lastUpTo(times, from) : 0;
      for (let at = first; at < times.length && (times[at] ?? 0) < until; at++) levels[at] = (levels[at] ?? 0) + watts;
      measure(one);
    }
  }

  /** Lets a step begin at a moment. */
  #split(moment: Seconds): void {
    const place = lastUpTo(this.#begins, moment);
    const block = this.#blocks[place];
    if (block === undefined) return;
    const { times, levels } = block;
    const at = lastUpTo(times, moment);
    if (times[at] === moment) return;
    times.splice(at + 1, 0, moment);
    levels.splice(at + 1, 0, levels[at] ?? 0);
    if (times.length <= mostSteps) return;
    const half = mostSteps >> 1;
    const behind: Block = { times: times.splice(half), levels: levels.splice(half), least: 0, most: 0 };
    measure(block);
    measure(behind);
    this.#blocks.splice(place + 1, 0, behind);
    this.#begins.splice(place + 1, 0, behind.times[0] ?? 0);
  }
}

function measure(block: Block): void {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const level of block.levels) {
    if (level < least) least = level;
    if (level > most) most = level;
  }
  block.least = least;
  block.most = most;
}

/** Index of the last of some rising moments that is not after one; 0 where all are. */
function lastUpTo(moments: readonly Seconds[], moment: Seconds): number {
  let [low, high] = [0, moments.length];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((moments[middle] ?? 0) <= moment) low = middle;
    else high = middle;
  }
  return low;
}
