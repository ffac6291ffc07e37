import { BioXenError } from "../../contract/index.ts";
import { type Evaluator, type EventState, type Expression, networkFunctions } from "../../network/index.ts";
import { flowOf, whyNotExact } from "./flow.ts";
import type { StochasticInput } from "./input.ts";
import type { StochasticTrajectories } from "./output.ts";
import { emptyTrajectories } from "./start.ts";
import { leapData } from "./tau-leap.ts";
import { simulateTrajectory } from "./trajectory.ts";
import type { Simulator } from "./walk.ts";

/** Why a method cannot simulate a network, or null. */
export function whyUnsupported({ network, method }: Pick<StochasticInput, "network" | "method">): string | null {
  if (method === "exact") return whyNotExact(network);
  if (network.events.length > 0 || network.rateRules.length > 0) return "tau-leaping knows no events and no rate rules";
  return whyNotExact(network);
}

/** What trajectories of one input share, its expressions made functions. */
export function simulatorOf(
  input: Pick<StochasticInput, "network" | "method" | "stopWhen" | "epsilon">,
  make: (expression: Expression) => Evaluator,
): Simulator {
  const { network, method, stopWhen, epsilon } = input;
  const reason = whyUnsupported(input);
  if (reason !== null) throw new BioXenError("UNSUPPORTED", reason);
  return {
    network,
    functions: networkFunctions(network, make, true),
    flow: flowOf(network, make),
    stopWhen: stopWhen === null ? null : make(stopWhen),
    leaps: method === "exact" ? null : leapData(network, epsilon),
  };
}

/** Simulates all trajectories, one after the other. */
export function simulateAll(
  input: StochasticInput,
  make: (expression: Expression) => Evaluator,
): StochasticTrajectories {
  const { network, count, times, observed } = input;
  const simulator = simulatorOf(input, make);
  const answer = emptyTrajectories(network, count, times.length * observed.length, false);
  const events: EventState[] = [];
  for (let item = 0; item < count; item++) {
    const state = simulateTrajectory(simulator, input, item, answer);
    if (state !== null) events.push(state);
  }
  return { ...answer, state: { ...answer.state, events: network.events.length > 0 ? events : null } };
}
