import type { Seconds } from "../contract/index.ts";
import type { CarbonTrace } from "../profile/index.ts";
import type { PowerTrace } from "./power-trace.ts";

const joulesPerKwh = 3.6e6;

/** A trace of carbon intensity, summed up so that any interval costs the same to ask about. */
export class CarbonIntensity {
  readonly #step: Seconds;
  readonly #values: readonly number[];
  /** Intensity x seconds up to the start of each step of one round, and of the whole round. */
  readonly #sums: Float64Array;

  constructor({ step, values }: CarbonTrace) {
    this.#step = step;
    this.#values = values;
    this.#sums = new Float64Array(values.length + 1);
    for (const [at, value] of values.entries()) this.#sums[at + 1] = (this.#sums[at] ?? 0) + value * step;
  }

  get step(): Seconds {
    return this.#step;
  }

  /** Grams of CO2e that constant power causes between two moments. */
  grams(watts: number, from: Seconds, until: Seconds): number {
    return (watts * (this.#upTo(until) - this.#upTo(from))) / joulesPerKwh;
  }

  /** Grams of a whole trace, of one that begins later if `delay` is given. */
  gramsOf({ times, watts, impulses }: PowerTrace, delay: Seconds = 0): number {
    let sum = 0;
    for (let at = 0; at + 1 < times.length; at++)
      sum += this.grams(watts[at] ?? 0, delay + (times[at] ?? 0), delay + (times[at + 1] ?? 0));
    for (const { time, joules } of impulses) {
      const value = this.#values[Math.floor((delay + time) / this.#step) % this.#values.length] ?? 0;
      sum += (joules * value) / joulesPerKwh;
    }
    return sum;
  }

  #upTo(moment: Seconds): number {
    const { length } = this.#values;
    const round = this.#step * length;
    const rounds = Math.floor(moment / round);
    const rest = moment - rounds * round;
    const at = Math.min(length - 1, Math.floor(rest / this.#step));
    return (
      rounds * (this.#sums[length] ?? 0) + (this.#sums[at] ?? 0) + (rest - at * this.#step) * (this.#values[at] ?? 0)
    );
  }
}
