import type { Split } from "../../contract/index.ts";
import type { StochasticInput, ValueChanges } from "./input.ts";
import type { StochasticTrajectories } from "./output.ts";
import { emptyTrajectories } from "./start.ts";

/** Cut by trajectories, which keep their numbers and so their random numbers; the network stays where it is. */
export const splitTrajectories: Split<StochasticInput, StochasticTrajectories> = {
  parts: (input, shares) => {
    const { count } = input;
    if (count < shares.length) return null;
    let first = 0;
    let until = 0;
    return shares.map((share, at) => {
      until += share;
      const left = shares.length - at - 1;
      const end = left === 0 ? count : Math.min(count - left, Math.max(first + 1, Math.round(until * count)));
      const part = stretchOf(input, first, end);
      first = end;
      return part;
    });
  },
  join: (outputs, { network, count, times, observed }) => {
    const whole = emptyTrajectories(network, count, times.length * observed.length, false);
    let first = 0;
    for (const { statuses, culprits, events, samples, state } of outputs) {
      whole.statuses.set(statuses, first);
      whole.culprits.set(culprits, first);
      whole.events.set(events, first);
      whole.samples.set(samples, first * times.length * observed.length);
      whole.state.values.set(state.values, first * network.values);
      whole.state.times.set(state.times, first);
      whole.state.draws.set(state.draws, first);
      first += statuses.length;
    }
    const events = network.events.length > 0 ? outputs.flatMap(({ state }) => state.events ?? []) : null;
    const precision = outputs.some((one) => one.precision === "single") ? "single" : "double";
    return { ...whole, precision, state: { ...whole.state, events } };
  },
};

function stretchOf(input: StochasticInput, first: number, end: number): StochasticInput {
  const { network, state, changes, firstTrajectory } = input;
  return {
    ...input,
    count: end - first,
    firstTrajectory: firstTrajectory + first,
    changes: changes === null ? null : changesOf(changes, first, end),
    state:
      state === null
        ? null
        : {
            values: state.values.slice(first * network.values, end * network.values),
            times: state.times.slice(first, end),
            draws: state.draws.slice(first, end),
            events: state.events?.slice(first, end) ?? null,
          },
  };
}

function changesOf({ offsets, values, amounts }: ValueChanges, first: number, end: number): ValueChanges {
  const [from = 0, to = 0] = [offsets[first], offsets[end]];
  return {
    offsets: offsets.slice(first, end + 1).map((offset) => offset - from),
    values: values.slice(from, to),
    amounts: amounts.slice(from, to),
  };
}
