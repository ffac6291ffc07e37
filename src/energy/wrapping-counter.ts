/** No socket draws as much: so much time must pass before a counter can have gone round unseen. */
const mostWatts = 1000;
/** A step that no window can make up for, so that whoever spans it sees joules below zero, which are no answer. */
const lost = 2 ** 40;

/** Makes a counter that starts again at some value into one that does not, as long as it is read often enough. */
export class WrappingCounter {
  readonly #read: () => number | null;
  readonly #range: number | null;
  #last: number | null = null;
  #lastAt = 0;
  #total = 0;

  /** `read` gives microjoules, null where it fails; `range` is where the counter starts again. */
  constructor(read: () => number | null, range: number | null) {
    this.#read = read;
    this.#range = range;
  }

  /** Seconds within which it must be read again, or it may have gone round unseen. */
  get patience(): number {
    return this.#range === null ? Number.POSITIVE_INFINITY : this.#range / 1e6 / mostWatts;
  }

  /** Joules since the first call; NaN where it cannot be read. Steps back where it lost count. `now` is in seconds. */
  joules(now: number): number {
    const value = this.#read();
    if (value === null) return Number.NaN;
    if (this.#last !== null) {
      const late = now - this.#lastAt > this.patience;
      const step = value >= this.#last ? value - this.#last : this.#wrapped(value, this.#last);
      this.#total += late || step === null ? -lost : step / 1e6;
    }
    this.#last = value;
    this.#lastAt = now;
    return this.#total;
  }

  /** null where it is not known at which value it started again: it may have been reset as well. */
  #wrapped(value: number, last: number): number | null {
    return this.#range === null || last > this.#range ? null : value + this.#range - last;
  }
}
