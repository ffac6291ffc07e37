import type { Candidate, Seconds, WorkloadSpec } from "../contract/index.ts";
import type { Bid } from "./rank.ts";

/**
 * Shares of the time spent on a workload that trying devices out may cost it: much while a kernel has hardly been run
 * at all, as each has three such tries only, and little in the long run.
 */
const share = { newcomers: 0.25, others: 0.02 } as const;
/** Runs from which on a median is believed: a kernel with fewer is a newcomer. */
const believed = 3;
/** A device that waited for so many runs of a workload may have changed; how much so grows with the root of the wait. */
const stale = 50;
/** What opening a device is taken to cost until it is known: from 30 ms for worker threads to half a second for a GPU. */
const opening: Seconds = 0.05;
/** A time is taken for real up to this many times the prediction, that one spike may not pay for a hundred tries. */
const credible = 3;

interface Ledger {
  /** Runs of the workload. */
  runs: number;
  spent: Seconds;
  /** What tries of newcomers, and of the others, took beyond the devices that were passed over for them. */
  readonly lost: { newcomers: Seconds; others: Seconds };
  /** Which of the workload's runs was the last one on a device. */
  readonly lastRun: Map<string, number>;
}

/** A run on a device that is not predicted to be the fastest. */
export interface Trial {
  /** Predicted seconds, waiting included, of the device passed over. */
  readonly instead: Seconds;
  readonly reason: string;
  readonly of: "newcomers" | "others";
}

export interface Chosen<I, O> {
  /** The one to run first, then cheapest first. */
  readonly bids: readonly Bid<I, O>[];
  /** null where the cheapest comes first. */
  readonly trial: Trial | null;
}

/**
 * Decides when to run on a device that is not predicted to be the fastest, to learn how fast it truly is: where by
 * what is known it may be faster, its queue is empty, and the expected loss stays within a share of the time spent on
 * the workload in this session. So one bad sample keeps no device idle for good, a first run is never a try, and the
 * same history always gives the same choice.
 */
export class Exploration {
  readonly #ledgers = new Map<string, Ledger>();

  /** Changes nothing: `explain` asks as `run` does. */
  choose<I, O>(
    workload: WorkloadSpec<I, O>,
    threads: number | null,
    bids: readonly Bid<I, O>[],
    deadline: Seconds | undefined,
  ): Chosen<I, O> {
    const [best] = bids;
    const ledger = this.#ledgers.get(key(workload, threads));
    if (best === undefined || bids.length < 2 || ledger === undefined) return { bids, trial: null };
    const instead = total(best);
    let chosen: Bid<I, O> | null = null;
    let least = instead;
    for (const bid of bids) {
      if (bid === best || bid.waitSeconds > 0) continue;
      const waited = ledger.runs - (ledger.lastRun.get(bid.device.id) ?? 0);
      const hopeful = bid.predicted.seconds / Math.max(bid.doubt, Math.sqrt(waited / stale)) + bid.prepareSeconds;
      if (hopeful >= least) continue;
      const cost = total(bid) + (bid.seat.isOpen ? 0 : opening);
      const of = kindOf(bid);
      if (
        cost - instead > share[of] * ledger.spent - ledger.lost[of] ||
        (deadline !== undefined && credible * cost > deadline)
      )
        continue;
      chosen = bid;
      least = hopeful;
    }
    if (chosen === null) return { bids, trial: null };
    const first = chosen;
    return {
      bids: [first, ...bids.filter((bid) => bid !== first)],
      trial: {
        instead,
        of: kindOf(first),
        reason: `a try: ${known(first)}, and it may be ${times(instead / least)}x faster than ${best.device.id}`,
      },
    };
  }

  /** Notes a run that ended: what it took with preparing, and what it was tried instead of. Opening comes once. */
  ran<I, O>(
    workload: WorkloadSpec<I, O>,
    threads: number | null,
    { device, predicted, prepareSeconds }: Bid<I, O>,
    seconds: Seconds,
    trial: Trial | null,
  ): void {
    const name = key(workload, threads);
    const ledger: Ledger = this.#ledgers.get(name) ?? {
      runs: 0,
      spent: 0,
      lost: { newcomers: 0, others: 0 },
      lastRun: new Map(),
    };
    this.#ledgers.set(name, ledger);
    ledger.lastRun.set(device.id, ++ledger.runs);
    ledger.spent += Math.min(seconds, trial?.instead ?? credible * (predicted.seconds + prepareSeconds));
    const charged = Math.min(seconds, credible * (predicted.seconds + prepareSeconds));
    if (trial !== null) ledger.lost[trial.of] += Math.max(0, charged - trial.instead);
  }
}

function kindOf({ runs }: { readonly runs: number }): Trial["of"] {
  return runs < believed ? "newcomers" : "others";
}

function key<I, O>({ id, version }: WorkloadSpec<I, O>, threads: number | null): string {
  return `${id}@${version}/${threads ?? "all"}`;
}

function total({ predicted, prepareSeconds, waitSeconds }: Candidate): Seconds {
  return predicted.seconds + prepareSeconds + waitSeconds;
}

function known({ runs, doubt }: { readonly runs: number; readonly doubt: number }): string {
  if (runs === 0) return "its speed is a guess";
  if (runs < believed) return `only ${runs} run${runs === 1 ? " is" : "s are"} known of it`;
  return doubt > 1.5 ? "few runs near this size are known of it" : "it was not tried for long";
}

function times(ratio: number): string {
  return ratio >= 10 ? Math.round(ratio).toString() : ratio.toPrecision(2);
}
