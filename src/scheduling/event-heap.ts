/** Events by time; of those at one moment the one that was added first. */
export class EventHeap {
  #times: Float64Array;
  #numbers: Float64Array;
  #tasks: Uint32Array;
  #length = 0;
  #added = 0;
  /** Of the event that `pop` gave last. */
  time = 0;

  constructor(room: number) {
    this.#times = new Float64Array(room + 1);
    this.#numbers = new Float64Array(room + 1);
    this.#tasks = new Uint32Array(room + 1);
  }

  push(time: number, task: number): void {
    if (this.#length === this.#times.length) this.#grow();
    const number = this.#added++;
    let at = this.#length++;
    while (at > 0) {
      const up = (at - 1) >> 1;
      if ((this.#times[up] ?? 0) <= time) break;
      this.#move(up, at);
      at = up;
    }
    this.#set(at, time, number, task);
  }

  /** The task of the next event, -1 where none is left. */
  pop(): number {
    if (this.#length === 0) return -1;
    this.time = this.#times[0] ?? 0;
    const task = this.#tasks[0] ?? 0;
    const length = --this.#length;
    const [time = 0, number = 0, last = 0] = [this.#times[length], this.#numbers[length], this.#tasks[length]];
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= length) break;
      if (below + 1 < length && this.#before(below + 1, this.#times[below] ?? 0, this.#numbers[below] ?? 0)) below++;
      if (!this.#before(below, time, number)) break;
      this.#move(below, at);
      at = below;
    }
    this.#set(at, time, number, last);
    return task;
  }

  #before(at: number, time: number, number: number): boolean {
    const own = this.#times[at] ?? 0;
    return own < time || (own === time && (this.#numbers[at] ?? 0) < number);
  }

  #move(from: number, to: number): void {
    this.#set(to, this.#times[from] ?? 0, this.#numbers[from] ?? 0, this.#tasks[from] ?? 0);
  }

  #set(at: number, time: number, number: number, task: number): void {
    this.#times[at] = time;
    this.#numbers[at] = number;
    this.#tasks[at] = task;
  }

  #grow(): void {
    const room = 2 * this.#times.length;
    const [times, numbers, tasks] = [new Float64Array(room), new Float64Array(room), new Uint32Array(room)];
    times.set(this.#times);
    numbers.set(this.#numbers);
    tasks.set(this.#tasks);
    [this.#times, this.#numbers, this.#tasks] = [times, numbers, tasks];
  }
}
