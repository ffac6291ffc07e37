import type {
  AnyKernel,
  Candidate,
  Cost,
  DeviceInfo,
  DispatchOptions,
  Kernel,
  Objective,
  Rejection,
  Work,
  WorkloadSpec,
} from "../contract/index.ts";
import type { Quote } from "./price-list.ts";
import type { Seat } from "./seat.ts";

/** A seat that can run the input, with its price. */
export interface Bid<I, O> extends Candidate, Quote {
  readonly seat: Seat;
  readonly kernel: Kernel<I, O>;
}

export type Price = <I, O>(seat: Seat, kernel: Kernel<I, O>, input: I, work: Work) => Quote;

/** Every seat as a bid, cheapest first under the objective, or as a rejection with its reason. */
export function rank<I, O>(
  seats: readonly Seat[],
  workload: WorkloadSpec<I, O>,
  input: I,
  options: DispatchOptions,
  price: Price,
): { bids: Bid<I, O>[]; rejected: Rejection[] } {
  const { objective = "time" } = options;
  const work = workload.size(input);
  const bids: Bid<I, O>[] = [];
  const rejected: Rejection[] = [];
  for (const seat of seats) {
    const { info: device } = seat;
    const kernel = kernelFor(seat.accelerator.kernels, workload);
    try {
      const reason = whyNot(seat, kernel, input, options);
      if (reason !== null) rejected.push({ device: device.id, reason });
      else if (kernel !== undefined) bids.push(bidOf(seat, kernel, price(seat, kernel, input, work)));
    } catch (error) {
      // a plugin's bug is no reason why the others should not run
      const what = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
      rejected.push({ device: device.id, reason: `its kernel's supports or prior threw ${what}` });
    }
  }
  bids.sort((a, b) => compare(a, b, objective));
  return { bids, rejected };
}

function bidOf<I, O>(seat: Seat, kernel: Kernel<I, O>, quote: Quote): Bid<I, O> {
  const { seconds } = quote.predicted;
  if (!(seconds >= 0)) throw new RangeError(`a cost of ${seconds} s`);
  return { seat, kernel, device: seat.info, waitSeconds: seat.backlog, ...quote };
}

/** Why the first bid comes first. */
export function reasonFor([first, second]: readonly Candidate[], objective: Objective): string {
  if (first === undefined) return "no device can run it";
  if (second === undefined) return "the only device that can run it";
  const than = `${second.device.id}, by prediction`;
  if (objective === "time") return `${ratio(first, second, "time")}x faster than ${than}`;
  if (first.predicted.joules === null)
    return `the energy of no device is known; ${ratio(first, second, "time")}x faster than ${than}`;
  if (second.predicted.joules === null) return "the only device whose energy is known";
  return `${ratio(first, second, objective)}x less ${objective === "energy" ? "energy" : "energy x time"} than ${than}`;
}

/** Devices that could have run the job and would have cost more, as rejections. */
export function outbid(others: readonly Candidate[], objective: Objective): Rejection[] {
  return others.map((other) => {
    const { device, predicted } = other;
    const seconds = `${score(other, "time").toPrecision(3)} s`;
    if (objective === "time") return { device: device.id, reason: `slower: ${seconds} predicted` };
    if (predicted.joules === null)
      return { device: device.id, reason: `its energy is not known; ${seconds} predicted` };
    return { device: device.id, reason: `costs more: ${predicted.joules.toPrecision(3)} J and ${seconds} predicted` };
  });
}

function ratio(first: Candidate, second: Candidate, objective: Objective): string {
  const times = score(second, objective) / score(first, objective);
  return times >= 10 ? Math.round(times).toString() : times.toPrecision(2);
}

/** Of devices whose energy is unknown the faster one comes first. */
function compare(a: Candidate, b: Candidate, objective: Objective): number {
  const [x, y] = [score(a, objective), score(b, objective)];
  return x === y ? score(a, "time") - score(b, "time") : x - y;
}

/** `cpu-simd` and `cpu-simd:0` both name a device. */
export function isNamed({ id }: DeviceInfo, wanted: string): boolean {
  return id === wanted || id.startsWith(`${wanted}:`);
}

/** Sound because a kernel carries the very spec object its types came from. */
function kernelFor<I, O>(kernels: readonly AnyKernel[], workload: WorkloadSpec<I, O>): Kernel<I, O> | undefined {
  return kernels.find((kernel) => kernel.workload === workload);
}

function whyNot<I, O>(
  seat: Seat,
  kernel: Kernel<I, O> | undefined,
  input: I,
  { device, allowSimulated = false }: DispatchOptions,
): string | null {
  const { info } = seat;
  if (device !== undefined && !isNamed(info, device)) return "another device was asked for";
  if (info.simulated && !allowSimulated) return "simulated, which has to be allowed";
  if (kernel === undefined) return "no kernel for this workload";
  if (device === undefined && info.kind === "gpu" && info.features.includes("software"))
    return "a GPU emulated in software; runs only when asked for";
  if (seat.stuck !== null) return `still busy with ${seat.stuck}, which was given up`;
  const paused = seat.quarantine.reason(kernel.workload.id);
  if (paused !== null) return paused;
  const support = kernel.supports(input, info);
  return support.ok ? null : support.reason;
}

/** A device whose energy is unknown loses to any whose energy is known. */
function score({ predicted, prepareSeconds, waitSeconds }: Candidate, objective: Objective): number {
  const seconds = predicted.seconds + prepareSeconds + waitSeconds;
  if (objective === "time") return seconds;
  const { joules }: Cost = predicted;
  if (joules === null) return Number.POSITIVE_INFINITY;
  return objective === "energy" ? joules : joules * seconds;
}
