import { aminoAcids } from "./gene-facts.ts";

/**
 * Free molecules of a cell, by number: nucleotides, then deoxynucleotides, then amino acids. The last is whatever else a
 * cell is made of (lipids, cofactors, ions), by the residues of protein that it goes with; without a flux model that
 * makes it, there is none.
 */
export const pool = {
  atp: 0,
  adp: 1,
  amp: 2,
  ctp: 3,
  cdp: 4,
  cmp: 5,
  gtp: 6,
  gdp: 7,
  gmp: 8,
  utp: 9,
  udp: 10,
  ump: 11,
  deoxy: 12,
  aminoAcids: 16,
  other: 36,
  count: 37,
} as const;

/** Triphosphate, diphosphate and monophosphate of each base, as `bases` orders them. */
export const ladder: readonly (readonly [tri: number, di: number, mono: number])[] = [
  [pool.atp, pool.adp, pool.amp],
  [pool.ctp, pool.cdp, pool.cmp],
  [pool.gtp, pool.gdp, pool.gmp],
  [pool.utp, pool.udp, pool.ump],
];

/** Names of what is accounted for: moieties, machines and tRNA kinds each close by themselves. */
export const ledgerNames: readonly string[] = [
  ...["adenylate", "cytidylate", "guanylate", "uridylate"],
  ...["deoxyadenylate", "deoxycytidylate", "deoxyguanylate", "thymidylate"],
  ...[...aminoAcids].map((letter) => `amino acid ${letter}`),
  "other biomass",
];
/** Number of the last ledger. */
export const otherBiomass: number = ledgerNames.length - 1;

/**
 * The free molecules during one coupling step. Phosphorylation by metabolism is limited to a number of ATP; what it
 * makes is there at once, for it goes on all through the step.
 */
export class Purse {
  readonly free: Float64Array;
  /** ATP that metabolism may still make of ADP in this step. */
  budget: number;
  /** By base: molecules that its kinases may still raise by one phosphate in this step. */
  readonly raises: Float64Array;

  constructor(free: Float64Array, budget: number, raises?: Float64Array) {
    this.free = free;
    this.budget = budget;
    this.raises = raises === undefined ? new Float64Array(ladder.length).fill(Infinity) : raises.slice();
  }

  /** Takes so many of a pool, refilling it as it goes; what is left of them goes to `into`, or is bound where it is -1. */
  draw(from: number, amount: number, into: number): boolean {
    let left = amount;
    while (left > 0) {
      const taken = Math.min(left, this.#of(from));
      this.#move(from, into, taken);
      left -= taken;
      if (left === 0) break;
      this.recharge();
      if (this.#of(from) === 0) return false;
    }
    return true;
  }

  /** As `draw`, but of what is there; returns how many that was. */
  drawSome(from: number, amount: number, into: number): number {
    let left = amount;
    while (left > 0) {
      const taken = Math.min(left, this.#of(from));
      this.#move(from, into, taken);
      left -= taken;
      if (left > 0) this.recharge();
      if (left > 0 && this.#of(from) === 0) break;
    }
    return amount - left;
  }

  /** Adenylate kinase, metabolism, then the kinases of the other nucleotides, each as far as it goes. */
  recharge(): void {
    this.#phosphorylate();
    const paired = this.#raised(0, Math.min(this.#of(pool.amp), this.#of(pool.atp)));
    this.#move(pool.amp, pool.adp, paired);
    this.#move(pool.atp, pool.adp, paired);
    this.#phosphorylate();
    for (const [base, [tri, di, mono]] of ladder.entries()) {
      if (tri === pool.atp) continue;
      for (const [low, high] of [
        [mono, di],
        [di, tri],
      ] as const) {
        const raised = this.#raised(base, Math.min(this.#of(low), this.#of(pool.atp)));
        this.#move(low, high, raised);
        this.#move(pool.atp, pool.adp, raised);
        this.#phosphorylate();
      }
    }
  }

  #raised(base: number, wanted: number): number {
    const left = this.raises[base] as number;
    const raised = Math.min(wanted, left);
    this.raises[base] = left - raised;
    return raised;
  }

  #phosphorylate(): void {
    const made = Math.min(this.budget, this.#of(pool.adp));
    this.budget -= made;
    this.#move(pool.adp, pool.atp, made);
  }

  #of(index: number): number {
    return this.free[index] ?? 0;
  }

  #move(from: number, into: number, amount: number): void {
    this.free[from] = this.#of(from) - amount;
    if (into >= 0) this.free[into] = this.#of(into) + amount;
  }
}
