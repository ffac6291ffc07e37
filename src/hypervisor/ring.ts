/** The last so many rows of numbers, in memory that does not grow. */
export class Ring {
  readonly #width: number;
  readonly #rows: Float64Array;
  readonly #most: number;
  #written = 0;

  constructor(width: number, most: number) {
    this.#width = width;
    this.#most = most;
    this.#rows = new Float64Array(width * most);
  }

  push(row: readonly number[]): void {
    this.#rows.set(row.slice(0, this.#width), (this.#written % this.#most) * this.#width);
    this.#written++;
  }

  /** Rows that are kept, oldest first. */
  rows(): readonly (readonly number[])[] {
    const count = Math.min(this.#written, this.#most);
    return Array.from({ length: count }, (_, at) => {
      const row = ((this.#written - count + at) % this.#most) * this.#width;
      return [...this.#rows.subarray(row, row + this.#width)];
    });
  }

  /** How many were ever written. */
  get written(): number {
    return this.#written;
  }
}
