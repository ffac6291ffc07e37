import type { Expression, NetworkReaction } from "../../network/index.ts";
import type { StochasticInput } from "./input.ts";

/** A random network of genes that repress each other, near its steady state, and as much time as `size` events take. */
export function generateNetwork(size: number, random: () => number): StochasticInput {
  const genes = Math.max(1, Math.min(4, Math.round(size ** 0.25)));
  const initial: number[] = [];
  const reactions: NetworkReaction[] = [];
  const value = (index: number): Expression => ({ kind: "value", index });
  const constant = (rate: number): number => initial.push(rate) - 1;
  const massAction = (
    rate: number,
    reactants: NetworkReaction["reactants"],
    changes: NetworkReaction["changes"],
  ): void => {
    reactions.push({ reactants, changes, rate: { kind: "mass-action", constant: constant(rate) }, reversible: false });
  };
  const activity = 8;
  for (let gene = 0; gene < genes; gene++) {
    const message = initial.push(Math.floor(10 * random())) - 1;
    const protein = initial.push(50 + Math.floor(100 * random())) - 1;
    const dimer = initial.push(Math.floor(20 * random())) - 1;
    const repressed: Expression = {
      kind: "binary",
      of: "divide",
      left: value(constant(5 + 5 * random())),
      right: {
        kind: "many",
        of: "add",
        arguments: [
          { kind: "number", value: 1 },
          {
            kind: "binary",
            of: "power",
            left: { kind: "binary", of: "divide", left: value(dimer), right: { kind: "number", value: 25 } },
            right: { kind: "number", value: 2 },
          },
        ],
      },
    };
    reactions.push({
      reactants: [],
      changes: [[message, 1]],
      rate: { kind: "expression", rate: repressed },
      reversible: false,
    });
    massAction(0.5 + random(), [[message, 1]], [[message, -1]]);
    massAction(5 + 5 * random(), [[message, 1]], [[protein, 1]]);
    massAction(0.1 * random(), [[protein, 1]], [[protein, -1]]);
    massAction(
      0.001,
      [[protein, 2]],
      [
        [protein, -2],
        [dimer, 1],
      ],
    );
    massAction(
      0.2,
      [[dimer, 1]],
      [
        [protein, 2],
        [dimer, -1],
      ],
    );
  }
  const count = Math.max(1, Math.min(16, Math.round(size / 1000)));
  const end = size / (count * genes * activity * 5);
  return {
    network: {
      values: initial.length,
      names: initial.map((_, index) => `v${index}`),
      initial: Float64Array.from(initial),
      reactions,
      assignments: [],
      rateRules: [],
      events: [],
    },
    method: "exact",
    count,
    seed: Math.floor(2 ** 32 * random()),
    firstTrajectory: Math.floor(100 * random()),
    from: 0,
    times: Float64Array.of(0, end / 2, end),
    observed: Uint32Array.from({ length: Math.min(4, initial.length) }, (_, at) => at),
    changes: null,
    mostEvents: Math.ceil((4 * size) / count),
    stopWhen: null,
    epsilon: 0.03,
    state: null,
    // what all devices take: those with doubles use them anyway
    precision: "single",
  };
}
