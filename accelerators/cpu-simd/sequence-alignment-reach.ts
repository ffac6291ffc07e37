// How far from the diagonals between a pair's corners its matrix has to be looked at. A way that touches a diagonal has at
// most as many matches as that diagonal is long, and so scores at most that times the matrix' greatest score: once an
// alignment is found that scores as much, all diagonals as short need no look, and the answer is exact without them.

/** Further than any pair is long. */
export const unlimited: number = 2 ** 30;
/** Where nothing is known yet. */
const firstGuess = 16;
/** Pairs that a guess goes by. */
const sampled = 64;
/** Second looks are at mixed pairs, so that vectors are fuller of others' cells. */
const secondLook = 1.2;

/** Diagonals beside those between the corners that may hold a way that scores more than `score`. */
export function neededReach(shorter: number, score: number, most: number): number {
  return most > 0 ? Math.max(0, shorter - 1 - Math.floor(score / most)) : 0;
}

/** Cells of a pair on the diagonals between its corners and `reach` more on either side. */
export function cellsWithin(shorter: number, longer: number, reach: number): number {
  if (reach >= shorter - 1) return shorter * longer;
  return shorter * (longer - shorter + 1 + 2 * reach) - reach * (reach + 1);
}

/**
 * Guesses a reach for pairs of which nothing is known, from what the last ones turned out to need: reads beside their
 * windows need little, and a list of strangers everything, where a first look would be in vain.
 */
export class ReachGuess {
  readonly #shorter: Float64Array = new Float64Array(sampled);
  readonly #longer: Float64Array = new Float64Array(sampled);
  readonly #needed: Float64Array = new Float64Array(sampled);
  #seen = 0;
  #learnt = 0;
  #guess = firstGuess;

  note(shorter: number, longer: number, needed: number): void {
    const at = this.#seen++ % sampled;
    this.#shorter[at] = shorter;
    this.#longer[at] = longer;
    this.#needed[at] = needed;
  }

  /** Whether the guess is more than that. */
  get informed(): boolean {
    return this.#learnt > 0;
  }

  get guess(): number {
    return this.#guess;
  }

  /** Takes what has been noted into account, once there is enough that is new. */
  learn(): void {
    const count = Math.min(sampled, this.#seen);
    if (count === 0 || (this.informed && this.#seen - this.#learnt < sampled)) return;
    this.#learnt = this.#seen;
    const candidates = this.#needed.slice(0, count).sort();
    let least = this.#cost(unlimited, count);
    this.#guess = unlimited;
    for (let eighth = 0; eighth < 8; eighth++) {
      const reach = candidates[Math.floor((eighth * count) / 8)] ?? 0;
      const cost = this.#cost(reach, count);
      if (cost >= least) continue;
      least = cost;
      this.#guess = reach;
    }
  }

  #cost(reach: number, count: number): number {
    let cells = 0;
    for (let at = 0; at < count; at++) {
      const shorter = this.#shorter[at] ?? 0;
      const longer = this.#longer[at] ?? 0;
      const needed = this.#needed[at] ?? 0;
      cells += cellsWithin(shorter, longer, reach);
      if (needed > reach) cells += secondLook * cellsWithin(shorter, longer, needed);
    }
    return cells;
  }
}
