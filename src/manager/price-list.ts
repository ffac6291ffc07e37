import type { Bytes, Candidate, Joules, Kernel, Seconds, Work } from "../contract/index.ts";
import type { Calibration, Measurement } from "../profile/calibration.ts";
import { CostModel, guessed } from "./cost-model.ts";
import type { Seat } from "./seat.ts";

/** What a run is expected to cost, and how well that is known. */
export interface Quote extends Pick<Candidate, "predicted" | "prepareSeconds"> {
  /** Runs of this kernel, at any size, that the prediction rests on. */
  readonly runs: number;
  /** How many times faster than predicted the run may turn out to be. */
  readonly doubt: number;
  /** Whether so few runs near this size are known that a spike among those that the prediction rests on would not show. */
  readonly strange: boolean;
}

interface Entry {
  readonly model: CostModel;
  /** The last estimate, good for the same size until another run is known: of many devices only one has run since. */
  last: {
    readonly units: number;
    readonly bytes: Bytes;
    readonly runs: number;
    readonly seconds: Seconds | null;
    readonly doubt: number;
    readonly strange: boolean;
  } | null;
  /** What preparing costs, by the same measures of size as a run. */
  readonly prepares: CostModel;
}

/** The cost models of all kernels on all devices: what runs are expected to cost, learnt from what they did. */
export class PriceList {
  readonly #entries = new Map<string, Entry>();
  /** What was restored and not asked for yet: fitting hundreds of lines takes longer than many a command's own run. */
  readonly #saved = new Map<string, { runs?: readonly Measurement[]; prepares?: readonly Measurement[] }>();
  #changed = false;

  /** Whether a run was recorded since the last `restore` or `snapshot`. */
  get changed(): boolean {
    return this.#changed;
  }

  quote<I, O>(seat: Seat, kernel: Kernel<I, O>, input: I, work: Work, threads: number | null): Quote {
    // what a profile says of hardware that is not here leaves nothing to find out
    if (seat.info.simulated) {
      const predicted = kernel.prior(work, seat.info);
      return { predicted, prepareSeconds: 0, runs: Number.POSITIVE_INFINITY, doubt: 1, strange: false };
    }
    const name = key(seat, kernel, work, threads);
    const entry = this.#entries.has(name) || this.#saved.has(name) ? this.#entry(name) : undefined;
    const { seconds, doubt, strange } = entry === undefined ? unknown : estimate(entry, kernel, seat, work);
    const prepareSeconds =
      entry === undefined || seat.isResident(kernel, input)
        ? 0
        : (entry.prepares.predict(broughtOver(work), byBytes) ?? 0);
    if (entry === undefined || seconds === null)
      return { predicted: kernel.prior(work, seat.info), prepareSeconds, runs: 0, doubt, strange };
    const joules = entry.model.joules(seconds);
    return {
      predicted: { seconds, joules, energySource: joules === null ? null : "model", basis: "calibrated" },
      prepareSeconds,
      runs: entry.model.runs,
      doubt,
      strange,
    };
  }

  record<I, O>(
    seat: Seat,
    kernel: Kernel<I, O>,
    work: Work,
    threads: number | null,
    run: { seconds: Seconds; joules: Joules | null; prepareSeconds: Seconds },
  ): void {
    // what a stand-in took here says nothing about the hardware it stands for
    if (seat.info.simulated) return;
    const entry = this.#entry(key(seat, kernel, work, threads));
    if (run.seconds > 0) entry.model.record(work, run.seconds, run.joules);
    if (run.prepareSeconds > 0) entry.prepares.record(broughtOver(work), run.prepareSeconds, null);
    this.#changed = true;
  }

  restore({ runs, prepares }: Pick<Calibration, "runs" | "prepares">): void {
    for (const [name, measurements] of Object.entries(runs))
      this.#saved.set(name, { ...this.#saved.get(name), runs: measurements });
    for (const [name, measurements] of Object.entries(prepares))
      this.#saved.set(name, { ...this.#saved.get(name), prepares: measurements });
    // runs that were recorded before stay beside those that are restored
    for (const name of this.#entries.keys()) this.#entry(name);
    this.#changed = false;
  }

  snapshot(): Pick<Calibration, "runs" | "prepares"> {
    const runs: Record<string, readonly Measurement[]> = {};
    const prepares: Record<string, readonly Measurement[]> = {};
    for (const [name, saved] of this.#saved) {
      runs[name] = saved.runs ?? [];
      prepares[name] = saved.prepares ?? [];
    }
    for (const [name, entry] of this.#entries) {
      runs[name] = entry.model.measurements();
      prepares[name] = entry.prepares.measurements();
    }
    this.#changed = false;
    return { runs, prepares };
  }

  #entry(name: string): Entry {
    const entry: Entry = this.#entries.get(name) ?? { model: new CostModel(), last: null, prepares: new CostModel() };
    this.#entries.set(name, entry);
    const saved = this.#saved.get(name);
    if (saved?.runs !== undefined) entry.model.restore(saved.runs);
    if (saved?.prepares !== undefined) entry.prepares.restore(saved.prepares);
    this.#saved.delete(name);
    return entry;
  }
}

/** Nothing comes out of a preparation. */
function broughtOver({ units, bytesIn, sort }: Work): Work {
  return { units, bytesIn, bytesOut: 0, sort };
}

/** The shape of a preparation's cost until enough of them were measured: only its proportions are used. */
function byBytes({ bytesIn }: Work): Seconds {
  return Math.max(1, bytesIn);
}

const unknown = { seconds: null, doubt: guessed, strange: true } as const;

function estimate<I, O>(
  entry: Entry,
  kernel: Kernel<I, O>,
  { info }: Seat,
  work: Work,
): Pick<NonNullable<Entry["last"]>, "seconds" | "doubt" | "strange"> {
  const { model, last } = entry;
  const { runs } = model;
  const bytes = work.bytesIn + work.bytesOut;
  if (last !== null && last.runs === runs && last.units === work.units && last.bytes === bytes) return last;
  const prior = (at: Work): Seconds => kernel.prior(at, info).seconds;
  const made = {
    units: work.units,
    bytes,
    runs,
    seconds: model.predict(work, prior),
    doubt: model.doubt(work, prior),
    strange: model.isStrange(work),
  };
  entry.last = made;
  return made;
}

/** Runs with a thread limit of their own have a model of their own, and so have sorts of input. */
function key<I, O>({ info }: Seat, { workload }: Kernel<I, O>, { sort }: Work, threads: number | null): string {
  return `${info.id}/${workload.id}@${workload.version}/${sort === undefined ? "" : `${sort}/`}${threads ?? "all"}`;
}
