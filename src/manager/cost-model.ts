import type { Joules, Seconds, Work } from "../contract/index.ts";
import type { Measurement } from "../profile/calibration.ts";
import { fitLine, type Line } from "../profile/fit-line.ts";

/** Runs remembered per size: enough for a median that two spikes cannot move, few enough to follow a device that slows down. */
const remembered = 7;
/** Runs from which on a median is believed. */
const believed = 3;
/** A size with so many runs speaks for itself: two spikes cannot move its median, and the device may have slowed down since others ran. */
const enough = 4;
/** The line is fitted again after this many new runs. */
const refitAfter = 32;
/** So many runs in a row, each off by this factor and more to the same side, are no spikes: the device has changed. */
const changed = { runs: 3, factor: 1.6 } as const;
/** How far a prior was seen to be off among the kernels of this package, and as far as a damped spike of 300x goes. */
export const guessed = 30;
/** Bends of real kernels, threads starting above all, were seen to be off a line by as much. */
const bend = 1.5;
/** What the fastest of a few runs is off from their median, where noise is all that tells them apart. */
const luck = 0.8;
/** A run that took so many times as long as another of its size did not show the device's speed. */
const spike = 8;

/** No base is less: a line may pass through nothing at no units, and a ratio to that is no number. */
const leastBase: Seconds = 1e-12;

interface Kept {
  readonly run: Measurement;
  /** What the run would take now: the measured time, scaled where the device has changed since. */
  seconds: Seconds;
}

interface Size {
  readonly recent: Kept[];
  units: number;
  /** Logarithm, base 2, of the units: where it stands between its neighbours. */
  at: number;
  seconds: Seconds;
  /** Median of measured over base; null until asked for again after a new run. */
  ratio: number | null;
}

/**
 * What one kernel costs on one device: a line in units and bytes for the shape (the kernel's own prior until three
 * sizes were measured), times the median of measured over predicted at sizes near by. Where those were run a few
 * times only, a spike is held against its neighbours: a run never takes longer than a bigger one, nor grows faster
 * than its work.
 */
export class CostModel {
  readonly #sizes = new Map<number, Size>();
  #line: Line | null = null;
  #sinceFit = 0;
  #order: readonly number[] = [];
  #runs = 0;
  /** The last runs that all were off to the same side, with by how much. */
  #surprises: { readonly kept: Kept; readonly factor: number }[] = [];

  /** Runs that were ever recorded or restored. */
  get runs(): number {
    return this.#runs;
  }

  /** Seconds, or null where nothing was measured yet. */
  predict(work: Work, prior: (work: Work) => Seconds): Seconds | null {
    if (this.#order.length === 0) return null;
    const base = this.#base(work, prior);
    const { ratio, certain } = this.#correction(work, prior);
    return certain ? base * ratio : this.#bounded(base * ratio, work);
  }

  /**
   * How many times faster than predicted a run may turn out to be, for all that is known: little where sizes near by
   * were run a few times, much where the prediction rests on one run, on a guess or on sizes far away. A run is
   * never faster by accident, so the fastest one near by always counts.
   */
  doubt(work: Work, prior: (work: Work) => Seconds): number {
    if (this.#runs < believed) return guessed;
    const at = Math.log2(Math.max(1, work.units));
    let near = 0;
    let below = Number.POSITIVE_INFINITY;
    let above = Number.POSITIVE_INFINITY;
    let least = Number.POSITIVE_INFINITY;
    for (const { at: place, recent } of this.#sizes.values()) {
      if (place <= at) below = Math.min(below, at - place);
      else above = Math.min(above, place - at);
      if (Math.abs(place - at) > 1) continue;
      near += recent.length;
      for (const { run, seconds } of recent)
        least = Math.min(least, seconds / this.#base({ units: run.units, bytesIn: run.bytes, bytesOut: 0 }, prior));
    }
    const last = this.#surprises.at(-1)?.factor ?? 1;
    // some luck is in every fastest run
    const fastest = (luck * (this.predict(work, prior) ?? 0)) / (this.#base(work, prior) * least);
    const doubt = Math.max(1, fastest, 1 / last);
    if (near >= believed) return doubt;
    const inside = Number.isFinite(below) && Number.isFinite(above);
    const unseen = bend * 2 ** (inside ? Math.min(below, above) / 4 : Math.min(below, above) / 2);
    return Math.max(doubt, Math.min(guessed, unseen));
  }

  /** Whether too few runs near this size are known for a spike, in them or in those that it is predicted from, to show. */
  isStrange({ units }: Work): boolean {
    const at = Math.log2(Math.max(1, units));
    let near = 0;
    for (const { at: place, recent } of this.#sizes.values()) if (Math.abs(place - at) <= 1) near += recent.length;
    return near < believed;
  }

  /** Median power over the metered runs times the seconds; null where no run was metered. */
  joules(seconds: Seconds): Joules | null {
    const watts: number[] = [];
    for (const { recent } of this.#sizes.values())
      for (const { run } of recent) if (run.joules !== null) watts.push(run.joules / run.seconds);
    return watts.length === 0 ? null : median(watts) * seconds;
  }

  record(work: Work, seconds: Seconds, joules: Joules | null): void {
    const run: Measurement = { units: work.units, bytes: work.bytesIn + work.bytesOut, seconds, joules };
    const usual = this.#usual(run);
    const kept = this.#keep(run);
    if (usual !== null) this.#compare(kept, seconds / usual);
    if (++this.#sinceFit >= refitAfter) this.#fit();
  }

  /** The runs remembered, for the calibration file. */
  measurements(): Measurement[] {
    return [...this.#sizes.values()].flatMap(({ recent }) => recent.map(({ run }) => run));
  }

  restore(runs: readonly Measurement[]): void {
    for (const run of runs) this.#keep(run);
    this.#fit();
  }

  #keep(run: Measurement): Kept {
    const key = sizeKey(run.units);
    let size = this.#sizes.get(key);
    if (size === undefined) {
      size = { recent: [], units: 0, at: key, seconds: 0, ratio: null };
      this.#sizes.set(key, size);
      this.#order = [...this.#sizes.keys()].sort((a, b) => a - b);
      this.#sinceFit = refitAfter;
    }
    const kept: Kept = { run, seconds: run.seconds };
    this.#runs++;
    size.ratio = null;
    size.recent.push(kept);
    if (size.recent.length > remembered) size.recent.shift();
    size.units = median(size.recent.map(({ run: { units } }) => units));
    size.at = Math.log2(Math.max(1, size.units));
    size.seconds = usual(size.recent.map(({ seconds }) => seconds));
    return kept;
  }

  /** What a run of this size takes by those before it; null where too few are known for a surprise to mean anything. */
  #usual({ units, bytes }: Measurement): Seconds | null {
    const size = this.#sizes.get(sizeKey(units));
    if (size === undefined || size.recent.length < believed || this.#line === null) return null;
    const base = this.#base({ units, bytesIn: bytes, bytesOut: 0 }, () => Number.NaN);
    const bases = size.recent.map(({ run, seconds }) => {
      const of = this.#base({ units: run.units, bytesIn: run.bytes, bytesOut: 0 }, () => Number.NaN);
      return seconds / of;
    });
    return base * usual(bases);
  }

  /** Scales all that is known of the device by the median of its last surprises, once there are enough in a row. */
  #compare(kept: Kept, factor: number): void {
    const isSurprise = Math.max(factor, 1 / factor) >= changed.factor;
    if (!isSurprise || this.#surprises.some((one) => one.factor > 1 !== factor > 1)) this.#surprises = [];
    if (!isSurprise || this.#surprises.push({ kept, factor }) < changed.runs) return;
    const by = median(this.#surprises.map((one) => one.factor));
    const recent = new Set(this.#surprises.map((one) => one.kept));
    this.#surprises = [];
    for (const size of this.#sizes.values()) {
      for (const one of size.recent) if (!recent.has(one)) one.seconds *= by;
      size.seconds = usual(size.recent.map(({ seconds }) => seconds));
      size.ratio = null;
    }
    if (this.#line !== null) this.#line = { a: this.#line.a * by, b: this.#line.b * by, c: this.#line.c * by };
  }

  #fit(): void {
    this.#sinceFit = 0;
    this.#line =
      this.#order.length < 3
        ? null
        : fitLine(
            [...this.#sizes.values()].flatMap(({ recent }) => recent.map(({ run, seconds }) => ({ ...run, seconds }))),
          );
    for (const size of this.#sizes.values()) size.ratio = null;
  }

  #base({ units, bytesIn, bytesOut }: Work, prior: (work: Work) => Seconds): Seconds {
    const line = this.#line;
    if (line !== null) return Math.max(leastBase, line.a + line.b * units + line.c * (bytesIn + bytesOut));
    return prior({ units, bytesIn, bytesOut });
  }

  /** Measured over base, taken between the two measured sizes around this one, by the logarithm of the size. */
  #correction(work: Work, prior: (work: Work) => Seconds): { ratio: number; certain: boolean } {
    const at = Math.log2(Math.max(1, work.units));
    let below: number | null = null;
    let above: number | null = null;
    let belowAt = 0;
    let aboveAt = 0;
    for (const key of this.#order) {
      const place = this.#sizes.get(key)?.at ?? key;
      if (place <= at) {
        below = key;
        belowAt = place;
      } else if (above === null) {
        above = key;
        aboveAt = place;
      }
    }
    const nearest = below ?? above;
    if (nearest === null) return { ratio: 1, certain: false };
    const certain = this.#certain(nearest);
    if (below === null || above === null) return { ratio: this.#ratio(nearest, prior), certain };
    const share = (at - belowAt) / (aboveAt - belowAt);
    return {
      ratio: Math.exp((1 - share) * Math.log(this.#ratio(below, prior)) + share * Math.log(this.#ratio(above, prior))),
      certain,
    };
  }

  #certain(key: number): boolean {
    return (this.#sizes.get(key)?.recent.length ?? 0) >= enough;
  }

  #ratio(key: number, prior: (work: Work) => Seconds): number {
    const size = this.#sizes.get(key);
    if (size === undefined) return 1;
    const certain = this.#certain(key);
    size.ratio ??= trusted(
      size.recent.map(({ run, seconds }) => {
        const base = this.#base({ units: run.units, bytesIn: run.bytes, bytesOut: 0 }, prior);
        return (certain ? seconds : this.#bounded(seconds, { units: run.units, bytesIn: 0, bytesOut: 0 })) / base;
      }),
    );
    return size.ratio;
  }

  #bounded(seconds: Seconds, { units }: Work): Seconds {
    let bound = seconds;
    for (const size of this.#sizes.values()) {
      if (size.units > 2 * units) bound = Math.min(bound, size.seconds);
      // a quarter of slack: shapes differ among inputs of one size
      else if (size.units > 0 && 2 * size.units < units)
        bound = Math.min(bound, (1.25 * size.seconds * units) / size.units);
    }
    return bound;
  }
}

/**
 * The median of three and more; of fewer the fastest, and where that is slower than thought only in part: the first
 * runs may have been spikes, but none is faster by accident.
 */
function trusted(ratios: readonly number[]): number {
  if (ratios.length >= believed) return usual(ratios);
  const least = Math.min(...ratios);
  return least <= 1 ? least : least ** (ratios.length / believed);
}

/** The median without spikes: of two in four the plain one would make a slow device. */
function usual(times: readonly number[]): number {
  const most = spike * Math.min(...times);
  return median(times.filter((time) => time <= most));
}

/** Sizes are told apart by powers of two. */
function sizeKey(units: number): number {
  return Math.floor(Math.log2(Math.max(1, units)));
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}
