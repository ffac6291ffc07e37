import {
  assignedExpressions,
  derivative,
  type Expression,
  number,
  type ReactionNetwork,
  readsOf,
  substitute,
} from "../../network/index.ts";
import { eliminationOrder, factorPattern, type Pattern } from "./sparse-factors.ts";
import { statesOf } from "./states.ts";

/** One rate, what it moves, and its derivatives with assigned values followed through. */
export interface Term {
  readonly rate: Expression;
  /** States by place. */
  readonly moves: readonly (readonly [place: number, amount: number])[];
  /** Derivatives by states, by place, those that are 0 left out. */
  readonly partials: readonly { readonly by: number; readonly of: Expression }[];
  /** Derivative by the time, null where it is 0. */
  readonly inTime: Expression | null;
}

/** A network as a system of differential equations with a sparse Jacobian. */
export interface Equations {
  /** Numbers of the values that move, in the order of elimination. */
  readonly states: Int32Array;
  /** Of the Jacobian's factors. */
  readonly pattern: Pattern;
  readonly terms: readonly Term[];
  /** Where an entry is along the pattern. */
  readonly entry: (row: number, column: number) => number;
}

/** Orders the states for elimination and differentiates all rates. */
export function equationsOf(network: ReactionNetwork): Equations {
  const known = assignedExpressions(network);
  const unordered = statesOf(network);
  const isState = new Set(unordered);
  const rates = ratesOf(network, isState).map((one) => {
    const inlined = substitute(one.rate, known);
    return { ...one, inlined, reads: [...readsOf(inlined).values].filter((value) => isState.has(value)) };
  });
  const entries = (placeOf: ReadonlyMap<number, number>): readonly ReadonlySet<number>[] => {
    const made = Array.from({ length: placeOf.size }, () => new Set<number>());
    for (const { moves, reads } of rates)
      for (const [state] of moves)
        for (const value of reads) made[placeOf.get(state) ?? 0]?.add(placeOf.get(value) ?? 0);
    return made;
  };
  const first = new Map(Array.from(unordered, (value, at) => [value, at]));
  const order = eliminationOrder(unordered.length, entries(first));
  const states = Int32Array.from(order, (at) => unordered[at] ?? 0);
  const placeOf = new Map(Array.from(states, (value, at) => [value, at]));
  const pattern = factorPattern(states.length, entries(placeOf));
  return {
    states,
    pattern,
    entry: (row, column) => pattern.columns.subarray(0, pattern.starts[row + 1]).indexOf(column, pattern.starts[row]),
    terms: rates.map(({ rate, moves, inlined, reads }) => {
      const inTime = derivative(inlined, "time");
      return {
        rate,
        moves: moves.map(([state, amount]) => [placeOf.get(state) ?? 0, amount] as const),
        partials: reads
          .map((value) => ({ by: placeOf.get(value) ?? 0, of: derivative(inlined, value) }))
          .filter(({ of }) => !isZero(of)),
        inTime: isZero(inTime) ? null : inTime,
      };
    }),
  };
}

interface Rate {
  readonly rate: Expression;
  readonly moves: readonly (readonly [state: number, amount: number])[];
}

function ratesOf({ reactions, rateRules }: ReactionNetwork, isState: ReadonlySet<number>): readonly Rate[] {
  return [
    ...reactions.map(({ rate, reactants, changes }): Rate => {
      const moves = changes.filter(([value]) => isState.has(value));
      return { rate: rate.kind === "expression" ? rate.rate : massActionExpression(rate.constant, reactants), moves };
    }),
    ...rateRules
      .filter(({ value }) => isState.has(value))
      .map(({ value, of }): Rate => ({ rate: of, moves: [[value, 1]] })),
  ];
}

function massActionExpression(constant: number, reactants: readonly (readonly [number, number])[]): Expression {
  const factors: Expression[] = [{ kind: "value", index: constant }];
  let divisor = 1;
  for (const [index, order] of reactants)
    for (let taken = 0; taken < order; taken++) {
      factors.push({ kind: "value", index });
      divisor *= taken + 1;
    }
  const product: Expression = { kind: "many", of: "multiply", arguments: factors };
  return divisor === 1 ? product : { kind: "binary", of: "divide", left: product, right: number(divisor) };
}

function isZero(expression: Expression): boolean {
  return expression.kind === "number" && expression.value === 0;
}
