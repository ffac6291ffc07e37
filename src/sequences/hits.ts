import type { Sequences } from "../contract/index.ts";
import { lengthOf, selected } from "./selection.ts";
import type { TargetBatch } from "./target-pieces.ts";

/** A target that scored among the best of a query. */
export interface Found {
  readonly score: number;
  /** 0-based place of the target in its file. */
  readonly index: number;
  readonly name: string;
  readonly length: number;
  /** Where what was aligned begins in the target: not 0 where that is a piece of it. */
  readonly start: number;
  /** What was aligned, by itself: its batch may be gone. */
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

  /**
   * Takes the scores of a batch's targets from place `from` on. `indexOf` has the numbers of the file's records, by place, or the
   * first one's; pieces of one record are offered in their order. `copies`: of the batch's targets, shared by all queries.
   */
  offer(
    scores: Int32Array,
    batch: TargetBatch,
    from: number,
    indexOf: Uint32Array | number,
    copies: Map<number, Sequences> = new Map(),
  ): void {
    let taken = 0;
    for (let at = 0; at < scores.length; at++) {
      const score = scores[at] ?? 0;
      if (score <= this.#floor) continue;
      const place = from + at;
      const index = typeof indexOf === "number" ? indexOf + at : (indexOf[place] ?? 0);
      const start = batch.starts?.[place] ?? 0;
      if (start > 0) {
        const before = this.#kept.findIndex((one) => one.index === index);
        // the first of equal ones: where ends tie, the least is meant
        if (before >= 0 && (this.#kept[before]?.score ?? 0) >= score) continue;
        if (before >= 0) this.#kept.splice(before, 1);
      }
      this.#kept.push({
        score,
        index,
        name: batch.names[place] ?? "",
        length: lengthOf(batch, place),
        start,
        target: null,
        at: place,
      });
      taken++;
      if (this.#kept.length >= 2 * this.#most + 64) this.#cut();
    }
    if (taken === 0) return;
    this.#cut();
    this.#kept = this.#kept.map((one) => {
      if (one.at < 0) return one;
      if (!this.#withLetters) return { ...one, at: -1 };
      const target = copies.get(one.at) ?? selected([{ of: batch, at: one.at }]);
      copies.set(one.at, target);
      return { ...one, target, at: -1 };
    });
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
