import type { Seconds } from "../../contract/index.ts";

/** Power that is promised away, as steps over time. */
export class PowerProfile {
  readonly #times: Seconds[] = [0];
  readonly #levels: number[] = [0];

  /** The end of the first step within an interval at which so much more would pass the cap; null where all of it fits. */
  obstacle(from: Seconds, until: Seconds, watts: number, cap: number): Seconds | null {
    if (watts <= 0 || until <= from) return null;
    for (let at = this.#stepAt(from); at < this.#times.length && (this.#times[at] ?? 0) < until; at++)
      if ((this.#levels[at] ?? 0) + watts > cap) return this.#times[at + 1] ?? Number.POSITIVE_INFINITY;
    return null;
  }

  add(from: Seconds, until: Seconds, watts: number): void {
    if (watts <= 0 || until <= from) return;
    const first = this.#split(from);
    const last = this.#split(until);
    for (let at = first; at < last; at++) this.#levels[at] = (this.#levels[at] ?? 0) + watts;
  }

  #split(moment: Seconds): number {
    const at = this.#stepAt(moment);
    if (this.#times[at] === moment) return at;
    this.#times.splice(at + 1, 0, moment);
    this.#levels.splice(at + 1, 0, this.#levels[at] ?? 0);
    return at + 1;
  }

  /** The step that a moment lies in. */
  #stepAt(moment: Seconds): number {
    let [low, high] = [0, this.#times.length];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((this.#times[middle] ?? 0) <= moment) low = middle;
      else high = middle;
    }
    return low;
  }
}
