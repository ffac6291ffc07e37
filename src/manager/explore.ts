import type { Candidate, Seconds, WorkloadSpec } from "../contract/index.ts";
import type { Quote } from "./price-list.ts";
import type { Bid } from "./rank.ts";

/**
 * Shares of the time spent on a workload that trying devices out may cost it: much while a kernel has hardly been run
 * at all, as each has three such tries only, and little in the long run.
 */
const share = { newcomers: 0.25, others: 0.02 } as const;
/**
 * Of the time spent on a workload since a device was last tried again, what trying it where hardly anything is known of
 * it may cost, shared by all but the fastest: however bad its few samples are, it gets its turn once that is so cheap.
 */
const retryShare = 0.002;
/** How far a prediction may be off where a spike shows in nothing: by all of a spike of 300x. */
const misled = 300;
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
  /** What had been spent when a device was last tried again. */
  readonly retriedAt: Map<string, Seconds>;
}

/** A run on a device that is not predicted to be the fastest. */
export interface Trial {
  /** Predicted seconds, waiting included, of the device passed over. */
  readonly instead: Seconds;
  readonly reason: string;
  readonly of: "newcomers" | "others" | "retries";
}

interface Candidacy<I, O> {
  readonly bid: Bid<I, O>;
  readonly of: Trial["of"];
  /** What it may take, if all goes well. */
  readonly hopeful: Seconds;
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
 * the workload in this session. Where its few samples speak against it, and may be spikes, it is tried again all the same
 * when that costs next to nothing. So no bad sample keeps a device idle for good, a first run is never a try, and the same
 * history always gives the same choice.
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
    let chosen: Candidacy<I, O> | null = null;
    let retry: Candidacy<I, O> | null = null;
    let overdue = 1;
    for (const bid of bids) {
      if (bid === best || bid.waitSeconds > 0) continue;
      const cost = total(bid) + (bid.seat.isOpen ? 0 : opening);
      if (deadline !== undefined && credible * cost > deadline) continue;
      const waited = ledger.runs - (ledger.lastRun.get(bid.device.id) ?? 0);
      const hopeful = bid.predicted.seconds / Math.max(bid.doubt, Math.sqrt(waited / stale)) + bid.prepareSeconds;
      const of = bid.runs < believed ? "newcomers" : "others";
      if (hopeful < (chosen?.hopeful ?? instead) && cost - instead <= share[of] * ledger.spent - ledger.lost[of])
        chosen = { bid, of, hopeful };
      const atBest = bid.predicted.seconds / misled + bid.prepareSeconds;
      if (!bid.strange || atBest >= instead) continue;
      const since = ledger.spent - (ledger.retriedAt.get(bid.device.id) ?? 0);
      const affordable = (retryShare * since) / (bids.length - 1);
      if (affordable <= overdue * (cost - instead)) continue;
      retry = { bid, of: "retries", hopeful: atBest };
      overdue = affordable / (cost - instead);
    }
    const tried = chosen ?? retry;
    if (tried === null) return { bids, trial: null };
    const { bid: first, of, hopeful } = tried;
    return {
      bids: [first, ...bids.filter((bid) => bid !== first)],
      trial: {
        instead,
        of,
        reason: `a try: ${known(first)}, and it may be ${times(instead / hopeful)}x faster than ${best.device.id}`,
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
      retriedAt: new Map(),
    };
    this.#ledgers.set(name, ledger);
    ledger.lastRun.set(device.id, ++ledger.runs);
    ledger.spent += Math.min(seconds, trial?.instead ?? credible * (predicted.seconds + prepareSeconds));
    const charged = Math.min(seconds, credible * (predicted.seconds + prepareSeconds));
    if (trial === null) return;
    if (trial.of === "retries") ledger.retriedAt.set(device.id, ledger.spent);
    else ledger.lost[trial.of] += Math.max(0, charged - trial.instead);
  }
}

function key<I, O>({ id, version }: WorkloadSpec<I, O>, threads: number | null): string {
  return `${id}@${version}/${threads ?? "all"}`;
}

function total({ predicted, prepareSeconds, waitSeconds }: Candidate): Seconds {
  return predicted.seconds + prepareSeconds + waitSeconds;
}

function known({ runs, doubt, strange }: Pick<Quote, "runs" | "doubt" | "strange">): string {
  if (runs === 0) return "its speed is a guess";
  if (runs < believed) return `only ${runs} run${runs === 1 ? " is" : "s are"} known of it`;
  return doubt > 1.5 || strange ? "few runs near this size are known of it" : "it was not tried for long";
}

function times(ratio: number): string {
  return ratio >= 10 ? Math.round(ratio).toString() : ratio.toPrecision(2);
}
