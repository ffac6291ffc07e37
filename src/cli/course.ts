import { BioXenError, type Dispatcher, type DispatchOptions } from "../contract/index.ts";
import type { SbmlNetwork } from "../formats/index.ts";
import { initialDraws } from "../network/index.ts";
import { kineticsStatus, reactionKinetics } from "../workloads/index.ts";

/** One solution of a network's equations at the times that were asked for. */
export interface Course {
  /** A value of the network by its number. */
  readonly at: (row: number, value: number) => number;
  readonly steps: number;
}

export interface CourseOptions {
  readonly times: Float64Array;
  /** Error of a step that is let pass, relative to a value and in its own unit. */
  readonly relative: number;
  readonly absolute: number;
  readonly seed: number;
  readonly mostSteps: number;
  readonly dispatch: DispatchOptions;
}

/**
 * Solves a network's equations from time 0.
 * @throws BioXenError `INPUT_INVALID` where the solution does not reach the end, with the reaction and why; what the
 *   dispatcher throws.
 */
export async function continuousCourse(
  model: SbmlNetwork,
  dispatcher: Dispatcher,
  { times, relative, absolute, seed, mostSteps, dispatch }: CourseOptions,
): Promise<Course> {
  const { network } = model;
  const width = network.values;
  const { output } = await dispatcher.run(
    reactionKinetics,
    {
      network,
      count: 1,
      from: 0,
      times,
      observed: Uint32Array.from({ length: width }, (_, value) => value),
      changes: initialDraws(network, 1, seed, 0),
      relative,
      absolute,
      mostSteps,
      seed,
      firstItem: 0,
      state: null,
    },
    dispatch,
  );
  const [status] = output.statuses;
  if (status !== kineticsStatus.finished) {
    const [culprit = -1] = output.culprits;
    const [time = Number.NaN] = output.state.times;
    const reaction = model.reactionIds[culprit];
    const stuck =
      reaction === undefined
        ? "no step is short enough: something is no finite number"
        : `the rate of reaction ${JSON.stringify(reaction)} is no finite number`;
    const why =
      status === kineticsStatus.exhausted
        ? `more than ${mostSteps} steps`
        : status === kineticsStatus.badDelay
          ? badDelay(model, culprit)
          : stuck;
    throw new BioXenError("INPUT_INVALID", `${model.id}: at time ${time}: ${why}`, { context: { time, culprit } });
  }
  return { at: (row, value) => output.samples[row * width + value] ?? Number.NaN, steps: output.steps[0] ?? 0 };
}

/** What is wrong with an event that no run can wait for. */
export function badDelay({ eventIds }: SbmlNetwork, event: number): string {
  return `the delay of event ${JSON.stringify(eventIds[event] ?? "")}, number ${event + 1} of those with a trigger, is negative or NaN`;
}
