import type { Split } from "../../contract/index.ts";
import type { KineticsInput } from "./input.ts";
import { emptySolutions, type KineticsSolutions } from "./output.ts";

/** Cut by items; the network stays where it is. */
export const splitItems: Split<KineticsInput, KineticsSolutions> = {
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
    const whole = emptySolutions(network, count, times.length * observed.length, false);
    let first = 0;
    for (const { statuses, culprits, samples, steps, state } of outputs) {
      whole.statuses.set(statuses, first);
      whole.culprits.set(culprits, first);
      whole.samples.set(samples, first * times.length * observed.length);
      whole.steps.set(steps, first);
      whole.state.values.set(state.values, first * network.values);
      whole.state.times.set(state.times, first);
      whole.state.steps.set(state.steps, first);
      whole.state.draws.set(state.draws, first);
      first += statuses.length;
    }
    const events = network.events.length > 0 ? outputs.flatMap(({ state }) => state.events ?? []) : null;
    return { ...whole, state: { ...whole.state, events } };
  },
};

function stretchOf(input: KineticsInput, first: number, end: number): KineticsInput {
  const { network, state, changes, firstItem } = input;
  const [from = 0, to = 0] = [changes?.offsets[first], changes?.offsets[end]];
  return {
    ...input,
    count: end - first,
    firstItem: firstItem + first,
    changes:
      changes === null
        ? null
        : {
            offsets: changes.offsets.slice(first, end + 1).map((offset) => offset - from),
            values: changes.values.slice(from, to),
            amounts: changes.amounts.slice(from, to),
          },
    state:
      state === null
        ? null
        : {
            values: state.values.slice(first * network.values, end * network.values),
            times: state.times.slice(first, end),
            steps: state.steps.slice(first, end),
            draws: state.draws.slice(first, end),
            events: state.events?.slice(first, end) ?? null,
          },
  };
}
