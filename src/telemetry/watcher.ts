import type { Dispatched, Dispatcher, DispatchOptions, Seconds } from "../contract/index.ts";
import { scoreCause, telemetryAnomaly, usualAlarm } from "../workloads/index.ts";

/** One measurement of something that is watched. */
export interface TelemetrySample {
  /** Who is measured: a device (`cpu-simd:0`), a VM, a host. */
  readonly source: string;
  /** What is measured, with its unit: `queue-length`, `atp-mM`. */
  readonly metric: string;
  /** NaN where it could not be measured. */
  readonly value: number;
  /** Seconds since 1970, or of whatever clock the caller has: alerts repeat it. */
  readonly time: Seconds;
}

/** A measurement that is out of the ordinary for its source and metric. */
export interface TelemetryAlert extends TelemetrySample {
  /** Minus the decimal logarithm of how rare it is in its past. */
  readonly score: number;
  /** A lone value, a mean that moved, or a course unlike those before. */
  readonly cause: "spike" | "shift" | "shape";
}

export interface WatcherOptions {
  /** Measurements of each metric to learn from before any alert; 60 by default. */
  readonly learning?: number;
  /** Score from which a measurement is an alert; `usualAlarm` by default. */
  readonly alarm?: number;
  /** Where the scoring may run. */
  readonly dispatch?: DispatchOptions;
}

const usualLearning = 60;
const causes = { [scoreCause.spike]: "spike", [scoreCause.shift]: "shift", [scoreCause.shape]: "shape" } as const;

/** What is known of one metric of one source. */
interface Stream {
  state: Float64Array | null;
  readonly pending: TelemetrySample[];
}

/**
 * Watches metrics of devices and machines by `telemetry-anomaly`: measurements are recorded as they come, and each call
 * of `check` scores what came since the last one. Metrics need no announcement, and each is judged by its own past alone.
 */
export class TelemetryWatcher {
  readonly #dispatcher: Dispatcher;
  readonly #learning: number;
  readonly #alarm: number;
  readonly #dispatch: DispatchOptions;
  readonly #streams: Map<string, Stream> = new Map();
  #last: Promise<unknown> = Promise.resolve();
  /** Alerts that nobody was told of yet: those of a check whose second run failed. */
  #untold: TelemetryAlert[] = [];

  constructor(dispatcher: Dispatcher, options: WatcherOptions = {}) {
    this.#dispatcher = dispatcher;
    this.#learning = options.learning ?? usualLearning;
    this.#alarm = options.alarm ?? usualAlarm;
    this.#dispatch = options.dispatch ?? {};
  }

  record(sample: TelemetrySample): void {
    const key = JSON.stringify([sample.source, sample.metric]);
    const stream = this.#streams.get(key);
    if (stream === undefined) this.#streams.set(key, { state: null, pending: [sample] });
    else stream.pending.push(sample);
  }

  /** Records how a device did: the run's seconds in units of the predicted ones, as metric `slowness`. */
  recordRun({ device, measured, predicted }: Dispatched<unknown>, time: Seconds): void {
    const value = predicted.seconds > 0 ? measured.seconds / predicted.seconds : Number.NaN;
    this.record({ source: device.id, metric: "slowness", value, time });
  }

  /** Forgets a source that is gone, with what it has learned. */
  forget(source: string): void {
    for (const key of this.#streams.keys()) if ((JSON.parse(key) as [string])[0] === source) this.#streams.delete(key);
  }

  /**
   * Scores what was recorded since the last check. Checks follow one another; where one fails, its measurements wait
   * for the next.
   * @throws BioXenError as the dispatcher does: `INPUT_INVALID` for a learning length that is none, `NO_DEVICE`.
   */
  check(): Promise<readonly TelemetryAlert[]> {
    const checked = this.#last.then(() => this.#check());
    this.#last = checked.catch(() => {});
    return checked;
  }

  /** The alerts of batches of measurements as they come. */
  async *alerts(batches: AsyncIterable<readonly TelemetrySample[]>): AsyncGenerator<TelemetryAlert, void, void> {
    for await (const batch of batches) {
      for (const sample of batch) this.record(sample);
      yield* await this.check();
    }
  }

  async #check(): Promise<readonly TelemetryAlert[]> {
    const streams = [...this.#streams.values()].filter(({ pending }) => pending.length > 0);
    // one kind of batch: some streams are at their beginning, others go on
    const batches = [streams.filter(({ state }) => state === null), streams.filter(({ state }) => state !== null)];
    for (const batch of batches) if (batch.length > 0) this.#untold.push(...(await this.#score(batch)));
    const alerts = this.#untold.sort((a, b) => a.time - b.time);
    this.#untold = [];
    return alerts;
  }

  async #score(streams: readonly Stream[]): Promise<TelemetryAlert[]> {
    const samples = streams.map(({ pending }) => [...pending]);
    const offsets = new Uint32Array(streams.length + 1);
    samples.forEach(({ length }, at) => {
      offsets[at + 1] = (offsets[at] ?? 0) + length;
    });
    const before = streams.flatMap(({ state }) => (state === null ? [] : [state]));
    const size = before[0]?.length ?? 0;
    const states = before.length === 0 ? null : new Float64Array(before.length * size);
    before.forEach((state, at) => {
      states?.set(state, at * size);
    });
    const { output } = await this.#dispatcher.run(
      telemetryAnomaly,
      {
        values: Float64Array.from(samples.flat(), ({ value }) => value),
        offsets,
        learning: new Uint32Array(streams.length).fill(this.#learning),
        alarm: this.#alarm,
        states,
      },
      this.#dispatch,
    );
    const stateSize = output.states.length / streams.length;
    streams.forEach((stream, at) => {
      stream.state = output.states.slice(at * stateSize, (at + 1) * stateSize);
      // what came during the run stays
      stream.pending.splice(0, samples[at]?.length ?? 0);
    });
    return samples.flat().flatMap((sample, at) => {
      const score = output.scores[at] ?? 0;
      const cause = causes[(output.causes[at] ?? 0) as keyof typeof causes];
      return score >= this.#alarm && cause !== undefined ? [{ ...sample, score, cause }] : [];
    });
  }
}
