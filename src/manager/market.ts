import type { DispatchOptions, Rejection, WorkloadSpec } from "../contract/index.ts";
import type { Chosen, Exploration } from "./explore.ts";
import type { PriceList } from "./price-list.ts";
import { type Bid, rank } from "./rank.ts";
import type { Seat } from "./seat.ts";
import { planSplit, type SplitPlan } from "./split.ts";

/** Who may take a job, at what price, and who is to take it: changes nothing. */
export class Market {
  readonly #seats: readonly Seat[];
  readonly #prices: PriceList;
  readonly #exploration: Exploration;

  constructor(seats: readonly Seat[], prices: PriceList, exploration: Exploration) {
    this.#seats = seats;
    this.#prices = prices;
    this.#exploration = exploration;
  }

  /** Cheapest first, as predicted. */
  rank<I, O>(
    workload: WorkloadSpec<I, O>,
    input: I,
    options: DispatchOptions,
  ): { bids: Bid<I, O>[]; rejected: Rejection[] } {
    const threads = options.threads ?? null;
    return rank(this.#seats, workload, input, options, (seat, kernel, of, work) =>
      this.#prices.quote(seat, kernel, of, work, threads),
    );
  }

  /** The ranking, with a device that is worth a try put first. */
  choose<I, O>(
    workload: WorkloadSpec<I, O>,
    input: I,
    options: DispatchOptions,
  ): Chosen<I, O> & { readonly rejected: Rejection[] } {
    const { bids, rejected } = this.rank(workload, input, options);
    const { objective = "time", threads = null, deadline } = options;
    // only time is learnt by trying: a device without a meter stays without one
    if (objective !== "time") return { bids, trial: null, rejected };
    return { ...this.#exploration.choose(workload, threads, bids, deadline), rejected };
  }

  /** How the batch is to be split, where that was asked for and is predicted to be faster. */
  split<I, O>(
    workload: WorkloadSpec<I, O>,
    input: I,
    bids: readonly Bid<I, O>[],
    options: DispatchOptions,
  ): SplitPlan<I, O> | null {
    const { split = false, objective = "time", device } = options;
    if (!split || objective !== "time" || device !== undefined || bids.length < 2) return null;
    const cheapest = this.rank(workload, input, options).bids;
    return planSplit(workload, input, cheapest, (part) => this.rank(workload, part, options).bids);
  }
}
