import { BioXenError, type Rejection, type WorkloadSpec } from "../contract/index.ts";
import type { Bid } from "./rank.ts";
import type { Ran } from "./seat.ts";

export interface Verdict<I, O> {
  /** Who gave the answer to return, and the answer. */
  readonly bid: Bid<I, O>;
  readonly ran: Ran<O>;
  /** The device that agreed with it, itself where it is the oracle. */
  readonly verifiedBy: string;
  /** The devices that were found wrong, as rejections to record. */
  readonly wrong: readonly Rejection[];
}

/**
 * Runs the job again on another device and compares. Where the two differ the oracle decides; a device that it
 * finds wrong is quarantined for this workload, and the right answer is returned. null where no other device could
 * run it; one that failed to is added to `rejected`.
 * @throws BioXenError `RESULT_MISMATCH` where no oracle can decide.
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
  const checked = await firstToRun(
    others.filter(({ seat }) => seat.accelerator !== bid.seat.accelerator),
    rejected,
    rerun,
  );
  if (checked === null) return null;
  const { bid: second, ran: again } = checked;
  const difference = workload.differ(ran.output, again.output, input);
  if (difference === null) {
    for (const { seat } of [bid, second]) seat.quarantine.confirmed(workload.id);
    return { bid, ran, verifiedBy: second.device.id, wrong: [] };
  }

  // the oracle is right by definition; where neither of the two is the oracle it has to be asked
  if (isOracle(bid)) return judged(bid, ran, [second], difference);
  if (isOracle(second)) return judged(second, again, [bid], difference);
  const disagree = `${bid.device.id} and ${second.device.id} disagree: ${difference}`;
  const asked = await firstToRun(others.filter(isOracle), rejected, rerun);
  if (asked === null) throw new BioXenError("RESULT_MISMATCH", `${disagree}; no oracle could decide`);
  const { bid: oracle, ran: truth } = asked;
  const isRight = ({ output }: Ran<O>): boolean => workload.differ(output, truth.output, input) === null;
  if (isRight(ran)) return { ...judged(bid, ran, [second], difference), verifiedBy: oracle.device.id };
  const unlike = `${disagree}, and ${oracle.device.id} with the first`;
  if (isRight(again)) return { ...judged(second, again, [bid], unlike), verifiedBy: oracle.device.id };
  return judged(oracle, truth, [bid, second], `${disagree}, and ${oracle.device.id} with both`);
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

function judged<I, O>(right: Bid<I, O>, ran: Ran<O>, liars: readonly Bid<I, O>[], difference: string): Verdict<I, O> {
  const error = new BioXenError("RESULT_MISMATCH", `wrong answer: ${difference}`);
  const wrong = liars.map(({ seat, kernel, device }): Rejection => {
    seat.quarantine.failed(kernel.workload.id, error);
    return { device: device.id, reason: `${error.code}: ${error.message}` };
  });
  return { bid: right, ran, verifiedBy: right.device.id, wrong };
}

function isOracle<I, O>({ device }: Bid<I, O>): boolean {
  return device.features.includes("oracle");
}
