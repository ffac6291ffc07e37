/** Tasks by priority, the highest first; of equal ones the lowest index. */
export class ReadyQueue {
  readonly #priority: Float64Array;
  readonly #heap: number[] = [];

  /** @param priority Of every task, by index. */
  constructor(priority: Float64Array) {
    this.#priority = priority;
  }

  get size(): number {
    return this.#heap.length;
  }

  push(task: number): void {
    const heap = this.#heap;
    let at = heap.push(task) - 1;
    while (at > 0) {
      const up = (at - 1) >> 1;
      const above = heap[up] ?? 0;
      if (!this.#before(task, above)) break;
      heap[at] = above;
      at = up;
    }
    heap[at] = task;
  }

  /** null where none is left. */
  pop(): number | null {
    const heap = this.#heap;
    const [top] = heap;
    const last = heap.pop();
    if (top === undefined || last === undefined) return null;
    const { length } = heap;
    if (length === 0) return top;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= length) break;
      if (below + 1 < length && this.#before(heap[below + 1] ?? 0, heap[below] ?? 0)) below++;
      const one = heap[below] ?? 0;
      if (!this.#before(one, last)) break;
      heap[at] = one;
      at = below;
    }
    heap[at] = last;
    return top;
  }

  #before(a: number, b: number): boolean {
    const [first = 0, second = 0] = [this.#priority[a], this.#priority[b]];
    return first > second || (first === second && a < b);
  }
}
