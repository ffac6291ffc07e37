import type { WorkloadSpec } from "../../contract/index.ts";
import { evaluate, interpreted, massAction, noRandom, type ReactionNetwork } from "../../network/index.ts";
import { isBrief } from "./brief.ts";
import { trajectoriesDiffer } from "./differ.ts";
import { simulateAll } from "./ensemble.ts";
import { generateNetwork } from "./generate.ts";
import { type StochasticInput, stochasticInput } from "./input.ts";
import type { StochasticTrajectories } from "./output.ts";
import { splitTrajectories } from "./split.ts";

export type { StochasticInput, StochasticState, ValueChanges } from "./input.ts";
export { type StochasticTrajectories, trajectoryStatus } from "./output.ts";
export { restarted } from "./restarted.ts";

/** Sum of all rates at the start, by network. */
const activities = new WeakMap<ReactionNetwork, number>();

function activityOf(network: ReactionNetwork): number {
  const known = activities.get(network);
  if (known !== undefined) return known;
  const { initial, reactions } = network;
  const activity = reactions.reduce((total, { rate, reactants }) => {
    const one =
      rate.kind === "mass-action"
        ? massAction(initial[rate.constant] ?? Number.NaN, reactants, initial, true)
        : evaluate(rate.rate, initial, 0, noRandom);
    return one > 0 && one < Number.POSITIVE_INFINITY ? total + one : total;
  }, 0);
  activities.set(network, activity);
  return activity;
}

/**
 * Ensembles of stochastic trajectories over one reaction network: exactly (Gillespie's direct method) or by tau-leaping.
 * Deterministic to the last bit on any number of threads: a trajectory's random numbers follow from seed and number alone. The
 * size counts the events that the rates at the start make expected. See ./README.md for the definition.
 */
export const stochasticSimulation: WorkloadSpec<StochasticInput, StochasticTrajectories> = {
  id: "stochastic-simulation",
  version: 1,
  aliases: ["stochastic_simulation", "ssa", "gillespie"],
  throughput: { unit: "event", rate: "Mevent/s", per: 1e6 },
  input: stochasticInput,
  size: ({ network, count, from, times, observed, mostEvents }) => {
    // what a run costs beyond its events is another matter where it needs no thread
    const expected = activityOf(network) * Math.max(0, (times.at(-1) ?? from) - from);
    return {
      units: count * (1 + Math.min(mostEvents, expected)),
      bytesIn: 8 * network.values,
      bytesOut: 8 * count * (times.length * observed.length + network.values),
      ...(isBrief({ count, mostEvents }) ? { sort: "brief" } : {}),
    };
  },
  resident: ({ network }) => network,
  reference: (input) => simulateAll(input, interpreted),
  generate: generateNetwork,
  split: splitTrajectories,
  differ: trajectoriesDiffer,
};
