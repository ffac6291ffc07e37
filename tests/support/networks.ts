import type { Expression, NetworkReaction, ReactionNetwork } from "bioxen";

type Pairs = readonly (readonly [number, number])[];

export const value = (index: number): Expression => ({ kind: "value", index });
export const number = (of: number): Expression => ({ kind: "number", value: of });
export const time: Expression = { kind: "time" };
export const times = (...all: Expression[]): Expression => ({ kind: "many", of: "multiply", arguments: all });
export const plus = (...all: Expression[]): Expression => ({ kind: "many", of: "add", arguments: all });
export const over = (left: Expression, right: Expression): Expression => ({
  kind: "binary",
  of: "divide",
  left,
  right,
});
export const atLeast = (left: Expression, right: Expression): Expression => ({
  kind: "compare",
  of: "greaterOrEqual",
  arguments: [left, right],
});

/** A reaction by mass action at a constant rate (a number), or at the rate of an expression. */
export type ReactionOf = readonly [reactants: Pairs, changes: Pairs, rate: number | Expression];

/** A network of species and reactions; the constants of mass action become values after the species. */
export function networkOf(
  species: readonly number[],
  reactions: readonly ReactionOf[],
  more: Partial<ReactionNetwork> = {},
): ReactionNetwork {
  const initial = [...species];
  const made = reactions.map(
    ([reactants, changes, rate]): NetworkReaction => ({
      reactants,
      changes,
      rate:
        typeof rate === "number"
          ? { kind: "mass-action", constant: initial.push(rate) - 1 }
          : { kind: "expression", rate },
      reversible: false,
    }),
  );
  return {
    values: initial.length,
    names: initial.map((_, index) => `value ${index}`),
    initial: Float64Array.from(initial),
    reactions: made,
    assignments: [],
    rateRules: [],
    events: [],
    ...more,
  };
}

/** Immigration at one rate, death at another of each. */
export function immigrationDeath(start: number, immigration: number, death: number): ReactionNetwork {
  return networkOf(
    [start],
    [
      [[], [[0, 1]], immigration],
      [[[0, 1]], [[0, -1]], death],
    ],
  );
}

/** Two of one make one of another, and back. */
export function dimerisation(start: number, forward = 0.001, back = 0.01): ReactionNetwork {
  return networkOf(
    [start, 0],
    [
      [
        [[0, 2]],
        [
          [0, -2],
          [1, 1],
        ],
        forward,
      ],
      [
        [[1, 1]],
        [
          [0, 2],
          [1, -1],
        ],
        back,
      ],
    ],
  );
}

/** So many genes with a message and a protein each: four reactions a gene. */
export function expression(genes: number): ReactionNetwork {
  const species = Array.from({ length: genes }, () => [1, 4, 60]).flat();
  const reactions = Array.from({ length: genes }, (_, gene): ReactionOf[] => {
    const [dna, message, protein] = [3 * gene, 3 * gene + 1, 3 * gene + 2];
    return [
      [[[dna, 1]], [[message, 1]], 0.4 + (gene % 7) / 10],
      [[[message, 1]], [[message, -1]], 0.1],
      [[[message, 1]], [[protein, 1]], 0.3],
      [[[protein, 1]], [[protein, -1]], 0.02],
    ];
  }).flat();
  return networkOf(species, reactions);
}
