import { BioXenError, type Rejection, type WorkloadSpec } from "../contract/index.ts";
import type { Bid } from "./rank.ts";
import type { Ran } from "./seat.ts";

export interface Verdict<I, O> {
  /** Who gave the answer to return, and the answer. */
  readonly bid: Bid<I, O>;
  readonly ran: Ran<O>;
  /** The device that agreed with it. */
  readonly verifiedBy: string;
  /** A device that was found wrong, as a rejection to record. */
  readonly wrong: Rejection | null;
}

/**
 * Runs the job again on another device and compares. Where the two differ the oracle decides; a device that it
 * finds wrong is quarantined for this workload, and the right answer is returned. null where no other device could
 * run it; one that failed to is added to `rejected`.
 * @throws BioXenError `RESULT_MISMATCH` where no oracle is there to decide.
 */
export async function verify<I, O>(
  workload: WorkloadSpec<I, O>,
  input: I,
  bid: Bid<I, O>,
  ran: Ran<O>,
  others: readonly Bid<I, O>[],
  rejected: Rejection[],
  rerun: (bid: Bid<I, O>) => Promise<Ran<O>>,
): Promise<Verdict<I, O> | null> {
  const oracle = others.find(isOracle);
  const checked = await firstToRun(
    others.filter(({ seat }) => seat.accelerator !== bid.seat.accelerator),
    rejected,
    rerun,
  );
  if (checked === null) return null;
  const { bid: second, ran: again } = checked;
  const difference = workload.differ(ran.output, again.output, input);
  if (difference === null) return { bid, ran, verifiedBy: second.device.id, wrong: null };

  // the oracle is right by definition; where neither of the two is the oracle it has to be asked
  if (isOracle(bid)) return judged(bid, ran, second, difference);
  if (isOracle(second)) return judged(second, again, bid, difference);
  if (oracle === undefined)
    throw new BioXenError("RESULT_MISMATCH", `${bid.device.id} and ${second.device.id} disagree: ${difference}`);
  const truth = await rerun(oracle);
  if (workload.differ(ran.output, truth.output, input) === null) return judged(bid, ran, second, difference);
  if (workload.differ(again.output, truth.output, input) === null) return judged(second, again, bid, difference);
  return judged(oracle, truth, bid, difference);
}

async function firstToRun<I, O>(
  bids: readonly Bid<I, O>[],
  rejected: Rejection[],
  rerun: (bid: Bid<I, O>) => Promise<Ran<O>>,
): Promise<{ bid: Bid<I, O>; ran: Ran<O> } | null> {
  for (const bid of bids) {
    try {
      return { bid, ran: await rerun(bid) };
    } catch (error) {
      if (!(error instanceof BioXenError) || error.retry !== "elsewhere") throw error;
      rejected.push({ device: bid.device.id, reason: `could not verify: ${error.code}: ${error.message}` });
    }
  }
  return null;
}

function judged<I, O>(right: Bid<I, O>, ran: Ran<O>, wrong: Bid<I, O>, difference: string): Verdict<I, O> {
  const error = new BioXenError("RESULT_MISMATCH", `disagrees with ${right.device.id}: ${difference}`);
  wrong.seat.quarantine.failed(wrong.kernel.workload.id, error);
  const rejection: Rejection = { device: wrong.device.id, reason: `${error.code}: ${error.message}` };
  return { bid: right, ran, verifiedBy: "oracle", wrong: rejection };
}

function isOracle<I, O>({ device }: Bid<I, O>): boolean {
  return device.features.includes("oracle");
}
