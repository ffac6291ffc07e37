import {
  assignedExpressions,
  codeFunctions,
  codeOf,
  derivative,
  type Expression,
  number,
  type ReactionNetwork,
  readsOf,
  substitute,
} from "../../src/network/index.ts";
import { statesOf } from "../../src/workloads/reaction-kinetics/states.ts";
import { eliminationOrder, factorPattern, type Pattern } from "./reaction-kinetics-factors.ts";

type Generated = (values: Float64Array, time: number, out: Float64Array) => void;

/** A network as a system of differential equations, in generated code. */
export interface KineticSystem {
  /** Numbers of the values that move, in the order of elimination. */
  readonly states: Int32Array;
  readonly pattern: Pattern;
  /** Adds to `out` what each state changes by in a unit of time. */
  readonly addSlopes: Generated;
  /** Takes the derivatives of those by the states from `out`, which is laid out along the pattern. */
  readonly subtractJacobian: Generated;
  /** Adds their derivatives by the time; null where there are none. */
  readonly addTimeSlopes: Generated | null;
  /** Brings assigned values up to date. */
  readonly assign: (values: Float64Array, time: number) => void;
}

/** Statements of one generated function: an engine leaves much longer ones to its interpreter. */
const mostTerms = 120;

/** One rate and what it moves. */
interface Term {
  readonly rate: Expression;
  readonly moves: readonly (readonly [state: number, amount: number])[];
}

/** Generates the equations of a network, from numbers only. */
export function kineticSystem(network: ReactionNetwork): KineticSystem {
  const known = assignedExpressions(network);
  const unordered = statesOf(network);
  const isState = new Set(unordered);
  const terms = termsOf(network, isState);
  const inlined = terms.map(({ rate }) => substitute(rate, known));
  const reads = inlined.map((rate) => [...readsOf(rate).values].filter((value) => isState.has(value)));

  const first = new Map(Array.from(unordered, (value, at) => [value, at]));
  const order = eliminationOrder(unordered.length, entriesOf(terms, reads, first));
  const states = Int32Array.from(order, (at) => unordered[at] ?? 0);
  const placeOf = new Map(Array.from(states, (value, at) => [value, at]));
  const pattern = factorPattern(states.length, entriesOf(terms, reads, placeOf));
  const entry = (row: number, column: number): number =>
    pattern.columns.subarray(0, pattern.starts[row + 1]).indexOf(column, pattern.starts[row]);

  const slopes = terms.map(({ rate, moves }) =>
    blockOf([rate], ([v]) => moves.map(([state, amount]) => addition(placeOf.get(state) ?? 0, amount, v ?? ""))),
  );
  const jacobian = inlined.map((rate, at) => {
    const by = reads[at] ?? [];
    const partial = by.map((value) => derivative(rate, value));
    return blockOf(partial, (names) =>
      by.flatMap((value, one) =>
        isZero(partial[one])
          ? []
          : (terms[at]?.moves ?? []).map(([state, amount]) =>
              addition(entry(placeOf.get(state) ?? 0, placeOf.get(value) ?? 0), -amount, names[one] ?? ""),
            ),
      ),
    );
  });
  const inTime = inlined.map((rate) => derivative(rate, "time"));
  const timeSlopes = inTime.flatMap((rate, at) =>
    isZero(rate)
      ? []
      : [
          blockOf([rate], ([v]) =>
            (terms[at]?.moves ?? []).map(([state, amount]) => addition(placeOf.get(state) ?? 0, amount, v ?? "")),
          ),
        ],
  );
  return {
    states,
    pattern,
    addSlopes: generated(slopes),
    subtractJacobian: generated(jacobian),
    addTimeSlopes: timeSlopes.length === 0 ? null : generated(timeSlopes),
    assign: generated(
      network.assignments.map(({ value, of }) => `x[${value}]=${codeOf(of, (one) => `x[${one}]`)};`),
    ) as (values: Float64Array, time: number) => void,
  };
}

function termsOf({ reactions, rateRules }: ReactionNetwork, isState: ReadonlySet<number>): readonly Term[] {
  return [
    ...reactions.map(({ rate, reactants, changes }): Term => {
      const moves = changes.filter(([value]) => isState.has(value));
      return { rate: rate.kind === "expression" ? rate.rate : massActionExpression(rate.constant, reactants), moves };
    }),
    ...rateRules
      .filter(({ value }) => isState.has(value))
      .map(({ value, of }): Term => ({ rate: of, moves: [[value, 1]] })),
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

/** Which states' changes depend on which, by place. */
function entriesOf(
  terms: readonly Term[],
  reads: readonly (readonly number[])[],
  placeOf: ReadonlyMap<number, number>,
): readonly ReadonlySet<number>[] {
  const entries = Array.from({ length: placeOf.size }, () => new Set<number>());
  for (const [at, { moves }] of terms.entries())
    for (const [state] of moves)
      for (const value of reads[at] ?? []) entries[placeOf.get(state) ?? 0]?.add(placeOf.get(value) ?? 0);
  return entries;
}

function isZero(expression: Expression | undefined): boolean {
  return expression?.kind === "number" && expression.value === 0;
}

function addition(place: number, amount: number, name: string): string {
  if (amount === 1) return `o[${place}]+=${name};`;
  return amount === -1 ? `o[${place}]-=${name};` : `o[${place}]+=(${amount})*${name};`;
}

/** A block that reads each value once, computes the expressions and only then writes: stores would make the engine read again. */
function blockOf(expressions: readonly Expression[], write: (names: readonly string[]) => readonly string[]): string {
  const read = new Set(expressions.flatMap((expression) => [...readsOf(expression).values]));
  const reads = [...read].map((index) => `x${index}=x[${index}]`);
  const names = expressions.map((_, at) => `d${at}`);
  const computed = expressions.map((expression, at) => `d${at}=${codeOf(expression, (index) => `x${index}`)}`);
  const constants = [...reads, ...computed];
  return `{${constants.length > 0 ? `const ${constants.join(",")};` : ""}${write(names).join("")}}`;
}

/** Statements over `x` (values), `t` (time) and `o` (out) as functions of a digestible length, called one after the other. */
function generated(statements: readonly string[]): Generated {
  const functions: Generated[] = [];
  for (let from = 0; from < statements.length; from += mostTerms) {
    const body = statements.slice(from, from + mostTerms).join("\n");
    functions.push(new Function("f", `const r=()=>NaN;return (x,t,o)=>{${body}}`)(codeFunctions) as Generated);
  }
  const [only] = functions;
  if (functions.length === 1 && only !== undefined) return only;
  return (values, time, out) => {
    for (const one of functions) one(values, time, out);
  };
}
