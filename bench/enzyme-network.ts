import { seededRandom } from "../src/index.ts";
import type { Expression, NetworkReaction, ReactionNetwork } from "../src/network/index.ts";

interface Enzyme {
  readonly s: readonly number[];
  readonly p: readonly number[];
  readonly kf: number;
  readonly kr: number;
  readonly e: number;
  readonly ks: readonly number[];
  readonly kp: readonly number[];
}

/** Reversible enzymes, one of them a reaction, with exchange of some species. */
export interface EnzymeModel {
  readonly N: number;
  readonly rx: readonly Enzyme[];
  readonly x0: readonly number[];
  readonly ex: {
    readonly inn: readonly (readonly [number, number])[];
    readonly out: readonly (readonly [number, number])[];
  };
}

/** A hundred species and 160 enzymes, in a ring with chords. */
export function randomEnzymes(): EnzymeModel {
  const random = seededRandom(3);
  const between = (low: number, high: number): number => 10 ** (low + (high - low) * random());
  const N = 100;
  const rx = Array.from({ length: 160 }, (_, at): Enzyme => {
    const from = at % N;
    const to = at < N ? (at + 1) % N : (from + 1 + Math.floor(random() * (N - 1))) % N;
    const kf = between(-0.5, 4);
    return {
      s: [from],
      p: [to],
      kf,
      kr: kf * between(-2, 0),
      e: between(-4, -1.5),
      ks: [between(-2, 0.5)],
      kp: [between(-2, 0.5)],
    };
  });
  const every = (first: number, step: number): (readonly [number, number])[] =>
    Array.from({ length: Math.ceil((N - first) / step) }, (_, at) => [first + step * at, between(-4, -2)] as const);
  return { N, rx, x0: Array.from({ length: N }, () => between(-2, 0.7)), ex: { inn: every(0, 9), out: every(4, 7) } };
}

const number = (value: number): Expression => ({ kind: "number", value });
const value = (index: number): Expression => ({ kind: "value", index });
const times = (all: readonly Expression[]): Expression => ({ kind: "many", of: "multiply", arguments: all });
const plus = (all: readonly Expression[]): Expression => ({ kind: "many", of: "add", arguments: all });
const minus = (left: Expression, right: Expression): Expression => ({ kind: "binary", of: "subtract", left, right });

/** The model as a network; Michaelis and rate constants of enzymes are numbers in its rates. */
export function enzymeNetwork({ N, rx, x0, ex }: EnzymeModel): ReactionNetwork {
  const initial = [...x0];
  const reactions: NetworkReaction[] = rx.map(({ s, p, kf, kr, e, ks, kp }) => {
    const parts = (all: readonly number[], k: readonly number[]): Expression[] =>
      all.map((index, at) => times([value(index), number(1 / (k[at] ?? 1))]));
    const saturation = (all: readonly Expression[]): Expression => times(all.map((one) => plus([number(1), one])));
    const [left, right] = [parts(s, ks), parts(p, kp)];
    const changes = new Map<number, number>();
    for (const index of s) changes.set(index, (changes.get(index) ?? 0) - 1);
    for (const index of p) changes.set(index, (changes.get(index) ?? 0) + 1);
    return {
      reactants: [],
      changes: [...changes].filter(([, amount]) => amount !== 0).sort(([a], [b]) => a - b),
      rate: {
        kind: "expression",
        rate: {
          kind: "binary",
          of: "divide",
          left: minus(times([number(kf * e), ...left]), times([number(kr * e), ...right])),
          right: minus(plus([saturation(left), saturation(right)]), number(1)),
        },
      },
      reversible: true,
    };
  });
  const exchange = (index: number, rate: number, amount: number): void => {
    const reactants = amount < 0 ? ([[index, 1]] as const) : [];
    const constant = initial.push(rate) - 1;
    reactions.push({
      reactants,
      changes: [[index, amount]],
      rate: { kind: "mass-action", constant },
      reversible: false,
    });
  };
  for (const [index, rate] of ex.inn) exchange(index, rate, 1);
  for (const [index, rate] of ex.out) exchange(index, rate, -1);
  const none = { assignments: [], rateRules: [], events: [] };
  const names = initial.map((_, index) => (index < N ? `species ${index}` : `constant ${index}`));
  return { values: initial.length, names, initial: Float64Array.from(initial), reactions, ...none };
}
