import type { NetworkReaction } from "../../network/index.ts";
import type { KineticsInput } from "./input.ts";
import { stepsPerPoint } from "./size.ts";

/** A random ring of enzymes with reversible Michaelis-Menten kinetics, fed at one place and drained at another. */
export function generateKinetics(size: number, random: () => number): KineticsInput {
  const species = Math.max(2, Math.min(8, Math.round(size ** 0.2)));
  const count = Math.max(1, Math.round(size / (3 * (species + 2) * stepsPerPoint)));
  const initial = Array.from({ length: species }, () => 5 * random());
  const constant = (of: number): number => initial.push(of) - 1;
  const value = (index: number) => ({ kind: "value", index }) as const;
  const reactions: NetworkReaction[] = [];
  for (let from = 0; from < species; from++) {
    const to = (from + 1) % species;
    const [forward, back, half, other] = [
      constant(10 ** (2 * random())),
      constant(random()),
      constant(0.5 + random()),
      constant(0.5 + random()),
    ];
    const part = (index: number, by: number) =>
      ({ kind: "binary", of: "divide", left: value(index), right: value(by) }) as const;
    reactions.push({
      reactants: [],
      changes:
        from < to
          ? [
              [from, -1],
              [to, 1],
            ]
          : [
              [to, 1],
              [from, -1],
            ],
      rate: {
        kind: "expression",
        rate: {
          kind: "binary",
          of: "divide",
          left: {
            kind: "binary",
            of: "subtract",
            left: { kind: "many", of: "multiply", arguments: [value(forward), part(from, half)] },
            right: { kind: "many", of: "multiply", arguments: [value(back), part(to, other)] },
          },
          right: {
            kind: "many",
            of: "add",
            arguments: [{ kind: "number", value: 1 }, part(from, half), part(to, other)],
          },
        },
      },
      reversible: true,
    });
  }
  reactions.push({
    reactants: [],
    changes: [[0, 1]],
    rate: { kind: "mass-action", constant: constant(1) },
    reversible: false,
  });
  reactions.push({
    reactants: [[species - 1, 1]],
    changes: [[species - 1, -1]],
    rate: { kind: "mass-action", constant: constant(0.5) },
    reversible: false,
  });
  const end = 1;
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
    count,
    from: 0,
    times: Float64Array.of(0, end / 2, end),
    observed: Uint32Array.from({ length: species }, (_, index) => index),
    changes: {
      offsets: Uint32Array.from({ length: count + 1 }, (_, item) => item),
      values: new Uint32Array(count),
      amounts: Float64Array.from({ length: count }, () => 5 * random()),
    },
    relative: 1e-4,
    absolute: 1e-6,
    mostSteps: 1e5,
    seed: Math.floor(2 ** 32 * random()),
    firstItem: 0,
    state: null,
  };
}
