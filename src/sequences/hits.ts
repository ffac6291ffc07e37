import type { Sequences } from "../contract/index.ts";
import { lengthOf, selected } from "./selection.ts";

/** A target that scored among the best of a query. */
export interface Found {
  readonly score: number;
  /** 0-based place of the target in its file. */
  readonly index: number;
  readonly name: string;
  readonly length: number;
  /** The target by itself: its batch may be gone. */
  readonly target: Sequences | null;
}

interface Kept extends Found {
  /** Where the target stands in the batch at hand; -1 once copied. */
  readonly at: number;
}

/** The best targets of one query over any number of batches, equal scores in file order; no more than these are held. */
export class BestTargets {
  readonly #most: number;
  readonly #withLetters: boolean;
  #kept: Kept[] = [];
  /** What a score must exceed to be looked at. */
  #floor: number;

  /** `withLetters`: targets are kept with their residues. */
  constructor(most: number, withLetters: boolean) {
    this.#most = most;
    this.#floor = most === 0 ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
    this.#withLetters = withLetters;
  }

  /** Takes the scores of a batch's targets from place `from` on, of which the first is number `index` of the file. */
  offer(scores: Int32Array, batch: Sequences, from: number, index: number): void {
    let taken = 0;
    for (let at = 0; at < scores.length; at++) {
      const score = scores[at] ?? 0;
      if (score <= this.#floor) continue;
      const place = from + at;
      this.#kept.push({
        score,
        index: index + at,
        name: batch.names[place] ?? "",
        length: lengthOf(batch, place),
        target: null,
        at: place,
      });
      taken++;
      if (this.#kept.length >= 2 * this.#most + 64) this.#cut();
    }
    if (taken === 0) return;
    this.#cut();
    this.#kept = this.#kept.map((one) =>
      one.at < 0 ? one : { ...one, target: this.#withLetters ? selected([{ of: batch, at: one.at }]) : null, at: -1 },
    );
  }

  #cut(): void {
    this.#kept.sort((a, b) => b.score - a.score || a.index - b.index);
    this.#kept.length = Math.min(this.#kept.length, this.#most);
    // a later target with the same score as the last does not displace it
    if (this.#kept.length === this.#most) this.#floor = this.#kept[this.#most - 1]?.score ?? this.#floor;
  }

  get best(): readonly Found[] {
    return this.#kept;
  }
}
