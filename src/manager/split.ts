import type { Dispatched, Seconds, WorkloadSpec } from "../contract/index.ts";
import type { Bid } from "./rank.ts";

/** A batch that one device is done with in less is not worth cutting and joining. */
const least: Seconds = 2e-3;
/** A split must be predicted to take at most this much of the best device's time: cutting, joining and noise cost some. */
const gain = 0.85;
/** A device that would get less of the work is left out. */
const leastShare = 0.05;

interface PartPlan<I, O> {
  readonly input: I;
  readonly share: number;
  /** Where it runs first, then where else it could; never empty. */
  readonly bids: readonly Bid<I, O>[];
}

export interface SplitPlan<I, O> {
  readonly parts: readonly PartPlan<I, O>[];
  readonly seconds: Seconds;
  readonly reason: string;
}

/**
 * Cuts a batch over devices by their predicted rates, or null where one device is as good. Only devices whose speed was
 * measured here take part, and of those that run on the host's cores (`cpu`, or emulated there: `software`) only the
 * fastest one: two would take each other's time, which no prediction made alone knows of.
 */
export function planSplit<I, O>(
  { split }: WorkloadSpec<I, O>,
  input: I,
  bids: readonly Bid<I, O>[],
  rankPart: (part: I) => readonly Bid<I, O>[],
): SplitPlan<I, O> | null {
  const [best] = bids;
  if (split === undefined || best === undefined || total(best) < least) return null;
  const onHost = bids.find(isOnHost);
  const able = bids.filter((bid) => bid.predicted.basis === "calibrated" && (!isOnHost(bid) || bid === onHost));
  const rates = sharesOf(able);
  const taking = able.filter((_, at) => (rates[at] ?? 0) >= leastShare);
  if (taking.length < 2) return null;
  const shares = sharesOf(taking);
  const inputs = split.parts(input, shares);
  if (inputs === null || inputs.length !== taking.length) return null;
  const parts: PartPlan<I, O>[] = [];
  let seconds = 0;
  for (const [at, part] of inputs.entries()) {
    const ranked = rankPart(part);
    const own = ranked.find(({ seat }) => seat === taking[at]?.seat);
    if (own === undefined) return null;
    seconds = Math.max(seconds, total(own));
    parts.push({ input: part, share: shares[at] ?? 0, bids: [own, ...ranked.filter((bid) => bid !== own)] });
  }
  if (seconds > gain * total(best)) return null;
  const named = parts.map(({ share, bids: [first] }) => `${first?.device.id} (${Math.round(100 * share)}%)`).join(", ");
  const times = (total(best) / seconds).toPrecision(2);
  return { parts, seconds, reason: `split over ${named}: ${times}x faster than ${best.device.id} alone, as predicted` };
}

/** The parts' answers as one; `seconds` is the time from the cut to the last part's end. */
export function joinParts<I, O>(
  workload: WorkloadSpec<I, O>,
  input: I,
  plan: SplitPlan<I, O>,
  ran: readonly Dispatched<O>[],
  seconds: Seconds,
): Dispatched<O> | null {
  const largest = ran[plan.parts.findIndex(({ share }) => share === Math.max(...plan.parts.map((one) => one.share)))];
  if (largest === undefined || workload.split === undefined) return null;
  const joules = ran.map(({ measured }) => measured.joules);
  const sources = new Set(ran.map(({ measured }) => measured.energySource));
  const metered = joules.every((one) => one !== null);
  return {
    output: workload.split.join(
      ran.map(({ output }) => output),
      input,
    ),
    device: largest.device,
    reason: plan.reason,
    predicted: { seconds: plan.seconds, joules: null, energySource: null, basis: "calibrated" },
    measured: {
      seconds,
      cpuSeconds: null,
      joules: metered ? joules.reduce<number>((sum, one) => sum + (one ?? 0), 0) : null,
      // a counter and a model together are a model
      energySource: metered ? (sources.has("model") ? "model" : "counter") : null,
      energyNote: ran.map(({ device, measured }) => `${device.id}: ${measured.energyNote}`).join("; "),
      basis: "measured",
    },
    prepareSeconds: Math.max(...ran.map((one) => one.prepareSeconds)),
    // what was slower for one part may have run another; what failed is always told
    rejected: ran
      .flatMap(({ rejected }) => rejected)
      .filter(({ device, reason }) => !reason.startsWith("slower") || ran.every((one) => one.device.id !== device)),
    verifiedBy: ran.every((one) => one.verifiedBy !== null) ? ran.map((one) => one.verifiedBy).join(", ") : null,
    parts: ran.map(({ device, measured }, at) => ({ device, share: plan.parts[at]?.share ?? 0, measured })),
  };
}

function isOnHost<I, O>({ device: { kind, features } }: Bid<I, O>): boolean {
  return kind === "cpu" || features.includes("software");
}

function sharesOf<I, O>(bids: readonly Bid<I, O>[]): number[] {
  const rates = bids.map(({ predicted }) => 1 / predicted.seconds);
  const all = rates.reduce((sum, rate) => sum + rate, 0);
  return rates.map((rate) => rate / all);
}

function total<I, O>({ predicted, prepareSeconds, waitSeconds }: Bid<I, O>): Seconds {
  return predicted.seconds + prepareSeconds + waitSeconds;
}
