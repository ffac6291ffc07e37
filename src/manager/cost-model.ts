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

interface Size {
  readonly recent: Measurement[];
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

  /** Seconds, or null where nothing was measured yet. */
  predict(work: Work, prior: (work: Work) => Seconds): Seconds | null {
    if (this.#order.length === 0) return null;
    const base = this.#base(work, prior);
    const { ratio, certain } = this.#correction(work, prior);
    return certain ? base * ratio : this.#bounded(base * ratio, work);
  }

  /** Median power over the metered runs times the seconds; null where no run was metered. */
  joules(seconds: Seconds): Joules | null {
    const watts: number[] = [];
    for (const { recent } of this.#sizes.values())
      for (const run of recent) if (run.joules !== null) watts.push(run.joules / run.seconds);
    return watts.length === 0 ? null : median(watts) * seconds;
  }

  record(work: Work, seconds: Seconds, joules: Joules | null): void {
    this.#keep({ units: work.units, bytes: work.bytesIn + work.bytesOut, seconds, joules });
    if (++this.#sinceFit >= refitAfter) this.#fit();
  }

  /** The runs remembered, for the calibration file. */
  measurements(): Measurement[] {
    return [...this.#sizes.values()].flatMap(({ recent }) => recent);
  }

  restore(runs: readonly Measurement[]): void {
    for (const run of runs) this.#keep(run);
    this.#fit();
  }

  #keep(run: Measurement): void {
    const key = sizeKey(run.units);
    let size = this.#sizes.get(key);
    if (size === undefined) {
      size = { recent: [], units: 0, at: key, seconds: 0, ratio: null };
      this.#sizes.set(key, size);
      this.#order = [...this.#sizes.keys()].sort((a, b) => a - b);
      this.#sinceFit = refitAfter;
    }
    size.ratio = null;
    size.recent.push(run);
    if (size.recent.length > remembered) size.recent.shift();
    size.units = median(size.recent.map(({ units }) => units));
    size.at = Math.log2(Math.max(1, size.units));
    size.seconds = median(size.recent.map(({ seconds }) => seconds));
  }

  #fit(): void {
    this.#sinceFit = 0;
    this.#line = this.#order.length < 3 ? null : fitLine(this.measurements());
    for (const size of this.#sizes.values()) size.ratio = null;
  }

  #base({ units, bytesIn, bytesOut }: Work, prior: (work: Work) => Seconds): Seconds {
    const line = this.#line;
    if (line !== null) return line.a + line.b * units + line.c * (bytesIn + bytesOut);
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
      size.recent.map((run) => {
        const base = this.#base({ units: run.units, bytesIn: run.bytes, bytesOut: 0 }, prior);
        const seconds = certain
          ? run.seconds
          : this.#bounded(run.seconds, { units: run.units, bytesIn: 0, bytesOut: 0 });
        return seconds / base;
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

/** The median of three and more; of fewer the best one, and that only in part: the first runs may have been spikes. */
function trusted(ratios: readonly number[]): number {
  return ratios.length >= believed ? median(ratios) : Math.min(...ratios) ** (ratios.length / believed);
}

/** Sizes are told apart by powers of two. */
function sizeKey(units: number): number {
  return Math.floor(Math.log2(Math.max(1, units)));
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}
