import type { Seconds } from "../contract/index.ts";

/** What one device does when: tasks one after the other, in slots that do not overlap. */
export class Timeline {
  /** The first moment the device can run anything. */
  readonly #opens: Seconds;
  #starts = new Float64Array(16);
  #ends = new Float64Array(16);
  #tasks = new Uint32Array(16);
  #length = 0;

  constructor(opens: Seconds) {
    this.#opens = opens;
  }

  /** In the order of their slots. */
  get tasks(): Uint32Array {
    return this.#tasks.slice(0, this.#length);
  }

  /** When the last slot ends; when the device opens, where there is none. */
  get lastEnd(): Seconds {
    return this.#length === 0 ? this.#opens : (this.#ends[this.#length - 1] ?? this.#opens);
  }

  /** The first start, at `ready` or later, of a free time that is long enough: a gap, or the end. */
  earliest(ready: Seconds, duration: Seconds): Seconds {
    const [starts, ends, length] = [this.#starts, this.#ends, this.#length];
    let at = this.#firstAfter(ready);
    let start = Math.max(ready, at === 0 ? this.#opens : (ends[at - 1] ?? 0));
    for (; at < length; at++) {
      if (start + duration <= (starts[at] ?? 0)) return start;
      start = Math.max(start, ends[at] ?? 0);
    }
    return start;
  }

  /** Takes the slot that `earliest` gave for the same `ready`. */
  insert(task: number, start: Seconds, end: Seconds): void {
    if (this.#length === this.#starts.length) this.#grow();
    // behind all slots that end at this moment, so that of two tasks without length the parent stays before its child
    const at = this.#firstAfter(start);
    const length = this.#length++;
    this.#starts.copyWithin(at + 1, at, length);
    this.#ends.copyWithin(at + 1, at, length);
    this.#tasks.copyWithin(at + 1, at, length);
    this.#starts[at] = start;
    this.#ends[at] = end;
    this.#tasks[at] = task;
  }

  /** The first slot that ends after a moment: before it there is no room to be had. */
  #firstAfter(moment: Seconds): number {
    const ends = this.#ends;
    let [low, high] = [0, this.#length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((ends[middle] ?? 0) > moment) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  #grow(): void {
    const room = 2 * this.#starts.length;
    const [starts, ends, tasks] = [new Float64Array(room), new Float64Array(room), new Uint32Array(room)];
    starts.set(this.#starts);
    ends.set(this.#ends);
    tasks.set(this.#tasks);
    [this.#starts, this.#ends, this.#tasks] = [starts, ends, tasks];
  }
}
