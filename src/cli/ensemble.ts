import { BioXenError, type Dispatcher, type DispatchOptions } from "../contract/index.ts";
import type { SbmlNetwork } from "../formats/index.ts";
import { initialDraws } from "../network/index.ts";
import { type StochasticInput, stochasticSimulation, trajectoryStatus } from "../workloads/index.ts";
import { badDelay } from "./course.ts";

/** What is kept of many trajectories: by time, then observed value. */
export interface Ensemble {
  readonly means: Float64Array;
  /** Sample standard deviations (n - 1); 0 for one trajectory. */
  readonly deviations: Float64Array;
  /** Reactions and events of all trajectories. */
  readonly events: number;
}

export interface EnsembleOptions {
  readonly method: "exact" | "tau-leaping";
  readonly runs: number;
  readonly seed: number;
  readonly times: Float64Array;
  /** What is looked at of each sample: a concentration, a logarithm. */
  readonly observed: readonly Observed[];
  readonly mostEvents: number;
  /** Whether devices without doubles may do it. */
  readonly single: boolean;
  readonly dispatch: DispatchOptions;
  readonly onProgress?: (done: number) => void;
}

interface Observed {
  readonly value: number;
  /** Value that it is divided by. */
  readonly over: number | null;
  readonly transform?: (value: number) => number;
}

/** Samples of one batch: memory stays the same however many runs there are. */
const batchSamples = 4e6;

/**
 * Simulates trajectories in batches and keeps their moments.
 * @throws BioXenError `INPUT_INVALID` for the first trajectory that does not reach the end, with the reaction or the
 *   species and why; what the dispatcher throws.
 */
export async function stochasticEnsemble(
  model: SbmlNetwork,
  dispatcher: Dispatcher,
  options: EnsembleOptions,
): Promise<Ensemble> {
  const { network } = model;
  const { runs, seed, times, observed } = options;
  const kept = [...new Set(observed.flatMap(({ value, over }) => (over === null ? [value] : [value, over])))];
  const columns = observed.map(({ value, over, transform = (x: number) => x }) => ({
    value: kept.indexOf(value),
    over: over === null ? -1 : kept.indexOf(over),
    transform,
  }));
  const points = times.length * columns.length;
  const means = new Float64Array(points);
  const squares = new Float64Array(points);
  const batch = Math.max(1, Math.floor(batchSamples / Math.max(1, times.length * kept.length)));
  let events = 0;
  let done = 0;
  while (done < runs) {
    const count = Math.min(batch, runs - done);
    const input: StochasticInput = {
      network,
      method: options.method,
      count,
      seed,
      firstTrajectory: done,
      from: 0,
      times,
      observed: Uint32Array.from(kept),
      changes: initialDraws(network, count, seed, done),
      mostEvents: options.mostEvents,
      stopWhen: null,
      epsilon: 0.03,
      state: null,
      ...(options.single ? { precision: "single" as const } : {}),
    };
    const { output } = await dispatcher.run(stochasticSimulation, input, options.dispatch);
    for (let item = 0; item < count; item++) {
      const status = output.statuses[item] ?? 0;
      if (status !== trajectoryStatus.finished)
        throw unfinished(model, done + item, status, output.culprits[item] ?? -1);
      events += output.events[item] ?? 0;
      const start = item * times.length * kept.length;
      for (let point = 0; point < points; point++) {
        const column = columns[point % columns.length];
        if (column === undefined) continue;
        const row = start + Math.floor(point / columns.length) * kept.length;
        const raw = output.samples[row + column.value] ?? Number.NaN;
        const value = column.transform(column.over < 0 ? raw : raw / (output.samples[row + column.over] ?? Number.NaN));
        // Welford 1962, doi:10.1080/00401706.1962.10490022
        const from = value - (means[point] ?? 0);
        means[point] = (means[point] ?? 0) + from / (done + item + 1);
        squares[point] = (squares[point] ?? 0) + from * (value - (means[point] ?? 0));
      }
    }
    done += count;
    options.onProgress?.(done);
  }
  return { means, deviations: squares.map((square) => (runs > 1 ? Math.sqrt(square / (runs - 1)) : 0)), events };
}

function unfinished(model: SbmlNetwork, trajectory: number, status: number, culprit: number): BioXenError {
  const reaction = model.reactionIds[culprit];
  const species = model.network.names[culprit];
  const why: Readonly<Record<number, string>> = {
    [trajectoryStatus.exhausted]:
      "has more reactions than --events allows: the model runs away, or the time is too long",
    [trajectoryStatus.badRate]:
      reaction === undefined
        ? "has rates of which the sum is no finite number"
        : `has a rate of reaction ${JSON.stringify(reaction)} that is NaN, negative or infinite`,
    [trajectoryStatus.negative]: `takes more of ${JSON.stringify(species ?? "")} than there is`,
    [trajectoryStatus.badDelay]: `came to a stop: ${badDelay(model, culprit)}`,
  };
  return new BioXenError("INPUT_INVALID", `${model.id}: trajectory ${trajectory} ${why[status] ?? "was stopped"}`, {
    context: { trajectory, status, culprit },
  });
}
