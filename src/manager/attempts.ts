import {
  BioXenError,
  type Dispatched,
  type DispatchOptions,
  type Rejection,
  type WorkloadSpec,
} from "../contract/index.ts";
import type { Bound } from "./bounded.ts";
import type { Exploration, Trial } from "./explore.ts";
import type { Market } from "./market.ts";
import type { PriceList } from "./price-list.ts";
import { type Bid, outbid, reasonFor } from "./rank.ts";
import type { Ran, Seat } from "./seat.ts";
import { type Verdict, verify } from "./verify.ts";

/** What is to be run, and within what bounds. */
export interface Job<I, O> {
  readonly workload: WorkloadSpec<I, O>;
  readonly input: I;
  readonly options: DispatchOptions;
  readonly bound: Bound;
}

/** Runs a job on one device after the other until one has done it, and notes what each run took. */
export class Attempts {
  readonly #market: Market;
  readonly #prices: PriceList;
  readonly #exploration: Exploration;
  readonly #draw: () => number;

  /** `draw` gives the lots, in [0, 1), by which runs are verified. */
  constructor(market: Market, prices: PriceList, exploration: Exploration, draw: () => number) {
    this.#market = market;
    this.#prices = prices;
    this.#exploration = exploration;
    this.#draw = draw;
  }

  /** Runs on the first of the bids that can, and says what became of those before it; null where none could. */
  async runFirst<I, O>(
    job: Job<I, O>,
    bids: readonly Bid<I, O>[],
    trial: Trial | null,
    rejected: Rejection[],
  ): Promise<Dispatched<O> | null> {
    const { fallback = job.options.device === undefined, objective = "time" } = job.options;
    for (const [at, bid] of bids.entries()) {
      const tried = at === 0 ? trial : null;
      const reason = tried?.reason ?? reasonFor(bids.slice(at), objective);
      let ran: Ran<O>;
      try {
        ran = await this.#run(job, bid, tried);
      } catch (error) {
        if (!fallback || !(error instanceof BioXenError) || error.retry !== "elsewhere") throw error;
        rejected.push({ device: bid.device.id, reason: `${error.code}: ${error.message}` });
        continue;
      }
      // outside the fallback: where two devices disagree and nobody can decide, no third answer is better
      const verdict = this.#isDrawn(bid.seat, job) ? await this.#verified(job, bid, ran, rejected) : null;
      const right = verdict ?? { bid, ran, verifiedBy: null };
      rejected.push(...(verdict?.wrong ?? []));
      const named = new Set([right.bid.device.id, right.verifiedBy, ...rejected.map(({ device }) => device)]);
      rejected.push(
        ...outbid(
          bids.slice(at).filter(({ device }) => !named.has(device.id)),
          objective,
        ),
      );
      return {
        output: right.ran.output,
        device: right.bid.device,
        reason: right.bid === bid ? reason : "the device chosen first was found wrong",
        predicted: right.bid.predicted,
        measured: right.ran.measured,
        prepareSeconds: right.ran.prepareSeconds,
        rejected,
        verifiedBy: right.verifiedBy,
        parts: [],
      };
    }
    return null;
  }

  async #run<I, O>(
    { workload, input, options, bound }: Job<I, O>,
    bid: Bid<I, O>,
    trial: Trial | null,
  ): Promise<Ran<O>> {
    const threads = options.threads ?? null;
    const { seat, kernel, predicted } = bid;
    using _expected = seat.expect(predicted.seconds);
    try {
      const ran = await seat.run(kernel, input, threads, bound);
      seat.quarantine.succeeded(workload.id);
      this.#prices.record(seat, kernel, workload.size(input), threads, {
        ...ran.measured,
        prepareSeconds: ran.prepareSeconds,
      });
      // what a caller pinned to a device is no choice of ours to pay for tries from
      if (options.device === undefined)
        this.#exploration.ran(workload, threads, bid, ran.measured.seconds + ran.prepareSeconds, trial);
      return ran;
    } catch (error) {
      if (error instanceof BioXenError) seat.quarantine.failed(workload.id, error);
      throw error;
    }
  }

  /** Drawn by chance, and always where the device's last checked answer was wrong. */
  #isDrawn<I, O>({ quarantine }: Seat, { workload, options }: Job<I, O>): boolean {
    const { sampleRate } = options.verify ?? { sampleRate: 0 };
    return sampleRate > 0 && (quarantine.distrusts(workload.id) || this.#draw() < sampleRate);
  }

  async #verified<I, O>(
    job: Job<I, O>,
    bid: Bid<I, O>,
    ran: Ran<O>,
    rejected: Rejection[],
  ): Promise<Verdict<I, O> | null> {
    const { workload, input } = job;
    const { device: _pinned, ...anywhere } = job.options;
    const others = this.#market.rank(workload, input, anywhere).bids.filter(({ seat }) => seat !== bid.seat);
    return verify(workload, input, bid, ran, others, rejected, (other) => this.#run(job, other, null));
  }
}
